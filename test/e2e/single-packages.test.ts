/**
 * The packages of single services in a real n8n, each with an example of its own; and what n8n does where the whole pack
 * and a package of one service are installed together.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { packAll, type Packed } from '../../scripts/packages/pack';
import { N8nClient } from '../../sandbox/n8n/client';
import { filesFolder } from '../../sandbox/n8n/environment';
import { failureOf, outputOf, type Execution } from '../../sandbox/n8n/execution';
import { startN8n, type N8nServer } from '../../sandbox/n8n/server';
import type { CredentialReference, Workflow } from '../../sandbox/n8n/workflow';
import { simulatorCredentials } from '../../sandbox/start/accounts';
import { importExample } from '../../sandbox/start/examples';
import { keyCredential } from './setup/accounts';
import { RELEASE } from './setup/release';
import { open, type Opened } from './setup/surroundings';
import { EXPANSION, KLING, taskWorkflow, TRIGGER } from './setup/workflows';

const WHOLE = 'n8n-nodes-kling-aliyun';
const IMAGES = 'n8n-nodes-kling-images';

let opened: Opened;
let work: string;
let packed: Packed[];

beforeAll(async () => {
	opened = await open();
	work = await mkdtemp(join(tmpdir(), 'kling-e2e-packages-'));
	packed = await packAll(join(work, 'packed'));
});

afterAll(async () => await rm(work, { recursive: true, force: true }));

beforeEach(async () => await opened.provider.reset());

const tarballOf = (name: string) => packed.find((one) => one.name === name)!.tarball;

/** A new n8n with some of the packages. */
async function startWith(folder: string, names: string[]): Promise<{ server: N8nServer; n8n: N8nClient }> {
	const userFolder = join(work, folder);
	await mkdir(filesFolder(userFolder), { recursive: true });
	const server = await startN8n({
		userFolder,
		packageTarballs: names.map(tarballOf),
		release: RELEASE,
		log: console.log,
	});
	return { server, n8n: await N8nClient.connect(server.url) };
}

/** The types of our nodes that n8n has, without those that it derives for agents. */
async function ownTypes(n8n: N8nClient): Promise<string[]> {
	const types = await n8n.nodeTypes();
	const own = types.filter((type) => packed.some(({ name }) => type.startsWith(`${name}.`)));
	return own.filter((type) => !/tool$/i.test(type)).sort();
}

function images(execution: Execution, node: string): string[] {
	expect(execution.status, failureOf(execution)).toBe('success');
	return outputOf(execution, node).flatMap(({ binary = {} }) => Object.values(binary).map(({ mimeType }) => mimeType));
}

describe('each package of one service', () => {
	let server: N8nServer;
	let n8n: N8nClient;
	let credentials: CredentialReference[];

	beforeAll(async () => {
		const singles = packed.map(({ name }) => name).filter((name) => name !== WHOLE);
		({ server, n8n } = await startWith('singles', singles));
		const accounts = simulatorCredentials(opened.providerUrl);
		credentials = await Promise.all(
			accounts.map(async ({ type, name, data }) => await n8n.saveCredential(type, name, data)),
		);
	});

	afterAll(async () => await server?.stop());

	it('brings its own nodes, under its own name', async () => {
		expect(await ownTypes(n8n)).toEqual([
			'n8n-nodes-aliyun-portrait.aliyunPortrait',
			'n8n-nodes-aliyun-portrait.aliyunPortraitTrigger',
			'n8n-nodes-kling-images.kling',
			'n8n-nodes-kling-images.klingCallbackTrigger',
			'n8n-nodes-kling-images.klingTrigger',
			'n8n-nodes-ps-task-edit.psTask',
		]);
	});

	it.each([
		['n8n-nodes-kling-images', 'extend-a-photo'],
		['n8n-nodes-aliyun-portrait', 'eight-photos-to-a-portrait'],
		['n8n-nodes-ps-task-edit', 'batch-edit-product-images'],
	])('%s: its example %s brings images', async (name, key) => {
		const file = join(packed.find((one) => one.name === name)!.folder, 'dist', 'examples', `${key}.json`);
		const workflow = JSON.parse(await readFile(file, 'utf8')) as Workflow;
		const node = workflow.nodes.find(({ type }) => type.startsWith(`${name}.`))!;
		// The simulator's tasks end at once.
		node.parameters.options = { ...(node.parameters.options as object | undefined), pollInterval: 0.2 };
		const start = workflow.nodes.find(({ type }) => type.endsWith('.manualTrigger'))!;
		const places = { ...opened.places, files: filesFolder(join(work, 'singles')) };
		const id = await importExample(n8n, { key, workflow, stubs: {} }, places, credentials);
		const brought = images(await n8n.runToEnd(id, start.name), node.name);
		expect(brought.length).toBeGreaterThan(0);
		expect(new Set(brought)).toEqual(new Set(['image/png']));
		expect(await opened.provider.ledger()).not.toEqual([]);
	});

	it('a workflow of the whole pack does not run here: n8n does not know its node', async () => {
		const item = { photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt: 'more sea' };
		const credential = credentials.find(({ type }) => type === 'klingApi')!;
		const { id } = await n8n.importWorkflow(taskWorkflow('Of the whole pack', [item], EXPANSION, credential));
		const outcome = await n8n.runToEnd(id, TRIGGER).then(failureOf, String);
		expect(outcome).toContain(`${WHOLE}.kling`);
		expect(await opened.provider.requests()).toEqual([]);
	});
});

describe('the whole pack and a package of one service together', () => {
	let server: N8nServer;
	let n8n: N8nClient;
	let credential: CredentialReference;

	beforeAll(async () => {
		({ server, n8n } = await startWith('both', [WHOLE, IMAGES]));
		credential = await n8n.saveCredential('klingApi', 'Kling', keyCredential(opened.providerUrl));
	});

	afterAll(async () => await server?.stop());

	it('n8n has the nodes twice, and the credential type of each package', async () => {
		const types = await ownTypes(n8n);
		expect(types.filter((type) => type.endsWith('.kling'))).toEqual([`${WHOLE}.kling`, `${IMAGES}.kling`]);
		const { body } = await n8n.http.raw('/types/credentials.json');
		const all = JSON.parse(body.toString('utf8')) as Array<{ name: string; supportedNodes: string[] }>;
		const own = all.filter(({ name }) => name === 'klingApi');
		const kling = ['kling', 'klingCallbackTrigger', 'klingTrigger'];
		// Loaded in no certain order.
		expect(own.map(({ supportedNodes }) => supportedNodes).sort()).toEqual(
			[WHOLE, IMAGES].map((name) => kling.map((node) => `${name}.${node}`)),
		);
		expect(all.filter(({ name }) => name === 'psTaskApi')).toHaveLength(1);
	});

	it('one credential passes its test, and pays for the nodes of both', async () => {
		const tested = await n8n.testCredential('klingApi', keyCredential(opened.providerUrl));
		expect(tested.status, tested.message).toBe('OK');
		const item = { photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt: 'more sea' };
		for (const name of [WHOLE, IMAGES]) {
			const workflow = taskWorkflow(`With ${name}`, [item], EXPANSION, credential);
			const nodes = workflow.nodes.map((node) => ({ ...node, type: node.type.replace(`${WHOLE}.`, `${name}.`) }));
			const { id } = await n8n.importWorkflow({ ...workflow, nodes });
			expect(images(await n8n.runToEnd(id, TRIGGER), KLING), name).toEqual(['image/png']);
		}
		expect(await opened.provider.ledger()).toHaveLength(2);
	});
});
