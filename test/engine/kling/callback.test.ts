/** The Kling Callback Trigger: what starts the workflow, once, and with what. */
import { describe, expect, it } from 'vitest';

import { startHarness } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import { atOnce, CALLBACK_TRIGGER, signed, SECRET, started, startCallbacks, type Told } from './callbackSupport.ts';

const { create, end, hook, control, reads, n8n, provider, credentials } = await startCallbacks();

const newForm = ({ task_id: id, task_status: status, updated_at }: Told) => ({
	id,
	status: status === 'succeed' ? 'succeeded' : status,
	update_time: updated_at,
	outputs: [],
});

describe('a callback about the end of a task', () => {
	it('starts the workflow with the task as Kling tells it when asked', async () => {
		const told = await end(await create());
		const { status, items, execution } = await hook().call({ body: { ...told, task_result: {} } });
		expect(status).toBe(200);
		expect(execution?.status).toBe('success');
		expect(execution?.output('Output')).toHaveLength(1);
		expect(items).toEqual([
			{
				json: expect.objectContaining({
					service: 'kling',
					resource: 'aiMultiShot',
					taskId: told.task_id,
					status: 'succeeded',
					requestId: expect.any(String),
				}),
			},
		]);
		expect(items[0]?.json.images).toHaveLength(3);
		expect(items[0]?.json).toHaveProperty('expiresAt');
	});

	it('is answered at once, however long the reading takes', async () => {
		const told = await end(await create());
		control.faults([{ on: 'get', kind: 'delay', ms: 2_000 }]);
		const begun = performance.now();
		const answer = await hook().call({ body: told });
		expect(answer).toMatchObject({ status: 200, body: { message: 'Webhook call received' } });
		expect(performance.now() - begun - answer.answeredAfterMs).toBeGreaterThan(1_500);
		expect(started(answer)).toBe(true);
	});

	it('may come in the new form and in an envelope, as JSON by name or not', async () => {
		for (const wrap of [
			newForm,
			(told: Told) => ({ code: 0, message: 'SUCCEED', data: told }),
			(told: Told) => ({ code: 0, data: newForm(told) }),
		]) {
			const told = await end(await create(), 'failed');
			const { items } = await hook().call({
				body: wrap(told),
				headers: { 'content-type': 'application/octet-stream' },
			});
			expect(items[0]?.json).toMatchObject({
				taskId: told.task_id,
				status: 'failed',
				statusMessage: told.task_status_msg,
			});
		}
	});

	it('with an ID as a bare number keeps its digits', async () => {
		const told = await end(await create());
		const body = JSON.stringify(told).replace(`"${told.task_id}"`, told.task_id);
		expect((await hook().call({ body })).items[0]?.json.taskId).toBe(told.task_id);
	});
});

describe('the event', () => {
	it.each([
		['taskFinished', [false, true, true]],
		['taskSucceeded', [false, true, false]],
		['taskFailed', [false, false, true]],
		['taskCreated', [true, true, true]],
	])('%s', async (event, expected) => {
		const trigger = hook({ event });
		const [running, succeeded, failed] = [
			await create(),
			await end(await create()),
			await end(await create(), 'failed'),
		];
		const answers = [];
		for (const body of [running, succeeded, failed]) answers.push(await trigger.call({ body }));
		expect(answers.map(started)).toEqual(expected);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
	});

	it('is the one that reading shows: a callback of a success that was a failure', async () => {
		const told = await end(await create(), 'failed');
		const lie = { ...told, task_status: 'succeed' };
		expect(started(await hook({ event: 'taskSucceeded' }).call({ body: lie }))).toBe(false);
		expect((await hook({ event: 'taskFinished' }).call({ body: lie })).items[0]?.json.status).toBe('failed');
	});

	it('costs no reading where the callback itself shows that it has not happened', async () => {
		const running = await create();
		const before = reads().length;
		await hook().call({ body: running });
		expect(reads().length).toBe(before);
	});
});

describe('each task starts the workflow once', () => {
	it('when the callback is repeated, with the same delivery ID or another one', async () => {
		const trigger = hook({}, { webhookSecret: SECRET });
		const told = await end(await create());
		const answers = [];
		for (const id of ['msg_a', 'msg_a', 'msg_b'])
			answers.push(await trigger.call({ body: told, headers: signed(told, { id }) }));
		expect(answers.map(started)).toEqual([true, false, false]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
		expect(trigger.staticData).toEqual({ 'node:Node': { taskFinished: [told.task_id] } });
	});

	it('when repeats come at the same moment', async () => {
		const told = await end(await create());
		expect((await atOnce(hook(), { body: told }, 8)).filter(started)).toHaveLength(1);
		expect(
			(await atOnce(hook({ options: { verifyByReading: false } }), { body: told }, 8)).filter(started),
		).toHaveLength(1);
	});

	it('and never goes back from the end to running', async () => {
		for (const event of ['taskFinished', 'taskCreated']) {
			const trigger = hook({ event });
			const running = await create();
			const told = await end(running);
			const answers = [];
			for (const body of [told, running, { ...running, task_status: 'submitted' }, told])
				answers.push(await trigger.call({ body }));
			expect(answers.map(started)).toEqual([true, false, false, false]);
		}
	});

	it('also after n8n was restarted', async () => {
		const trigger = hook();
		const told = await end(await create());
		expect(started(await trigger.call({ body: told }))).toBe(true);
		const restarted = await startHarness();
		const same = restarted.webhook({
			node: CALLBACK_TRIGGER,
			parameters: { resource: 'aiMultiShot' },
			credentials,
			staticData: trigger.staticData,
		});
		expect(started(await same.call({ body: told }))).toBe(false);
		expect(started(await same.call({ body: await end(await create()) }))).toBe(true);
	});

	it('but each node and each event is one of its own', async () => {
		const told = await end(await create());
		for (const event of ['taskFinished', 'taskSucceeded', 'taskCreated'])
			expect(started(await hook({ event }).call({ body: told }))).toBe(true);
	});

	it('while testing in the editor every callback counts, and nothing is remembered', async () => {
		const trigger = hook();
		const told = await end(await create());
		const answers = [];
		for (const mode of ['manual', 'manual', 'webhook', 'manual'] as const)
			answers.push(await trigger.call({ body: told, mode }));
		expect(answers.map(started)).toEqual([true, true, true, true]);
		expect(started(await trigger.call({ body: told }))).toBe(false);
	});
});

describe('the node', () => {
	it('can be published without a secret and with one, and tells of one that cannot be used', async () => {
		await hook().publish();
		await hook({}, { webhookSecret: SECRET }).publish();
		await expect(hook({}, { webhookSecret: 'this is no secret!' }).publish()).rejects.toThrow(
			/^The Webhook Secret cannot be used: it is not base64/,
		);
	});

	it('without a credential answers 500 and starts nothing', async () => {
		const answer = await n8n
			.webhook({ node: CALLBACK_TRIGGER })
			.call({ body: { task_id: '1', task_status: 'succeed' } });
		expect(answer).toMatchObject({ status: 500, items: [] });
		expect(answer.thrown).toBeUndefined();
	});

	it('with a server that is not there starts nothing', async () => {
		const { klingApi } = klingCredentials('http://127.0.0.1:1');
		const call = async () => await hook({}, klingApi).call({ body: { task_id: '1', task_status: 'succeed' } });
		expect(started(await n8n.atSpeed(20, call))).toBe(false);
		expect(provider.url).not.toBe('');
	});
});
