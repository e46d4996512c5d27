/** Items wait at the same time. The intervals here are the node's own. */
import { expect, it } from 'vitest';

import type { Run } from '../../harness/index.ts';
import { count, expand, itemsOf, multiImage, photos, smallPhotos, start } from './support.ts';

const { run, control } = await start();

it('ten items wait at once: with tasks of 5 s they leave within 2 s of the last end, with few status requests, also when two of them fail under Continue On Fail', async () => {
	const storm = (number: number) => (number % 5 === 3 ? 'a storm' : 'calm');
	const batch = (prompt: (number: number) => string) =>
		smallPhotos(...count(10).map(({ number }) => ({ prompt: prompt(Number(number)) })));
	const change = { downloadImages: false, options: { pollInterval: 0 }, prompt: '={{ $json.prompt }}' };
	control.fates([
		{
			match: { promptIncludes: 'storm' },
			fate: 'failed',
			message: 'Failure to pass the risk control system',
			taskMs: 5_000,
		},
		{ taskMs: 5_000 },
	]);
	const late: number[] = [];
	const timed = async (running: Promise<Run>, resource: string) => {
		const result = await running;
		const ends = control
			.ledger()
			.filter((task) => task.resource === resource)
			.map(({ endsAt }) => endsAt ?? Infinity);
		late.push(Date.now() - Math.max(...ends));
		return result;
	};
	const [calm, stormy] = await Promise.all([
		timed(run(expand(change), { items: batch(() => 'calm') }), 'expand'),
		timed(run(multiImage(change), { items: batch(storm), onError: 'continueRegularOutput' }), 'multi-image2image'),
	]);
	expect(itemsOf(calm).map(({ json }) => json.status)).toEqual(Array(10).fill('succeeded'));
	expect(stormy.items.map(({ json, pairedItem }) => [pairedItem, json.status ?? json.error])).toEqual(
		count(10).map(({ number }) => [
			{ item: number },
			storm(Number(number)) === 'calm' ? 'succeeded' : expect.stringContaining('risk control'),
		]),
	);
	expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
	expect(Math.max(...late)).toBeLessThan(2_000);
	// The first look after 2 s, then about four more, each at the list of all ten.
	for (const resource of ['expand', 'multi-image2image']) {
		expect(
			control.requests().filter((request) => request.method === 'GET' && request.resource === resource).length,
		).toBeLessThan(12);
	}
});

it('twelve items on four slots all succeed with exactly twelve tasks', async () => {
	control.settings({ slots: 4 });
	// The first four take all slots until Kling has refused one more.
	control.fates([{ fate: 'stuck', count: 4 }, { taskMs: 300 }]);
	const running = run(expand(), { items: photos(...count(12)) });
	await expect.poll(() => control.requests().filter(({ code }) => code === 1303).length).toBeGreaterThan(0);
	await Promise.all(control.ledger().map(async ({ taskId }) => await control.finish(taskId)));
	const result = await running;
	expect(itemsOf(result).map(({ json }) => json.status)).toEqual(Array(12).fill('succeeded'));
	expect(control.ledger().map(({ status }) => status)).toEqual(Array(12).fill('succeed'));
	expect(new Set(result.items.map(({ json }) => json.taskId)).size).toBe(12);
});
