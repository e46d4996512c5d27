/** Takes the images of README.md and of the nodes' pages from the editor of a real n8n: every operation and trigger. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INodeTypeDescription } from 'n8n-workflow';
import sharp from 'sharp';

import { N8nClient, SANDBOX_OWNER } from '../sandbox/n8n/client.ts';
import { startN8n } from '../sandbox/n8n/server.ts';
import type { CredentialReference, Workflow } from '../sandbox/n8n/workflow.ts';
import { startProvider } from '../sandbox/provider/index.ts';
import { simulatorCredentials } from '../sandbox/start/accounts.ts';
import { importExample, readExamples, START_HERE } from '../sandbox/start/examples.ts';
import { servePhotos } from '../sandbox/start/photos.ts';
import { openBrowser } from '../test/e2e/setup/browser.ts';
import { Editor } from '../test/e2e/setup/editor.ts';
import { imagePath } from './docs.ts';
import { descriptions, operationsOf } from './operations.ts';

/** What is in one image. */
interface Shot {
	file: string;
	node: string;
	parameters: Record<string, unknown>;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const PACKAGE = 'n8n-nodes-kling-aliyun';
/** So high that no panel scrolls. */
const VIEWPORT = { width: 1440, height: 1500 };
/** n8n's own link at the foot of each panel. */
const FEATURE_REQUEST = 'I wish this node would';
/** A busy machine takes its time. */
const PATIENCE_MS = 180_000;
const WEBP = { quality: 72, effort: 6 };

const shots = descriptions().flatMap((description): Shot[] => {
	const { name: node } = description;
	const operations = operationsOf(node);
	if (operations.length === 0) return [{ file: imagePath(node), node, parameters: {} }];
	return operations.map(({ resource, operation }) => ({
		file: imagePath(node, { resource, operation }),
		node,
		parameters: { resource, operation, ...samples(description, resource, operation) },
	}));
});

/** What a user would enter where something is required: the field's own example. */
function samples({ properties }: INodeTypeDescription, resource: string, operation: string): Record<string, unknown> {
	const empty = properties.filter(
		({ required, default: value, displayOptions: { show = {} } = {} }) =>
			required === true &&
			(value === '' || typeof value === 'object') &&
			show.resource?.includes(resource) &&
			show.operation?.includes(operation) &&
			!show['@tool']?.includes(true),
	);
	return Object.fromEntries(
		empty.map(({ name, type, placeholder = '' }) => {
			const text = placeholder.replace(/^e\.g\. /, '');
			return [name, type === 'resourceLocator' ? chosen('仙气十足') : text];
		}),
	);
}

/** A choice from a list, as n8n keeps it. */
function chosen(label: string): Record<string, unknown> {
	return { __rl: true, mode: 'list', value: label, cachedResultName: label };
}

const userFolder = await mkdtemp(join(tmpdir(), 'kling-pictures-'));
const stops = [async () => await rm(userFolder, { recursive: true, force: true })];
try {
	await takeAll();
} finally {
	for (const stop of stops.reverse()) await stop();
}

async function takeAll(): Promise<void> {
	const provider = await startProvider({});
	stops.push(provider.stop);
	const server = await startN8n({ userFolder, packageDir: root, log: console.log });
	stops.push(server.stop);
	const n8n = await N8nClient.connect(server.url);
	const credentials = await Promise.all(
		simulatorCredentials(provider.url).map(
			async ({ type, name, data }) => await n8n.saveCredential(type, name.replace(' sandbox', ' account'), data),
		),
	);
	const browser = await openBrowser();
	stops.push(browser.close);
	await browser.page.setViewportSize(VIEWPORT);
	browser.page.setDefaultTimeout(PATIENCE_MS);
	const editor = new Editor(browser.page, server.url);
	await editor.signIn(SANDBOX_OWNER);
	for (const description of descriptions()) await takeOf(description, credentials, n8n, editor);
	const photos = await servePhotos();
	stops.push(photos.stop);
	const example = (await readExamples()).find(({ key }) => key === START_HERE)!;
	const name = example.workflow.nodes.find(({ type }) => type === `${PACKAGE}.kling`)!.name;
	const id = await importExample(n8n, example, { photos: photos.url, files: userFolder }, credentials);
	await takeRun(id, name, editor);
}

/** The workflow of the README after a run, and its result. */
async function takeRun(id: string, name: string, editor: Editor): Promise<void> {
	await editor.page.setViewportSize({ width: 1440, height: 900 });
	await editor.openWorkflow(id, name);
	await editor.execute(name);
	await editor.dismissToasts();
	await editor.settled();
	await save('docs/images/workflow.png', await editor.page.screenshot({ clip: await editor.canvasBox(16) }));
	await editor.openNode(name);
	await editor.viewPicture();
	await editor.settled();
	const { x, y } = (await editor.part('node-parameters').boundingBox())!;
	const output = (await editor.output().boundingBox())!;
	const clip = { x, y: y - 60, width: output.x + output.width - x, height: 560 };
	await save('docs/images/result.png', await editor.page.screenshot({ clip }));
}

async function save(file: string, png: Buffer): Promise<void> {
	await mkdir(dirname(join(root, file)), { recursive: true });
	const image = sharp(png);
	await (file.endsWith('.webp') ? image.webp(WEBP) : image.png({ palette: true, effort: 10 })).toFile(join(root, file));
	console.log(file);
}

/** One workflow for each node type, with a node for each image. */
async function takeOf(
	{ name, displayName, credentials: needed = [] }: INodeTypeDescription,
	credentials: CredentialReference[],
	n8n: N8nClient,
	editor: Editor,
): Promise<void> {
	const own = shots.filter(({ node }) => node === name);
	const bound = credentials.filter(({ type }) => needed.some((one) => one.name === type));
	const titleOf = (index: number) => (own.length === 1 ? displayName : `${displayName} ${index}`);
	const workflow: Workflow = {
		name: `Pictures of ${displayName}`,
		nodes: own.map(({ parameters }, index) => ({
			id: `${name}-${index}`,
			name: titleOf(index),
			type: `${PACKAGE}.${name}`,
			typeVersion: 1,
			position: [(index % 8) * 220, Math.floor(index / 8) * 220] as [number, number],
			parameters,
			credentials: Object.fromEntries(bound.map(({ type, id, name }) => [type, { id, name }])),
		})),
		connections: {},
	};
	const { id } = await n8n.importWorkflow(workflow);
	await editor.openWorkflow(id, titleOf(0));
	for (const [index, { file }] of own.entries()) {
		await editor.openNode(titleOf(index));
		await editor.settled();
		const panel = editor.part('node-parameters');
		const { x, y, width } = (await panel.boundingBox())!;
		const bottom = await panel.evaluate((element, others) => {
			const parts = [...element.querySelectorAll('*')].filter(
				(part) => part.childElementCount === 0 && !part.closest('a')?.textContent?.includes(others),
			);
			return Math.max(...parts.map((part) => part.getBoundingClientRect().bottom));
		}, FEATURE_REQUEST);
		const png = await editor.page.screenshot({ clip: { x, y, width, height: bottom - y + 16 } });
		await save(file, png);
		await editor.closePanel();
	}
}
