/** n8n is killed in the middle of an execution: what n8n makes of it, and what Retry buys. In an n8n of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { N8nClient } from '../../sandbox/n8n/client';
import { failureOf, outputOf } from '../../sandbox/n8n/execution';
import { startN8n, type N8nServer } from '../../sandbox/n8n/server';
import type { CredentialReference, Workflow } from '../../sandbox/n8n/workflow';
import { PATIENCE } from '../harness/patience';
import { appCodeCredential, keyCredential, openPsCredential } from './setup/accounts';
import { RELEASE } from './setup/release';
import { open, type Opened } from './setup/surroundings';
import { ALIYUN, EDIT, EXPANSION, KLING, personPhotos, PS, taskWorkflow, TRAINING, TRIGGER } from './setup/workflows';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

let opened: Opened;
let server: N8nServer;
let userFolder: string;
let n8n: N8nClient;
let credential: CredentialReference;

beforeAll(async () => {
	opened = await open();
	userFolder = await mkdtemp(join(tmpdir(), 'kling-e2e-crash-'));
	server = await startN8n({ userFolder, packageDir: root, release: RELEASE, log: console.log });
	n8n = await N8nClient.connect(server.url);
	credential = await n8n.saveCredential('klingApi', 'Kling', keyCredential(opened.providerUrl));
});

afterAll(async () => {
	await server?.stop();
	await rm(userFolder, { recursive: true, force: true });
});

beforeEach(async () => {
	await opened.provider.reset();
});

const photos = () =>
	['a calm sea', 'a storm'].map((prompt) => ({ photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt }));

/** Publishes the workflow behind a webhook, since n8n retries no crashed execution that was started by hand. Gives its ID and the address. */
async function publish(workflow: Workflow): Promise<{ id: string; path: string }> {
	const path = randomUUID();
	Object.assign(
		workflow.nodes.find(({ name }) => name === TRIGGER)!,
		{ type: 'n8n-nodes-base.webhook', typeVersion: 2, webhookId: path, parameters: { path } },
	);
	const { id } = await n8n.importWorkflow(workflow);
	await n8n.publish(id);
	return { id, path };
}

describe('n8n is killed', () => {
	const MOMENTS: Array<[moment: string, taskMs: number, reached: () => Promise<unknown>]> = [
		[
			'while the node waits for its tasks',
			20_000,
			async () => await vi.waitUntil(async () => (await opened.provider.ledger()).length === 2, PATIENCE),
		],
		[
			'when the node has ended and a later one is running',
			300,
			async () => await vi.waitUntil(async () => (await opened.provider.files()).length === 2, PATIENCE),
		],
	];

	/** Kills n8n at that moment of a production execution, and retries it; gives the IDs of the tasks that the retry had. */
	async function retryAfter(
		[, taskMs, reached]: (typeof MOMENTS)[number],
		options: Record<string, unknown>,
	): Promise<unknown[]> {
		await opened.provider.settings({ taskMs: [taskMs, taskMs] });
		const parameters = { ...EXPANSION, options };
		const workflow = taskWorkflow('Crash', photos(), parameters, credential, { behind: ['Later'] });
		Object.assign(
			workflow.nodes.find(({ name }) => name === 'Later')!,
			{ type: 'n8n-nodes-base.wait', typeVersion: 1.1, webhookId: randomUUID(), parameters: { amount: 10 } },
		);
		const { id, path } = await publish(workflow);
		await n8n.callWebhook(path);
		await reached();
		await new Promise((resolve) => setTimeout(resolve, 2_000));
		await server.kill();
		await server.restart();
		n8n = await N8nClient.connect(server.url);
		const [killed] = await n8n.executions(id);
		const crashed = await n8n.waitForEnd(killed!.id);
		expect(crashed.status).toBe('crashed');
		const again = await n8n.waitForEnd(await n8n.retryExecution(crashed.id));
		expect(again.status, failureOf(again)).toBe('success');
		await n8n.unpublish(id);
		expect(outputOf(again, KLING).every(({ binary }) => binary?.image !== undefined)).toBe(true);
		return outputOf(again, KLING).map(({ json }) => json.taskId);
	}

	const bought = async () => (await opened.provider.ledger()).map(({ taskId }) => taskId);

	// n8n 1.x tells a node nothing by which it could know the execution that is retried.
	it.each(MOMENTS)('%s: Retry finds the same tasks from n8n 2 on, n8n 1 buys again', async (...moment) => {
		const found = await retryAfter(moment, {});
		if (RELEASE === '2.x') expect((await bought()).sort()).toEqual(found.sort());
		else expect((await bought()).slice(2).sort()).toEqual(found.sort());
	});

	it.each(MOMENTS)('%s: with Reuse Earlier Results, Retry finds the same tasks', async (...moment) => {
		const found = await retryAfter(moment, { reuseResults: 'always' });
		expect((await bought()).sort()).toEqual(found.sort());
	});
});

it('n8n is killed while an execution is suspended: the callbacks after the restart resume it', async () => {
	await opened.provider.fates([{ fate: 'stuck' }]); // until the test says so
	const asleep = { ...EXPANSION, operation: 'createAndWaitForCallback', options: { allowUnreachable: true } };
	const workflow = taskWorkflow('Asleep', photos(), asleep, credential, { behind: ['Later'] });
	const executionId = await n8n.run((await n8n.importWorkflow(workflow)).id, TRIGGER);
	await n8n.waitFor(executionId, (status) => status === 'waiting');
	await server.kill();
	await server.restart();
	n8n = await N8nClient.connect(server.url);
	expect((await n8n.execution(executionId)).status).toBe('waiting');
	await opened.provider.finishAll();
	const ended = await n8n.waitForEnd(executionId);
	expect(ended.status, failureOf(ended)).toBe('success');
	expect(outputOf(ended, 'Later').map(({ json, binary }) => [json.status, Object.keys(binary ?? {})])).toEqual(
		Array(2).fill(['succeeded', ['image']]),
	);
	expect(await opened.provider.ledger()).toHaveLength(2);
});

it('n8n is killed after executions have failed: Retry finds the good tasks, also of services without a key; what ran by hand is lost', async () => {
	await opened.provider.fates([
		{ match: { resource: 'userModel', nth: 1 }, fate: 'failed' },
		{ match: { service: 'psTask', nth: 1 }, fate: 'failed' },
		{ match: { service: 'kling' }, fate: 'stuck' },
	]);
	const persons = [1, 2].map(() => ({ photos: personPhotos(opened.photosUrl) }));
	const aliyun = await n8n.saveCredential('aliyunMarketApi', 'Aliyun', appCodeCredential(opened.providerUrl));
	const ps = await n8n.saveCredential('psTaskApi', 'PS', openPsCredential(opened.providerUrl));
	const failing = [
		{ node: ALIYUN, workflow: taskWorkflow('Failed', persons, TRAINING, aliyun) },
		{ node: PS, workflow: taskWorkflow('Failed', photos(), EDIT, ps) },
	];
	const failed = [];
	for (const { node, workflow } of failing) {
		const execution = await n8n.runToEnd((await n8n.importWorkflow(workflow)).id, TRIGGER);
		expect([execution.status, execution.data.resultData.error?.description]).toEqual([
			'error',
			expect.stringContaining(
				'The other task is safe. Retry this execution from the Executions list: it is reused, not paid again unless n8n crashed during this execution.',
			),
		]);
		failed.push({ node, id: execution.id });
	}
	const byHand = await n8n.run(
		(await n8n.importWorkflow(taskWorkflow('By hand', photos(), EXPANSION, credential))).id,
		TRIGGER,
	);
	await vi.waitUntil(async () => (await opened.provider.ledger()).length === 6, PATIENCE);
	await server.kill();
	await server.restart();
	n8n = await N8nClient.connect(server.url);
	const good = (await opened.provider.ledger())
		.filter(({ status }) => status === 'succeed')
		.map(({ taskId }) => taskId);
	expect(good).toHaveLength(2);
	for (const { node, id } of failed) {
		const again = await n8n.waitForEnd(await n8n.retryExecution(id));
		expect(again.status, failureOf(again)).toBe('success');
		const ids = outputOf(again, node).map(({ json }) => json.taskId);
		expect(ids).toHaveLength(2);
		expect(ids.filter((taskId) => good.includes(String(taskId)))).toHaveLength(1);
	}
	expect(await opened.provider.ledger(), 'one more for each that had failed').toHaveLength(8);
	expect((await n8n.waitForEnd(byHand)).status).toBe('crashed');
	await expect(n8n.retryExecution(byHand)).rejects.toThrow();
});

it('a node that runs twice in one execution with the same request makes two tasks', async () => {
	const workflow = taskWorkflow('Twice', photos().slice(0, 1), EXPANSION, credential);
	// The same item arrives over two connections, one after the other.
	const second = { ...workflow.nodes.find(({ name }) => name === 'One by One')!, id: randomUUID(), name: 'Again' };
	workflow.nodes.push(second);
	(workflow.connections.Inputs as { main: object[][] }).main[0]!.push({ node: 'Again', type: 'main', index: 0 });
	workflow.connections.Again = workflow.connections['One by One']!;
	const execution = await n8n.runToEnd((await n8n.importWorkflow(workflow)).id, TRIGGER);
	expect(execution.status, failureOf(execution)).toBe('success');
	expect(execution.data.resultData.runData[KLING]).toHaveLength(2);
	expect(new Set((await opened.provider.ledger()).map(({ externalTaskId }) => externalTaskId)).size).toBe(2);
});
