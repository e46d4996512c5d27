/** Status queries may be billed: how many a task costs as the node stands, with a clock that runs a hundred times as fast. */
import { describe, expect, it } from 'vitest';

import { generate, itemsOf, portray, start, train, wait } from './support.ts';

const SPEED = 100;
const { run, control, requests, model, uploaded, unknown, taskOf } = await start({}, { speed: SPEED });

const own = { options: { pollInterval: 0 } };

/** Tasks end after so many ms of the package's time. */
const lasting = (resource: string, ms: number) => control.fates([{ match: { resource }, taskMs: ms / SPEED }]);
/** The times of the status queries since the create, in s of the package's time. */
function reads(resource: string): number[] {
	const create = requests('create').find((request) => request.resource === resource)?.at ?? 0;
	return requests('get')
		.filter((request) => request.resource === resource)
		.map(({ at }) => ((at - create) * SPEED) / 1_000);
}

/** Never denser than this; a busy machine makes it slower (test/unit/tasks/wait/billedReads.test.ts has the exact times). */
function expectPace(times: number[], first: number, gap: number): void {
	expect(times[0]).toBeGreaterThanOrEqual(first - 0.2);
	for (const [index, at] of times.entries())
		if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(gap - 0.2);
}

describe('a portrait', () => {
	it.each([
		[10_000, 1],
		[20_000, 2],
		[30_000, 2],
		[45_000, 3],
		[60_000, 4],
	])('of %i ms costs at most %i queries: the first after 15 s, the others at least 15 s apart', async (ms, most) => {
		const { userId } = await model();
		lasting('portrait', ms);
		expect(itemsOf(await run(portray(own), { items: [{ json: { userId } }] }))[0]?.json.status).toBe('succeeded');
		const times = reads('portrait');
		expectPace(times, 15, 15);
		expect(times.length).toBeGreaterThanOrEqual(1);
		expect(times.length).toBeLessThanOrEqual(most);
	});

	it('of twelve at once costs each no more than alone', async () => {
		const { userId } = await model();
		lasting('portrait', 25_000);
		itemsOf(await run(portray(own), { items: Array.from({ length: 12 }, () => ({ json: { userId } })) }));
		expect(requests('get').length).toBeLessThanOrEqual(24);
	});

	it('with an interval of the user is read at that interval', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, fate: 'stuck' }]);
		const running = run(portray({ options: { pollInterval: 5 } }), {
			items: [{ json: { userId } }],
			credentials: unknown(),
		});
		await expect.poll(() => reads('portrait').length).toBeGreaterThanOrEqual(10);
		await control.finish(taskOf('portrait').taskId);
		itemsOf(await running);
		const times = reads('portrait');
		const gaps = times.map((at, index) => at - (times[index - 1] ?? 0));
		// A busy machine makes some of them longer.
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4.8);
		expect(Math.min(...gaps)).toBeLessThan(15);
	});
});

describe('a training', () => {
	it.each([
		[30_000, 1],
		[90_000, 3],
	])('of %i ms costs at most %i queries: the first after 60 s, the others at least 15 s apart', async (ms, most) => {
		const json = { paths: await uploaded() };
		lasting('userModel', ms);
		itemsOf(await run(train({ photos: '={{ $json.paths }}', ...own }), { items: [{ json }] }));
		const times = reads('userModel');
		expectPace(times, 60, 15);
		expect(times.length).toBeLessThanOrEqual(most);
	});

	it('waited for by Wait for Completion is read at once, and then every 15 s', async () => {
		const { taskId } = await model('running');
		setTimeout(() => void control.finish(taskId), 40_000 / SPEED);
		itemsOf(await run(wait('userModel', own), { items: [{ json: { taskId } }] }));
		const times = requests('get').map(({ at }) => (at * SPEED) / 1_000);
		expect(times.length).toBeLessThanOrEqual(4);
		for (const [index, at] of times.entries())
			if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(14.8);
	});
});

it('the whole way costs one query for a training of 30 s and one for a portrait of 10 s', async () => {
	control.fates([
		{ match: { resource: 'userModel' }, taskMs: 300 },
		{ match: { resource: 'portrait' }, taskMs: 100 },
	]);
	itemsOf(await run(generate(own)));
	expect([reads('userModel').length, reads('portrait').length]).toEqual([1, 1]);
	expectPace(reads('userModel'), 60, 15);
	expectPace(reads('portrait'), 15, 15);
});
