/** What needs no n8n; the whole is tested with it (test/engine/kling/callback*.test.ts). */
import { describe, expect, it } from 'vitest';

import type { Task } from '../../../../../nodes/tasks/model/task';
import { receiveCallback } from '../../../../../nodes/tasks/triggers/callback/receive';
import type { CallbackSource } from '../../../../../nodes/tasks/triggers/callback/request';
import { callOf, endpoint, task } from '../support';

/** A service whose callbacks are tasks of the engine. */
const source: CallbackSource = {
	endpoints: [endpoint],
	readCallback: (body) => ((body as Task).taskId === undefined ? undefined : (body as Task)),
	secretField: 'webhookSecret',
};
const parameters = { resource: 'picture', event: 'taskFinished' };
const reads = (status: Task['status']) => () => task('1', status);

describe('a callback', () => {
	it('starts the workflow with the task as the service tells it, once', async () => {
		const given = { answer: reads('failed'), body: task('1'), parameters, memory: {}, key: 'once' };
		const call = callOf(given);
		const { workflowData } = await receiveCallback(call, source);
		expect(workflowData?.[0]?.map(({ json }) => json)).toMatchObject([{ taskId: '1', status: 'failed' }]);
		expect(call.answers).toEqual([{ status: 200, message: 'Webhook call received' }]);
		expect(await receiveCallback(callOf(given), source)).toEqual({});
	});

	it('whose end the service does not confirm starts nothing when anybody may have sent it', async () => {
		const log: string[] = [];
		const call = callOf({ answer: reads('processing'), body: task('1'), parameters, key: 'behind' }, log);
		expect(await receiveCallback(call, source)).toEqual({ noWebhookResponse: true });
		expect(log).toEqual([
			'Trigger: An unsigned callback says that task 1 has ended, but Test Service says processing: not taken.',
		]);
	});

	describe('of success without a result, not to be verified by reading', () => {
		const images = [{ index: 0, url: 'https://a.test/0.png' }];
		const trusting = { ...parameters, options: { verifyByReading: false } };
		const receive = async (key: string, answers: unknown[], body: Task = task('1'), log: string[] = []) => {
			let reads = 0;
			const answer = () => answers[Math.min(reads++, answers.length - 1)];
			const call = callOf({ answer, body, parameters: trusting, key, memory: {} }, log);
			const { workflowData } = await receiveCallback(call, source);
			return { json: workflowData?.[0]?.[0]?.json, reads, answers: call.answers.map(({ status }) => status) };
		};

		it('is read once for the result', async () => {
			const found = await receive('read', [{ ...task('1'), images }]);
			expect(found).toMatchObject({ json: { taskId: '1', images }, reads: 1, answers: [200] });
		});

		it('is read once when there is no result at all, and starts the workflow', async () => {
			expect(await receive('none', [task('1')])).toMatchObject({ json: { taskId: '1', images: [] }, reads: 1 });
		});

		it('is taken as it is when the task cannot be read, and says so', async () => {
			const { json } = await receive('unread', [500]);
			expect(json).toMatchObject({ status: 'succeeded', warnings: [expect.stringContaining('could not be read')] });
		});

		it('starts nothing when the service does not know the task', async () => {
			expect((await receive('unknown', [404])).json).toBeUndefined();
		});

		it('is not read with the result, nor for a failure', async () => {
			expect((await receive('whole', [], { ...task('1'), images })).reads).toBe(0);
			expect((await receive('failed', [], task('1', 'failed'))).reads).toBe(0);
		});
	});

	it('with the result is not answered by a reading that has not got it yet', async () => {
		const told = { ...task('1'), images: [{ index: 0, url: 'https://a.test/0.png' }] };
		let reads = 0;
		const answer = () => (++reads < 3 ? task('1') : told);
		const call = callOf({ answer, body: told, parameters, key: 'behind with images', memory: {} });
		const { workflowData } = await receiveCallback(call, source);
		expect([workflowData?.[0]?.[0]?.json.images, reads]).toEqual([told.images, 3]);
	});

	it.each([
		[
			'a resource that the service does not have',
			{ ...parameters, resource: 'video' },
			404,
			'The node has no such resource',
		],
		[
			'an event that there is not',
			{ ...parameters, event: 'taskLost' },
			500,
			'The callback cannot be taken now; the log of n8n says why',
		],
	])('to a node with %s is answered and starts nothing', async (name, settings, status, message) => {
		const log: string[] = [];
		const call = callOf({ answer: () => 404, body: task('1'), parameters: settings, key: name }, log);
		expect(await receiveCallback(call, source)).toEqual({ noWebhookResponse: true });
		expect(call.answers).toEqual([{ status, message }]);
		if (status === 500) expect(log).toEqual(['Trigger: A callback was lost. Event "taskLost" is not supported']);
	});

	it('is turned away while a thousand others are being verified', async () => {
		let answer = (_: Task) => {};
		const answered = new Promise<Task>((resolve) => (answer = resolve));
		const given = { answer: async () => await answered, body: task('1'), parameters };
		const calls = Array.from({ length: 1_000 }, (_, index) =>
			callOf({ ...given, key: `many-${index}`, account: `a-${index}` }),
		);
		const running = calls.map(async (call) => await receiveCallback(call, source));
		while (!calls.every(({ answers }) => answers.length === 1)) await new Promise((resolve) => setImmediate(resolve));
		const late = callOf({ ...given, key: 'late' });
		expect(await receiveCallback(late, source)).toEqual({ noWebhookResponse: true });
		expect(late.answers).toEqual([{ status: 503, message: 'Too many callbacks are being verified; try again later' }]);
		answer(task('1'));
		expect((await Promise.all(running)).filter(({ workflowData }) => workflowData)).toHaveLength(1_000);
		expect(await receiveCallback(callOf({ ...given, key: 'late' }), source)).toHaveProperty('workflowData');
	});
});
