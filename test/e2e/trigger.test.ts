/**
 * A published workflow that begins with the Kling Trigger, in an n8n of its own, since it is restarted. n8n polls once
 * a minute at most, so this takes three minutes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { N8nClient } from '../../sandbox/n8n/client';
import { outputOf } from '../../sandbox/n8n/execution';
import { startN8n, type N8nServer } from '../../sandbox/n8n/server';
import type { Workflow } from '../../sandbox/n8n/workflow';
import { startProvider } from '../../sandbox/provider';
import { PATIENCE } from '../harness/patience';
import { keyCredential, sandboxAccount } from './setup/accounts';
import { RELEASE } from './setup/release';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const HOUR = 3_600_000;
const TRIGGER = 'Kling Trigger';
const WORKFLOW = 'Start when a task ends';

let provider: Awaited<ReturnType<typeof startProvider>>;
let server: N8nServer;
let userFolder: string;

beforeAll(async () => {
	userFolder = await mkdtemp(join(tmpdir(), 'kling-trigger-'));
	provider = await startProvider({ taskMs: [HOUR, HOUR] });
	server = await startN8n({ userFolder, packageDir: root, release: RELEASE, log: console.log });
});

afterAll(async () => {
	await server?.stop();
	await provider?.stop();
	await rm(userFolder, { recursive: true, force: true });
});

async function create(): Promise<string> {
	const photo = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#885522' } })
		.jpeg()
		.toBuffer();
	const response = await fetch(`${provider.url}/v1/general/ai-multi-shot`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${sandboxAccount.apiKey}`, 'Content-Type': 'application/json' },
		body: JSON.stringify({ element_frontal_image: photo.toString('base64') }),
	});
	const { data, message } = (await response.json()) as { data?: { task_id: string }; message: string };
	if (data === undefined) throw new Error(message);
	return data.task_id;
}

async function createAndFinish(fate: 'succeed' | 'failed' = 'succeed'): Promise<string> {
	const id = await create();
	provider.control.finish(id, fate);
	return id;
}

function workflowWith(credential: { id: string; name: string }): Workflow {
	const pollTimes = { item: [{ mode: 'everyMinute' }] };
	return {
		name: WORKFLOW,
		nodes: [
			{
				id: randomUUID(),
				name: TRIGGER,
				type: 'n8n-nodes-kling-aliyun.klingTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: { pollTimes },
				credentials: { klingApi: credential },
			},
			{
				id: randomUUID(),
				name: 'Next',
				type: 'n8n-nodes-base.noOp',
				typeVersion: 1,
				position: [220, 0],
				parameters: {},
			},
		],
		connections: { [TRIGGER]: { main: [[{ node: 'Next', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
}

it('reports each end once over three polls and a restart, nothing old, and what ended while n8n was off', async () => {
	await createAndFinish();
	let n8n = await N8nClient.connect(server.url);
	const { id: credentialId, name } = await n8n.saveCredential('klingApi', 'Kling sandbox', keyCredential(provider.url));
	const { id } = await n8n.importWorkflow(workflowWith({ id: credentialId, name }));
	await n8n.publish(id);

	/** The tasks of all executions so far, the first one first. */
	const reported = async (): Promise<unknown[][]> => {
		const ended = (await n8n.executions(id)).filter(({ status }) => status === 'success').reverse();
		const executions = await Promise.all(ended.map(async (one) => await n8n.execution(one.id)));
		return executions.map((execution) => outputOf(execution, 'Next').map(({ json }) => json.taskId));
	};
	const until = async (expected: unknown[][]) => {
		await vi.waitFor(async () => expect(await reported()).toEqual(expected), {
			...PATIENCE, // a poll comes each minute
			interval: 1_000,
		});
	};
	expect(await reported()).toEqual([]);

	const first = await createAndFinish();
	await until([[first]]);

	const slow = await create();
	await server.stop();
	provider.control.finish(slow, 'failed');
	await server.restart();
	n8n = await N8nClient.connect(server.url);
	await until([[first], [slow]]);

	const last = await createAndFinish();
	await until([[first], [slow], [last]]);
});
