/** The last n8n 1.x: where it does otherwise than n8n 2, and the ways through a workflow that people build most. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { N8nClient } from '../../sandbox/n8n/client';
import { failureOf, outputOf } from '../../sandbox/n8n/execution';
import { startN8n, type N8nServer } from '../../sandbox/n8n/server';
import type { CredentialReference, Workflow, WorkflowNode } from '../../sandbox/n8n/workflow';
import { keyCredential } from './setup/accounts';
import { agentWorkflow, workflowTool } from './setup/agent';
import { openBrowser } from './setup/browser';
import { called, chain, ours, step, subWorkflow } from './setup/chain';
import { expectShown, fillIn, formWorkflow, SHOWN } from './setup/forms';
import { startModel } from './setup/model';
import { decode } from './setup/pixels';
import { open, type Opened } from './setup/surroundings';
import { EXPANSION, KLING, taskWorkflow, TRIGGER } from './setup/workflows';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

let opened: Opened;
let server: N8nServer;
let userFolder: string;
let n8n: N8nClient;
let credential: CredentialReference;
let counter: Server;
/** Calls of the node behind ours. */
let calls = 0;

beforeAll(async () => {
	opened = await open();
	userFolder = await mkdtemp(join(tmpdir(), 'kling-e2e-1.x-'));
	server = await startN8n({ userFolder, packageDir: root, release: '1.x', log: console.log });
	n8n = await N8nClient.connect(server.url);
	credential = await n8n.saveCredential('klingApi', 'Kling', keyCredential(opened.providerUrl));
	counter = createServer((_, response) => {
		calls += 1;
		response.end('{}');
	});
	await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
	counter?.close();
	await server?.stop();
	await rm(userFolder, { recursive: true, force: true });
});

beforeEach(async () => {
	await opened.provider.reset();
	calls = 0;
});

const item = (prompt: string) => ({ photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt });

/** Starts it; gives the execution's ID. n8n 1.x runs what the editor sends with the request. */
async function start(workflow: Workflow): Promise<string> {
	const workflowData = await n8n.importWorkflow(workflow);
	const started = await n8n.http.post<{ executionId: string }>(`/rest/workflows/${workflowData.id}/run`, {
		workflowData,
		triggerToStartFrom: { name: TRIGGER },
	});
	return started.executionId;
}

it('has all nodes of the package', async () => {
	const types = ['aliyunPortrait', 'aliyunPortraitTrigger', 'kling', 'klingCallbackTrigger', 'klingTrigger', 'psTask'];
	expect(await n8n.nodeTypes()).toEqual(expect.arrayContaining(types.map((type) => `n8n-nodes-kling-aliyun.${type}`)));
});

it('waits and brings the picture; a failed item leaves by the error output with the IDs in its text', async () => {
	await opened.provider.fates([
		{ match: { promptIncludes: 'storm' }, fate: 'failed', message: 'Failure to pass the risk control system' },
	]);
	const extras = { settings: { onError: 'continueErrorOutput' }, behind: ['Fine', 'Failed'] };
	const execution = await n8n.waitForEnd(
		await start(taskWorkflow('Error output', [item('a storm'), item('a lake')], EXPANSION, credential, extras)),
	);
	expect(execution.status, failureOf(execution)).toBe('success');
	const [fine, ...others] = outputOf(execution, 'Fine');
	expect(others).toEqual([]);
	expect((await decode(await n8n.download(fine!.binary!.image!))).width).toBe(900);
	const failed = (await opened.provider.ledger()).find(({ status }) => status === 'failed');
	expect(outputOf(execution, 'Failed')).toMatchObject([
		{ json: { message: expect.stringContaining(String(failed?.taskId)) }, pairedItem: { item: 0 } },
	]);
});

it('three last callbacks at the same moment run the rest of the workflow once, though n8n 1.x would run it for each', async () => {
	await opened.provider.fates([{ fate: 'stuck' }]); // until all three end at once
	const parameters = { ...EXPANSION, operation: 'createAndWaitForCallback', options: { allowUnreachable: true } };
	const workflow = taskWorkflow('At once', ['a calm sea', 'a storm', 'a lake'].map(item), parameters, credential, {
		behind: ['Count'],
	});
	const { port } = counter.address() as AddressInfo;
	Object.assign(
		workflow.nodes.find(({ name }) => name === 'Count')!,
		{ type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2, parameters: { url: `http://127.0.0.1:${port}/` } },
	);
	const executionId = await start(workflow);
	await n8n.waitFor(executionId, (status) => status === 'waiting', 60_000);
	await opened.provider.finishAll();
	const execution = await n8n.waitForEnd(executionId);
	expect(execution.status, failureOf(execution)).toBe('success');
	const results = outputOf(execution, KLING);
	expect(results.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual(
		[0, 1, 2].map((index) => ['succeeded', { item: index }]),
	);
	for (const { binary } of results) expect((await decode(await n8n.download(binary!.image!))).width).toBe(900);
	const ends = async () =>
		(await opened.provider.callbacks()).filter(({ taskStatus }) => taskStatus === 'succeed').length;
	await vi.waitUntil(async () => (await ends()) >= 3, { timeout: 30_000, interval: 100 });
	// Whatever ran beside it would have called by now.
	await new Promise((resolve) => setTimeout(resolve, 2_000));
	expect(calls).toBe(3);
});

describe('ways through a workflow', () => {
	const AWAKE = { operation: 'create' };
	const ASLEEP = { operation: 'createAndWaitForCallback', options: { allowUnreachable: true } };
	const expand = (change: Record<string, unknown>) => ours('kling', KLING, { ...EXPANSION, ...change }, credential);

	async function published(workflow: Workflow): Promise<string> {
		const { id } = await n8n.importWorkflow(workflow);
		await n8n.publish(id);
		return id;
	}

	const untilSuspended = async (workflowId: string) =>
		await vi.waitUntil(async () => (await n8n.executions(workflowId))[0]?.status === 'waiting', {
			timeout: 60_000,
			interval: 200,
		});

	it('a form ends with the picture, awake and suspended', async () => {
		const browser = await openBrowser();
		try {
			for (const change of [AWAKE, ASLEEP]) {
				await opened.provider.reset();
				await opened.provider.fates([{ fate: 'stuck' }]); // the task ends when the test says so
				const form = formWorkflow(expand({ image: 'photo', ...change }), SHOWN);
				const id = await published(form);
				await fillIn(browser, server.url, form);
				await vi.waitUntil(async () => (await opened.provider.ledger()).length > 0, { timeout: 60_000, interval: 200 });
				if (change === ASLEEP) await untilSuspended(id);
				await opened.provider.finishAll();
				await expectShown(browser);
				expect(await opened.provider.ledger()).toHaveLength(1);
			}
		} finally {
			await browser.close();
		}
	});

	/** A workflow that calls one with this node; and the ID of that one. */
	async function calling(node: WorkflowNode, mode: 'once' | 'each'): Promise<{ caller: Workflow; callee: string }> {
		const { id: callee } = await n8n.importWorkflow(chain('Called', [called(), node]));
		const items = { items: ['a calm sea', 'a storm'].map(item) };
		const nodes = [
			step('manualTrigger', 1, TRIGGER),
			step('set', 3.4, 'Inputs', { mode: 'raw', jsonOutput: JSON.stringify(items), options: {} }),
			step('splitOut', 1, 'One by One', { fieldToSplitOut: 'items', options: {} }),
			subWorkflow(callee, mode),
			step('noOp', 1, 'Done'),
		];
		return { caller: chain('Caller', nodes), callee };
	}

	it('a sub-workflow that is called once for each item, and waits awake, brings all pictures', async () => {
		const { caller } = await calling(expand(AWAKE), 'each');
		const ended = await n8n.waitForEnd(await start(caller), 60_000);
		expect(ended.status, failureOf(ended)).toBe('success');
		const results = outputOf(ended, 'Done');
		expect(results.map(({ json, binary }) => [json.status, Object.keys(binary ?? {})])).toEqual(
			Array(2).fill(['succeeded', ['image']]),
		);
		expect(await opened.provider.ledger()).toHaveLength(2);
	});

	it('a sub-workflow that is suspended ends well, but n8n 1.x hands its caller’s own items on', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const { caller, callee } = await calling(expand(ASLEEP), 'once');
		const executionId = await start(caller);
		await n8n.waitFor(executionId, (status) => status === 'waiting', 60_000);
		await untilSuspended(callee);
		await opened.provider.finishAll();
		const ended = await n8n.waitForEnd(executionId, 60_000);
		expect(ended.status, failureOf(ended)).toBe('success');
		expect(outputOf(ended, 'Done').map(({ json }) => json)).toEqual(['a calm sea', 'a storm'].map(item));
		const [latest] = await n8n.executions(callee);
		const results = outputOf(await n8n.waitForEnd(latest!.id), KLING);
		expect(results.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(await opened.provider.ledger()).toHaveLength(2);
	});

	it('a caller who hangs up, and repeats the call with the same order number, gets the picture: one purchase', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const path = randomUUID();
		const options = { externalTaskId: '={{ $json.body.order }}', onDuplicate: 'returnExisting', pollInterval: 0.2 };
		const nodes = [
			step('webhook', 2, 'Order', { httpMethod: 'POST', path, responseMode: 'responseNode', options: {} }),
			expand({ ...AWAKE, image: '={{ $json.body.photo }}', prompt: '', options }),
			step('respondToWebhook', 1.1, 'Answer', {
				respondWith: 'binary',
				responseDataSource: 'set',
				inputFieldName: 'image',
				options: {},
			}),
		];
		await published(chain('Order', nodes, { saveDataSuccessExecution: 'none' }));
		const body = { ...item(''), order: `order-${randomUUID().slice(0, 8)}` };
		const patience = new AbortController();
		const first = fetch(`${server.url}/webhook/${path}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
			signal: patience.signal,
		});
		const hungUp = expect(first).rejects.toThrow();
		const creates = async (count: number) =>
			await vi.waitUntil(
				async () => (await opened.provider.requests()).filter(({ on }) => on === 'create').length === count,
				{ timeout: 30_000, interval: 100 },
			);
		await creates(1);
		patience.abort();
		await hungUp;
		const again = n8n.callWebhook(path, body);
		await creates(2);
		await opened.provider.finishAll();
		const answered = await again;
		expect([answered.status, answered.contentType]).toEqual([200, 'image/png']);
		expect((await decode(answered.body)).width).toBe(900);
		expect(await opened.provider.ledger()).toMatchObject([{ externalTaskId: body.order }]);
	});

	it('an agent whose tool is a workflow gets a task for each call', async () => {
		const model = await startModel();
		try {
			const openAi = await n8n.saveCredential('openAiApi', 'Scripted model', { apiKey: 'none', url: model.url });
			const { id } = await n8n.importWorkflow(chain('Called', [called(), expand(AWAKE)]));
			model.script([[{ prompt: 'a calm sea' }, { prompt: 'a storm' }]]);
			const ended = await n8n.waitForEnd(await start(agentWorkflow(workflowTool(id, item('').photo), openAi)), 60_000);
			expect(ended.status, failureOf(ended)).toBe('success');
			const told = model.told().flatMap((text) => JSON.parse(text) as Array<{ taskId: string; status: string }>);
			expect(told.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
			const bought = (await opened.provider.ledger()).map(({ taskId }) => taskId);
			expect(told.map(({ taskId }) => taskId).sort()).toEqual(bought.sort());
		} finally {
			await model.stop();
		}
	});
});
