/** The binary mode of queue mode, where n8n keeps files in its database. File system mode is that of all other files. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { N8nClient } from '../../sandbox/n8n/client';
import { outputOf } from '../../sandbox/n8n/execution';
import { startN8n, type N8nServer } from '../../sandbox/n8n/server';
import { keyCredential } from './setup/accounts';
import { open, type Opened } from './setup/surroundings';
import { EXPANSION, taskWorkflow, TRIGGER } from './setup/workflows';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const RESULT_BYTES = 6_000_000;

let opened: Opened;
let server: N8nServer;
let userFolder: string;

beforeAll(async () => {
	opened = await open();
	userFolder = await mkdtemp(join(tmpdir(), 'kling-e2e-database-'));
	server = await startN8n({ userFolder, packageDir: root, env: { N8N_DEFAULT_BINARY_DATA_MODE: 'database' } });
});

afterAll(async () => {
	await server?.stop();
	await rm(userFolder, { recursive: true, force: true });
});

it.each(['at once', 'after its download was cut off in the middle'])(
	'a picture of several MB goes into the database %s and comes back whole',
	async (how) => {
		await opened.provider.faults(how === 'at once' ? [] : [{ on: 'file', kind: 'dropAfter', count: 1 }]);
		await opened.provider.settings({ resultBytes: RESULT_BYTES });
		const n8n = await N8nClient.connect(server.url);
		const credential = await n8n.saveCredential('klingApi', 'Kling', keyCredential(opened.providerUrl));
		const item = { photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt: 'a calm sea' };
		const workflow = taskWorkflow('Database mode', [item], EXPANSION, credential);
		const execution = await n8n.runToEnd((await n8n.importWorkflow(workflow)).id, TRIGGER);
		expect(execution.status).toBe('success');
		const [result] = outputOf(execution, 'Kling');
		const field = result?.binary?.image;
		expect(field?.id).toMatch(/^database:/);
		const picture = await n8n.download(field!);
		expect(picture.length).toBeGreaterThanOrEqual(RESULT_BYTES);
		expect(await sharp(picture).stats()).toMatchObject({ isOpaque: true });
	},
);
