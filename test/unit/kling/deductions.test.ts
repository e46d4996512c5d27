/** Account: Get Deductions, by scripted answers. */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { listDeductions, MOST_PAGES, type Wanted } from '../../../nodes/Kling/account/deductions';
import { itemOf, refusal, rejectionOf, type Answer, type TestItem } from '../tasks/support';

const FROM = 1_699_000_000_000;
const TO = 1_700_000_000_000;
const ID = '941200417735016502';

const units = (more: IDataObject = {}): IDataObject => ({
	package_id: '5a6b7c8d9e0f4a1b8c2d3e4f5a6b7c8d',
	product_type: 'image',
	task_id: ID,
	api_key_name: 'n8n',
	product_function: 'Text to Image',
	model_name: 'kling-v3',
	resolution: '2k',
	deduction_time: '1699900000310',
	unit_before_deduction: 428.0,
	deduction_amount: 16.0,
	unit_after_deduction: 412.0,
	...more,
});

const money: IDataObject = {
	task_id: '941200988812345071',
	api_key_name: 'n8n',
	product_function: 'Image to Image',
	model_name: 'kling-v3-omni',
	resolution: '1k',
	deduction_time: '1699900161020',
	cash_type: 'balance',
	balance_before_deduction: 25.0,
	deduction_amount: 0.0504,
	balance_after_deduction: 24.9496,
	list_price: 0.056,
	currency: 'USD',
};

const answer = (data: unknown): Answer => ({ body: { code: 0, message: 'SUCCEED', request_id: 'r', data } });
const page = (rows: unknown[], next: IDataObject = {}) =>
	answer({ result: { detail: rows, count: rows.length }, ...next });
const more = (next_cursor: string) => ({ next_cursor, has_more: true });

const list = async (item: TestItem, wanted: Partial<Wanted> = {}) =>
	await listDeductions(item, { ledger: 'units', from: FROM, to: TO, limit: Infinity, ...wanted });

describe('a row', () => {
	it('of units tells the task, what it was and what it cost', async () => {
		const item = itemOf({ answers: [page([units()])] });
		expect(await list(item)).toEqual([
			{
				taskId: ID,
				function: 'Text to Image',
				modelName: 'kling-v3',
				amount: 16,
				productType: 'image',
				resolution: '2k',
				deductedAt: '2023-11-13T18:26:40.310Z',
				packId: '5a6b7c8d9e0f4a1b8c2d3e4f5a6b7c8d',
				unitsBefore: 428,
				unitsAfter: 412,
				apiKeyName: 'n8n',
			},
		]);
		expect(item.sent).toEqual([
			{
				method: 'POST',
				url: '/account/billing/package',
				body: { start_time: FROM, end_time: TO, limit: 500 },
			},
		]);
	});

	it('of money has its currency, and every decimal as received', async () => {
		const item = itemOf({ answers: [page([money])] });
		expect(await list(item, { ledger: 'money' })).toEqual([
			{
				taskId: '941200988812345071',
				function: 'Image to Image',
				modelName: 'kling-v3-omni',
				amount: 0.0504,
				currency: 'USD',
				listPrice: 0.056,
				resolution: '1k',
				deductedAt: '2023-11-13T18:29:21.020Z',
				balanceType: 'balance',
				balanceBefore: 25,
				balanceAfter: 24.9496,
				apiKeyName: 'n8n',
			},
		]);
		expect(item.sent[0]?.url).toBe('/account/billing/balance');
	});

	it('lacks what the service leaves out; an ID beyond 2^53 keeps every digit', async () => {
		const text = `{"code":0,"data":{"result":{"detail":[{"task_id":941200417735016502,"deduction_amount":"0.10"},null]}}}`;
		expect(await list(itemOf({ answers: [{ body: text }] }))).toEqual([{ taskId: ID, amount: 0.1 }, {}]);
	});
});

describe('paging', () => {
	it('goes on with the cursor, beside the same window', async () => {
		const item = itemOf({ answers: [page([units()], more('c1')), page([units()], more('c2')), page([units()])] });
		expect(await list(item)).toHaveLength(3);
		const first = { start_time: FROM, end_time: TO, limit: 500 };
		expect(item.sent.map(({ body }) => body)).toEqual([first, { ...first, cursor: 'c1' }, { ...first, cursor: 'c2' }]);
	});

	it.each([
		['has_more is false', { next_cursor: 'c1', has_more: false }],
		['has_more is missing', { next_cursor: 'c1' }],
		['the cursor is empty', { next_cursor: '', has_more: true }],
		['the cursor is missing', { has_more: true }],
	])('ends where %s', async (_, next) => {
		const item = itemOf({ answers: [page([units()], next)] });
		expect(await list(item)).toHaveLength(1);
		expect(item.sent).toHaveLength(1);
	});

	it('ends where a cursor comes again', async () => {
		const item = itemOf({ answers: (sent) => page([units()], more(sent % 2 === 0 ? 'b' : 'a')) });
		expect(await list(item)).toHaveLength(3);
	});

	it('goes on after a page without rows', async () => {
		const item = itemOf({ answers: [answer({ ...more('c1') }), page([units()])] });
		expect(await list(item)).toHaveLength(1);
	});

	it('reads no more than the limit needs, also where later pages are larger', async () => {
		const item = itemOf({
			answers: [
				page([units(), units()], more('c1')),
				page(
					[1, 2, 3, 4].map(() => units()),
					more('c2'),
				),
			],
		});
		expect(await list(item, { limit: 3 })).toHaveLength(3);
		expect(item.sent.map(({ body }) => (body as IDataObject).limit)).toEqual([3, 3]);
	});

	it('is repeated after a lost answer', async () => {
		const item = itemOf({ answers: [refusal(5001, 503), page([units()])] });
		expect(await list(item)).toHaveLength(1);
	});

	const endless = () => itemOf({ answers: (sent) => page([units()], more(`c${sent}`)) });

	it('has an end, and says on the last row that there is more', async () => {
		const item = endless();
		const rows = await list(item);
		expect([item.sent.length, rows.length]).toEqual([MOST_PAGES, MOST_PAGES]);
		expect(rows.at(-1)?.warnings).toEqual([
			`Only the first ${MOST_PAGES} pages of the ledger were read; it has more rows between 2023-11-03T08:26:40.000Z and 2023-11-14T22:13:20.000Z. Choose a shorter time with From and To.`,
		]);
		expect(rows.filter(({ warnings }) => warnings)).toHaveLength(1);
	});

	it('that ended too early for the wanted tasks is an error, not a cost of nothing', async () => {
		const error = await rejectionOf(list(endless(), { taskIds: new Set(['other']) }));
		expect(error.message).toBe('None of the tasks is in the part of the ledger that could be read');
		expect(error.description).toContain('Choose a shorter time');
	});
});

describe('the rows of some tasks', () => {
	it('are matched here, and all pages are read: a task may have several rows', async () => {
		const item = itemOf({
			answers: [page([units(), units({ task_id: 'other' })], more('c1')), page([units({ deduction_amount: 4 })])],
		});
		expect((await list(item, { taskIds: new Set([ID]), limit: 50 })).map(({ amount }) => amount)).toEqual([16, 4]);
		expect((item.sent[0]?.body as IDataObject).limit).toBe(500);
	});

	it('may be none', async () => {
		expect(await list(itemOf({ answers: [page([units()])] }), { taskIds: new Set(['other']) })).toEqual([]);
	});
});

describe('an empty ledger', () => {
	it.each([
		['an empty list', { result: { detail: [], count: 0 }, next_cursor: '', has_more: false }],
		['no list', { result: { count: 0 }, has_more: false }],
		['no result', { count: 0, has_more: false }],
		['null', { result: null }],
	])('may come as %s', async (_, data) => {
		expect(await list(itemOf({ answers: [answer(data)] }))).toEqual([]);
	});

	it.each([
		['no payload', undefined],
		['a list', []],
		['rows that are a text', { result: { detail: 'none' } }],
	])('is not the same as %s', async (_, data) => {
		const error = await rejectionOf(list(itemOf({ answers: [answer(data)] })));
		expect(error.message).toMatch(/^Kling failed to list the deductions: /);
	});
});

describe('a key that the ledger refuses', () => {
	const signedIn = (authentication: string, reason: string) => {
		const item = itemOf({ answers: () => refusal(1002, 401, reason) });
		const account = async () => ({ ...(await itemOf().account({} as never)), credential: { authentication } });
		return { ...item, account };
	};
	const NAMED = 'Authentication error. The current API does not support AK/SK; use an API key.';

	it.each([
		['accessKey', NAMED],
		['accessKey', 'auth failed'],
		['apiKey', NAMED],
	])('of the kind %s, told %j, needs to be an API key', async (authentication, reason) => {
		const error = await rejectionOf(list(signedIn(authentication, reason)));
		expect(error.message).toMatch(/^Kling refused to list the deductions: this request needs an API key: /);
		expect(error.description).toContain('choose API Key as Authentication');
	});

	it('which is an API key, is a wrong one', async () => {
		const error = await rejectionOf(list(signedIn('apiKey', 'auth failed')));
		expect(error.message).toContain('the key or the region is not accepted');
	});
});
