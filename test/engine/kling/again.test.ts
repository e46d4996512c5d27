/** However often the same work is asked for, it is bought once. */
import { describe, expect, it } from 'vitest';

import { otherTasksOf } from '../support.ts';
import { count, create, errorOf, expand, factsOf, itemsOf, multiShot, photos, smallPhotos, start } from './support.ts';

const { run, control, n8n, creates } = await start();

type RunChange = NonNullable<Parameters<typeof run>[1]>;

const quick = { downloadImages: false };
const deadFile = { on: 'file', kind: 'status', status: 404 } as const;
const taskIds = () =>
	control
		.ledger()
		.map(({ taskId }) => taskId)
		.sort();

describe('n8n runs the node again', () => {
	it('Retry On Fail: one task per item', async () => {
		control.faults([{ ...deadFile, count: 1 }]);
		const result = await run(expand(), { items: photos(...count(3)), retryOnFail: true, maxTries: 2 });
		expect(
			itemsOf(result)
				.map(({ json }) => json.taskId)
				.sort(),
		).toEqual(taskIds());
		expect(control.ledger()).toHaveLength(3);
		expect(
			creates()
				.map(({ code }) => code)
				.sort(),
		).toEqual([0, 0, 0, 1201, 1201, 1201]);
	});

	it('Retry On Fail after an error that says the task may exist', async () => {
		control.faults([
			{ on: 'create', kind: 'dropAfter', count: 1 },
			{ on: 'get', kind: 'code', code: 1103, count: 3 },
		]);
		const result = await run(expand(quick), { retryOnFail: true, maxTries: 2 });
		expect(itemsOf(result).map(({ json }) => json.taskId)).toEqual(taskIds());
		expect([control.ledger().length, creates().length]).toEqual([1, 2]);
	});

	it('a second run of the same execution returns the same tasks, also while the first one still waits', async () => {
		control.fates([{ taskMs: 800 }]);
		const same = { executionId: '4711', resumeToken: 'one-execution', items: smallPhotos(...count(2)) };
		const runs = await Promise.all([run(expand(quick), same), run(expand(quick), same)]);
		const third = await run(expand(quick), same);
		for (const result of [...runs, third])
			expect(
				itemsOf(result)
					.map(({ json }) => json.taskId)
					.sort(),
			).toEqual(taskIds());
		expect(control.ledger()).toHaveLength(2);
	});

	it('an agent that calls the tool twice for the same thing pays once', async () => {
		const tool = { node: 'n8n-nodes-kling-aliyun.klingTool', executionId: '4712', resumeToken: 'one-agent-run' };
		// The image of a tool starts empty.
		const parameters = expand({ ...quick, image: 'data' });
		const first = itemsOf(await run(parameters, tool));
		const second = itemsOf(await run(parameters, tool));
		expect(second[0]?.json.taskId).toBe(first[0]?.json.taskId);
		expect(control.ledger()).toHaveLength(1);
	});

	it('another execution is another task', async () => {
		for (const _ of [1, 2]) itemsOf(await run(expand({ waitForCompletion: false })));
		expect(new Set(taskIds()).size).toBe(2);
	});
});

describe('Retry in the Executions list', () => {
	const notKept = /The other task is safe\. Fetch it with Wait for Completion \(IDs under Error details\)\.$/;

	it.each([
		['imageExpansion', expand],
		['aiMultiShot', multiShot],
	] as const)('is another execution with the same tasks (%s)', async (_, parameters) => {
		control.faults([deadFile]);
		const failed = await run(parameters(), { items: photos(...count(2)) });
		const bought = taskIds();
		const error = errorOf(failed);
		expect(error.description).toContain('The other task is safe.');
		expect([factsOf(error).taskId, ...otherTasksOf(error)].sort()).toEqual(bought);
		control.faults([]);
		const again = await n8n.retry(failed);
		expect(again.executionId).not.toBe(failed.executionId);
		expect(
			itemsOf(again)
				.map(({ json }) => json.taskId)
				.sort(),
		).toEqual(bought);
		expect(control.ledger()).toHaveLength(2);
	});

	it.each<[string, RunChange, RegExp]>([
		['by hand', { mode: 'manual' }, /Retry this execution from the Executions list/],
		['in a sub-workflow', { mode: 'integrated' }, /Retry the execution of this sub-workflow, not that of its caller/],
		['where failed executions are not saved', { settings: { saveDataErrorExecution: 'none' } }, notKept],
		['by hand, where those are not saved', { mode: 'manual', settings: { saveManualExecutions: false } }, notKept],
	])('is promised as far as n8n has it for this execution: %s', async (_, change, words) => {
		control.faults([deadFile]);
		const failed = await run(expand(), { items: photos(...count(2)), ...change });
		const error = errorOf(failed);
		expect(error.description).toMatch(words);
		expect([factsOf(error).taskId, ...otherTasksOf(error)].sort()).toEqual(taskIds());
		control.faults([]);
	});

	it('twenty items of which one is refused: it fails last, carries the other 19 tasks, and a retry gives 20 images of 20 tasks', async () => {
		control.fates([{ taskMs: 1_000 }]);
		control.faults([{ on: 'create', kind: 'code', code: 1301, count: 1 }]);
		const failed = await run(expand(), { items: smallPhotos(...count(20)) });
		const error = errorOf(failed);
		expect(factsOf(error)).toMatchObject({ code: 1301, taskState: 'not-created' });
		const bought = control.ledger();
		expect(bought.map(({ status }) => status)).toEqual(Array(19).fill('succeed'));
		expect(error.description).toContain('The other 19 tasks are safe.');
		const others = factsOf(error).otherTasks as Array<{ itemIndex: number }>;
		const { itemIndex: failedIndex } = error.context;
		expect(others.map(({ itemIndex }) => itemIndex)).toEqual(
			[...Array(20).keys()].filter((index) => index !== failedIndex),
		);
		expect(new Set(others)).toEqual(
			new Set(
				bought.map(({ taskId, externalTaskId }) => ({
					itemIndex: expect.any(Number),
					taskId,
					externalTaskId,
					status: 'succeeded',
					taskState: 'created',
				})),
			),
		);

		const again = itemsOf(await n8n.retry(failed));
		expect(again.map(({ pairedItem }) => pairedItem)).toEqual(count(20).map(({ number }) => ({ item: number })));
		expect(again.map(({ binary }) => Object.keys(binary ?? {}))).toEqual(Array(20).fill(['image']));
		expect(again.map(({ json }) => json.taskId).sort()).toEqual(taskIds());
		expect(control.ledger()).toHaveLength(20);
	}, 40_000);

	it('a task that failed is bought anew under -2, one that lives is not', async () => {
		control.fates([{ match: { promptIncludes: 'No 1' }, fate: 'failed', count: 1 }]);
		const failed = await run(expand({ ...quick, prompt: '=No {{ $json.number }}' }), { items: photos(...count(3)) });
		expect(errorOf(failed).message).toMatch(/^Kling could not make the image: /);
		const ids = control.ledger().map(({ externalTaskId }) => externalTaskId);
		const lost = control.ledger().find(({ status }) => status === 'failed');
		expect(itemsOf(await n8n.retry(failed)).map(({ json }) => json.status)).toEqual(Array(3).fill('succeeded'));
		expect(control.ledger().map(({ externalTaskId }) => externalTaskId)).toEqual([...ids, `${lost?.externalTaskId}-2`]);
		// And that one is the task of the item from now on.
		itemsOf(await n8n.retry(failed));
		expect(control.ledger()).toHaveLength(4);
	});

	it('again and again buys at most five tasks for an item', async () => {
		control.fates([{ fate: 'failed', taskMs: 30 }]);
		const failed = await run(expand(quick));
		const [first] = control.ledger();
		for (let retry = 1; retry <= 6; retry += 1) {
			const error = errorOf(await n8n.retry(failed));
			expect(factsOf(error)).toMatchObject({ taskState: 'created', taskId: control.ledger().at(-1)?.taskId });
		}
		expect(control.ledger().map(({ externalTaskId }) => externalTaskId)).toEqual(
			['', '-2', '-3', '-4', '-5'].map((suffix) => `${first?.externalTaskId}${suffix}`),
		);
	});

	it('with a changed prompt is another task', async () => {
		control.faults([{ ...deadFile, count: 1 }]);
		const failed = await run(expand({ prompt: 'a cup' }));
		expect(failed.status).toBe('error');
		const again = await n8n.retry(failed, { parameters: expand({ prompt: 'a mug' }) });
		expect(itemsOf(again)[0]?.json.taskId).toBe(control.ledger()[1]?.taskId);
		expect(control.ledger().map(({ request }) => request.prompt)).toEqual(['a cup', 'a mug']);
	});
});

describe("an external ID of the user's that is taken", () => {
	const own = { externalTaskId: 'order-1' };
	const returning = { ...own, onDuplicate: 'returnExisting' };

	it.each([
		['from the option', { options: own }],
		['from Raw JSON Fields', { options: { extraBody: '{"external_task_id":"order-1"}' } }],
	])('%s is sent unchanged, and a second use of it is an error', async (_, change) => {
		const parameters = expand({ ...quick, ...change });
		itemsOf(await run(parameters));
		const error = errorOf(await run(parameters));
		expect(error.message).toBe('Kling already has a task with this External Task ID');
		expect(factsOf(error)).toEqual({
			code: 1201,
			httpStatus: 400,
			requestId: expect.any(String),
			externalTaskId: 'order-1',
			taskState: 'not-created',
			retryable: false,
			hint: expect.stringContaining('On Duplicate ID'),
		});
		expect(control.ledger().map(({ externalTaskId }) => externalTaskId)).toEqual(['order-1']);
	});

	it('by a task of this very execution is that task on a retry', async () => {
		control.faults([deadFile]);
		const failed = await run(expand({ options: own }), { retryOnFail: true, maxTries: 2 });
		expect(factsOf(errorOf(failed))).toMatchObject({
			httpStatus: 404,
			externalTaskId: 'order-1',
			taskState: 'created',
		});
		control.faults([]);
		expect(itemsOf(await n8n.retry(failed)).map(({ json }) => json.taskId)).toEqual(taskIds());
		expect(control.ledger().map(({ externalTaskId }) => externalTaskId)).toEqual(['order-1']);
	});

	it.each(['multiImageToImage', 'imageExpansion', 'aiMultiShot'])(
		'is returned with its images, if so set (%s)',
		async (resource) => {
			const [first] = itemsOf(await run(create(resource, { waitForCompletion: false, options: own })));
			const items = itemsOf(await run(create(resource, { options: returning }), { items: smallPhotos(...count(2)) }));
			for (const { json, binary } of items) {
				expect(json).toMatchObject({ taskId: first?.json.taskId, externalTaskId: 'order-1', status: 'succeeded' });
				expect(Object.keys(binary ?? {})).toContain('image');
			}
			expect(control.ledger()).toHaveLength(1);
		},
	);

	it('and whose task has failed is returned with the warning that a new ID is needed', async () => {
		control.fates([{ fate: 'failed' }]);
		await run(expand({ options: own }));
		const again = expand({ options: { ...returning, onTaskFailed: 'returnItem' } });
		expect(itemsOf(await run(again))[0]?.json).toMatchObject({
			status: 'failed',
			warnings: [expect.stringContaining('a new attempt needs a new ID')],
		});
		const error = errorOf(await run(expand({ options: returning })));
		expect(factsOf(error)).toMatchObject({
			taskState: 'created',
			externalTaskId: 'order-1',
			hint: expect.stringContaining('a new attempt needs a new ID'),
		});
		expect(control.ledger()).toHaveLength(1);
	});
});
