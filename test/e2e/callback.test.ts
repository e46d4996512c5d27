/** The Kling Callback Trigger in a published workflow: the simulator calls it, and so do others. */
import { randomUUID } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { outputOf, type Execution } from '../../sandbox/n8n/execution';
import type { CredentialReference } from '../../sandbox/n8n/workflow';
import { PATIENCE } from '../harness/patience';
import { keyCredential } from './setup/accounts';
import { RELEASE } from './setup/release';
import { open, type Opened } from './setup/surroundings';
import { EXPANSION, KLING, taskWorkflow, TRIGGER, webhookWorkflow } from './setup/workflows';

const TYPE = 'n8n-nodes-kling-aliyun.klingCallbackTrigger';
const SECRET = `whsec_${Buffer.from('twenty-four bytes of key').toString('base64')}`;

let opened: Opened;
let signing: CredentialReference;
const published: string[] = [];

beforeAll(async () => {
	opened = await open();
	signing = await opened.n8n.saveCredential('klingApi', 'Kling with webhook secret', {
		...keyCredential(opened.providerUrl),
		webhookSecret: SECRET,
	});
});

beforeEach(async () => {
	await opened.provider.reset();
});

afterEach(async () => {
	for (const id of published.splice(0)) await opened.n8n.unpublish(id);
});

/** A published workflow with the trigger: its ID, and the address it listens at. */
async function listen(credential = opened.credentials.klingApi, parameters: Record<string, unknown> = {}) {
	const webhookId = randomUUID();
	const workflow = webhookWorkflow(
		'Callback',
		TYPE,
		webhookId,
		{ resource: 'imageExpansion', ...parameters },
		credential,
	);
	const { id } = await opened.n8n.importWorkflow(workflow);
	published.push(id);
	await opened.n8n.publish(id);
	return { id, url: `${opened.n8nUrl}/webhook/${webhookId}/webhook` };
}

/** Creates a task that reports to the address: its ID. */
async function createTask(callbackUrl: string): Promise<string> {
	const parameters = { ...EXPANSION, waitForCompletion: false, options: { callbackUrl } };
	const items = [{ photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt: randomUUID() }];
	const { id } = await opened.n8n.importWorkflow(
		taskWorkflow('Create', items, parameters, opened.credentials.klingApi),
	);
	const execution = await opened.n8n.runToEnd(id, TRIGGER);
	return String(outputOf(execution, KLING)[0]?.json.taskId);
}

/** Waits until Kling has called for every change of the task, and n8n has answered. */
async function called(taskId: string) {
	const calls = async () => (await opened.provider.callbacks()).filter((call) => call.taskId === taskId);
	await vi.waitUntil(
		async () => (await calls()).some(({ taskStatus }) => taskStatus === 'succeed' || taskStatus === 'failed'),
		PATIENCE,
	);
	return await calls();
}

/** The executions of a workflow once there are as many as wanted, and no more a second later. */
async function executions(workflowId: string, wanted: number): Promise<Execution[]> {
	await vi.waitUntil(async () => (await opened.n8n.executions(workflowId)).length >= wanted, PATIENCE);
	await new Promise((resolve) => setTimeout(resolve, 1_000));
	const all = await opened.n8n.executions(workflowId);
	expect(all).toHaveLength(wanted);
	return await Promise.all(all.map(async ({ id }) => await opened.n8n.waitForEnd(id)));
}

const post = async (url: string, body: string, headers: Record<string, string> = {}) =>
	await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

function signed(body: string, { agoS = 0, secret = SECRET, id = `msg_${randomUUID()}` } = {}): Record<string, string> {
	const at = new Date(Math.floor(Date.now() / 1000 - agoS) * 1000);
	return {
		'webhook-id': id,
		'webhook-timestamp': String(at.getTime() / 1000),
		'webhook-signature': new Webhook(secret).sign(id, at, body),
	};
}

describe('a published workflow', () => {
	it.each(['unsigned', 'signed'])('starts once when Kling calls back (%s)', async (kind) => {
		if (kind === 'signed') await opened.provider.settings({ webhookSecret: SECRET });
		const { id, url } = await listen(kind === 'signed' ? signing : opened.credentials.klingApi);
		const taskId = await createTask(url);
		expect((await called(taskId)).map(({ status, attempt }) => [status, attempt])).toEqual([
			[200, 1],
			[200, 1],
		]);
		const [execution] = await executions(id, 1);
		expect(execution?.status).toBe('success');
		expect(outputOf(execution as Execution, 'Done')).toMatchObject([
			{ json: { service: 'kling', resource: 'imageExpansion', taskId, status: 'succeeded' } },
		]);
	});

	it('starts for the creation and for a failure where it is told to', async () => {
		await opened.provider.fates([{ fate: 'failed', message: 'Failure to pass the risk control system' }]);
		const [created, failed, succeeded] = await Promise.all(
			['taskCreated', 'taskFailed', 'taskSucceeded'].map(
				async (event) => await listen(opened.credentials.klingApi, { event }),
			),
		);
		for (const one of [created, failed, succeeded]) await called(await createTask(one?.url ?? ''));
		expect(outputOf((await executions(created?.id ?? '', 1))[0] as Execution, 'Done')).toHaveLength(1);
		expect(outputOf((await executions(failed?.id ?? '', 1))[0] as Execution, 'Done')).toMatchObject([
			{ json: { status: 'failed', statusMessage: 'Failure to pass the risk control system' } },
		]);
		await executions(succeeded?.id ?? '', 0);
	});

	it('with a webhook secret refuses what is not signed, and takes a callback once', async () => {
		await opened.provider.settings({ webhookSecret: SECRET });
		const { id, url } = await listen(signing);
		const taskId = await createTask(url);
		await called(taskId);
		await executions(id, 1);
		const body = JSON.stringify({ task_id: taskId, task_status: 'succeed' }, undefined, 2);
		const large = JSON.stringify({ task_id: taskId, task_status: 'succeed', padding: 'x'.repeat(65_536) });
		const answers: Array<[string, Response, number]> = [
			['unsigned', await post(url, body), 401],
			[
				'forged',
				await post(url, body, signed(body, { secret: `whsec_${Buffer.from('another key').toString('base64')}` })),
				401,
			],
			['under another ID', await post(url, body, { ...signed(body), 'webhook-id': 'msg_other' }), 401],
			['stale', await post(url, body, signed(body, { agoS: 400 })), 401],
			['changed', await post(url, JSON.stringify(JSON.parse(body)), signed(body)), 401],
			['too large', await post(url, large, signed(large)), 413],
			['too large for n8n itself', await post(url, 'x'.repeat(17 * 2 ** 20), { 'content-type': 'text/plain' }), 500],
			['not JSON', await post(url, 'done', { ...signed('done'), 'content-type': 'text/plain' }), 400],
			['not JSON, under its name', await post(url, '{', signed('{')), 422],
			['about no task', await post(url, '{}', signed('{}')), 400],
			['a form', await fetch(url, { method: 'POST', body: new FormData() }), 400],
			['repeated', await post(url, body, signed(body)), 200],
			['by GET', await fetch(url), 404],
		];
		expect(answers.map(([name, { status }]) => [name, status])).toEqual(
			answers.map(([name, , status]) => [name, status]),
		);
		await executions(id, 1);
	});

	it('refuses a compressed bomb, which n8n unpacks up to its own limit before the node is asked', async () => {
		const { id, url } = await listen();
		const told = JSON.stringify({ task_id: '831922345678901234', task_status: 'succeed' });
		const bomb = async (megabytes: number, encoding: 'gzip' | 'deflate', type: string) => {
			const text = told + ' '.repeat(megabytes * 2 ** 20);
			const body = encoding === 'gzip' ? gzipSync(text) : deflateSync(text);
			// n8n closes the connection some time after that, so nobody else may use it.
			const headers = { 'content-type': type, 'content-encoding': encoding, connection: 'close' };
			return await fetch(url, { method: 'POST', body, headers }).then(
				({ status }) => status,
				() => 'closed',
			);
		};
		expect(await bomb(10, 'gzip', 'application/json')).toBe(413);
		expect(await bomb(15, 'deflate', 'application/octet-stream')).toBe(413);
		// Here n8n stops unpacking, and may close the connection while we still send.
		expect([500, 'closed']).toContain(await bomb(200, 'gzip', 'text/plain'));
		expect((await post(url, '{}')).status).toBe(400);
		await executions(id, 0);
	});

	it('without one does not believe what it is told', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const { id, url } = await listen();
		const taskId = await createTask('');
		const unknown = '831922345678901234';
		for (const told of [taskId, unknown])
			expect((await post(url, JSON.stringify({ task_id: told, task_status: 'succeed' }))).status).toBe(200);
		// The verification is over when Kling has been asked once about no task, and four times about one that still runs.
		const asked = async (id: string) =>
			(await opened.provider.requests()).filter(({ on, path }) => on === 'get' && path.endsWith(id)).length;
		await vi.waitUntil(async () => (await asked(taskId)) === 4 && (await asked(unknown)) > 0, PATIENCE);
		await executions(id, 0);
	});

	/** n8n 1.x shows what to do, and not why. */
	const refusal = (why: string) =>
		RELEASE === '1.x' ? 'Copy the Webhook Secret from the console' : `The Webhook Secret cannot be used: ${why}`;

	it('is not published with a secret that cannot be used, and the error says why', async () => {
		const credential = await opened.n8n.saveCredential('klingApi', 'Kling with a bad secret', {
			...keyCredential(opened.providerUrl),
			webhookSecret: 'this is no secret!',
		});
		await expect(listen(credential)).rejects.toThrow(refusal('it is not base64'));
	});

	it('is not published with a secret of one byte', async () => {
		const credential = await opened.n8n.saveCredential('klingApi', 'Kling with a short secret', {
			...keyCredential(opened.providerUrl),
			webhookSecret: 'whsec_eA==',
		});
		await expect(listen(credential)).rejects.toThrow(refusal('it has fewer than 16 bytes'));
	});
});
