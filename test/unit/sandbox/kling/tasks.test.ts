import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { bodyOf, expand, finished, get, multiImage, multiShot, post } from '../support/kling';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ slots: 500, taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const create = async (path: string, change: Record<string, unknown> = {}) =>
	(await post(provider, path, { ...(await bodyOf(path)), ...change })).json;
const statusOf = async (path: string, id: string) => (await get(provider, `${path}/${id}`)).json.data.task_status;
const shift = (clockOffsetMs: number) => provider.control.settings({ clockOffsetMs });

test('a task is submitted for the first fifth of its time, then processing, then succeed', async () => {
	provider.control.settings({ taskMs: [100_000, 100_000] });
	const { data } = await create(multiImage);
	expect(await statusOf(multiImage, data.task_id)).toBe('submitted');
	shift(15_000);
	expect(await statusOf(multiImage, data.task_id)).toBe('submitted');
	shift(25_000);
	expect(await statusOf(multiImage, data.task_id)).toBe('processing');
	shift(95_000);
	expect(await statusOf(multiImage, data.task_id)).toBe('processing');
	shift(101_000);
	const { json } = await get(provider, `${multiImage}/${data.task_id}`);
	expect(json.data).toMatchObject({
		task_status: 'succeed',
		created_at: data.created_at,
		updated_at: data.created_at + 100_000,
	});
	shift(0);
	expect(await statusOf(multiImage, data.task_id)).toBe('succeed');
});

test('durations lie in the range of the settings and repeat with the seed', async () => {
	const durations = async () => {
		provider.control.settings({ taskMs: [1000, 2000], seed: 7 });
		for (let count = 0; count < 5; count++) await create(multiShot);
		const result = provider.control.ledger().map(({ createdAt, endsAt }) => endsAt! - createdAt);
		provider.control.reset();
		return result;
	};
	const first = await durations();
	expect(Math.min(...first)).toBeGreaterThanOrEqual(1000);
	expect(Math.max(...first)).toBeLessThanOrEqual(2000);
	expect(new Set(first).size).toBeGreaterThan(1);
	expect(await durations()).toEqual(first);
});

test.each([multiImage, expand])('%s is read by task ID and by external ID', async (path) => {
	const external_task_id = 'order 7/é';
	const { data } = await create(path, { external_task_id });
	const byExternal = await get(provider, `${path}/${encodeURIComponent(external_task_id)}`);
	expect(byExternal.json.data).toMatchObject({ task_id: data.task_id, task_info: { external_task_id } });
});

test('ai-multi-shot is read by task ID only, unless the settings say otherwise', async () => {
	const { data } = await create(multiShot, { external_task_id: 'mine' });
	const { status, json } = await get(provider, `${multiShot}/mine`);
	expect({ status, json }).toMatchObject({
		status: 400,
		json: { code: 1201, message: 'Task not found by id/external id: mine' },
	});
	provider.control.settings({ multiShotExternalLookup: true });
	expect((await get(provider, `${multiShot}/mine`)).json.data.task_id).toBe(data.task_id);
});

test('a task is not found under another product', async () => {
	const { data } = await create(multiImage);
	expect((await get(provider, `${expand}/${data.task_id}`)).json.code).toBe(1201);
});

test('an external ID is used up across products, also when its task failed, and a duplicate costs nothing', async () => {
	const { data } = await create(multiImage, { external_task_id: 'once' });
	await provider.control.finish(data.task_id, 'failed');
	const again = await post(provider, expand, { ...(await bodyOf(expand)), external_task_id: 'once' });
	expect(again).toMatchObject({ status: 400, json: { code: 1201, message: 'External_task_id once already exists' } });
	expect(provider.control.ledger()).toMatchObject([{ taskId: data.task_id, status: 'failed', chargedUnits: 0 }]);
});

test('of many creates with one external ID at the same moment one succeeds', async () => {
	const answers = await Promise.all(
		Array.from({ length: 20 }, async () => await create(multiImage, { external_task_id: 'race' })),
	);
	expect(answers.filter(({ code }) => code === 0)).toHaveLength(1);
	expect(provider.control.ledger()).toHaveLength(1);
});

test('a refused create does not use up its external ID', async () => {
	expect((await create(multiImage, { external_task_id: 'kept', n: 0 })).code).toBe(1201);
	expect((await create(multiImage, { external_task_id: 'kept' })).code).toBe(0);
});

test('an image task takes n slots, ai-multi-shot one, until they end; then 1303', async () => {
	provider.control.settings({ slots: 5 });
	const { data } = await create(expand, { n: 4 });
	expect((await create(multiImage, { n: 2 })).code).toBe(1303);
	expect((await create(multiShot)).code).toBe(0);
	const full = await post(provider, multiShot, await bodyOf(multiShot));
	expect(full.status).toBe(429);
	expect(full.json).toEqual({
		code: 1303,
		message: 'parallel task over resource pack limit',
		request_id: expect.any(String),
	});
	await provider.control.finish(data.task_id, 'failed');
	expect((await create(multiImage, { n: 4 })).code).toBe(0);
	expect(provider.control.ledger()).toHaveLength(3);
});

test('slots are never exceeded by simultaneous creates', async () => {
	provider.control.settings({ slots: 9 });
	const answers = await Promise.all(Array.from({ length: 200 }, async () => await create(multiShot)));
	const codes = answers.map(({ code }) => code);
	expect(codes.filter((code) => code === 0)).toHaveLength(9);
	expect(codes.filter((code) => code === 1303)).toHaveLength(191);
});

test('checks come in the order fields, duplicate, slots', async () => {
	await create(multiImage, { external_task_id: 'x' });
	provider.control.settings({ slots: 0 });
	expect((await create(multiImage, { external_task_id: 'x', n: 0 })).message).toContain('n must');
	expect((await create(multiImage, { external_task_id: 'x' })).message).toContain('already exists');
	expect((await create(multiImage, { external_task_id: 'y' })).code).toBe(1303);
});

test.each([
	[multiImage, { n: 3 }, 48],
	[expand, { n: 2 }, 16],
	[multiShot, {}, 20],
])('%s %j costs %i units, charged when it succeeds', async (path, change, units) => {
	await create(path, change);
	expect(provider.control.ledger()[0]).toMatchObject({ units, chargedUnits: 0 });
	const { json } = await finished(provider, path, change);
	expect(json.data.final_unit_deduction).toBe(String(units));
	expect(provider.control.ledger()[1]).toMatchObject({ units, chargedUnits: units });
});

test('a list is newest first, in pages, of one product', async () => {
	const ids: string[] = [];
	for (let count = 0; count < 35; count++) ids.unshift((await create(multiShot)).data.task_id);
	await create(expand);
	const page = async (query: string) =>
		(await get(provider, multiShot + query)).json.data.map(({ task_id }: { task_id: string }) => task_id);
	expect(await page('')).toEqual(ids.slice(0, 30));
	expect(await page('?pageNum=2')).toEqual(ids.slice(30));
	expect(await page('?pageNum=2&pageSize=10')).toEqual(ids.slice(10, 20));
	expect(await page('?pageNum=1000&pageSize=500')).toEqual([]);
});

test.each(['pageNum=0', 'pageNum=1001', 'pageSize=0', 'pageSize=501', 'pageNum=x', 'pageSize=1.5', 'limit=5'])(
	'a list with %s is 1201',
	async (query) => {
		const { status, json } = await get(provider, `${multiShot}?${query}`);
		expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
		expect(json.message).toContain(query.split('=')[0]);
	},
);
