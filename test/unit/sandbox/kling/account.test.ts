import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { sandboxAccount, startProvider, type Provider, type Settings } from '../../../../sandbox/provider';
import { bodyOf, call, elements, expand, generations, get, multiShot, omni, post, token } from '../support/kling';

const other = { name: 'other', apiKey: 'key-of-another', accessKey: 'another', secretKey: 'another-secret' };
const others = `Bearer ${other.apiKey}`;
const day = 24 * 3600 * 1000;
const hour = 3600 * 1000;

let provider: Provider;
let now: number;
beforeAll(async () => {
	provider = await startProvider({ slots: 500, taskMs: [60_000, 60_000], accounts: [sandboxAccount, other] });
});
beforeEach(() => {
	provider.control.reset();
	now = Date.now();
	provider.control.settings({ costsTooFast: 'allow' });
});
afterAll(async () => await provider.stop());

const pack = (name: string, change: object = {}) => ({
	name,
	id: `id-${name}`,
	product: 'image' as const,
	type: 'decreasing_total' as const,
	total: 100,
	purchasedAt: now - 10 * day,
	validFrom: now - 10 * day,
	validUntil: now + 20 * day,
	...change,
});

/** Creates a task and ends it. */
async function spend(path = generations, change: Record<string, unknown> = {}, fate?: 'failed') {
	const { json } = await post(provider, path, { ...(await bodyOf(path)), ...change });
	expect(json.message).toBe('SUCCEED');
	await provider.control.finish(json.data.task_id, fate);
	return String(json.data.task_id);
}

const costsPath = (from = now - 400 * day, to = now + day, more = '') =>
	`/account/costs?start_time=${from}&end_time=${to}${more}`;
const packs = async (path = costsPath()) => (await get(provider, path)).json.data.resource_pack_subscribe_infos;
const names = async (path?: string) =>
	(await packs(path)).map(({ resource_pack_name }: { resource_pack_name: string }) => resource_pack_name);

const ledger = async (kind: 'package' | 'balance', change: object = {}) =>
	await post(provider, `/account/billing/${kind}`, { start_time: now - day, end_time: now + day, ...change });
const rows = async (kind: 'package' | 'balance', change: object = {}) =>
	(await ledger(kind, change)).json.data.result.detail ?? [];

describe('packs', () => {
	test('the answer is wrapped twice; without packs in the settings there is one big image pack that is used up', async () => {
		await spend(generations, { n: 2 });
		const { status, json } = await get(provider, costsPath());
		expect({ status, json }).toEqual({
			status: 200,
			json: {
				code: 0,
				message: 'SUCCEED',
				request_id: expect.any(String),
				data: {
					code: 0,
					msg: 'success',
					resource_pack_subscribe_infos: [
						{
							resource_pack_name: 'Sandbox-Image-1000000Units-9Con-12Months',
							resource_pack_id: expect.any(String),
							resource_pack_type: 'decreasing_total',
							total_quantity: 1_000_000,
							remaining_quantity: 999_984,
							purchase_time: expect.any(Number),
							effective_time: expect.any(Number),
							invalid_time: expect.any(Number),
							status: 'online',
						},
					],
				},
			},
		});
	});

	test.each([
		['start_time', 'end_time=1'],
		['end_time', 'start_time=1'],
		['start_time', 'start_time=now&end_time=2'],
		['start_time', 'start_time=2&end_time=1'],
		['pageNum', 'start_time=1&end_time=2&pageNum=1'],
	])('refuses a wrong %s: %s', async (name, query) => {
		const { status, json } = await get(provider, `/account/costs?${query}`);
		expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
		expect(json.message).toContain(name);
	});

	test('API key and token both read them; nobody reads them without', async () => {
		for (const authorization of [`Bearer ${sandboxAccount.apiKey}`, `Bearer ${await token()}`]) {
			expect((await call(provider, 'GET', costsPath(), { authorization })).json.code).toBe(0);
		}
		const { status, json } = await call(provider, 'GET', costsPath(), { authorization: null });
		expect({ status, code: json.code }).toEqual({ status: 401, code: 1001 });
	});

	test('more than one request a second of one account is 429 / 1302, by the clock of the simulator', async () => {
		provider.control.settings({ costsTooFast: 1302 });
		expect((await get(provider, costsPath())).status).toBe(200);
		expect(await get(provider, costsPath())).toMatchObject({ status: 429, json: { code: 1302 } });
		expect((await call(provider, 'GET', costsPath(), { authorization: others })).status).toBe(200);
		provider.control.settings({ clockOffsetMs: 1000 });
		expect((await get(provider, costsPath())).status).toBe(200);
	});

	test('the window is about the purchase, or by setting about any time of the pack', async () => {
		provider.control.settings({ packs: [pack('new'), pack('old', { purchasedAt: now - 43 * day })] });
		expect(await names()).toEqual(['new', 'old']);
		expect(await names(costsPath(now - 30 * day))).toEqual(['new']);
		expect(await names(costsPath(now - day, now))).toEqual([]);
		provider.control.settings({ packWindowBy: 'overlap' });
		expect(await names(costsPath(now - day, now))).toEqual(['new', 'old']);
	});

	test('a name must be exact, and an account sees its own packs', async () => {
		provider.control.settings({ packs: [pack('a b'), pack('theirs', { account: 'other' })] });
		expect(await names(costsPath(undefined, undefined, '&resource_pack_name=a%20b'))).toEqual(['a b']);
		expect(await names(costsPath(undefined, undefined, '&resource_pack_name=a'))).toEqual([]);
		expect(await names()).toEqual(['a b']);
		const { json } = await call(provider, 'GET', costsPath(), { authorization: others });
		expect(json.data.resource_pack_subscribe_infos).toHaveLength(2);
	});

	test('an account without packs has an empty list, or none by setting; who pays afterwards has none', async () => {
		provider.control.settings({ packs: [] });
		expect(await packs()).toEqual([]);
		provider.control.settings({ noPacks: 'absent' });
		expect((await get(provider, costsPath())).json.data).toEqual({ code: 0, msg: 'success' });
		provider.control.settings({ noPacks: 'empty', packs: 'unlimited', payFrom: 'balance' });
		expect(await packs()).toEqual([]);
	});

	test('status tells what can be used, and an expired pack keeps what remained', async () => {
		provider.control.settings({
			packs: [
				pack('future', { validFrom: now + day }),
				pack('over', { validUntil: now - day, used: 57.5 }),
				pack('empty', { used: 100 }),
				pack('good'),
			],
		});
		await spend();
		const shown = (await packs()).map(({ status, remaining_quantity }: Record<string, unknown>) => [
			status,
			remaining_quantity,
		]);
		expect(shown).toEqual([
			['toBeOnline', 100],
			['expired', 42.5],
			['runOut', 0],
			['online', 92],
		]);
	});

	test('the remaining quantity shows what a task cost after the lag', async () => {
		provider.control.settings({ packs: [pack('one')], packLagMs: 12 * hour });
		await spend();
		expect((await packs())[0].remaining_quantity).toBe(100);
		provider.control.settings({ clockOffsetMs: 12 * hour });
		expect((await packs())[0].remaining_quantity).toBe(92);
	});

	test.each<[string, () => Partial<Settings>]>([
		['there is none', () => ({ packs: [] })],
		['it is one for videos', () => ({ packs: [pack('video', { product: 'video' })] })],
		['it has ended', () => ({ packs: [pack('over', { validUntil: now - 1 })] })],
		['it has too little', () => ({ packs: [pack('little', { total: 7 })] })],
		['it is of another account', () => ({ packs: [pack('theirs', { account: 'other' })] })],
	])('a create that no pack can pay is 429 / 1102 (%s), unless money pays', async (_why, settings) => {
		provider.control.settings(settings());
		const create = async () => await post(provider, generations, { prompt: 'a' });
		const { status, json } = await create();
		expect({ status, json }).toMatchObject({
			status: 429,
			json: { code: 1102, message: 'Account balance not enough' },
		});
		expect(provider.control.ledger()).toEqual([]);
		expect((await post(provider, elements, await bodyOf(elements))).json.code).toBe(0);
		provider.control.settings({ postPaid: true });
		expect((await create()).json.code).toBe(0);
	});

	test('what running tasks will cost cannot be spent again', async () => {
		provider.control.settings({ packs: [pack('small', { total: 15 })] });
		const { json } = await post(provider, generations, { prompt: 'a' });
		expect((await post(provider, generations, { prompt: 'b' })).json.code).toBe(1102);
		await provider.control.finish(json.data.task_id, 'failed');
		expect((await post(provider, generations, { prompt: 'c' })).json.code).toBe(0);
	});
});

describe('ledgers', () => {
	test('a row tells what a task cost, of which pack', async () => {
		provider.control.settings({ packs: [pack('one')] });
		const taskId = await spend(omni, { model_name: 'kling-v3-omni', aspect_ratio: '1:1', resolution: '4k' });
		const { json } = await ledger('package');
		expect(json.data).toEqual({
			result: {
				count: 1,
				detail: [
					{
						package_id: 'id-one',
						product_type: 'image',
						task_id: taskId,
						api_key_name: 'sandbox',
						product_function: 'Text to Image',
						model_name: 'kling-v3-omni',
						resolution: '4k',
						deduction_time: expect.stringMatching(/^\d{13}$/),
						unit_before_deduction: 100,
						deduction_amount: 16,
						unit_after_deduction: 84,
					},
				],
			},
			next_cursor: '',
			has_more: false,
		});
		expect(await rows('balance')).toEqual([]);
	});

	test('money stands in a ledger of its own, with its currency, before and after the discount', async () => {
		provider.control.settings({ payFrom: 'balance', discount: 0.1 });
		const taskId = await spend(omni, { model_name: 'kling-v3-omni', aspect_ratio: '1:1', resolution: '4k' });
		expect(await rows('package')).toEqual([]);
		expect(await rows('balance')).toEqual([
			{
				task_id: taskId,
				api_key_name: 'sandbox',
				product_function: 'Text to Image',
				model_name: 'kling-v3-omni',
				resolution: '4k',
				deduction_time: expect.stringMatching(/^\d{13}$/),
				cash_type: 'balance',
				balance_before_deduction: 1000,
				deduction_amount: 0.0504,
				balance_after_deduction: 999.9496,
				list_price: 0.056,
				currency: 'USD',
			},
		]);
		provider.control.settings({ currency: 'CNY', discount: 0 });
		await spend();
		expect((await rows('balance'))[0]).toMatchObject({ currency: 'CNY', list_price: 0.2, deduction_amount: 0.2 });
	});

	test('an account sees its own rows, of tasks that cost something', async () => {
		await spend(elements);
		await spend(multiShot, {}, 'failed');
		await spend(multiShot);
		expect(await rows('package')).toMatchObject([{ deduction_amount: 20 }]);
		const body = { start_time: now - day, end_time: now + day };
		const { json } = await call(provider, 'POST', '/account/billing/package', { body, authorization: others });
		expect(json.data.result).toEqual({ count: 0 });
	});

	test.each([
		[{ failedTaskRow: 'none' }, 0, []],
		[{ failedTaskRow: 'zero' }, 0, [0]],
		[{ failedTaskRow: 'full' }, 20, [20]],
		[{ failedTaskUnits: 'full' }, 20, [20]],
	] as Array<[Partial<Settings>, number, number[]]>)(
		'a failed task with %j is charged %i',
		async (settings, units, amounts) => {
			provider.control.settings(settings);
			await spend(multiShot, {}, 'failed');
			expect(provider.control.ledger()[0]).toMatchObject({ status: 'failed', chargedUnits: units });
			const amountOf = ({ deduction_amount }: { deduction_amount: number }) => deduction_amount;
			expect((await rows('package')).map(amountOf)).toEqual(amounts);
		},
	);

	test.each([
		['start_time', { start_time: undefined }],
		['end_time', { end_time: undefined, cursor: '' }],
		['start_time', { start_time: Date.now() + 10 * day }],
		['start_time', { start_time: '1' }],
		['limit', { limit: 501 }],
		['limit', { limit: 0 }],
		['cursor', { cursor: 'nonsense' }],
		['page', { page: 1 }],
		['filters', { filters: {} }],
		['task_id', { filters: [{ key: 'task_id', values: ['1'] }] }],
		['values', { filters: [{ key: 'api_key_name' }] }],
		['audio', { filters: [{ key: 'product_type', values: ['audio'] }] }],
		[
			'package_name and package_id',
			{
				filters: [
					{ key: 'package_name', values: ['a'] },
					{ key: 'package_id', values: ['b'] },
				],
			},
		],
	])('refuses %s: %j', async (word, change) => {
		const { status, json } = await ledger('package', change);
		expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
		expect(json.message).toContain(word);
	});

	test('the ledger of money knows no filter by product, and a long window may be refused', async () => {
		const filters = [{ key: 'product_type', values: ['image'] }];
		expect((await ledger('balance', { filters })).json.code).toBe(1201);
		provider.control.settings({ ledgerMaxWindowMs: day });
		expect((await ledger('balance')).json.code).toBe(1201);
		expect((await ledger('balance', { start_time: now })).json.code).toBe(0);
	});

	test('the window is about the creation of tasks, and rows may be late', async () => {
		await spend();
		expect(await rows('package', { end_time: now - 1 })).toEqual([]);
		expect(await rows('package', { start_time: Date.now() + 1 })).toEqual([]);
		provider.control.settings({ ledgerLagMs: hour });
		expect(await rows('package')).toEqual([]);
		provider.control.settings({ clockOffsetMs: hour });
		expect(await rows('package')).toHaveLength(1);
	});

	test.each([
		[[], 'sameOr', 1],
		[[['product_type', []]], 'sameOr', 1],
		[[['product_type', ['image']]], 'sameOr', 1],
		[[['product_type', ['video']]], 'sameOr', 0],
		[[['product_type', ['video', 'image']]], 'sameOr', 1],
		[[['product_type', ['video', 'image']]], 'sameAnd', 0],
		[
			[
				['package_name', ['one']],
				['api_key_name', ['nobody']],
			],
			'sameOr',
			0,
		],
		[
			[
				['package_name', ['one']],
				['api_key_name', ['nobody']],
			],
			'sameAnd',
			1,
		],
		[
			[
				['package_id', ['id-one']],
				['package_name', []],
			],
			'sameOr',
			1,
		],
	] as Array<[Array<[string, string[]]>, 'sameOr' | 'sameAnd', number]>)(
		'filters %j with %s find %i',
		async (list, ledgerFilterLogic, count) => {
			provider.control.settings({ packs: [pack('one')], ledgerFilterLogic });
			await spend();
			expect(await rows('package', { filters: list.map(([key, values]) => ({ key, values })) })).toHaveLength(count);
		},
	);

	test('pages go on by cursor alone, which overrides all else, and do not shift', async () => {
		const ids: string[] = [];
		for (let count = 0; count < 5; count++) ids.unshift(await spend(expand));
		const found: string[] = [];
		let change: object = { limit: 2 };
		for (let page = 0; page < 3; page++) {
			const { data } = (
				await post(
					provider,
					'/account/billing/package',
					page === 0 ? { start_time: now - day, end_time: now + day, limit: 2 } : change,
				)
			).json;
			found.push(...data.result.detail.map(({ task_id }: { task_id: string }) => task_id));
			expect(data).toMatchObject({ has_more: page < 2, result: { count: page < 2 ? 2 : 1 } });
			change = { cursor: data.next_cursor, start_time: 1, end_time: 2, limit: 500 };
			if (page === 0) await spend(expand);
		}
		expect(found.sort()).toEqual(ids.sort());
	});

	test('what pages look like that the documents leave open', async () => {
		for (let count = 0; count < 3; count++) await spend(expand);
		const first = (await ledger('package', { limit: 1 })).json.data;
		provider.control.settings({ ledgerCursorLimit: 500, lastCursor: 'same', emptyLedger: 'emptyDetail' });
		const second = (await post(provider, '/account/billing/package', { cursor: first.next_cursor })).json.data;
		expect(second).toMatchObject({ result: { count: 2 }, has_more: false, next_cursor: expect.any(String) });
		expect((await ledger('balance')).json.data.result).toEqual({ detail: [], count: 0 });
		provider.control.settings({ lastCursor: 'absent' });
		expect((await ledger('package')).json.data).not.toHaveProperty('next_cursor');
		const wrong = await post(provider, '/account/billing/balance', { cursor: first.next_cursor });
		expect(wrong.json.code).toBe(1201);
	});

	test('a signed token is refused with 401 / 1002 and its reason, or accepted by setting', async () => {
		const body = { start_time: now - day, end_time: now + day };
		const ask = async () =>
			await call(provider, 'POST', '/account/billing/package', { body, authorization: `Bearer ${await token()}` });
		expect(await ask()).toMatchObject({
			status: 401,
			json: { code: 1002, message: expect.stringContaining('The current API does not support AK/SK') },
		});
		provider.control.settings({ ledgerJwt: 'accept' });
		expect((await ask()).json.code).toBe(0);
	});

	test.each([
		['GET', '/account/billing/package', 1202],
		['POST', '/account/costs', 1202],
		['GET', '/account/nothing', 1203],
		['GET', '/v1/account/costs', 1203],
	])('%s %s is 404 / %i', async (method, path, code) => {
		const { status, json } = await call(provider, method, path);
		expect({ status, code: json.code }).toEqual({ status: 404, code });
	});
});

describe('what a task says it cost', () => {
	test.each<[Partial<Settings>, object]>([
		[{}, { final_unit_deduction: '20' }],
		[{ unitFormat: '8.0' }, { final_unit_deduction: '20.0' }],
		[{ payFrom: 'video' }, { final_unit_deduction: '0.5' }],
		[
			{ unusedDeduction: 'empty' },
			{ final_unit_deduction: '20', final_balance_deduction: { quota: '', list_price: '' } },
		],
		[
			{ unusedDeduction: 'zero' },
			{ final_unit_deduction: '20', final_balance_deduction: { quota: '0', list_price: '0' } },
		],
		[{ payFrom: 'balance', discount: 0.5 }, { final_balance_deduction: { quota: '0.035', list_price: '0.07' } }],
		[{ postPaid: true }, { final_balance_deduction: { quota: '0.07', list_price: '0.07' } }],
		[
			{ postPaid: true, unusedDeduction: 'empty' },
			{ final_unit_deduction: '', final_balance_deduction: { quota: '0.07', list_price: '0.07' } },
		],
		[
			{ payFrom: 'balance', unusedDeduction: 'zero', currency: 'CNY' },
			{ final_unit_deduction: '0', final_balance_deduction: { quota: '0.5', list_price: '0.5' } },
		],
	])('with %j', async (settings, cost) => {
		provider.control.settings(settings);
		expect(await costOf(await spend(multiShot))).toEqual(cost);
	});

	test.each<[Partial<Settings>, object]>([
		[{}, {}],
		[{ failedTaskUnits: 'zero' }, { final_unit_deduction: '0' }],
		[{ failedTaskUnits: 'full' }, { final_unit_deduction: '20' }],
		[{ failedTaskUnits: 'zero', payFrom: 'balance' }, { final_balance_deduction: { quota: '0', list_price: '0' } }],
	])('that failed, with %j', async (settings, cost) => {
		provider.control.settings(settings);
		expect(await costOf(await spend(multiShot, {}, 'failed'))).toEqual(cost);
	});

	test('may show late', async () => {
		provider.control.settings({ deductionLagMs: hour });
		const id = await spend(multiShot);
		expect(await costOf(id)).toEqual({});
		provider.control.settings({ clockOffsetMs: hour });
		expect(await costOf(id)).toEqual({ final_unit_deduction: '20' });
	});

	async function costOf(id: string): Promise<object> {
		const { data } = (await get(provider, `${multiShot}/${id}`)).json;
		return Object.fromEntries(Object.entries(data).filter(([name]) => name.endsWith('_deduction')));
	}
});

test.each([
	{ unsupportedField: 'maybe' },
	{ unitFormat: 8 },
	{ partialResult: 10 },
	{ autoSeriesCount: 1 },
	{ discount: 2 },
	{ retiredModels: 'kling-v2' },
	{ packs: [{ name: 'half' }] },
	{ packs: null },
	{ ledgerMaxWindowMs: 'long' },
])('a setting that means nothing is refused: %j', async (change) => {
	const response = await fetch(`${provider.url}/_sandbox/settings`, { method: 'POST', body: JSON.stringify(change) });
	expect(response.status).toBe(400);
	expect((await response.json()).error).toContain(Object.keys(change)[0]);
});
