import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyCredential, signingCredential } from './setup/accounts';
import { open, type Opened } from './setup/surroundings';

const NODE = 'n8n-nodes-kling-aliyun.kling';

/** What this tier reads of a node or credential type as n8n hands it to the editor. */
interface ServedType {
	name: string;
	displayName: string;
	codex?: { alias?: string[]; categories?: string[]; subcategories?: Record<string, string[]> };
	iconUrl?: { light: string; dark: string };
	credentials?: Array<{ name: string }>;
	communityNodePackageVersion?: string;
	supportedNodes?: string[];
}

let opened: Opened;

beforeAll(async () => {
	opened = await open();
});

async function typeNamed(list: 'nodes' | 'credentials', name: string): Promise<ServedType> {
	const { body } = await opened.n8n.http.raw(`/types/${list}.json`);
	const found = (JSON.parse(body.toString('utf8')) as ServedType[]).find((type) => type.name === name);
	if (found === undefined) throw new Error(`n8n lists no ${list} type ${name}`);
	return found;
}

describe('the packed package in a real n8n', () => {
	it('is loaded as a community package, with its node and its credential', async () => {
		const node = await typeNamed('nodes', NODE);
		expect(node).toMatchObject({ displayName: 'Kling', credentials: [{ name: 'klingApi', required: true }] });
		expect(node.communityNodePackageVersion).toMatch(/^\d+\.\d+\.\d+$/);
		expect(await typeNamed('credentials', 'klingApi')).toMatchObject({ displayName: 'Kling API', supportedNodes: [NODE] });
	});

	it('carries the aliases by which the editor finds the node', async () => {
		const { codex } = await typeNamed('nodes', NODE);
		expect(codex?.alias).toEqual(expect.arrayContaining(['可灵', 'outpaint', 'image']));
	});

	it('is not hidden from search: the editor leaves out AI nodes that are no root nodes', async () => {
		const { codex } = await typeNamed('nodes', NODE);
		const visible = codex?.categories?.includes('AI') !== true || codex.subcategories?.AI?.includes('Root Nodes') === true;
		expect(visible, `categories ${JSON.stringify(codex?.categories)}, AI ${JSON.stringify(codex?.subcategories?.AI)}`).toBe(true);
	});

	it.each([
		['nodes', NODE],
		['credentials', 'klingApi'],
	] as const)('serves the light and the dark icon of the %s type as different SVG files', async (list, name) => {
		const { iconUrl } = await typeNamed(list, name);
		const icons = await Promise.all(
			[iconUrl?.light, iconUrl?.dark].map(async (path) => await opened.n8n.http.raw(`/${path}`)),
		);
		for (const { headers, body } of icons) {
			expect(headers['content-type']).toContain('image/svg+xml');
			expect(body.toString('utf8')).toMatch(/<svg[\s>]/);
		}
		expect(icons[0]?.body.equals(icons[1]?.body ?? Buffer.alloc(0))).toBe(false);
	});

	it.each(['multiImageToImage', 'imageExpansion', 'aiMultiShot'].flatMap((resource) =>
		['create', 'get', 'getAll', 'wait'].map((operation) => [resource, operation]),
	))('serves the output schema of %s: %s, with taskId as text', async (resource, operation) => {
		const { body } = await opened.n8n.http.raw(`/schemas/${NODE}/1.0.0/${resource}/${operation}.json`);
		const schema = JSON.parse(body.toString('utf8')) as { properties: Record<string, { type: string }> };
		expect(schema.properties.taskId?.type).toBe('string');
	});
});

describe("n8n's own credential test", () => {
	beforeEach(async () => {
		await opened.provider.reset();
	});

	const test = async (data: Record<string, unknown>) => await opened.n8n.testCredential('klingApi', data);

	it.each([
		['an API key', (url: string) => keyCredential(url)],
		['a signed token', (url: string) => signingCredential(url)],
		['a pasted "Bearer " and a base URL with /v1/', (url: string) => ({ ...keyCredential(`${url}/v1/`), apiKey: `Bearer ${keyCredential(url).apiKey}` })],
		['a relay with a path prefix', (url: string) => keyCredential(`${url}/kling`)],
	])('is passed by %s', async (_, data) => {
		expect(await test(data(opened.providerUrl))).toMatchObject({ status: 'OK' });
	});

	it('costs nothing: it asks for the list only', async () => {
		await test(keyCredential(opened.providerUrl));
		expect((await opened.provider.requests()).map(({ method }) => method)).toEqual(['GET']);
		expect(await opened.provider.ledger()).toEqual([]);
	});

	it('says in 1001 that no key was sent', async () => {
		expect(await test(keyCredential(opened.providerUrl, ''))).toEqual({
			status: 'Error',
			message: expect.stringMatching(/no API key.*1001.*Fill in/s) as string,
		});
	});

	it('names key and region together in 1002, which the service cannot tell apart', async () => {
		const { message, status } = await test(keyCredential(opened.providerUrl, 'wrong-key'));
		expect(status).toBe('Error');
		expect(message).toMatch(/key.*region.*1002/s);
		expect(message).not.toContain('wrong-key');
	});

	// The tokens of this machine are valid from 60 s before to 1800 s after now; the service's clock is put outside.
	it.each([
		{ code: 1003, clockOffsetMs: -600_000, clock: 'fast' },
		{ code: 1004, clockOffsetMs: 7_200_000, clock: 'slow' },
	])('names the $clock clock in $code', async ({ code, clockOffsetMs, clock }) => {
		await opened.provider.settings({ clockOffsetMs });
		const { message, status } = await test(signingCredential(opened.providerUrl));
		expect(status).toBe('Error');
		expect(message).toMatch(new RegExp(`clock.*${clock}.*${code}.*clock`, 'is'));
	});

	it('fails when a web page answers in place of the service', async () => {
		const { url, close } = await serve((_, response) =>
			response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Welcome</title>'),
		);
		try {
			expect(await test(keyCredential(url))).toEqual({
				status: 'Error',
				message: expect.stringMatching(/not one of the Kling API/) as string,
			});
		} finally {
			close();
		}
	});

	it('fails when a proxy answers 502 with a web page', async () => {
		await opened.provider.faults([{ on: 'list', kind: 'html502' }]);
		expect(await test(keyCredential(opened.providerUrl))).toMatchObject({ status: 'Error' });
	});
});

async function serve(listener: RequestListener): Promise<{ url: string; close(): void }> {
	const server = createServer(listener);
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}
