import type { INodeExecutionData } from 'n8n-workflow';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { refuseInput, type ItemContext } from '../../../../nodes/tasks/item/context';
import { Progress } from '../../../../nodes/tasks/item/progress';
import { runItems, type Operation, type RunSettings } from '../../../../nodes/tasks/item/runItems';
import { loadImageFields } from '../../../../nodes/tasks/images/load';
import { factsOf, taskError, type TaskError } from '../../../../nodes/tasks/model/errors';
import type { Task, TaskStatus } from '../../../../nodes/tasks/model/task';
import { FakeClock, itemOf, rejectionOf, type Given, type TestItem } from '../support';

const STOP: RunSettings = { continueOnFail: false, batch: { size: 1, pauseMs: 0 } };
const CONTINUE: RunSettings = { ...STOP, continueOnFail: true };

/** Items of one run; `log` collects what is written into n8n's log. */
function itemsOf(length: number, given: Given = {}, log: string[] = []): TestItem[] {
	const clock = given.clock ?? new FakeClock();
	const inputs = Array.from({ length }, (): INodeExecutionData => ({ json: {} }));
	return inputs.map((_, itemIndex) => ({
		...itemOf({ ...given, clock, items: inputs, itemIndex }),
		warn: (text: string) => void log.push(text),
	}));
}

const taskOf = (itemIndex: number, status: TaskStatus = 'submitted'): Task => ({
	service: 's', resource: 'r', taskId: `task-${itemIndex}`, externalTaskId: `n8n-${itemIndex}`, status, images: [],
});

const outputOf = ({ itemIndex }: ItemContext): INodeExecutionData[] => [{ json: { of: itemIndex } }];

/** The service's no to an item. */
function refused({ node, itemIndex }: ItemContext): TaskError {
	const words = { message: `Item ${itemIndex} was refused`, hint: 'Change it.' };
	return taskError(node, { ...words, itemIndex, taskState: 'not-created', retryable: false });
}

type Perform = (item: ItemContext) => INodeExecutionData[] | Promise<INodeExecutionData[]>;

const operation = (perform: Perform, more: Partial<Operation<undefined>> = {}): Operation<undefined> => ({
	prepare: () => undefined,
	perform: async (item) => await perform(item),
	...more,
});

/** Every item gets its task; then those named here fail. */
const failingAt = (...failing: number[]) =>
	operation((item) => {
		item.progress.saw(taskOf(item.itemIndex, failing.includes(item.itemIndex) ? 'failed' : 'succeeded'));
		if (!failing.includes(item.itemIndex)) return outputOf(item);
		const { taskId, externalTaskId } = item.progress;
		const words = { message: `Item ${item.itemIndex} failed`, hint: 'Change it.', itemIndex: item.itemIndex };
		throw taskError(item.node, { ...words, taskId, externalTaskId, taskState: 'created', retryable: false });
	});

afterEach(() => vi.restoreAllMocks());

describe('all items are checked before the first is sent', () => {
	/** What happens, in its order; the checks of those items fail. */
	function checking(...failing: number[]) {
		const events: string[] = [];
		const checked: Operation<string> = {
			prepare(item) {
				events.push(`check ${item.itemIndex}`);
				if (failing.includes(item.itemIndex)) refuseInput(item, `Item ${item.itemIndex} is bad`, 'Change it.');
				return `prepared ${item.itemIndex}`;
			},
			async perform(item, prepared) {
				events.push(`send ${prepared}`);
				return outputOf(item);
			},
		};
		return { events, checked };
	}

	it('and then each gets what its check has prepared', async () => {
		const { events, checked } = checking();
		const outputs = await runItems(itemsOf(3), checked, STOP);
		expect(events).toEqual(['check 0', 'check 1', 'check 2', 'send prepared 0', 'send prepared 1', 'send prepared 2']);
		expect(outputs).toEqual([[{ json: { of: 0 } }], [{ json: { of: 1 } }], [{ json: { of: 2 } }]]);
	});

	it('with Stop Workflow nothing is sent when one is bad; the first bad one is the error', async () => {
		const { events, checked } = checking(1, 2);
		const error = await rejectionOf(runItems(itemsOf(3), checked, STOP));
		expect(error).toMatchObject({ message: 'Item 1 is bad', taskState: 'not-created', context: { itemIndex: 1 } });
		expect(events).toEqual(['check 0', 'check 1', 'check 2']);
	});

	it('with Continue the others are sent', async () => {
		const { events, checked } = checking(1);
		const outputs = await runItems(itemsOf(3), checked, CONTINUE);
		expect(events.slice(3)).toEqual(['send prepared 0', 'send prepared 2']);
		expect(outputs[1]).toEqual([expect.objectContaining({ json: expect.objectContaining({ error: 'Item 1 is bad' }) })]);
	});

	it("n8n's own error about a parameter of a later item counts too", async () => {
		const sent: number[] = [];
		const items = itemsOf(3).map((item) => ({
			...item,
			parameter: () => {
				if (item.itemIndex === 2) throw new Error("Can't get data for expression");
			},
		}));
		const reading = operation((item) => (sent.push(item.itemIndex), []), { prepare: (item) => void item.parameter('prompt') });
		const error = await rejectionOf(runItems(items, reading, STOP));
		expect(error.message).toBe("The node failed: Can't get data for expression");
		expect(error).toMatchObject({ taskState: 'not-created', context: { itemIndex: 2 } });
		expect(sent).toEqual([]);
	});
});

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
		expect(error).toMatchObject({ message: 'Item 1 failed', description: `Change it. The other 3 tasks are safe. ${retry}` });
		const others = [0, 2, 3].map((itemIndex) => ({
			itemIndex, taskId: `task-${itemIndex}`, externalTaskId: `n8n-${itemIndex}`, status: 'succeeded', taskState: 'created',
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

	it('says nothing of items that have no task', async () => {
		const error = await rejectionOf(runItems(itemsOf(3), operation((item) => { throw refused(item); }), STOP));
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
		expect(error.description).toMatch(/The other task is safe/);
		const states = (error.facts as { otherTasks: Task[] }).otherTasks.map(({ itemIndex, taskState }) => [itemIndex, taskState]);
		expect(states).toEqual([[0, 'created'], [2, 'may-exist']]);
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
		expect(error.facts).toEqual({ userId: 'U0', otherTasks: [{ itemIndex: 1, taskState: 'not-created', userId: 'U1' }] });
	});
});

describe('4,000 failing items cost no more than good ones', () => {
	const all = Array.from({ length: 4_000 }, (_, index) => index);
	const texts = () => [vi.spyOn(Progress.prototype, 'toJson'), vi.spyOn(Progress.prototype, 'text', 'get')] as const;

	it('with Stop Workflow each other task is told of once', async () => {
		const [toJson, text] = texts();
		const error = await rejectionOf(runItems(itemsOf(all.length), failingAt(...all.slice(0, 2_000)), STOP));
		expect((error.facts as { otherTasks: object[] }).otherTasks).toHaveLength(3_999);
		expect(error.description).toMatch(/The other 2000 tasks are safe/);
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

describe('Continue On Fail', () => {
	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)('%s: a failure is an item with message and facts', async (onError) => {
		const outputs = await runItems(itemsOf(3, { node: { onError } }), failingAt(1), CONTINUE);
		expect(outputs).toEqual([
			[{ json: { of: 0 } }],
			[
				{
					json: {
						error: 'Item 1 failed',
						details: {
							taskId: 'task-1', externalTaskId: 'n8n-1', taskState: 'created', retryable: false, hint: 'Change it.',
						},
					},
					pairedItem: { item: 1 },
				},
			],
			[{ json: { of: 2 } }],
		]);
	});

	it('facts of the way are among the details', async () => {
		const failing = operation((item) => {
			item.progress.add({ paths: ['u/1.jpg'] });
			throw refused(item);
		});
		const [[output] = []] = await runItems(itemsOf(1), failing, CONTINUE);
		expect(output?.json.details).toMatchObject({ paths: ['u/1.jpg'], taskState: 'not-created' });
	});

	it('an item of a tool call is paired with its own index', async () => {
		const item = itemOf({ itemIndex: 3 });
		const [[output] = []] = await runItems([item], failingAt(3), CONTINUE);
		expect(output?.pairedItem).toEqual({ item: 3 });
	});
});

describe('Batching', () => {
	const batched: RunSettings = { ...STOP, batch: { size: 2, pauseMs: 1_000 } };

	it('pauses between the batches, not before the first', async () => {
		const clock = new FakeClock();
		const start = clock.now();
		const times: number[] = [];
		await runItems(itemsOf(5, { clock }), operation(() => (times.push(clock.now() - start), [])), batched);
		expect(times).toEqual([0, 0, 1_000, 1_000, 2_000]);
	});

	it('also checks all items before the first is sent', async () => {
		const perform = vi.fn(() => []);
		const prepare = (item: ItemContext) => {
			if (item.itemIndex === 4) refuseInput(item, 'Item 4 is bad', 'Change it.');
			return undefined;
		};
		await rejectionOf(runItems(itemsOf(5), operation(perform, { prepare }), batched));
		expect(perform).not.toHaveBeenCalled();
	});

	it('fails only when the later batches have ended', async () => {
		const done: number[] = [];
		const failing = operation((item) => {
			if (item.itemIndex === 0) throw refused(item);
			done.push(item.itemIndex);
			return [];
		});
		await rejectionOf(runItems(itemsOf(5), failing, batched));
		expect(done).toEqual([1, 2, 3, 4]);
	});

	it('does not go on pausing after Stop', async () => {
		const clock = new FakeClock();
		await runItems(itemsOf(5, { clock, signal: AbortSignal.abort() }), operation(() => []), batched);
		expect(clock.pauses).toEqual([]);
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

describe('an error that nobody expects', () => {
	/** The error of one item whose work ends in this. */
	const failure = async (perform: Perform) => await rejectionOf(runItems(itemsOf(1), operation(perform), STOP));

	it('keeps task ID, external ID and facts of a paid task: the storage is full', async () => {
		const error = await failure(({ progress }) => {
			progress.add({ userId: 'U1' });
			progress.saw(taskOf(0, 'succeeded'));
			throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
		});
		const data = { taskId: 'task-0', externalTaskId: 'n8n-0', taskState: 'created', retryable: true, userId: 'U1' };
		expect(error).toMatchObject({ message: 'The node failed: no space left on device, write', context: { data } });
		expect(factsOf(error as unknown as TaskError)).toMatchObject(data);
	});

	it('says that nothing was created where an input cannot be read', async () => {
		const binary = { data: '', mimeType: 'image/png', id: 'filesystem:gone' };
		const found = [{ field: { field: 'image', label: 'Image' }, references: [{ kind: 'binary' as const, name: 'data', binary }] }];
		const read = async () => await Promise.reject(new Error("ENOENT: no such file or directory, open '/files/gone'"));
		const error = await failure(async (item) => {
			await loadImageFields({ ...item, files: { ...item.files, read } }, {}, found);
			return [];
		});
		expect(factsOf(error as unknown as TaskError)).toEqual({
			taskState: 'not-created', retryable: true, hint: expect.stringContaining('report this'),
		});
		expect(error.message).toBe("The node failed: no such file or directory, open '/files/gone'");
	});

	it('says that a task may exist where a create was on its way', async () => {
		const error = await failure(({ progress }) => {
			progress.sending('n8n-0');
			throw new TypeError('x is not a function');
		});
		expect(error).toMatchObject({ taskState: 'may-exist', externalTaskId: 'n8n-0', retryable: false });
	});

	it('may be no Error at all', async () => {
		expect((await failure(() => Promise.reject('words'))).message).toBe('The node failed: words');
		expect((await failure(() => Promise.reject(undefined))).message).toBe('The node failed: undefined');
	});
});

it('no items are no work', async () => {
	expect(await runItems([], failingAt(), STOP)).toEqual([]);
});
