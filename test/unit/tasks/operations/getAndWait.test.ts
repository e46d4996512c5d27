/** Get and Wait for Completion: which task is asked for, and what of the item is handed on with it. */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { endpoint as portrait } from '../../../../nodes/AliyunPortrait/resources/portraitTask';
import { endpoint as userModel } from '../../../../nodes/AliyunPortrait/resources/userModel';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import { getTask, waitForExistingTask } from '../../../../nodes/tasks/operations/getAndWait';
import { endpoint, itemOf, refusal, rejectionOf, taskAnswer, type Answer, type Given } from '../support';

const TASK_ID = '930810057590833241';
const OPERATIONS = [
	['Get', getTask],
	['Wait for Completion', waitForExistingTask],
] as const;

/** Runs an operation for one item; the files of a result are of no interest. */
async function perform(operation: (typeof OPERATIONS)[number][1], of: Endpoint, given: Given) {
	const item = itemOf({ ...given, parameters: { taskId: 'T1', downloadImages: false, ...given.parameters } });
	const { prepare, perform: run } = operation(of);
	const items = run(item, await prepare(item));
	items.catch(() => undefined);
	return { item, items };
}

/** An answer of the portrait API. */
const answer = (body: unknown): Answer => ({ body: { ret: 0, body } });
/** Items as they come from the node before. */
const from = (json: IDataObject) => [{ json }];

describe.each(OPERATIONS)('%s', (_, operation) => {
	it.each([
		['', 'Task ID is empty'],
		['   ', 'Task ID is empty'],
		[undefined, 'Task ID is empty'],
		[[], 'Task ID is empty'],
		[{}, 'Task ID "{}" is an object, not an ID'],
		[true, 'Task ID "true" is true or false, not an ID'],
		[['831', '832'], 'Task ID "["831","832"]" holds 2 values where one ID is needed'],
		[930810057590833241, 'Task ID "930810057590833300" has lost its digits: format the column as text'],
		['8.31922345678901E+17', 'Task ID "8.31922345678901E+17" has lost its digits: format the column as text'],
		['x'.repeat(501), expect.stringContaining('has 501 characters, so it is no ID')],
	])('the task ID %j is refused before anything is sent', async (taskId, message) => {
		const item = itemOf({ parameters: { taskId }, items: from({ id: 1, name: 'x' }) });
		const preparing = Promise.resolve().then(async () => await operation(endpoint).prepare(item));
		expect(await rejectionOf(preparing)).toMatchObject({ message, taskState: 'not-created' });
	});

	it('an empty task ID says which fields the item has', async () => {
		const preparing = (json: IDataObject) =>
			Promise.resolve().then(() =>
				operation(endpoint).prepare(itemOf({ parameters: { taskId: '' }, items: from(json) })),
			);
		expect((await rejectionOf(preparing({ id: 1, name: 'x' }))).hint).toContain('The item has the fields: id, name.');
		const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field ${index}`, 1]));
		expect(String((await rejectionOf(preparing(many))).hint).length).toBeLessThan(500);
		expect(String((await rejectionOf(preparing({ ['long name '.repeat(10_000)]: 1 }))).hint).length).toBeLessThan(500);
		expect((await rejectionOf(preparing({}))).hint).toContain('The item has no fields.');
	});

	it('a short number is an ID as well, and white space around one is none of it', async () => {
		for (const [taskId, asked] of [
			[42, '42'],
			[' order-1 ', 'order-1'],
			["'831922345678901234", '831922345678901234'],
			[['831922345678901234'], '831922345678901234'],
			[{ taskId: '831922345678901234', status: 'submitted' }, '831922345678901234'],
		]) {
			const { item, items } = await perform(operation, endpoint, {
				answers: [taskAnswer('succeed')],
				parameters: { taskId },
			});
			await items;
			expect(item.sent[0]?.url).toBe(`${endpoint.path}/${asked}`);
		}
	});

	it('takes from the item what only the create told, for that very task', async () => {
		const state = { id: 'T1', state: 3, tsk_type: 1, result_paths: [] };
		const json = { taskId: 'T1', userId: 'U1', paths: ['a'], style: 's' };
		const [item] = await (await perform(operation, userModel, { items: from(json), answers: [answer(state)] })).items;
		expect(item?.json).toMatchObject({ taskId: 'T1', userId: 'U1', paths: ['a'] });
		expect(item?.json).not.toHaveProperty('style');
		const other = { items: from({ taskId: 'T2', userId: 'U2' }), answers: [answer(state)] };
		const [another] = await (await perform(operation, userModel, other)).items;
		expect(another?.json).not.toHaveProperty('userId');
	});

	it("what the service tells wins over the item's", async () => {
		const json = { taskId: 'T1', userId: 'U-old', status: 'failed' };
		const answers = [answer({ id: 'T1', state: 3, tsk_type: 1, user_id: 'U1' })];
		const [item] = await (await perform(operation, userModel, { items: from(json), answers })).items;
		expect(item?.json).toMatchObject({ userId: 'U1', status: 'succeeded' });
	});

	it('of a task of another resource says which', async () => {
		const { items } = await perform(operation, portrait, { answers: [answer({ id: 'T1', state: 2, tsk_type: 1 })] });
		expect(await rejectionOf(items)).toMatchObject({
			message: 'The task belongs to the resource "userModel", not to "portrait"',
			taskId: 'T1',
			taskState: 'created',
			retryable: false,
			hint: expect.stringContaining('Choose the resource "userModel"'),
		});
	});

	it.each([[null], [''], [undefined], [{}]])(
		'success with %j is an unknown task, and nothing is waited for',
		async (body) => {
			const { item, items } = await perform(operation, portrait, { answers: [answer(body)] });
			expect(await rejectionOf(items)).toMatchObject({
				message: 'Aliyun AI Portrait does not know the task',
				taskState: 'not-created',
				taskId: 'T1',
			});
			expect([item.sent.length, item.clock.pauses.filter((ms) => ms > 0)]).toEqual([1, []]);
		},
	);

	const fullPage: Answer = {
		body: {
			code: 0,
			data: Array.from({ length: 500 }, (_none, index) => ({ task_id: `other-${index}`, task_status: 'succeed' })),
		},
	};

	it.each<[string, Partial<Endpoint>, number, RegExp]>([
		['an unknown ID', {}, 1, /credential/],
		[
			'an external ID that is not among the newest of the list',
			{ externalIdOnlyInList: true },
			5,
			/Ask with the task ID/,
		],
	])('%s ends it at once, and the error says what to check', async (_none, change, requests, hint) => {
		const notFound = refusal(1201, 400, 'Task not found by id/external id: x');
		const answers = (): Answer => (asked.item.sent.at(-1)?.url === endpoint.path ? fullPage : notFound);
		const asked = { item: itemOf({ answers: () => answers(), parameters: { taskId: 'order-1' } }) };
		const { prepare, perform: run } = operation({ ...endpoint, ...change });
		const error = await rejectionOf(run(asked.item, await prepare(asked.item)));
		expect(error).toMatchObject({ code: 1201, taskId: 'order-1', hint: expect.stringMatching(hint) });
		// A task that is not among the newest may be an older one.
		expect(error.taskState).not.toBe(requests === 1 ? 'may-exist' : 'not-created');
		expect([asked.item.sent.length, asked.item.clock.pauses.filter((ms) => ms > 0)]).toEqual([requests, []]);
	});
});

describe('Get', () => {
	it('gives a failed task as an item', async () => {
		const answers = [taskAnswer('failed', { task_status_msg: 'Image pixel is invalid' })];
		const [item] = await (await perform(getTask, endpoint, { answers })).items;
		expect(item?.json).toMatchObject({ status: 'failed', statusMessage: 'Image pixel is invalid' });
	});

	it.each([[[]], [7], ['text'], [true], [[{ id: 'T1', state: 3 }]]])(
		'success with %j is a clear error',
		async (body) => {
			const { items } = await perform(getTask, portrait, { answers: [answer(body)] });
			expect(await rejectionOf(items)).toMatchObject({
				name: 'NodeApiError',
				message: 'Aliyun AI Portrait does not know the task',
				taskId: 'T1',
			});
		},
	);
});

describe('Wait for Completion', () => {
	it('of a task that cannot be read now goes on', async () => {
		const answers = (sent: number): Answer => (sent <= 4 ? { body: '<html>', status: 502 } : taskAnswer('succeed'));
		const { items } = await perform(waitForExistingTask, endpoint, { answers, parameters: { taskId: TASK_ID } });
		expect((await items)[0]?.json).toMatchObject({ taskId: TASK_ID, status: 'succeeded' });
	});

	it('that finds a task unknown later, when it was seen before, does not wait for ever', async () => {
		const answers = (sent: number) => answer(sent === 1 ? { id: 'T1', state: 2, tsk_type: 2 } : null);
		const { item, items } = await perform(waitForExistingTask, portrait, { answers });
		expect((await rejectionOf(items)).message).toBe('Aliyun AI Portrait does not know the task');
		expect(item.sent.length).toBeLessThanOrEqual(3);
	});
});
