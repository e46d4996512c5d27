/**
 * From an empty canvas to the first image, as a person gets there who has just installed the package: what is clicked and
 * entered is counted, beside the same way with n8n's own OpenAI node. The steps and their times are written to test/output.
 */
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { N8nClient, SANDBOX_OWNER } from '../../sandbox/n8n/client';
import { startN8n, type N8nServer } from '../../sandbox/n8n/server';
import { PATIENCE } from '../harness/patience';
import { sandboxAccount } from './setup/accounts';
import { openBrowser, screenshots, type Browser } from './setup/browser';
import { Editor } from './setup/editor';
import { open, type Opened } from './setup/surroundings';
import { Walk } from './setup/walk';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

let opened: Opened;
let userFolder: string;
let server: N8nServer;
let browser: Browser;
let editor: Editor;
let n8n: N8nClient;
let openAi: Server;
const tables: string[] = [];

const PROMPT = 'A red kettle on a blue table, morning light';

beforeAll(async () => {
	opened = await open();
	userFolder = await mkdtemp(join(tmpdir(), 'kling-e2e-first-'));
	server = await startN8n({ userFolder, packageDir: root, log: console.log });
	n8n = await N8nClient.connect(server.url);
	browser = await openBrowser();
	editor = new Editor(browser.page, server.url);
	await editor.signIn(SANDBOX_OWNER);
	openAi = await startOpenAi();
});

afterAll(async () => {
	openAi?.close();
	await browser?.close();
	await server?.stop();
	await rm(userFolder, { recursive: true, force: true });
	await writeFile(join(screenshots, '..', 'first-image.txt'), `${tables.join('\n\n')}\n`);
});

/** Answers as OpenAI does to a list of models and to an image generation. */
async function startOpenAi(): Promise<Server> {
	const png = await sharp({ create: { width: 1024, height: 1024, channels: 3, background: '#336699' } })
		.png()
		.toBuffer();
	const answer = JSON.stringify({ created: 1_700_000_000, data: [{ b64_json: png.toString('base64') }] });
	const made = createServer((request, response) => {
		response.setHeader('Content-Type', 'application/json');
		response.end(request.method === 'POST' ? answer : '{"object":"list","data":[]}');
	});
	await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
	return made;
}

/** What one node asks of a person on the way to the first image. */
interface Way {
	search: string;
	node: string;
	/** What must be opened in the node's details before its actions are seen. */
	section?: RegExp;
	action: string;
	connect: string;
	/** Fields of the credential that lead to the stand-in. */
	standIn: () => Promise<void>;
	key: { field: string; value: string };
}

const dialog = () => editor.part('credential-edit-dialog');

async function enterCredential(field: string, value: string): Promise<void> {
	await editor.part(`parameter-input-${field}`, dialog()).locator('input').first().fill(value);
}

/** Goes the way in an empty workflow; gives the parameters of the node that n8n has stored then. */
async function walkTo(way: Way): Promise<{ walk: Walk; parameters: Record<string, unknown> }> {
	const { page } = browser;
	const walk = new Walk(editor, way.node);
	await page.goto(`${server.url}/workflow/new`);
	await editor.part('canvas-plus-button').waitFor();
	await walk.click('Add first step', async () => {
		await editor.part('canvas-plus-button').click();
		await editor.part('node-creator-search-bar').waitFor();
	});
	await walk.enter(`Search for "${way.search}"`, async () => {
		await editor.search(way.search);
		await editor.found(way.node).waitFor();
	});
	await walk.click(way.node, async () => {
		await editor.found(way.node).click();
		await (way.section ? page.getByText(way.section) : editor.action(way.action)).waitFor();
	});
	if (way.section) {
		await walk.click('Actions', async () => {
			await page.getByText(way.section!).click();
			await editor.action(way.action).waitFor();
		});
	}
	await walk.click(way.action, async () => {
		await editor.action(way.action).click();
		await editor.part('node-parameters').waitFor();
	});
	await walk.click(way.connect, async () => {
		await page.getByText(way.connect).click();
		await dialog().waitFor();
	});
	await walk.apart('Address of the stand-in for the service', way.standIn);
	await walk.enter('API Key', async () => await enterCredential(way.key.field, way.key.value));
	await walk.click('Save', async () => {
		await editor.part('credential-save-button').click();
		await dialog().waitFor({ state: 'hidden' });
	});
	await walk.enter('Prompt', async () => await editor.setText('prompt', PROMPT));
	await walk.click('Execute step', async () => {
		await editor.part('node-execute-button').first().click();
		await editor.part('ndv-view-binary-data', editor.output()).waitFor();
	});
	await walk.click('View', async () => {
		await editor.part('ndv-view-binary-data', editor.output()).first().click();
		const image = page.locator('img[src*="/rest/binary-data"], img[src^="data:image/"]').first();
		await image.waitFor();
		await image.evaluate(async (shown) => await (shown as HTMLImageElement).decode());
	});
	tables.push(walk.table());
	const id = new URL(page.url()).pathname.split('/')[2]!;
	await expect.poll(async () => (await n8n.workflow(id))?.nodes.length, PATIENCE).toBe(2);
	const nodes = (await n8n.workflow(id))?.nodes ?? [];
	return { walk, parameters: nodes.find(({ type }) => !type.endsWith('manualTrigger'))!.parameters };
}

describe('the way to the first image', () => {
	it('takes at most 12 clicks and entries, and no parameter but the prompt', async () => {
		const { walk, parameters } = await walkTo({
			search: 'kling',
			node: 'Kling',
			section: /^Actions \(\d+\)$/,
			action: 'Generate an image',
			connect: 'Connect to Kling',
			standIn: async () => {
				await editor.choose('region', 'Custom');
				await enterCredential('baseUrl', opened.providerUrl);
			},
			key: { field: 'apiKey', value: sandboxAccount.apiKey },
		});
		expect(walk.count).toBeLessThanOrEqual(12);
		// n8n itself stores empty collections.
		expect(parameters).toEqual({ prompt: PROMPT, options: {}, requestOptions: {} });
		expect(await opened.provider.ledger()).toMatchObject([{ request: { prompt: PROMPT, n: 1 } }]);
	});

	it("is as long as that of n8n's own OpenAI node, but for one click on its actions", async () => {
		const { walk } = await walkTo({
			search: 'openai',
			node: 'OpenAI',
			action: 'Generate an image',
			connect: 'Connect to OpenAI',
			standIn: async () =>
				await enterCredential('url', `http://127.0.0.1:${(openAi.address() as AddressInfo).port}/v1`),
			key: { field: 'apiKey', value: 'sk-none' },
		});
		expect(walk.count).toBe(10);
	});
});
