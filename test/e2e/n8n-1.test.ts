/** The last n8n 1.x, where it does otherwise than n8n 2. */
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { N8nClient } from '../../sandbox/n8n/client';
import { failureOf, outputOf } from '../../sandbox/n8n/execution';
import { startN8n, type N8nServer } from '../../sandbox/n8n/server';
import type { CredentialReference, Workflow } from '../../sandbox/n8n/workflow';
import { keyCredential } from './setup/accounts';
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
