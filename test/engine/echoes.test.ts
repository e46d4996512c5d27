/** What a service says never shows what it was sent, breaks nothing, and is short. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { isN8n1, startHarness, withSsrfProtection, type Run, type RunOptions } from '../harness/index.ts';
import { errorOf, factsOf, file, itemsOf, photo, told } from './support.ts';

const n8n = await startHarness();
afterAll(async () => await n8n.stop());

/** What the service answers, given what it was sent. */
let answer: (request: IncomingMessage, body: string) => { status?: number; headers?: object; body: string };
const asked: string[] = [];
/** Values of headers by which requests were signed: they are new each time. */
const signed = new Set<string>();
const server = createServer((request, response) => {
	asked.push(`${request.method} ${request.url}`);
	const { authorization = '', 'x-ca-signature': signature = '' } = request.headers;
	for (const value of [authorization.replace(/^\w+ /, ''), String(signature)]) if (value) signed.add(value);
	const parts: Buffer[] = [];
	request
		.on('data', (part: Buffer) => parts.push(part))
		.on('end', () => {
			const { status = 200, headers = {}, body } = answer(request, String(Buffer.concat(parts)));
			response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
		});
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
afterAll(() => server.close());
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
beforeEach(() => {
	asked.length = 0;
	signed.clear();
});

type Fields = Record<string, string>;
const base64 = photo().toString('base64');
const once = { waitForCompletion: false, downloadImages: false };
const style = { __rl: true, mode: 'id', value: 's' };
const CREATE: Record<string, INodeParameters> = {
	kling: {
		...once,
		resource: 'imageExpansion',
		operation: 'create',
		image: 'data',
		expansionMode: 'ratios',
		upExpansionRatio: 0.5,
	},
	aliyunPortrait: { ...once, resource: 'portrait', operation: 'create', userId: 'U1', style },
	psTask: { ...once, resource: 'task', operation: 'create', imageUrl: 'https://x.test/a.png', prompt: 'p' },
};
const GET: Record<string, INodeParameters> = {
	kling: { resource: 'imageExpansion', operation: 'get', taskId: 't1' },
	aliyunPortrait: { resource: 'portrait', operation: 'get', taskId: 't1' },
	psTask: { resource: 'task', operation: 'get', taskId: 't1' },
};
const basic = Buffer.from('admin:pa55word-0123456789').toString('base64');
const header = (headerSecret: string) => ({ authentication: 'header', headerName: 'X-Api-Key', headerSecret });
const SIGNED_IN: Array<[node: string, credential: string, fields: Fields]> = [
	['kling', 'klingApi', { apiKey: 'k/y+0123456789"密钥'.replace('密钥', '!') }],
	[
		'kling',
		'klingApi',
		{ authentication: 'accessKey', accessKey: 'acc3ss-0123456789', secretKey: 's3cret-0123456789' },
	],
	['aliyunPortrait', 'aliyunMarketApi', { appCodeSecret: 'c0de-0123456789abcdef' }],
	[
		'aliyunPortrait',
		'aliyunMarketApi',
		{ authentication: 'appKeySecret', appKey: '203912345', appSecret: 's1gn-0123456789' },
	],
	['aliyunPortrait', 'aliyunMarketApi', header('Token h34der-0123456789')],
	['psTask', 'psTaskApi', { authentication: 'bearer', token: 't0ken-0123456789' }],
	['psTask', 'psTaskApi', header(`Basic ${basic}`)],
];
const NOT_SECRET = new Set(['authentication', 'headerName', 'region', 'baseUrl']);

async function run(node: string, parameters: INodeParameters | undefined, options: Partial<RunOptions> = {}) {
	return await n8n.run({
		node: `n8n-nodes-kling-aliyun.${node}`,
		parameters,
		items: [{ binary: { data: file() } }],
		...options,
	});
}

describe.each(SIGNED_IN)('%s with %s %j', (node, credential, fields) => {
	const credentials = { [credential]: { ...fields, region: 'custom', baseUrl } };
	const values = Object.entries(fields).flatMap(([name, value]) => (NOT_SECRET.has(name) ? [] : value.split(' ')));
	const secrets = [...values, ...(values.includes(basic) ? ['pa55word-0123456789'] : [])].filter(
		(value) => value.length > 6,
	);

	/** All that it was sent, and the credential in every writing. */
	const echo = (request: IncomingMessage, body: string) =>
		[
			...secrets.flatMap((secret) => [
				secret,
				encodeURIComponent(secret),
				...[secret, `:${secret}`, `a:${secret}`].map((text) => Buffer.from(text).toString('base64')),
			]),
			JSON.stringify(request.headers),
			body,
		].join(' ');

	function expectNothing(run: Run, isRaw = false): void {
		const text = told(run);
		for (const secret of secrets) {
			for (const written of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
				expect(text).not.toContain(written);
			}
			expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, -4));
		}
		for (const value of signed) {
			// With Simplify off, what is not the credential's own stays as it was received.
			if (!isRaw || !value.endsWith('=')) expect(text).not.toContain(value);
		}
		if (!isRaw) expect(text).not.toContain(base64.slice(3_000, 3_060));
	}

	it.each(['create', 'get'])('a refusal that echoes all shows nothing of it: %s', async (operation) => {
		answer = (request, body) => {
			const text = echo(request, body);
			const said = { message: text, msg: text, error: text, request_id: text };
			return { body: JSON.stringify({ code: 1201, ret: 7, ...said, data: { [text]: text } }), status: 400 };
		};
		const result = await run(node, (operation === 'create' ? CREATE : GET)[node], { credentials });
		expect(errorOf(result).message.length).toBeLessThan(500);
		expectNothing(result);
	});

	it.each([
		['as its status', '400', 'code'],
		['as codes', '200', 'text'],
	])('nor does one of a gateway in headers, or with text %s', async (_, status, code) => {
		answer = (request, body) => {
			const text = echo(request, body).replace(/[^ -~]|\s/g, ' ');
			const headers = { 'x-ca-error-message': text.slice(0, 4_000), 'x-ca-request-id': text.slice(0, 4_000) };
			const ret = code === 'text' ? text : 9;
			return { body: JSON.stringify({ code: ret, ret }), status: Number(status), headers };
		};
		expectNothing(await run(node, CREATE[node], { credentials }));
	});

	it.each([true, false])('a task that echoes all shows nothing of the credential, Simplify %s', async (simplify) => {
		answer = (request, body) => {
			const text = echo(request, body);
			const told = { task_status_msg: text, error_message: text, msg: text, message: text, request_id: text };
			const task = {
				...told,
				task_id: 't1',
				id: 't1',
				task_status: 'failed',
				status: 'failed',
				state: 5,
				echo: [text],
			};
			return { body: JSON.stringify({ code: 0, ret: 0, ...told, body: task, data: task }) };
		};
		const result = await run(node, { ...GET[node], simplify }, { credentials });
		const [item] = itemsOf(result);
		expectNothing(result, !simplify);
		if (simplify) expect([...String(item?.json.statusMessage)].length).toBeLessThanOrEqual(301);
		expect(JSON.stringify(item?.json)).toContain('***');
	});
});

it('the raw answer stays as it is but for the values of the credential, also where JSON escapes them', async () => {
	const token = 't0ken/密钥-0123456789';
	const escaped = [...'t0ken-0123456789'].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
	const data = `{"status":"completed","n":203912345,"x":"${escaped}","big":930810057590833241,"list":[1,null,{"a":"b"}]}`;
	answer = () => ({ body: `{"code":200,"msg":"ok","data":${data}}` });
	for (const [own, shown] of [
		[token, { x: 't0ken-0123456789', n: 203_912_345 }],
		['t0ken-0123456789', { x: '***', n: 203_912_345 }],
		['203912345', { x: 't0ken-0123456789', n: '***' }],
	] as const) {
		const credentials = { psTaskApi: { authentication: 'header', headerName: 'X-A', headerSecret: 'x', baseUrl } };
		credentials.psTaskApi.headerSecret = own.replace('密钥', '');
		const [item] = itemsOf(await run('psTask', { ...GET.psTask, simplify: false }, { credentials }));
		const list = [1, null, { a: 'b' }];
		expect(item?.json).toEqual({
			code: 200,
			msg: 'ok',
			data: { status: 'completed', big: '930810057590833241', list, ...shown },
		});
	}
});

describe('an answer that is nested', () => {
	const credentials = {
		klingApi: { region: 'custom', apiKey: 'k', baseUrl },
		aliyunMarketApi: { appCodeSecret: 'c', baseUrl },
		psTaskApi: { baseUrl },
	};
	const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

	it.each([150, 5_000, 100_000])(
		'in %i levels, as a refusal or a success, makes no create be sent twice by Retry On Fail',
		async (levels) => {
			for (const node of ['aliyunPortrait', 'psTask']) {
				for (const code of [0, 7]) {
					asked.length = 0;
					answer = () => ({ body: `{"ret":${code},"code":${code},"msg":${nested(levels)},"body":${nested(levels)}}` });
					const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };
					const error = errorOf(await run(node, CREATE[node], { credentials, ...retry }));
					expect(factsOf(error)).toMatchObject({ taskState: 'may-exist' });
					expect(asked).toHaveLength(1);
				}
			}
		},
	);
});

// n8n 1.x has none.
const describeOn2 = isN8n1 ? () => undefined : describe;

describeOn2("n8n's own SSRF protection", () => {
	const credentials = {
		klingApi: { region: 'custom', apiKey: 'k', baseUrl },
		aliyunMarketApi: { appCodeSecret: 'c', baseUrl },
		psTaskApi: { baseUrl },
	};
	const upload = { resource: 'photo', operation: 'upload' };
	const CASES = [CREATE, GET].flatMap((operations) => Object.entries(operations));

	it.each([...CASES, ['aliyunPortrait', upload] as const])(
		'that is on: %s %j sends nothing, once, and names the settings',
		async (node, parameters) => {
			const result = await withSsrfProtection(async () => await run(node, parameters, { credentials }));
			const error = errorOf(result);
			expect(error.message).toContain("n8n's SSRF protection does not allow the address");
			expect(error.description).toContain('N8N_SSRF_ALLOWED_HOSTNAMES');
			expect(error.description).toContain('N8N_SSRF_ALLOWED_IP_RANGES');
			expect(factsOf(error)).toMatchObject({ retryable: false });
			if (parameters.operation !== 'get') expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
			expect(asked).toEqual([]);
			expect(result.ownMs).toBeLessThan(12_000);
		},
	);
});
