/**
 * Takes a picture of every example's canvas from the editor of a real n8n into `docs/images/examples/`; with keys as
 * arguments, of these examples alone.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

import { N8nClient, SANDBOX_OWNER } from '../sandbox/n8n/client';
import { startN8n } from '../sandbox/n8n/server';
import type { CredentialReference, Workflow } from '../sandbox/n8n/workflow';
import { readExamples } from '../sandbox/start/examples';
import { openBrowser } from '../test/e2e/setup/browser';
import { Editor } from '../test/e2e/setup/editor';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs', 'images', 'examples');
/** Of the widest picture, in pixels; and the least room around the nodes. */
const WIDTH = 1000;
const MARGIN = 16;
/** What is not the workflow itself. */
const HIDDEN = ['vue-flow__background', 'vue-flow__panel', 'n8n-toast', 'el-notification'].map((name) => `.${name}`);

const asked = process.argv.slice(2);
const examples = (await readExamples()).filter(({ key }) => asked.length === 0 || asked.includes(key));
const userFolder = await mkdtemp(join(tmpdir(), 'kling-example-images-'));
const server = await startN8n({ userFolder, packageDir: root, log: console.log });
try {
	const n8n = await N8nClient.connect(server.url);
	const browser = await openBrowser();
	await browser.page.setViewportSize({ width: 1900, height: 1000 });
	browser.page.setDefaultTimeout(90_000);
	const editor = new Editor(browser.page, server.url);
	await editor.signIn(SANDBOX_OWNER);
	await mkdir(folder, { recursive: true });
	for (const { key, workflow } of examples) {
		const { id } = await n8n.importWorkflow(filledIn(workflow), await credentialsOf(n8n, workflow));
		await editor.openWorkflow(id, workflow.nodes.find(({ type }) => !type.endsWith('.stickyNote'))!.name);
		await browser.page.addStyleTag({ content: `${HIDDEN.join(', ')} { display: none !important; }` });
		await browser.page.waitForTimeout(1_500); // the canvas glides to its place
		const shot = await browser.page.screenshot({ clip: await editor.canvasBox(MARGIN) });
		const picture = await sharp(shot)
			.resize({ width: WIDTH, withoutEnlargement: true })
			.webp({ quality: 60, effort: 6 })
			.toBuffer();
		await writeFile(join(folder, `${key}.webp`), picture);
		console.log(`${key}.webp  ${picture.length.toLocaleString('en')} bytes`);
	}
	await browser.close();
} finally {
	await server.stop();
	await rm(userFolder, { recursive: true, force: true });
}

/** Credentials of every type that the workflow names, so that no node is marked for the lack of one. */
async function credentialsOf(n8n: N8nClient, { nodes }: Workflow): Promise<CredentialReference[]> {
	const named = new Map(nodes.flatMap(({ credentials = {} }) => Object.entries(credentials)));
	return await Promise.all([...named].map(async ([type, { name }]) => await n8n.saveCredential(type, name, {})));
}

/** The workflow with something chosen in every empty list, for the same reason. */
function filledIn(workflow: Workflow): Workflow {
	const text = JSON.stringify(workflow).replaceAll('"mode":"list","value":""', '"mode":"list","value":"chosen"');
	return JSON.parse(text) as Workflow;
}
