import { describe, expect, it } from 'vitest';

import { inputItems, Run, runOf } from '../../../nodes/tasks/run';
import { contextOf, FakeClock } from './support';

const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));

describe('before anything is bought', () => {
	it('every item must have arrived: a parameter of a later one may not resolve', async () => {
		const run = new Run(3, false);
		run.enter();
		run.enter();
		expect(await run.isComplete(new FakeClock())).toBe(false);
		run.enter();
		expect(await run.isComplete(new FakeClock())).toBe(true);
	});

	it('arrivals are counted a macrotask later, when n8n has started all items', async () => {
		const run = new Run(2, false);
		run.enter();
		const clock = new FakeClock();
		const complete = run.isComplete({ ...clock, now: () => 0, random: () => 0, pause: async () => run.enter() });
		expect(await complete).toBe(true);
	});

	it('with Batching this cannot be known, so nobody waits for it', async () => {
		expect(await new Run(3, true).isComplete(new FakeClock())).toBe(true);
	});

	it('an item that cannot be sent is known to the others', () => {
		const run = new Run(2, false);
		expect(run.isRefused).toBe(false);
		run.refuse();
		expect(run.isRefused).toBe(true);
	});
});

describe('an item that fails with Stop Workflow', () => {
	it('fails last, when the others have settled', async () => {
		const run = new Run(3, false);
		for (let item = 0; item < 3; item += 1) run.enter();
		const order: string[] = [];
		const failing = run.settle(true).then(() => order.push('failed'));
		await settle();
		order.push('second');
		await run.settle(false);
		order.push('third');
		await run.settle(false);
		await failing;
		expect(order).toEqual(['second', 'third', 'failed']);
		expect(run.isOver).toBe(true);
	});

	it('does not wait for items that never arrived, and two failing ones do not wait for each other for ever', async () => {
		const run = new Run(5, false);
		run.enter();
		run.enter();
		await Promise.all([run.settle(true), run.settle(true)]);
		expect(run.isOver).toBe(true);
	});

	it('with Batching waits for the batches to come', async () => {
		const run = new Run(2, true);
		run.enter();
		let failed = false;
		const failing = run.settle(true).then(() => (failed = true));
		await settle();
		expect(failed).toBe(false);
		run.enter();
		await run.settle(false);
		await failing;
		expect(failed).toBe(true);
	});
});

describe('the tasks of a run', () => {
	it('are told in the order of the items, with what was learnt last', () => {
		const run = new Run(3, false);
		run.note({ itemIndex: 2, externalTaskId: 'c', state: 'may exist', ended: false });
		run.note({ itemIndex: 0, taskId: '1', state: 'submitted', ended: false });
		run.note({ itemIndex: 1, externalTaskId: 'b', state: 'may exist', ended: false });
		run.note({ itemIndex: 0, taskId: '1', state: 'succeeded', ended: true });
		run.forget(1);
		expect(run.allTasks().map(({ itemIndex, state }) => [itemIndex, state])).toEqual([[0, 'succeeded'], [2, 'may exist']]);
	});

	it('are warned of once after Stop', () => {
		const run = new Run(2, false);
		expect([run.reportStop(), run.reportStop(), run.reportStop()]).toEqual([true, false, false]);
	});
});

describe('the run of an item', () => {
	it('is shared by the items of one execution of the node, and new when n8n tries again', async () => {
		const context = contextOf({ items: [{ json: {} }, { json: {} }] });
		const run = runOf(context);
		expect([run.itemCount, runOf(context)]).toEqual([2, run]);
		run.enter();
		await run.settle(false);
		expect(runOf(context)).not.toBe(run);
		expect(runOf(contextOf())).not.toBe(run);
	});

	it('counts what n8n will really hand over: the first item only with Execute Once, one without input', () => {
		const items = [{ json: { a: 1 } }, { json: { a: 2 } }];
		const once = contextOf({ items, node: { executeOnce: true } });
		expect(inputItems(once)).toEqual([{ json: { a: 1 } }]);
		expect(runOf(once).itemCount).toBe(1);
		expect(runOf(contextOf({ items: [] })).itemCount).toBe(1);
	});
});
