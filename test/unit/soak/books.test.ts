import { describe, expect, it } from 'vitest';

import { accountOf, boughtOf, hasArrived, isCutOff } from '../../soak/setup/accounts';
import { compare, type Account, type Bought } from '../../soak/setup/books';

const task = (taskId: string, order: string, more: Partial<Bought> = {}): Bought => ({
	taskId,
	externalTaskId: '',
	order,
	failed: false,
	...more,
});
const account = (part: Partial<Account>): Account => ({
	delivered: [],
	named: [],
	unsure: [],
	cutOff: [],
	...part,
});

describe('comparing the ledger with what executions have delivered', () => {
	it('finds nothing where every task was delivered by one execution', () => {
		const ledger = [task('t1', 'order-1-1'), task('t2', 'order-1-2')];
		const { delivered, ...rest } = compare(ledger, [account({ delivered: ['t1', 't2', 't2'] })]);
		expect(delivered).toBe(2);
		expect(Object.values(rest).flat()).toEqual([]);
	});

	it('finds an order that was bought twice, also when both tasks were delivered', () => {
		const ledger = [task('t1', 'order-1-1'), task('t2', 'order-1-1')];
		expect(compare(ledger, [account({ delivered: ['t1', 't2'] })]).boughtTwice).toEqual(['order-1-1']);
		expect(compare(ledger, [account({ delivered: ['t1', 't2'] })]).undelivered).toEqual([]);
	});

	it('finds a task that was not delivered, and lets one pass that an error names', () => {
		const lost = task('t2', 'order-2-1', { externalTaskId: 'n8n-abcdef' });
		const ledger = [task('t1', 'order-1-1'), lost];
		const delivering = account({ delivered: ['t1'] });
		expect(compare(ledger, [delivering]).undelivered).toEqual([lost]);
		for (const named of [['t2'], ['n8n-abcdef']]) {
			const books = compare(ledger, [delivering, account({ named })]);
			expect([books.undelivered, books.named]).toEqual([[], [lost]]);
		}
	});

	it('an error that names another task, or none, does not excuse a missing one', () => {
		const lost = task('t1', 'order-1-1');
		expect(compare([lost], [account({ named: ['', 't2'], unsure: ['order-2-1'] })]).undelivered).toEqual([lost]);
	});

	it('finds a task that two executions have delivered', () => {
		const ledger = [task('t1', 'order-1-1')];
		const twice = [account({ delivered: ['t1'] }), account({ delivered: ['t1'] })];
		expect(compare(ledger, twice).deliveredTwice).toEqual(ledger);
	});

	it('a failed task that was followed by another of its order is accounted for; the last one is not', () => {
		const [first, last] = [task('t1', 'order-1-1', { failed: true }), task('t2', 'order-1-1', { failed: true })];
		const books = compare([first!, last!], []);
		expect([books.followed, books.undelivered, books.boughtTwice]).toEqual([[first], [last], []]);
	});

	it('so is a failed one of whose order an error names another task; one that has not failed is not', () => {
		const told = task('t1', 'order-1-1', { failed: true });
		const naming = account({ named: ['t1'] });
		const again = task('t2', 'order-1-1', { failed: true });
		expect(compare([told, again], [naming])).toMatchObject({ named: [told], followed: [again], undelivered: [] });
		const paid = task('t2', 'order-1-1');
		expect(compare([told, paid], [naming])).toMatchObject({ named: [told], followed: [], undelivered: [paid] });
	});

	it('what a kill within a keyless create leaves behind is counted apart', () => {
		const one = task('t1', 'order-1-1');
		const books = compare([one], [account({ cutOff: ['order-1-1'] })]);
		expect([books.cutOff, books.undelivered]).toEqual([[one], []]);
	});
});

const data = (runData: Record<string, unknown>, error?: unknown) => ({ resultData: { runData, error } }) as never;
const items = (...jsons: object[]) => [{ data: { main: [jsons.map((json) => ({ json }))] } }];
const inline = { name: 'inline', end: 'Delivered' } as const;

describe('what an execution has delivered', () => {
	it('counts results at its end, in whatever words, and none of an execution that was killed', () => {
		const run = data({
			Delivered: items(
				{ taskId: '111', status: 'succeeded' },
				{ taskId: '222', status: 'processing' },
				{ data: { task_id: '333', task_status: 'succeed' } },
				{ output: '[{"taskId":"444444444"}]' },
			),
			Create: items({ taskId: '555', status: 'succeeded' }),
		});
		expect(accountOf('1', 'success', run, inline).delivered).toEqual(['111', '333', '444444444']);
		expect(accountOf('1', 'crashed', run, inline).delivered).toEqual([]);
		expect(accountOf('1', 'success', run, { name: 'trigger' }).delivered).toEqual([]);
	});

	it('an error that has got to its end has delivered, and is not to be retried; one that was killed there is', () => {
		const run = data({ Delivered: items({ taskId: '111', status: 'succeeded' }) }, { message: 'Cancelled' });
		expect(accountOf('1', 'error', run, inline).delivered).toEqual(['111']);
		expect(hasArrived('error', run, inline)).toBe(true);
		expect(hasArrived('crashed', run, inline)).toBe(false);
		expect(hasArrived('error', data({ Create: items({ taskId: '111' }) }), inline)).toBe(false);
	});

	it('names what its error says it has bought; without an ID of ours the order stands for it', () => {
		const error = { message: 'No answer', context: { data: { taskState: 'may-exist', externalTaskId: 'n8n-abcdef' } } };
		const run = data({ 'One by One': items({ order: 'order-7-1' }), Create: [{ error }] }, error);
		expect(accountOf('1', 'error', run, inline)).toMatchObject({ unsure: [], delivered: [] });
		expect(accountOf('1', 'error', run, inline).named).toContain('n8n-abcdef');
		expect(accountOf('1', 'error', run, { ...inline, keyless: 'Create' }).unsure).toEqual(['order-7-1', 'execution 1']);
	});

	it('a kill within the create of a service without IDs is told from one after it', () => {
		const keyless = { keyless: 'Create' };
		const killed = data({ Create: [{ executionStatus: 'crashed', error: {} }] });
		const recovered = data({ Create: items({ isArtificialRecoveredEventItem: true }) });
		const noted = data({ Create: items({ taskId: 't1' }) });
		for (const within of [data({}), killed, recovered]) expect(isCutOff('crashed', within, keyless)).toBe(true);
		const woken = { executionData: { nodeExecutionStack: [{ node: { name: 'Create', disabled: true } }] } };
		for (const after of [noted, { ...(data({}) as object), ...woken } as never]) {
			expect(isCutOff('crashed', after, keyless)).toBe(false);
		}
		expect(isCutOff('error', killed, keyless)).toBe(false);
		expect(isCutOff('crashed', killed, {})).toBe(false);
	});
});

it.each([
	[{ prompt: 'order-3-2-fails' }, '', 'order-3-2'],
	[{}, 'order-4-1-1a2b3c4d', 'order-4-1'],
	[{ callback_url: 'http://127.0.0.1:1/photos/orders.jpg?order=order-5-1' }, 'n8n-1', 'order-5-1'],
	[{ callback_url: 'http://127.0.0.1:1/webhook-waiting/77?signature=x' }, '', 'execution 77'],
	[{}, 'n8n-1', ''],
])('a task of the ledger %j, %s was bought for %s', (request, externalTaskId, order) => {
	const entry = { taskId: 't1', externalTaskId, status: 'succeed', request };
	expect(boughtOf(entry as never).order).toBe(order);
});
