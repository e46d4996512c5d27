/** Account: what is left in the packs, and what tasks have really cost. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import type { Settings } from '../../../sandbox/provider/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import {
	accessKey,
	apiKey,
	errorOf,
	expand,
	factsOf,
	itemsOf,
	KLING,
	multiShot,
	secretKey,
	smallPhotos,
	start,
} from './support.ts';

const { run, control, provider, n8n, unknown } = await start();
const DAY = 86_400_000;

type Parameters = INodeParameters & { options?: INodeParameters };
const getPacks = (change: Parameters = {}) => ({ resource: 'account', operation: 'getPacks', ...change });
const getDeductions = (change: Parameters = {}) => ({ resource: 'account', operation: 'getDeductions', ...change });

/** Each test has a credential of its own, so that none waits for the turn of the one before. */
const asked = async (parameters: INodeParameters, options = {}) =>
	await run(parameters, { items: [{}], credentials: unknown(), ...options });
const given = async (parameters: INodeParameters, options = {}) =>
	itemsOf(await asked(parameters, options)).map(({ json }) => json);

const requests = () => control.requests().filter(({ path }) => path.startsWith('/account/'));
const bySignature = () =>
	klingCredentials(provider.url, { authentication: 'accessKey', accessKey, secretKey, apiKey: '' });

describe('Get Packs', () => {
	const pack = (name: string, change: object = {}): Exclude<Settings['packs'], string>[number] => ({
		name,
		id: `id-of-${name}`,
		product: 'image',
		type: 'decreasing_total',
		total: 1000,
		used: 587.5,
		purchasedAt: Date.now() - 40 * DAY,
		validFrom: Date.now() - 40 * DAY,
		validUntil: Date.now() + 2.5 * DAY,
		...change,
	});
	const packs = () => [
		pack('running'),
		pack('old', { purchasedAt: Date.now() - 401 * DAY }),
		pack('expired', { validUntil: Date.now() - DAY }),
		pack('used up', { used: 1000 }),
		pack('early', { validFrom: Date.now() + DAY }),
	];

	it('gives usable packs, with what remains and the days that are left', async () => {
		control.settings({ packs: packs() });
		const [item, ...others] = itemsOf(await asked(getPacks()));
		expect(others).toEqual([]);
		expect(item?.pairedItem).toEqual({ item: 0 });
		expect(item?.json).toEqual({
			name: 'running',
			packId: 'id-of-running',
			type: 'decreasing_total',
			total: 1000,
			remaining: 412.5,
			purchasedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
			validFrom: expect.stringMatching(/Z$/),
			validUntil: expect.stringMatching(/Z$/),
			daysLeft: 2,
			status: 'online',
		});
		const [request] = requests();
		const { start_time, end_time } = Object.fromEntries(new URLSearchParams(request?.query));
		expect([request?.method, request?.path]).toEqual(['GET', '/account/costs']);
		expect(Number(end_time) - Number(start_time)).toBe(400 * DAY);
		expect(Math.abs(Number(end_time) - Date.now())).toBeLessThan(60_000);
	});

	it('gives all packs when asked to, none of them older than asked for', async () => {
		control.settings({ packs: packs() });
		const all = await given(getPacks({ options: { includeUnusable: true, purchasedWithinDays: 500 } }));
		expect(all.map(({ name, status, daysLeft }) => [name, status, daysLeft])).toEqual([
			['running', 'online', 2],
			['old', 'online', 2],
			['expired', 'expired', 0],
			['used up', 'runOut', 2],
			['early', 'toBeOnline', 2],
		]);
		control.reset();
		control.settings({ packs: packs() });
		expect(await given(getPacks({ options: { purchasedWithinDays: 30 } }))).toEqual([]);
	});

	it.each(['empty', 'absent'] as const)('an account without packs gives no item (list: %s)', async (noPacks) => {
		control.settings({ packs: [], noPacks });
		expect(await given(getPacks())).toEqual([]);
	});

	it('works with access key and secret key as well', async () => {
		expect(await given(getPacks(), { credentials: bySignature() })).toHaveLength(1);
	});

	it('several items ask one after the other: the service takes one request a second', async () => {
		const items = itemsOf(await asked(getPacks(), { items: [{}, {}] }));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(requests().map(({ code }) => code)).toEqual([0, 0]);
	});

	it('other processes may ask too: a refusal for that is no failure', async () => {
		await given(getPacks());
		expect(await given(getPacks())).toHaveLength(1);
		expect(requests().map(({ code }) => code)).toEqual([0, 1302, 0]);
	});

	it('is repeated after a lost answer', async () => {
		control.settings({ costsTooFast: 'allow' });
		control.faults([{ on: 'list', kind: 'dropAfter', count: 1 }]);
		expect(await given(getPacks())).toHaveLength(1);
	});

	it('that are refused are an error, and with Continue On Fail an error item of their own', async () => {
		control.settings({ costsTooFast: 'allow' });
		const fault = { on: 'list' as const, kind: 'code' as const, code: 1103, status: 403, count: 1 };
		control.faults([fault]);
		const error = errorOf(await asked(getPacks()));
		expect(error.message).toMatch(/^Kling refused to list the packs: the account may not use this API or model/);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
		control.faults([fault]);
		const items = itemsOf(await asked(getPacks(), { items: [{}, {}], onError: 'continueRegularOutput' }));
		expect(items.map(({ json, pairedItem }) => ['error' in json, pairedItem])).toEqual([
			[true, { item: 0 }],
			[false, { item: 1 }],
		]);
	});

	it.each<[string, INodeParameters, string]>([
		[
			'no day',
			{ purchasedWithinDays: 0 },
			'Purchased Within (Days) is "0", but it must be a whole number from 1 to 36500',
		],
		['a text', { purchasedWithinDays: '={{ "a year" }}' }, 'Purchased Within (Days) is "a year", but'],
		[
			'a switch that is none',
			{ includeUnusable: '={{ "all" }}' },
			'Include Unusable is "all", but it must be true or false',
		],
	])('%s is refused, and nothing is sent', async (_, options, message) => {
		const error = errorOf(await asked(getPacks({ options })));
		expect(error.message).toContain(message);
		expect(requests()).toEqual([]);
	});
});

/** Makes tasks and gives them; AI Multi-Shot costs 20 units, Image Expansion 8. */
async function spend(...units: Array<8 | 20>): Promise<IDataObject[]> {
	const made: IDataObject[] = [];
	for (const cost of units) {
		const parameters = { ...(cost === 20 ? multiShot() : expand()), downloadImages: false };
		made.push(...itemsOf(await run(parameters, { items: smallPhotos({}) })).map(({ json }) => json));
	}
	return made;
}

describe('Get Deductions', () => {
	it('tells what each task has really cost', async () => {
		const tasks = await spend(8, 20);
		const rows = await given(getDeductions());
		expect(new Map(rows.map(({ taskId, amount }) => [taskId, amount]))).toEqual(
			new Map(tasks.map(({ taskId, unitsDeducted }) => [taskId, unitsDeducted])),
		);
		expect(rows.find(({ amount }) => amount === 8)).toEqual({
			taskId: tasks[0]?.taskId,
			function: expect.any(String),
			amount: 8,
			productType: 'image',
			resolution: expect.any(String),
			deductedAt: expect.stringMatching(/Z$/),
			packId: expect.any(String),
			unitsBefore: expect.any(Number),
			unitsAfter: expect.any(Number),
			apiKeyName: 'sandbox',
		});
		expect(requests()).toMatchObject([{ method: 'POST', path: '/account/billing/package' }]);
	});

	it('of an account that pays afterwards are money, in a ledger of its own', async () => {
		control.settings({ payFrom: 'balance', discount: 0.1 });
		const [task] = await spend(8);
		expect(await given(getDeductions())).toEqual([]);
		const [row, ...others] = await given(getDeductions({ ledger: 'money' }));
		expect(others).toEqual([]);
		expect(row).toMatchObject({ taskId: task?.taskId, amount: 0.0252, listPrice: 0.028, currency: 'USD' });
		expect(row).toHaveProperty('balanceBefore');
		expect([row?.productType, row?.unitsBefore]).toEqual([undefined, undefined]);
	});

	describe('of some tasks', () => {
		it.each<[string, (tasks: IDataObject[]) => INodeParameters[string], number]>([
			['a text', ([first]) => String(first?.taskId), 1],
			['lines and commas', ([first, second]) => `${first?.taskId},\n${second?.taskId}`, 2],
			['a list of IDs', () => '={{ $json.tasks.map(({ taskId }) => taskId) }}', 3],
			['a list of tasks', () => '={{ $json.tasks }}', 3],
			['an unknown ID', () => '999999999999999999', 0],
			['no tasks', () => '={{ [] }}', 0],
			['nothing, which is no filter', () => '', 3],
		])('by %s', async (_, taskIds, count) => {
			const tasks = await spend(8, 20, 8);
			const rows = await given(getDeductions({ options: { taskIds: taskIds(tasks) } }), {
				items: [{ json: { tasks } }],
			});
			expect(rows).toHaveLength(count);
		});

		it('the list of no tasks asks for nothing', async () => {
			expect(await given(getDeductions({ options: { taskIds: '={{ [] }}' } }))).toEqual([]);
			expect(requests()).toEqual([]);
		});

		it('each item with its own task, paired', async () => {
			const tasks = await spend(8, 20);
			const items = tasks.map((json) => ({ json }));
			const found = itemsOf(await asked(getDeductions({ options: { taskIds: '={{ $json.taskId }}' } }), { items }));
			expect(found.map(({ json, pairedItem }) => [json.taskId, json.amount, pairedItem])).toEqual([
				[tasks[0]?.taskId, 8, { item: 0 }],
				[tasks[1]?.taskId, 20, { item: 1 }],
			]);
		});
	});

	it('are as many as Limit says; Return All reads every page', async () => {
		const image = smallPhotos({})[0]?.binary?.data?.buffer.toString('base64');
		const body = JSON.stringify({ element_frontal_image: image });
		const headers = { authorization: `Bearer ${apiKey}` };
		control.settings({ slots: 1_000, taskMs: [1, 1], ledgerCursorLimit: 500 });
		for (let made = 0; made < 501; made += 1) {
			await fetch(`${provider.url}/v1/general/ai-multi-shot`, { method: 'POST', headers, body });
		}
		expect(await given(getDeductions({ limit: 2 }))).toHaveLength(2);
		expect(requests()).toHaveLength(1);
		expect(await given(getDeductions())).toHaveLength(50);
		const all = await given(getDeductions({ returnAll: true }));
		expect(new Set(all.map(({ taskId }) => taskId)).size).toBe(501);
		expect(requests()).toHaveLength(4);
		expect(all.some(({ warnings }) => warnings)).toBe(false);
	});

	it.each(['noDetail', 'emptyDetail'] as const)('may be none (%s)', async (emptyLedger) => {
		control.settings({ emptyLedger });
		expect(await given(getDeductions())).toEqual([]);
	});

	it('are those of tasks created between From and To', async () => {
		await spend(8);
		const day = (days: number) => new Date(Date.now() + days * DAY).toISOString();
		const count = async (change: Parameters) => (await given(getDeductions(change))).length;
		expect(await count({ from: day(-1) })).toBe(1);
		expect(await count({ to: day(-1) })).toBe(0);
		expect(await count({ from: day(0.5), to: day(1) })).toBe(0);
		// A day alone is the whole day in the workflow's time zone, to its end.
		const today = "={{ $now.toFormat('yyyy-MM-dd') }}";
		expect(await count({ from: today, to: today })).toBe(1);
		expect(await count({ from: String(Date.now() - DAY), to: `={{ $now.plus({ hours: 1 }) }}` })).toBe(1);
	});

	it('with an access key are refused: that needs an API key', async () => {
		for (const ledger of ['units', 'money']) {
			const error = errorOf(await asked(getDeductions({ ledger }), { credentials: bySignature() }));
			expect(error.message).toMatch(/^Kling refused to list the deductions: this request needs an API key/);
			expect(error.description).toContain('choose API Key as Authentication');
		}
	});

	it.each<[string, INodeParameters, RegExp]>([
		['From after To', { from: '2026-03-02', to: '2026-03-01' }, /^From \(2026-03-0.*\) is not before To \(2026-03-0/],
		['From in the future', { from: '2999-01-01' }, /^From \(29.*\) is not before To \(now\)$/],
		['no date', { from: '={{ "last week" }}' }, /^From is "last week", which is not a date$/],
		['no date in To', { to: '={{ "today" }}' }, /^To is "today", which is not a date$/],
		['another ledger', { ledger: '={{ "tokens" }}' }, /^Ledger is "tokens", but it must be one of money, units$/],
		['a limit of nothing', { limit: '={{ 0 }}' }, /^Limit is "0", but/],
		['an ID without its digits', { options: { taskIds: '={{ 8.31e17 }}' } }, /^Task IDs: .* has lost its digits/],
		['tasks without an ID', { options: { taskIds: '={{ [{ id: "1" }] }}' } }, /^Task IDs: .* is an object, not an ID$/],
	])('%s is refused, and nothing is sent', async (_, change, message) => {
		const error = errorOf(await asked(getDeductions(change)));
		expect(error.message).toMatch(message);
		expect(requests()).toEqual([]);
	});

	it('of one item may fail while the other is answered', async () => {
		await spend(8);
		const items = [{ json: { from: 'never' } }, { json: { from: '2020-01-01' } }];
		const parameters = getDeductions({ from: '={{ $json.from }}' });
		const found = itemsOf(await asked(parameters, { items, onError: 'continueRegularOutput' }));
		expect(found.map(({ json, pairedItem }) => [json.error ?? json.amount, pairedItem])).toEqual([
			['From is "never", which is not a date', { item: 0 }],
			[8, { item: 1 }],
		]);
	});
});

it('an agent can ask for both', async () => {
	const [task] = await spend(20);
	const tool = { node: KLING, credentials: unknown(), items: [{}] };
	const deductions = await n8n.runAsTool({
		...tool,
		parameters: getDeductions({ options: { taskIds: "={{ $fromAI('tasks') }}" } }),
		calls: [[{ tasks: `["${task?.taskId}"]` }]],
	});
	expect(deductions.answers[0]?.answer).toMatchObject([{ taskId: task?.taskId, amount: 20 }]);
	const packs = await n8n.runAsTool({ ...tool, parameters: getPacks() });
	expect(packs.answers[0]?.answer).toMatchObject([{ status: 'online', daysLeft: expect.any(Number) }]);
});
