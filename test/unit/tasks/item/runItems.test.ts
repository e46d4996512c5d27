import { describe, expect, it, vi } from 'vitest';

import { refuseInput, type ItemContext } from '../../../../nodes/tasks/item/context';
import { runItems, type Operation, type RunSettings } from '../../../../nodes/tasks/item/runItems';
import { loadImageFields } from '../../../../nodes/tasks/images/load';
import { factsOf, type TaskError } from '../../../../nodes/tasks/model/errors';
import { FakeClock, itemOf, rejectionOf } from '../support';
import { CONTINUE, failingAt, itemsOf, operation, outputOf, refused, STOP, taskOf, type Perform } from './runSupport';

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
		expect(outputs[1]).toEqual([
			expect.objectContaining({ json: expect.objectContaining({ error: 'Item 1 is bad' }) }),
		]);
	});

	it("n8n's own error about a parameter of a later item counts too", async () => {
		const sent: number[] = [];
		const items = itemsOf(3).map((item) => ({
			...item,
			parameter: () => {
				if (item.itemIndex === 2) throw new Error("Can't get data for expression");
			},
		}));
		const reading = operation((item) => (sent.push(item.itemIndex), []), {
			prepare: (item) => void item.parameter('prompt'),
		});
		const error = await rejectionOf(runItems(items, reading, STOP));
		expect(error.message).toBe("A parameter cannot be resolved: Can't get data for expression");
		const { hint } = error;
		expect(error).toMatchObject({ name: 'NodeOperationError', taskState: 'not-created', context: { itemIndex: 2 } });
		expect(hint).toBe('Check the expressions of the node. Nothing was sent.');
		expect(sent).toEqual([]);
	});
});

describe('Continue On Fail', () => {
	it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s: a failure is an item with message and facts',
		async (onError) => {
			const outputs = await runItems(itemsOf(3, { node: { onError } }), failingAt(1), CONTINUE);
			expect(outputs).toEqual([
				[{ json: { of: 0 } }],
				[
					{
						json: {
							error: 'Item 1 failed',
							details: {
								taskId: 'task-1',
								externalTaskId: 'n8n-1',
								taskState: 'created',
								retryable: false,
								hint: 'Change it.',
							},
						},
						pairedItem: { item: 1 },
					},
				],
				[{ json: { of: 2 } }],
			]);
		},
	);

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
		await runItems(
			itemsOf(5, { clock }),
			operation(() => (times.push(clock.now() - start), [])),
			batched,
		);
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
		await runItems(
			itemsOf(5, { clock, signal: AbortSignal.abort() }),
			operation(() => []),
			batched,
		);
		expect(clock.pauses).toEqual([]);
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
		const found = [
			{ field: { field: 'image', label: 'Image' }, references: [{ kind: 'binary' as const, name: 'data', binary }] },
		];
		const read = async () => await Promise.reject(new Error("ENOENT: no such file or directory, open '/files/gone'"));
		const error = await failure(async (item) => {
			await loadImageFields({ ...item, files: { ...item.files, read } }, {}, found);
			return [];
		});
		expect(factsOf(error as unknown as TaskError)).toEqual({
			taskState: 'not-created',
			retryable: true,
			hint: expect.stringContaining('report this'),
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
