import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
	aliyunHeaderCredential,
	appCodeCredential,
	appKeyCredential,
	keyCredential,
	openPsCredential,
	psHeaderCredential,
	signingCredential,
	tokenCredential,
} from './setup/accounts';
import { open, type Opened } from './setup/surroundings';

const PACKAGE = 'n8n-nodes-kling-aliyun';
const KLING = `${PACKAGE}.kling`;

const NODES = [
	{ node: KLING, label: 'Kling', credential: 'klingApi', api: 'Kling API', aliases: ['可灵', 'outpaint', 'image'] },
	{
		node: `${PACKAGE}.aliyunPortrait`,
		label: 'Aliyun AI Portrait',
		credential: 'aliyunMarketApi',
		api: 'Aliyun Market API',
		aliases: ['阿里云', '写真', 'headshot'],
	},
	{
		node: `${PACKAGE}.psTask`,
		label: 'PS Task',
		credential: 'psTaskApi',
		api: 'PS Task API',
		aliases: ['修图', 'retouch', 'image'],
	},
];

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

const lists = new Map<string, Promise<ServedType[]>>();

/** All types of n8n with ours among them: megabytes, so that they are fetched once. */
async function served(list: 'nodes' | 'credentials'): Promise<ServedType[]> {
	const { body } = await opened.n8n.http.raw(`/types/${list}.json`);
	return JSON.parse(body.toString('utf8')) as ServedType[];
}

async function typeNamed(list: 'nodes' | 'credentials', name: string): Promise<ServedType> {
	const types = lists.get(list) ?? served(list);
	lists.set(list, types);
	const found = (await types).find((type) => type.name === name);
	if (found === undefined) throw new Error(`n8n lists no ${list} type ${name}`);
	return found;
}

describe('the packed package in a real n8n', () => {
	it('has all its nodes', async () => {
		const types = [
			'aliyunPortrait',
			'aliyunPortraitTrigger',
			'kling',
			'klingCallbackTrigger',
			'klingTrigger',
			'psTask',
		];
		const all = await opened.n8n.nodeTypes();
		expect(all).toEqual(expect.arrayContaining(types.map((type) => `${PACKAGE}.${type}`)));
	});

	it.each(NODES)(
		'is loaded as a community package, with $label and its credential',
		async ({ node, label, credential, api }) => {
			const type = await typeNamed('nodes', node);
			expect(type).toMatchObject({ displayName: label, credentials: [{ name: credential, required: true }] });
			expect(type.communityNodePackageVersion).toMatch(/^\d+\.\d+\.\d+$/);
			expect((await typeNamed('credentials', credential)).displayName).toBe(api);
			expect((await typeNamed('credentials', credential)).supportedNodes).toContain(node);
		},
	);

	it.each(NODES)('carries the aliases by which the editor finds $label', async ({ node, aliases }) => {
		const { codex } = await typeNamed('nodes', node);
		expect(codex?.alias).toEqual(expect.arrayContaining(aliases));
	});

	it.each(NODES)(
		'does not hide $label from search: the editor leaves out AI nodes that are no root nodes',
		async ({ node }) => {
			const { codex } = await typeNamed('nodes', node);
			const visible =
				codex?.categories?.includes('AI') !== true || codex.subcategories?.AI?.includes('Root Nodes') === true;
			expect(
				visible,
				`categories ${JSON.stringify(codex?.categories)}, AI ${JSON.stringify(codex?.subcategories?.AI)}`,
			).toBe(true);
		},
	);

	it.each(NODES.flatMap(({ node, credential }) => [['nodes', node] as const, ['credentials', credential] as const]))(
		'serves the light and the dark icon of the %s type %s as different SVG files',
		async (list, name) => {
			const { iconUrl } = await typeNamed(list, name);
			const icons = await Promise.all(
				[iconUrl?.light, iconUrl?.dark].map(async (path) => await opened.n8n.http.raw(`/${path}`)),
			);
			for (const { headers, body } of icons) {
				expect(headers['content-type']).toContain('image/svg+xml');
				expect(body.toString('utf8')).toMatch(/<svg[\s>]/);
			}
			expect(icons[0]?.body.equals(icons[1]?.body ?? Buffer.alloc(0))).toBe(false);
		},
	);

	it.each(
		['imageGeneration', 'omniImage', 'multiImageToImage', 'imageExpansion', 'aiMultiShot'].flatMap((resource) =>
			['create', 'get', 'getAll', 'wait'].map((operation) => [resource, operation]),
		),
	)('serves the output schema of %s: %s, with taskId as text', async (resource, operation) => {
		const { body } = await opened.n8n.http.raw(`/schemas/${KLING}/1.0.0/${resource}/${operation}.json`);
		const schema = JSON.parse(body.toString('utf8')) as { properties: Record<string, { type: string }> };
		expect(schema.properties.taskId?.type).toBe('string');
	});

	it.each(['klingTrigger/1.0.0', 'klingCallbackTrigger/1.0.0/imageExpansion', 'aliyunPortraitTrigger/1.0.0'])(
		'serves the output schema of the trigger %s',
		async (path) => {
			const { body } = await opened.n8n.http.raw(`/schemas/n8n-nodes-kling-aliyun.${path}.json`);
			expect(JSON.parse(body.toString('utf8'))).toMatchObject({ properties: { taskId: { type: 'string' } } });
		},
	);
});

describe("n8n's own credential test", () => {
	beforeEach(async () => {
		await opened.provider.reset();
	});

	const test = async (data: Record<string, unknown>) => await opened.n8n.testCredential('klingApi', data);

	it.each([
		['an API key', (url: string) => keyCredential(url)],
		['a signed token', (url: string) => signingCredential(url)],
		[
			'a pasted "Bearer " and a base URL with /v1/',
			(url: string) => ({ ...keyCredential(`${url}/v1/`), apiKey: `Bearer ${keyCredential(url).apiKey}` }),
		],
		['a relay with a path prefix', (url: string) => keyCredential(`${url}/kling`)],
	])('is passed by %s', async (_, data) => {
		expect(await test(data(opened.providerUrl))).toMatchObject({ status: 'OK' });
	});

	it('costs nothing: it asks for the list only', async () => {
		await test(keyCredential(opened.providerUrl));
		expect((await opened.provider.requests()).map(({ method }) => method)).toEqual(['GET']);
		expect(await opened.provider.ledger()).toEqual([]);
	});

	it('names the field that is empty but for spaces, before anything is sent; n8n itself asks for one that is empty', async () => {
		await expect(test(keyCredential(opened.providerUrl, ''))).rejects.toThrow(/apiKey/);
		expect(await test(keyCredential(opened.providerUrl, '   '))).toEqual({
			status: 'Error',
			message: expect.stringMatching(/The field API Key of the credential is empty\. Fill it in/) as string,
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
		expect(message).toMatch(new RegExp(`clock.*is ${clock}.*Set the clock.*code ${code}`, 's'));
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

describe("n8n's own test of the Aliyun credential", () => {
	beforeEach(async () => {
		await opened.provider.reset();
	});

	const test = async (data: Record<string, unknown>) => await opened.n8n.testCredential('aliyunMarketApi', data);

	it.each([
		['an AppCode', appCodeCredential],
		[
			'a pasted "APPCODE " and a base URL with /cloud/',
			(url: string) => ({
				...appCodeCredential(`${url}/cloud/`),
				appCodeSecret: `APPCODE ${appCodeCredential(url).appCodeSecret}`,
			}),
		],
		['a signature', appKeyCredential],
		['a header of its own', aliyunHeaderCredential],
		['a relay with a path prefix', (url: string) => appCodeCredential(`${url}/aliyun`)],
	])('is passed by %s', async (_, data) => {
		expect(await test(data(opened.providerUrl))).toMatchObject({ status: 'OK' });
	});

	it('takes one call, the style query', async () => {
		await test(appCodeCredential(opened.providerUrl));
		expect((await opened.provider.requests()).map(({ method, resource }) => [method, resource])).toEqual([
			['GET', 'style'],
		]);
		expect(await opened.provider.ledger()).toEqual([]);
	});

	it.each([
		['AppCode', (url: string) => appCodeCredential(url, 'wrong-app-code')],
		['AppSecret', (url: string) => appKeyCredential(url, 'wrong-app-secret')],
	])('names a wrong %s without repeating it', async (what, data) => {
		const { message, status } = await test(data(opened.providerUrl));
		expect(status).toBe('Error');
		expect(message).toContain(what);
		expect(message).not.toMatch(/wrong-app/);
	});

	it('names the clock when the signature has expired', async () => {
		await opened.provider.settings({ clockOffsetMs: 7_200_000 });
		expect(await test(appKeyCredential(opened.providerUrl))).toMatchObject({
			status: 'Error',
			message: expect.stringMatching(/clock/) as string,
		});
	});

	it('names the package when its quota is used up', async () => {
		await opened.provider.faults([{ on: 'list', kind: 'gateway', code: 'B403MQ' }]);
		expect(await test(appCodeCredential(opened.providerUrl))).toMatchObject({
			status: 'Error',
			message: expect.stringMatching(/package/) as string,
		});
	});
});

describe("n8n's own test of the PS credential", () => {
	beforeEach(async () => {
		await opened.provider.reset();
	});

	const test = async (data: Record<string, unknown>) => await opened.n8n.testCredential('psTaskApi', data);

	it.each([
		['no sign-in', 'none', openPsCredential],
		['a token', 'bearer', tokenCredential],
		['a header of its own', 'header', psHeaderCredential],
	] as const)('is passed by %s', async (_, psAuth, data) => {
		await opened.provider.settings({ psAuth });
		expect(await test(data(opened.providerUrl))).toMatchObject({ status: 'OK' });
	});

	it('is passed when the service calls an unknown task 500, and costs nothing', async () => {
		await opened.provider.settings({ psUnknownTask: 500 });
		expect(await test(openPsCredential(opened.providerUrl))).toMatchObject({ status: 'OK' });
		expect(await opened.provider.ledger()).toEqual([]);
	});

	it('names the token that is not accepted without repeating it', async () => {
		await opened.provider.settings({ psAuth: 'bearer' });
		const { message, status } = await test(tokenCredential(opened.providerUrl, 'wrong-token'));
		expect(status).toBe('Error');
		expect(message).toMatch(/the token/);
		expect(message).not.toContain('wrong-token');
	});

	it('fails when a web page answers in place of the service', async () => {
		expect(await test(openPsCredential(opened.n8nUrl))).toMatchObject({ status: 'Error' });
	});
});

async function serve(listener: RequestListener): Promise<{ url: string; close(): void }> {
	const server = createServer(listener);
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}
