/** What a run that fails or is stopped tells of the tasks of its items. */
import { afterEach, describe, expect, it, vi } from 'vitest';

import { Progress } from '../../../../nodes/tasks/item/progress';
import { runItems, type Operation } from '../../../../nodes/tasks/item/runItems';
import { factsOf, type TaskError } from '../../../../nodes/tasks/model/errors';
import type { Task } from '../../../../nodes/tasks/model/task';
import { rejectionOf, type Given } from '../support';
import { CONTINUE, failingAt, itemsOf, operation, refused, STOP, taskOf } from './runSupport';

afterEach(() => vi.restoreAllMocks());

describe('Stop Workflow', () => {
	it('fails when all items have ended, so that no task is left alone', async () => {
		const ends: Array<() => void> = [];
		const order: string[] = [];
		const waiting = operation(async (item) => {
			if (item.itemIndex === 0) throw refused(item);
			await new Promise<void>((end) => ends.push(end));
			order.push(`item ${item.itemIndex}`);
			return [];
		});
		const running = rejectionOf(runItems(itemsOf(3), waiting, STOP)).then(() => order.push('failed'));
		await vi.waitFor(() => expect(ends).toHaveLength(2));
		expect(order).toEqual([]);
		for (const end of ends) end();
		await running;
		expect(order).toEqual(['item 1', 'item 2', 'failed']);
	});

	it('says how many other tasks are not lost, and carries them as data, once', async () => {
		const error = await rejectionOf(runItems(itemsOf(4), failingAt(1), STOP));
		const retry = 'Retry this execution from the Executions list: they are reused, not paid again.';
		expect(error).toMatchObject({
			message: 'Item 1 failed',
			description: `Change it. The other 3 tasks are safe. ${retry}`,
		});
		const others = [0, 2, 3].map((itemIndex) => ({
			itemIndex,
			taskId: `task-${itemIndex}`,
			externalTaskId: `n8n-${itemIndex}`,
			status: 'succeeded',
			taskState: 'created',
		}));
		const { otherTasks, ...own } = factsOf(error as unknown as TaskError);
		expect(otherTasks).toEqual(others);
		expect(own).toMatchObject({ taskId: 'task-1', taskState: 'created' });
		expect(error.context).toMatchObject({ data: { otherTasks: others } });
		expect(error.message + String(error.description)).not.toMatch(/task-|n8n-\d/);
	});

	it('of one other task says the same in the singular', async () => {
		const { description } = await rejectionOf(runItems(itemsOf(2), failingAt(0), STOP));
		expect(description).toMatch(/The other task is safe\. Retry .*: it is reused, not paid again\.$/);
	});

	it.each<[string, Given, RegExp]>([
		[
			'a sub-workflow: of its own execution',
			{ isSubWorkflow: true },
			/Retry the execution of this sub-workflow, not that of its caller, from the Executions list: it is reused/,
		],
		[
			'an execution that n8n does not keep: none',
			{ isKept: false },
			/ The other task is safe\. Fetch it with Wait for Completion \(IDs under Error details\)\.$/,
		],
		['the two together: none', { isSubWorkflow: true, isKept: false }, /Fetch it with Wait for Completion/],
	])('promises only the Retry that there is. In %s', async (_, given, words) => {
		const { description } = await rejectionOf(runItems(itemsOf(2, given), failingAt(0), STOP));
		expect(description).toMatch(words);
		expect(description).not.toContain('Retry this execution');
	});

	it('says nothing of items that have no task', async () => {
		const error = await rejectionOf(
			runItems(
				itemsOf(3),
				operation((item) => {
					throw refused(item);
				}),
				STOP,
			),
		);
		expect(error).toMatchObject({ message: 'Item 0 was refused', description: 'Change it.' });
		expect(error.facts).toEqual({});
	});

	it('does not call safe what a retry would pay again: failed tasks, and lost creates without an ID', async () => {
		const mixed = operation((item) => {
			const { progress, itemIndex } = item;
			if (itemIndex === 0) progress.saw(taskOf(0));
			if (itemIndex === 1) progress.saw(taskOf(1, 'failed'));
			if (itemIndex === 2) progress.sending();
			if (itemIndex > 0) throw refused(item);
			return [];
		});
		const error = await rejectionOf(runItems(itemsOf(4), mixed, STOP));
		expect(error.description).toMatch(/1 of the other 2 tasks is safe/);
		const states = (error.facts as { otherTasks: Task[] }).otherTasks.map(({ itemIndex, taskState }) => [
			itemIndex,
			taskState,
		]);
		expect(states).toEqual([
			[0, 'created'],
			[2, 'may-exist'],
		]);
	});

	it('names a paid step before the one that failed', async () => {
		const steps = operation((item) => {
			item.progress.add({ userId: `U${item.itemIndex}` });
			item.progress.saw(taskOf(item.itemIndex, 'succeeded'));
			item.progress.nextTask();
			throw refused(item);
		});
		const error = await rejectionOf(runItems(itemsOf(2), steps, STOP));
		expect(error.description).toMatch(/The other task is safe/);
		expect(error.facts).toEqual({
			userId: 'U0',
			otherTasks: [{ itemIndex: 1, taskState: 'not-created', userId: 'U1' }],
		});
	});
});

describe('4,000 failing items cost no more than good ones', () => {
	const all = Array.from({ length: 4_000 }, (_, index) => index);
	const texts = () => [vi.spyOn(Progress.prototype, 'toJson'), vi.spyOn(Progress.prototype, 'text', 'get')] as const;

	it('with Stop Workflow each other task is told of once', async () => {
		const [toJson, text] = texts();
		const error = await rejectionOf(runItems(itemsOf(all.length), failingAt(...all.slice(0, 2_000)), STOP));
		expect((error.facts as { otherTasks: object[] }).otherTasks).toHaveLength(3_999);
		expect(error.description).toMatch(/2000 of the other 3999 tasks are safe/);
		expect([toJson.mock.calls.length, text.mock.calls.length]).toEqual([3_999, 0]);
	});

	it('with Continue no item tells of another', async () => {
		const [toJson, text] = texts();
		const outputs = await runItems(itemsOf(all.length), failingAt(...all), CONTINUE);
		expect(outputs).toHaveLength(4_000);
		expect(Math.max(...outputs.map((output) => JSON.stringify(output).length))).toBeLessThan(400);
		expect([toJson.mock.calls.length, text.mock.calls.length]).toEqual([0, 0]);
	});

	it('after Stop one line of the log names them all', async () => {
		const [toJson, text] = texts();
		const log: string[] = [];
		await rejectionOf(runItems(itemsOf(all.length, { signal: AbortSignal.abort() }, log), failingAt(...all), STOP));
		expect(log).toHaveLength(1);
		expect([toJson.mock.calls.length, text.mock.calls.length]).toEqual([3_999, 4_000]);
	});
});

describe('Stop', () => {
	const signal = AbortSignal.abort();

	/** Item 0 has no task, 1 is running, 2 has ended, 3 may exist. */
	const various = (isListed: boolean) =>
		operation(
			({ itemIndex, progress }) => {
				if (itemIndex === 1) progress.saw(taskOf(1, 'processing'));
				if (itemIndex === 2) progress.saw(taskOf(2, 'succeeded'));
				if (itemIndex === 3) progress.sending('n8n-3');
				return [];
			},
			{ isListed },
		);

	async function logOf(stopped: Operation<undefined>, given: Given = { signal }, settings = CONTINUE) {
		const log: string[] = [];
		await runItems(itemsOf(4, given, log), stopped, settings).catch(() => undefined);
		return log;
	}

	it('logs every task that was not handed on, once, finished ones too: nobody finds them where there is no list', async () => {
		expect(await logOf(various(false))).toEqual([
			'Stopped in node "Kling". These tasks were not handed on; they go on and are charged: ' +
				'item 1: Task ID: task-1, external task ID: n8n-1 (processing); ' +
				'item 2: Task ID: task-2, external task ID: n8n-2 (succeeded); ' +
				'item 3: external task ID: n8n-3 (may exist)',
		]);
	});

	it('leaves out finished tasks that the list of the service shows', async () => {
		const [line = '', ...others] = await logOf(various(true));
		expect(line).toMatch(/item 1: .*item 3: /);
		expect(line).not.toContain('item 2');
		expect(others).toEqual([]);
	});

	it('logs a paid step of an item that waits to send the next one', async () => {
		const steps = operation(({ itemIndex, progress }) => {
			progress.add({ userId: `U${itemIndex}` });
			progress.saw(taskOf(itemIndex, 'succeeded'));
			progress.nextTask();
			return [];
		});
		expect((await logOf(steps))[0]).toContain('item 0: userId: U0 (not created); item 1: userId: U1 (not created)');
	});

	it('logs nothing where there is nothing to lose', async () => {
		expect(await logOf(operation(() => []))).toEqual([]);
	});

	it('is not suspected where nobody stopped', async () => {
		expect(await logOf(various(false), {})).toEqual([]);
	});
});
