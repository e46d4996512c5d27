import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { startProvider, type FaultRule, type Provider } from '../../../../sandbox/provider';
import { apiKey, bodyOf, finished, get, multiImage, multiShot, post } from '../support/kling';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ slots: 500, taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const create = async () => await post(provider, multiShot, await bodyOf(multiShot));
const raw = async (path: string) => {
	const response = await fetch(provider.url + path, { headers: { authorization: `Bearer ${apiKey}` } });
	return { status: response.status, text: await response.text() };
};
const spoil = (...rules: FaultRule[]) => provider.control.faults(rules);
const tasks = () => provider.control.ledger().length;

test('dropBefore cuts the connection and does nothing', async () => {
	spoil({ on: 'create', kind: 'dropBefore' });
	await expect(create()).rejects.toThrow('fetch failed');
	expect(tasks()).toBe(0);
	expect(provider.control.requests()).toMatchObject([{ status: 0, code: null, fault: 'dropBefore' }]);
});

test('dropAfter creates the task and cuts the connection', async () => {
	spoil({ on: 'create', kind: 'dropAfter' });
	await expect(create()).rejects.toThrow('fetch failed');
	const [entry] = provider.control.ledger();
	expect(provider.control.requests()).toMatchObject([{ status: 0, taskId: entry!.taskId, fault: 'dropAfter' }]);
});

test.each([false, true])('status fails with after: %j, which decides whether the task exists', async (after) => {
	spoil({ on: 'create', kind: 'status', status: 503, after });
	const { status, json } = await create();
	expect({ status, code: json.code }).toEqual({ status: 503, code: 5001 });
	expect(tasks()).toBe(after ? 1 : 0);
});

test('html502 is a page, not JSON', async () => {
	spoil({ on: 'get', kind: 'html502' });
	expect(await raw(`${multiShot}/1`)).toMatchObject({ status: 502, text: expect.stringContaining('<html>') });
});

test('brokenJson is 200 with something unreadable', async () => {
	spoil({ on: 'list', kind: 'brokenJson' });
	const { status, text } = await raw(multiShot);
	expect(status).toBe(200);
	expect(() => JSON.parse(text)).toThrow(SyntaxError);
});

test('truncatedJson does the work and loses half of the answer', async () => {
	spoil({ on: 'create', kind: 'truncatedJson' });
	await expect(create()).rejects.toThrow(SyntaxError);
	expect(tasks()).toBe(1);
});

test('tooMany is 429 / 1302 with Retry-After', async () => {
	spoil({ on: 'create', kind: 'tooMany', retryAfter: 7 });
	const { status, json, headers } = await create();
	expect({ status, code: json.code, wait: headers.get('retry-after') }).toEqual({ status: 429, code: 1302, wait: '7' });
});

test.each([
	[1102, 429],
	[1103, 403],
	[1301, 400],
	[5000, 500],
	[5002, 504],
])('code %i comes with HTTP %i', async (code, status) => {
	spoil({ on: 'create', kind: 'code', code, message: 'because' });
	expect(await create()).toMatchObject({ status, json: { code, message: 'because' } });
	expect(tasks()).toBe(0);
});

test('code can come with another status, even 200', async () => {
	spoil({ on: 'get', kind: 'code', code: 1200, status: 200 });
	expect(await get(provider, `${multiShot}/1`)).toMatchObject({ status: 200, json: { code: 1200 } });
});

test('delay makes the answer late and leaves it right', async () => {
	spoil({ on: 'create', kind: 'delay', ms: 120 });
	const start = performance.now();
	expect((await create()).json.code).toBe(0);
	expect(performance.now() - start).toBeGreaterThanOrEqual(115);
});

test('delay without a time holds the request back until the rules are replaced', async () => {
	spoil({ on: 'create', kind: 'delay' });
	const held = create();
	await vi.waitUntil(() => provider.control.requests().length === 1, 10_000);
	expect((await get(provider, multiShot)).json.data).toEqual([]);
	spoil();
	expect((await held).json.code).toBe(0);
	expect(provider.control.ledger()).toHaveLength(1);
});

test('lag hides the newest tasks from the list only', async () => {
	const { json } = await create();
	spoil({ on: 'list', kind: 'lag', ms: 60_000 });
	expect((await get(provider, multiShot)).json.data).toEqual([]);
	expect((await get(provider, `${multiShot}/${json.data.task_id}`)).json.code).toBe(0);
	provider.control.settings({ clockOffsetMs: 61_000 });
	expect((await get(provider, multiShot)).json.data).toHaveLength(1);
});

test('shuffle gives all tasks in another order', async () => {
	for (let count = 0; count < 12; count++) await create();
	const ids = async () => (await get(provider, multiShot)).json.data.map(({ task_id }: { task_id: string }) => task_id);
	const ordered = await ids();
	spoil({ on: 'list', kind: 'shuffle' });
	const mixed = await ids();
	expect(mixed).not.toEqual(ordered);
	expect([...mixed].sort()).toEqual([...ordered].sort());
});

test('count wears a rule out, resource narrows it, gentle faults go together with others', async () => {
	spoil(
		{ on: 'create', kind: 'delay', ms: 60 },
		{ on: 'create', kind: 'status', status: 500, count: 1, resource: 'ai-multi-shot' },
	);
	expect((await post(provider, multiImage, await bodyOf(multiImage))).status).toBe(200);
	const start = performance.now();
	expect((await create()).status).toBe(500);
	expect(performance.now() - start).toBeGreaterThanOrEqual(55);
	expect((await create()).status).toBe(200);
});

test('probability draws from the seed: the same seed strikes the same requests', async () => {
	const strikes = async () => {
		provider.control.settings({ seed: 42 });
		spoil({ on: 'list', kind: 'status', probability: 0.5 });
		const statuses = [];
		for (let count = 0; count < 20; count++) statuses.push((await get(provider, multiShot)).status);
		return statuses;
	};
	const first = await strikes();
	expect(new Set(first)).toEqual(new Set([200, 500]));
	expect(await strikes()).toEqual(first);
});

test('a rule with a misspelt name is refused', () => {
	expect(() => spoil({ on: 'poll', kind: 'delay' } as never)).toThrow('poll');
	expect(() => spoil({ on: 'get', kind: 'explode' } as never)).toThrow('explode');
	expect(() => spoil({ on: 'get', kind: 'delay', milliseconds: 1 } as never)).toThrow('milliseconds');
});

test('files can fail too: cut in the middle, cut at once, with a status', async () => {
	const { json } = await finished(provider, multiShot);
	const { url_1: url } = json.data.task_result.images[0];
	spoil(
		{ on: 'file', kind: 'dropAfter', count: 1 },
		{ on: 'file', kind: 'dropBefore', count: 1 },
		{ on: 'file', kind: 'status', status: 503, count: 1, resource: 'ai-multi-shot' },
	);
	const half = await fetch(url);
	expect(half.status).toBe(200);
	await expect(half.arrayBuffer()).rejects.toThrow('terminated');
	await expect(fetch(url)).rejects.toThrow('fetch failed');
	expect((await fetch(url)).status).toBe(503);
	expect((await fetch(url)).status).toBe(200);
});
