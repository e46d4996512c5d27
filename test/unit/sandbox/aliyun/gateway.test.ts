import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type FaultRule, type Provider } from '../../../../sandbox/provider';
import { ask, eight, query, refusalOf, styles, train, uploaded } from '../support/aliyun';
import { bodyOf, multiShot, post } from '../support/kling';
import { submitTask } from '../support/ps';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const spoil = (...rules: FaultRule[]) => provider.control.faults(rules);
const train8 = async () => {
	const img_set = await eight(provider);
	return async () => await ask(provider, train, { img_set });
};

test.each([
	['T429ID', 429, 'Throttled'],
	['B403MQ', 403, 'Api Market Subscription quota exhausted'],
	['A401AC', 401, 'Invalid AppCode'],
	['D503CB', 503, 'Circuit Breaker Open'],
	['D504TO', 504, 'Backend Timeout'],
	['N502RE', 502, 'Response Transport Error'],
	['B451DO', 451, 'Blocked'],
	['X500ER', 500, 'Gateway Error'],
])('%s is HTTP %i with an empty body, and nothing is created', async (code, status, message) => {
	const create = await train8();
	spoil({ on: 'create', kind: 'gateway', code, service: 'aliyunPortrait', resource: 'userModel' });
	const refused = await create();
	expect(refusalOf(refused)).toEqual({ status, code, message, text: '' });
	expect(refused.headers.get('x-ca-request-id')).toMatch(/^[\dA-F-]{36}$/i);
	expect(provider.control.ledger()).toEqual([]);
	expect(provider.control.requests().at(-1)).toMatchObject({ status, code: null, gateway: code, fault: 'gateway' });
});

test('a timeout may come after the work', async () => {
	const create = await train8();
	spoil({ on: 'create', kind: 'gateway', code: 'D504TO', after: true, message: 'Backend timed out' });
	expect(refusalOf(await create())).toMatchObject({ status: 504, message: 'Backend timed out' });
	expect(provider.control.ledger()).toHaveLength(1);
	expect(provider.control.requests().at(-1)!.taskId).toBe(provider.control.ledger()[0]!.taskId);
});

test.each([
	['Throttled by APP Flow Control', 403],
	['Quota Exhausted', 403],
	['Invalid AppCode `not exists`', 400],
	['Empty Signature', 401],
	['Service Unavailable', 503],
	['Async Service', 504],
])('the classic gateway says "%s" with HTTP %i and no code', async (message, status) => {
	spoil({ on: 'list', kind: 'gateway', message, retryAfter: 2 });
	const refused = await styles(provider);
	expect(refusalOf(refused)).toEqual({ status, code: null, message, text: '' });
	expect(refused.headers.get('retry-after')).toBe('2');
});

test('the gateway refuses uploads and queries too, the latter by what the task makes', async () => {
	const { json } = await (await train8())();
	spoil(
		{ on: 'upload', kind: 'gateway', code: 'I413RL' },
		{ on: 'get', kind: 'gateway', code: 'T429PA', resource: 'userModel' },
	);
	expect(await uploaded(provider).catch(() => 'refused')).toBe('refused');
	expect(await query(provider, json.body.task_id)).toBeUndefined();
	expect(await query(provider, 'none')).toMatchObject({ ret: 1002 });
});

test('the gateway stands before Aliyun only', async () => {
	spoil({ on: 'create', kind: 'gateway', code: 'T429ID' });
	expect((await submitTask(provider)).status).toBe(200);
	expect((await post(provider, multiShot, await bodyOf(multiShot))).status).toBe(200);
});
