/** Create and Wait for Callback: executions that sleep in n8n's database until the simulator calls back. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { failureOf, outputOf, type Execution, type Item } from '../../sandbox/n8n/execution';
import type { Workflow } from '../../sandbox/n8n/workflow';
import { PATIENCE } from '../harness/patience';
import { openEditor } from './setup/editing';
import { decode } from './setup/pixels';
import {
	EXPANSION,
	KLING,
	photoWorkflow,
	PORTRAIT,
	taskWorkflow,
	TRAINING,
	personPhotos,
	TRIGGER,
} from './setup/workflows';

const { opened, editor } = await openEditor();

beforeEach(async () => {
	await opened.provider.fates([{ fate: 'stuck' }]); // tasks end when the test says so
});

/** Counts the calls of a node behind ours. */
const counter = { calls: 0, url: '' };

beforeAll(async () => {
	const server = createServer((_, response) => {
		counter.calls += 1;
		response.end('{}');
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	counter.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	return () => void server.close();
});

/** This n8n has no other address than that of its own machine. */
const options = { allowUnreachable: true };
const ASLEEP = { ...EXPANSION, operation: 'createAndWaitForCallback', options };

const item = (prompt: string) => ({ photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt });

async function imported(workflow: Workflow): Promise<string> {
	return (await opened.n8n.importWorkflow(workflow)).id;
}

/** Runs the workflow until it sleeps. */
async function runUntilSuspended(workflow: Workflow): Promise<Execution> {
	const executionId = await opened.n8n.run(await imported(workflow), TRIGGER);
	const waiting = await opened.n8n.waitFor(executionId, (status) => status !== 'running' && status !== 'new');
	expect(waiting.status, failureOf(waiting)).toBe('waiting');
	return waiting;
}

/** The execution when it has gone on to its end. */
async function resumed({ id }: Pick<Execution, 'id'>): Promise<Execution> {
	const ended = await opened.n8n.waitForEnd(id);
	expect(ended.status, failureOf(ended)).toBe('success');
	return ended;
}

async function expectPicture({ binary }: Item): Promise<void> {
	if (!binary?.image) throw new Error('The item has no picture');
	expect((await decode(await opened.n8n.download(binary.image))).width).toBe(900);
}

/** The statuses with which n8n answered the callbacks that told of an end. */
const answers = async () =>
	(await opened.provider.callbacks())
		.filter(({ taskStatus }) => taskStatus === 'succeed' || taskStatus === 'failed')
		.map(({ status }) => status);

describe('an execution of several items', () => {
	it('is suspended until the last task has ended, and goes on once, each item paired and with its picture', async () => {
		const items = ['a calm sea', 'a storm', 'a lake'].map(item);
		const waiting = await runUntilSuspended(
			taskWorkflow('Asleep', items, ASLEEP, opened.credentials.klingApi, { behind: ['Done'] }),
		);
		expect(outputOf(waiting, KLING)).toMatchObject(items.map(() => ({ json: { status: 'submitted' } })));
		expect(waiting.data.resultData.runData.Done).toBeUndefined();
		const [one, two, last] = (await opened.provider.ledger()).map(({ taskId }) => taskId);
		for (const taskId of [two!, one!]) await opened.provider.finish(taskId);
		await vi.waitUntil(async () => (await answers()).filter((status) => status === 200).length === 2, PATIENCE);
		expect((await opened.n8n.execution(waiting.id)).status, 'until the last one').toBe('waiting');
		await opened.provider.finish(last!);
		const ended = await resumed(waiting);
		const done = outputOf(ended, 'Done');
		// The three are submitted side by side: which one arrives first is left to chance.
		const taskOf = new Map((await opened.provider.ledger()).map(({ taskId, request }) => [request.prompt, taskId]));
		expect(taskOf.size).toBe(3);
		expect(done.map(({ json, pairedItem }) => [json.taskId, json.status, pairedItem])).toEqual(
			items.map(({ prompt }, index) => [taskOf.get(prompt), 'succeeded', { item: index }]),
		);
		expect(ended.data.resultData.runData.Done).toHaveLength(1);
		for (const one of done) await expectPicture(one);
	});

	it('goes on once when all tasks end at the same moment, though n8n 1.x would go on for each of them', async () => {
		const items = ['a calm sea', 'a storm', 'a lake'].map(item);
		const workflow = taskWorkflow('At once', items, ASLEEP, opened.credentials.klingApi, { behind: ['Done'] });
		const done = workflow.nodes.find(({ name }) => name === 'Done')!;
		Object.assign(done, { type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2, parameters: { url: counter.url } });
		const waiting = await runUntilSuspended(workflow);
		await opened.provider.finishAll();
		const ended = await resumed(waiting);
		const results = outputOf(ended, KLING);
		expect(results.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
		for (const one of results) await expectPicture(one);
		await vi.waitUntil(async () => (await answers()).length >= 3, PATIENCE);
		// Whatever ran beside it would have called by now.
		await new Promise((resolve) => setTimeout(resolve, 2_000));
		expect(counter.calls, 'once for each item').toBe(3);
		expect(ended.data.resultData.runData.Done).toHaveLength(1);
		expect((await opened.n8n.executions(ended.workflowId)).map(({ status }) => status)).toEqual(['success']);
	});

	it('a failed task is an item with its reason; with Execute Once there is one item', async () => {
		const workflow = taskWorkflow('Once', [item('a storm'), item('a lake')], ASLEEP, opened.credentials.klingApi, {
			behind: ['Done'],
			settings: { executeOnce: true },
		});
		const waiting = await runUntilSuspended(workflow);
		await opened.provider.finishAll('failed', 'Failure to pass the risk control system');
		expect(outputOf(await resumed(waiting), 'Done')).toMatchObject([
			{ json: { status: 'failed', statusMessage: 'Failure to pass the risk control system' } },
		]);
		expect(await opened.provider.ledger()).toHaveLength(1);
	});
});

it('a user model is trained and pictured by callbacks alone: one status query before the sleep and one after', async () => {
	const training = { ...TRAINING, operation: 'createAndWaitForCallback', options };
	const portrait = { ...PORTRAIT, operation: 'createAndWaitForCallback', options };
	const photos = [{ photos: personPhotos(opened.photosUrl) }];
	const workflow = taskWorkflow('Overnight', photos, training, opened.credentials.aliyunMarketApi, {
		next: { name: 'Portrait', parameters: portrait },
	});
	const waiting = await runUntilSuspended(workflow);
	await opened.provider.finishAll();
	await vi.waitUntil(async () => (await opened.provider.ledger()).length === 2, PATIENCE);
	await opened.n8n.waitFor(waiting.id, (status) => status === 'waiting');
	await opened.provider.finishAll();
	const ended = await resumed(waiting);
	const [result] = outputOf(ended, 'Portrait');
	expect(result?.json).toMatchObject({ resource: 'portrait', status: 'succeeded', taskType: 'generation' });
	expect((await decode(await opened.n8n.download(result!.binary!.image!))).width).toBeGreaterThan(100);
	expect((await opened.provider.requests()).filter(({ on }) => on === 'get')).toHaveLength(4);
});

it('at the deadline the items go on as submitted, and Wait for Completion makes results of them', async () => {
	// n8n looks once a minute for what is due, so the task ends well after that.
	await opened.provider.fates([{ taskMs: 90_000 }]);
	const wait = { resource: 'imageExpansion', operation: 'wait' };
	const impatient = { ...ASLEEP, options: { ...options, timeout: 0.05 } };
	const waiting = await runUntilSuspended(
		taskWorkflow('Deadline', [item('a lake')], impatient, opened.credentials.klingApi, {
			next: { name: 'Wait for it', parameters: wait },
		}),
	);
	const ended = await resumed(waiting);
	const [{ taskId } = { taskId: undefined }] = await opened.provider.ledger();
	expect(outputOf(ended, KLING)).toMatchObject([{ json: { taskId, status: 'submitted' } }]);
	expect(outputOf(ended, 'Wait for it')).toMatchObject([
		{ json: { taskId, status: 'succeeded' }, pairedItem: { item: 0 } },
	]);
	for (const one of outputOf(ended, 'Wait for it')) await expectPicture(one);
});

it('whoever waits for the last node is answered when the execution is suspended, with the IDs', async () => {
	const path = randomUUID();
	const workflow = taskWorkflow('Caller', [item('a lake')], ASLEEP, opened.credentials.klingApi, { behind: ['Done'] });
	const start = workflow.nodes.find(({ name }) => name === TRIGGER)!;
	Object.assign(start, {
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		webhookId: path,
		parameters: { path, responseMode: 'lastNode' },
	});
	const id = await imported(workflow);
	await opened.n8n.publish(id);
	const { status, body } = await opened.n8n.callWebhook(path);
	const [{ taskId } = { taskId: undefined }] = await opened.provider.ledger();
	expect([status, JSON.parse(body.toString('utf8'))]).toMatchObject([200, { taskId, status: 'submitted' }]);
	const [execution] = await opened.n8n.newExecutions(id);
	await opened.n8n.waitFor(execution!.id, (status) => status === 'waiting');
	await opened.provider.finishAll();
	expect(outputOf(await resumed(execution!), 'Done')).toMatchObject([{ json: { taskId, status: 'succeeded' } }]);
	await opened.n8n.unpublish(id);
});

it('an address that the service cannot reach is refused before anything is bought', async () => {
	const { options: _, ...unchecked } = ASLEEP;
	const execution = await opened.n8n.runToEnd(
		await imported(
			taskWorkflow('Unreachable', [item('a lake'), item('a sea')], unchecked, opened.credentials.klingApi),
		),
		TRIGGER,
	);
	expect(execution.status).toBe('error');
	expect(execution.data.resultData.error?.message).toMatch(
		/^Kling cannot call this n8n back: its address (localhost|127\.0\.0\.1):\d+ is not public$/,
	);
	expect(execution.data.resultData.error?.description).toContain('WEBHOOK_URL');
	expect(await opened.provider.ledger()).toEqual([]);
});

it('the editor shows what is settled at the submission, and says what happens then', async () => {
	const workflow = photoWorkflow(
		`Asleep in the editor ${randomUUID().slice(0, 8)}`,
		`${opened.photosUrl}/photos/coffee.jpg`,
	);
	await editor.openWorkflow((await opened.n8n.importWorkflow(workflow)).id, 'Photo');
	await editor.addNode({
		behind: 'Photo',
		name: 'Kling',
		action: 'Extend an image and wait for callback',
	});
	await editor.chooseCredential(opened.credentials.klingApi.name);
	for (const field of ['image', 'expansionMode', 'targetAspectRatio', 'prompt', 'n', 'downloadImages', 'simplify'])
		await editor.parameter(field).waitFor();
	expect(await editor.parameter('waitForCompletion').count()).toBe(0);
	await editor.shot('create-and-wait-for-callback');
});
