/**
 * What users send with our credentials from n8n's HTTP Request node. The node itself runs in test/e2e/http-request.test.ts;
 * here its requests, in the form in which it hands them to n8n, with every kind of body.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { IDataObject, IExecuteFunctions, INodeType, IRequestOptions } from 'n8n-workflow';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import type { Authorization, Settings } from '../../sandbox/provider/index.ts';
import * as accounts from '../e2e/setup/accounts.ts';
import { startHarness } from '../harness/index.ts';
import { useProvider } from '../harness/provider.ts';
import { errorOf, itemsOf, photo } from './support.ts';

const provider = await useProvider();
const n8n = await startHarness();
afterAll(async () => await n8n.stop());

const arrived: string[] = [];
const elsewhere = createServer(({ url }, response) => {
	arrived.push(String(url));
	response.end('{}');
});
await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
afterAll(() => elsewhere.close());
const elsewhereUrl = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
beforeEach(() => {
	provider.control.reset();
	arrived.length = 0;
});

const TYPES = ['klingApi', 'aliyunMarketApi', 'psTaskApi'];
const NODE = 'test.request';
/** What the node sends next: streams and buffers cannot stand in parameters. */
let next: IRequestOptions = {};
const requestNode: INodeType = {
	description: {
		displayName: 'Request',
		name: 'request',
		description: '',
		group: ['transform'],
		version: 1,
		defaults: { name: 'Request' },
		inputs: ['main'],
		outputs: ['main'],
		credentials: TYPES.map((name) => ({ name })),
		properties: [],
	},
	async execute(this: IExecuteFunctions) {
		const [type = ''] = Object.keys(this.getNode().credentials ?? {});
		const options: IRequestOptions = {
			headers: { accept: 'application/json,text/*;q=0.99' },
			gzip: true,
			rejectUnauthorized: true,
			followRedirect: true,
			followAllRedirects: true,
			resolveWithFullResponse: true,
			simple: false,
			timeout: 300_000,
			...next,
		};
		const answer = (await this.helpers.requestWithAuthentication.call(
			this,
			type,
			options,
			undefined,
			0,
		)) as IDataObject;
		return [[{ json: { statusCode: answer.statusCode } }]];
	},
};
n8n.package.nodes.set(NODE, requestNode);

interface Way {
	type: string;
	data: (baseUrl: string) => Record<string, string>;
	seen: Authorization;
	settings?: Partial<Settings>;
	/** An endpoint that asks who it is before it looks at the body. */
	path: string;
	/** Something to read. */
	list: string;
}
const kling = { type: 'klingApi', path: '/v1/images/generations', list: '/v1/images/generations' };
const aliyun = { type: 'aliyunMarketApi', path: '/cloud/aigc_task_query', list: '/cloud/aigc_product_brief_query' };
const ps = { type: 'psTaskApi', path: '/ps_tasks/submit', list: '/ps_tasks/result/nobody' };
const WAYS: Record<string, Way> = {
	'Kling, API key': { ...kling, data: accounts.keyCredential, seen: 'key' },
	'Kling, access key and secret key': { ...kling, data: accounts.signingCredential, seen: 'jwt' },
	'Aliyun, AppCode': { ...aliyun, data: accounts.appCodeCredential, seen: 'appCode' },
	'Aliyun, AppKey and AppSecret': { ...aliyun, data: accounts.appKeyCredential, seen: 'signature' },
	'Aliyun, header': { ...aliyun, data: accounts.aliyunHeaderCredential, seen: 'header' },
	'PS Task, token': { ...ps, data: accounts.tokenCredential, seen: 'bearer', settings: { psAuth: 'bearer' } },
	'PS Task, header': { ...ps, data: accounts.psHeaderCredential, seen: 'header', settings: { psAuth: 'header' } },
};

const formData = () => ({ file: { value: photo(), options: { filename: 'a.jpg', contentType: 'image/jpeg' } } });
const file = { 'content-type': 'image/jpeg', 'content-length': photo().length };
const BODIES: Record<string, () => IRequestOptions> = {
	JSON: () => ({ json: true, body: { prompt: 'ein Kätzchen 猫' } }),
	'a form': () => ({ json: true, form: { prompt: 'ein Kätzchen 猫', n: 1 } }),
	'raw text': () => ({
		json: false,
		useStream: true,
		body: '{"prompt":"猫"}',
		headers: { 'content-type': 'text/plain' },
	}),
	'a file in memory': () => ({ json: true, body: photo(), headers: file }),
	'a stored file': () => ({ json: true, body: Readable.from([photo()]), headers: file }),
};

describe.each(Object.entries(WAYS))('%s', (_, { type, data, seen, settings = {}, path, list }) => {
	const send = async (uri: string, options: IRequestOptions = {}) => {
		provider.control.settings(settings);
		next = { method: 'POST', uri, ...options };
		return await n8n.run({ node: NODE, credentials: { [type]: data(provider.url) } });
	};
	const admitted = (request: object) => {
		const [got] = provider.control.requests();
		expect(got).toMatchObject({ ...request, authorization: seen });
		expect(got?.gateway).toBeUndefined();
		expect([401, 403]).not.toContain(got?.status);
	};

	it.each(Object.entries(BODIES))('signs in with %s', async (_, options) => {
		itemsOf(await send(provider.url + path, options()));
		admitted({ method: 'POST', path });
	});

	if (seen === 'signature') {
		it('refuses a form with a file, which cannot be signed, unsent', async () => {
			const error = errorOf(await send(provider.url + path, { json: true, formData: formData() }));
			expect(error.message).toContain('cannot be signed');
			expect(provider.control.requests()).toEqual([]);
		});
	} else {
		it('signs in with a form with a file', async () => {
			itemsOf(await send(provider.url + path, { json: true, formData: formData() }));
			admitted({ method: 'POST', path });
		});
	}

	it('signs in with a query', async () => {
		itemsOf(await send(`${provider.url}${list}?b=2&a=1`, { method: 'GET', qs: { c: ['x', '二 +&'] }, json: true }));
		admitted({ method: 'GET', path: list });
	});

	it.each([
		['another host', () => elsewhereUrl],
		['a host that only begins alike', () => elsewhereUrl.replace('127.0.0.1', '127.0.0.1.localhost')],
		['a host behind a user', () => `${provider.url}@${new URL(elsewhereUrl).host}`],
		['another scheme', () => provider.url.replace('http:', 'https:')],
	])('is refused for %s in words, and nothing is sent', async (_, to) => {
		const error = errorOf(await send(`${to()}/steal`, { json: true }));
		expect(error.message).toMatch(/^The credential is for another (host|scheme).*nothing was sent/);
		expect(error.message).toContain(`Enter an address that begins with ${provider.url}`);
		expect([arrived, provider.control.requests()]).toEqual([[], []]);
	});
});
