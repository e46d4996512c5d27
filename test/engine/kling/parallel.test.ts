/** Items wait at the same time. The intervals here are the node's own. */
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';

import { count, expand, file, itemsOf, photo, photos, start } from './support.ts';

const { run, control } = await start();
const adaptive = { options: { pollInterval: 0 } };

// Small, because the simulator paints its results in this process too.
const small = file(await sharp(photo()).resize(300, 300).jpeg().toBuffer());

describe('ten items with tasks of 5 s leave within 7 s', () => {
	const batch = (prompt: (number: number) => string) =>
		count(10).map(({ number }) => ({ json: { prompt: prompt(Number(number)) }, binary: { data: small } }));
	const storm = (number: number) => (number % 5 === 3 ? 'a storm' : 'calm');
	const parameters = expand({ ...adaptive, prompt: '={{ $json.prompt }}' });

	beforeEach(() => {
		control.fates([
			{ match: { promptIncludes: 'storm' }, fate: 'failed', message: 'Failure to pass the risk control system', taskMs: 5_000 },
			{ taskMs: 5_000 },
		]);
	});

	it('all at once, with few status requests', async () => {
		const result = await run({ ...parameters, downloadImages: false }, { items: batch(() => 'calm') });
		expect(itemsOf(result).map(({ json }) => json.status)).toEqual(Array(10).fill('succeeded'));
		expect(result.elapsedMs).toBeGreaterThan(5_000);
		expect(result.elapsedMs).toBeLessThan(7_000);
		// The first look after 2 s, then about four more.
		expect(control.requests().filter(({ method }) => method === 'GET').length / 10).toBeLessThan(8);
	});

	it('also when two of them fail under Continue On Fail', async () => {
		const result = await run(parameters, { items: batch(storm), onError: 'continueRegularOutput' });
		expect(result.elapsedMs).toBeLessThan(7_000);
		expect(result.items.map(({ json, pairedItem }) => [pairedItem, json.status ?? json.error])).toEqual(
			count(10).map(({ number }) => [{ item: number }, storm(Number(number)) === 'calm' ? 'succeeded' : expect.stringContaining('risk control')]),
		);
	});
});

it('twelve items on four slots all succeed with exactly twelve tasks', async () => {
	control.settings({ slots: 4, taskMs: [200, 500] });
	const result = await run(expand(), { items: photos(...count(12)) });
	expect(itemsOf(result).map(({ json }) => json.status)).toEqual(Array(12).fill('succeeded'));
	expect(control.ledger().map(({ status }) => status)).toEqual(Array(12).fill('succeed'));
	expect(control.requests().some(({ code }) => code === 1303)).toBe(true);
	expect(new Set(result.items.map(({ json }) => json.taskId)).size).toBe(12);
});

it('no room until the queue timeout is an error, and nothing was bought for that item', async () => {
	control.settings({ slots: 1 });
	control.fates([{ taskMs: 3_000 }]);
	const parameters = expand({ waitForCompletion: false, options: { queueTimeout: 0.01 } });
	const { items } = await run(parameters, { items: photos(...count(2)), onError: 'continueRegularOutput' });
	const failed = items.filter(({ json }) => json.error);
	expect(failed.map(({ json }) => json.details)).toEqual([
		expect.objectContaining({ code: 1303, httpStatus: 429, taskState: 'not-created', retryable: true }),
	]);
	expect(control.ledger()).toHaveLength(1);
});
