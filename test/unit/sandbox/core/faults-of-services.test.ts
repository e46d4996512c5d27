import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { startProvider, type FaultRule, type Provider } from '../../../../sandbox/provider';
import { ask, eight, portrait, style, train, trainedUser } from '../support/aliyun';
import { send, type TextReply } from '../support/http';
import { resultOf, submitTask } from '../support/ps';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const spoil = (...rules: FaultRule[]) => provider.control.faults(rules);

interface Create {
	service: 'aliyunPortrait' | 'psTask';
	resource: string;
	/** Makes what the create needs; gives the create. */
	prepare: () => Promise<() => Promise<TextReply>>;
}
const creates: Create[] = [
	{
		service: 'aliyunPortrait',
		resource: 'userModel',
		prepare: async () => {
			const img_set = await eight(provider);
			return async () => await ask(provider, train, { img_set });
		},
	},
	{
		service: 'aliyunPortrait',
		resource: 'portrait',
		prepare: async () => {
			const user_id = await trainedUser(provider);
			return async () => await ask(provider, portrait, { user_id, style });
		},
	},
	{ service: 'psTask', resource: 'task', prepare: async () => async () => await submitTask(provider) },
];

describe.each(creates)('creates of $service, $resource', ({ service, resource, prepare }) => {
	const on = 'create';
	const bought = () => provider.control.ledger().filter((entry) => entry.resource === resource).length;
	const journalled = () => provider.control.requests().at(-1)!;
	const errorKey = service === 'psTask' ? 'code' : 'ret';

	test('dropBefore does nothing, dropAfter creates; the connection is cut both times', async () => {
		const create = await prepare();
		spoil({ on, kind: 'dropBefore', service, resource, count: 1 }, { on, kind: 'dropAfter', service, resource });
		await expect(create()).rejects.toThrow('fetch failed');
		expect([bought(), journalled().fault, journalled().taskId]).toEqual([0, 'dropBefore', undefined]);
		await expect(create()).rejects.toThrow('fetch failed');
		expect([bought(), journalled().fault, typeof journalled().taskId]).toEqual([1, 'dropAfter', 'string']);
	});

	test.each([false, true])(
		'status, html502 and code with after: %j, which decides whether the task exists',
		async (after) => {
			const create = await prepare();
			spoil(
				{ on, kind: 'status', status: 503, after, count: 1 },
				{ on, kind: 'html502', after, count: 1 },
				{ on, kind: 'code', code: 4321, message: 'because', after, count: 1 },
				{ on, kind: 'brokenJson', after, count: 1 },
			);
			const [status, html, code, broken] = [await create(), await create(), await create(), await create()];
			expect(status).toMatchObject({ status: 503, json: { [errorKey]: 503 } });
			expect(html).toMatchObject({ status: 502, text: expect.stringContaining('<html>') });
			expect(code).toMatchObject({ status: 200, json: { [errorKey]: 4321, msg: 'because' } });
			expect([broken.status, broken.json]).toEqual([200, undefined]);
			expect(bought()).toBe(after ? 4 : 0);
		},
	);

	test('truncatedJson creates and loses half of the answer', async () => {
		const create = await prepare();
		spoil({ on, kind: 'truncatedJson' });
		const { status, json, text } = await create();
		expect([status, json]).toEqual([200, undefined]);
		expect(text.length).toBeGreaterThan(10);
		expect(bought()).toBe(1);
	});

	test('tooMany is 429 with Retry-After, delay only slows down, count wears out', async () => {
		const create = await prepare();
		spoil({ on, kind: 'delay', ms: 60, count: 2 }, { on, kind: 'tooMany', retryAfter: 3, count: 1 });
		const start = performance.now();
		const refused = await create();
		expect([refused.status, refused.headers.get('retry-after'), bought()]).toEqual([429, '3', 0]);
		expect((await create()).status).toBe(200);
		expect(performance.now() - start).toBeGreaterThanOrEqual(115);
		expect(bought()).toBe(1);
	});

	test('probability is seeded, and a rule for another service or resource spoils nothing', async () => {
		const create = await prepare();
		spoil({ on, kind: 'status', service: 'kling' }, { on, kind: 'status', resource: 'expand' });
		expect((await create()).status).toBe(200);
		const strikes = async () => {
			provider.control.settings({ seed: 42 });
			spoil({ on, kind: 'status', service, probability: 0.5 });
			const statuses = [];
			for (let count = 0; count < 10; count++) statuses.push((await create()).status);
			return statuses;
		};
		const first = await strikes();
		expect(new Set(first)).toEqual(new Set([200, 500]));
		expect(await strikes()).toEqual(first);
	});
});

test('result files of every service can fail', async () => {
	const { json } = await submitTask(provider);
	await provider.control.finish(json.data.task_id);
	const { json: read } = await send(provider, resultOf(json.data.task_id));
	spoil(
		{ on: 'file', kind: 'status', status: 503, service: 'psTask', count: 1 },
		{ on: 'file', kind: 'dropAfter', resource: 'task', count: 1 },
		{ on: 'file', kind: 'status', service: 'aliyunPortrait' },
	);
	expect((await fetch(read.data.image_url)).status).toBe(503);
	await expect((await fetch(read.data.image_url)).arrayBuffer()).rejects.toThrow('terminated');
	expect((await fetch(read.data.image_url)).status).toBe(200);
	const { status } = await fetch(read.data.image_url, { headers: { authorization: 'Bearer x' } });
	expect(status).toBe(400);
});

test('a rule that means nothing is refused', () => {
	const gateway = { on: 'create', kind: 'gateway' } as const;
	expect(() => spoil({ ...gateway, code: 'T429XX' })).toThrow('T429XX');
	expect(() => spoil({ ...gateway, message: 'Tired' })).toThrow('Tired');
	expect(() => spoil({ ...gateway })).toThrow('Unknown gateway refusal');
	expect(() => spoil({ ...gateway, code: 'T429ID', service: 'kling' })).toThrow('aliyunPortrait');
	expect(() => spoil({ ...gateway, code: 'T429ID', on: 'file' })).toThrow('aliyunPortrait');
	expect(() => spoil({ on: 'list', kind: 'shuffle', service: 'aliyunPortrait' })).toThrow('kling');
	expect(() => spoil({ on: 'create', kind: 'code', code: 'T429ID' })).toThrow('number');
	expect(() => spoil({ on: 'create', kind: 'status', service: 'ps' as never })).toThrow('ps');
	expect(() => provider.control.fates([{ match: { service: 'aliyun' as never } }])).toThrow('aliyun');
	expect(() => provider.control.fates([{ match: { service: 'kling' }, fate: 'partial' }])).toThrow('kling');
	expect(() => provider.control.settings({ aliyunAuth: ['appcode' as never] })).toThrow('aliyunAuth');
	expect(() => provider.control.settings({ psUnknownTask: 403 as never })).toThrow('psUnknownTask');
});
