/** Account: Get Packs, by scripted answers. */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { listPacks } from '../../../nodes/Kling/account/packs';
import { itemOf, refusal, rejectionOf, type Answer } from '../tasks/support';

const NOW = 1_700_000_000_000;
const DAY = 86_400_000;

/** What a pack looks like in an answer. */
const pack = (more: IDataObject = {}): IDataObject => ({
	resource_pack_name: 'Trial-Image-1000Units-9Con-1Months',
	resource_pack_id: '5a6b7c8d9e0f4a1b8c2d3e4f5a6b7c8d',
	resource_pack_type: 'decreasing_total',
	total_quantity: 1000.0,
	remaining_quantity: 412.5,
	purchase_time: NOW - 3 * DAY,
	effective_time: NOW - 2 * DAY,
	invalid_time: NOW + 2.5 * DAY,
	status: 'online',
	...more,
});

const headers = { date: new Date(NOW).toUTCString() };

const answer = (data: unknown): Answer => ({ headers, body: { code: 0, message: 'SUCCEED', request_id: 'r', data } });
const packs = (...list: unknown[]) => answer({ code: 0, msg: 'success', resource_pack_subscribe_infos: list });

async function listed(...answers: Answer[]) {
	return await listPacks(itemOf({ answers }), 400);
}

it('a pack has its units, its times and the days that are left', async () => {
	expect(await listed(packs(pack()))).toEqual([
		{
			isUsable: true,
			pack: {
				name: 'Trial-Image-1000Units-9Con-1Months',
				packId: '5a6b7c8d9e0f4a1b8c2d3e4f5a6b7c8d',
				type: 'decreasing_total',
				total: 1000,
				remaining: 412.5,
				purchasedAt: new Date(NOW - 3 * DAY).toISOString(),
				validFrom: new Date(NOW - 2 * DAY).toISOString(),
				validUntil: new Date(NOW + 2.5 * DAY).toISOString(),
				daysLeft: 2,
				status: 'online',
			},
		},
	]);
});

it('the window is of the days in which packs were bought, up to now', async () => {
	const item = itemOf({ answers: [packs()] });
	await listPacks(item, 30);
	expect(item.sent).toMatchObject([
		{ method: 'GET', url: '/account/costs', qs: { start_time: NOW - 30 * DAY, end_time: NOW } },
	]);
});

it.each([
	['one that runs', {}, true],
	['one whose status is written otherwise', { status: ' Online' }, true],
	['one without an end', { invalid_time: null }, true],
	['one past its end that is still called online', { invalid_time: NOW - 1 }, false],
	['one that is not valid yet', { status: 'toBeOnline' }, false],
	['one that has expired with units left', { status: 'expired', invalid_time: NOW - DAY }, false],
	['one that is used up', { status: 'runOut', remaining_quantity: 0 }, false],
	['one without a status', { status: undefined }, false],
])('%s: usable is %3$j', async (_, more, isUsable) => {
	expect(await listed(packs(pack(more)))).toMatchObject([{ isUsable }]);
});

it('the days that are left are whole, never negative, and counted by the clock of the service', async () => {
	const later = { date: new Date(NOW + DAY).toUTCString() };
	const data = { code: 0, resource_pack_subscribe_infos: [pack(), pack({ invalid_time: NOW - 9 * DAY })] };
	const found = await listed({ body: { code: 0, data }, headers: later });
	expect(found.map(({ pack: { daysLeft } }) => daysLeft)).toEqual([1, 0]);
});

it('numbers may be text, and what is missing is absent', async () => {
	const [first, second] = await listed(packs(pack({ remaining_quantity: '0.25', invalid_time: String(NOW) }), {}));
	expect(first?.pack).toMatchObject({ remaining: 0.25, validUntil: new Date(NOW).toISOString() });
	expect(second).toEqual({ isUsable: false, pack: {} });
});

describe('an account without packs has none, which is no error', () => {
	it.each([
		['an empty list', { code: 0, resource_pack_subscribe_infos: [] }],
		['no list', { code: 0, msg: 'success' }],
		['null', { code: 0, resource_pack_subscribe_infos: null }],
		['nothing but an object', {}],
	])('%s', async (_, data) => {
		expect(await listed(answer(data))).toEqual([]);
	});
});

describe('what is no answer about packs is an error: it must not pass for an account without packs', () => {
	it.each([
		['no payload', answer(undefined)],
		['null', answer(null)],
		['a list', answer([])],
		['a list that is a text', answer({ code: 0, resource_pack_subscribe_infos: 'none' })],
	])('%s', async (_, given) => {
		const error = await rejectionOf(listed(given));
		expect(error.message).toBe('Kling failed to list the packs: the answer cannot be used');
		expect(error).toMatchObject({ taskState: 'not-created' });
	});
});

describe('the inner answer may be a refusal of its own', () => {
	const inner = (code: unknown, msg: string) => answer({ code, msg, resource_pack_subscribe_infos: [pack()] });

	it.each([1201, '1201'])('code %j', async (code) => {
		const error = await rejectionOf(listed(inner(code, 'start_time is not valid')));
		expect(error.message).toBe(
			'Kling refused to list the packs: a field has a value that is not accepted: start_time is not valid',
		);
		expect(error).toMatchObject({ code: 1201, requestId: 'r', retryable: false });
	});

	it('which is tried again like an outer one', async () => {
		const item = itemOf({ answers: [inner(1302, 'too fast'), refusal(5001, 503), packs(pack())] });
		expect(await listPacks(item, 400)).toHaveLength(1);
		expect(item.sent).toHaveLength(3);
	});
});

it('two items of one account ask one after the other, more than a second apart', async () => {
	const item = itemOf({ answers: [packs(), packs()], account: 'paced' });
	await listPacks(item, 400);
	await listPacks(item, 400);
	expect(item.clock.now() - NOW).toBeGreaterThan(1_000);
	expect(item.clock.now() - NOW).toBeLessThan(2_000);
});
