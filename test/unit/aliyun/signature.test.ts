/**
 * The signature: known vectors (docs/services/aliyun-portrait.md, Test vectors), the official client, and a verifier at
 * the other end of the wire.
 */
import { createRequire } from 'node:module';
import type { IHttpRequestOptions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { authenticateAliyun } from '../../../nodes/AliyunPortrait/auth/auth';
import { signRequest } from '../../../nodes/AliyunPortrait/auth/signature';
import type { DeclaredRequest } from '../../../nodes/tasks/util/credential';
import { n8n, startArrivals, verify } from './arrival.ts';

const appKey = '203753385';
const appSecret = 'TestAppSecret0123456789abcdefXYZ';
const key = { appKey, appSecret, stage: 'RELEASE' };
const moment = { nowMs: 1_700_000_000_000, nonce: 'b931bc77-645a-4299-b24b-f3669be577ac' };
const H = `x-ca-key:${appKey}\nx-ca-nonce:${moment.nonce}\nx-ca-stage:RELEASE\nx-ca-timestamp:${moment.nowMs}\n`;
const host = 'https://example.market.alicloudapi.com';

const sign = (request: DeclaredRequest) => signRequest({ baseURL: host, ...request }, key, moment);

describe('the vectors', () => {
	it('V1: a query of a task', () => {
		const body = { task_id: '00e0931c-de26-4e67-9b7e-15f56ea4c0f5' };
		const { request, stringToSign } = sign({ method: 'POST', url: '/cloud/aigc_task_query', body });
		expect(stringToSign).toBe(
			`POST\napplication/json\n06gJUt8M0NDjJTpGrXbN8Q==\napplication/json; charset=UTF-8\n\n${H}/cloud/aigc_task_query`,
		);
		expect(request.headers).toEqual({
			Accept: 'application/json',
			'Content-Type': 'application/json; charset=UTF-8',
			'Content-MD5': '06gJUt8M0NDjJTpGrXbN8Q==',
			'x-ca-key': appKey,
			'x-ca-nonce': moment.nonce,
			'x-ca-stage': 'RELEASE',
			'x-ca-timestamp': '1700000000000',
			'x-ca-signature-headers': 'x-ca-key,x-ca-nonce,x-ca-stage,x-ca-timestamp',
			'x-ca-signature': 'P10o+kgXi3MjGNqpZrbf30IZaLWn35tGbSlEGHXl3dw=',
		});
		expect(String(request.body)).toBe('{"task_id":"00e0931c-de26-4e67-9b7e-15f56ea4c0f5"}');
	});

	it('V2: the styles', () => {
		const { request, stringToSign } = sign({ url: '/cloud/aigc_product_brief_query' });
		expect(stringToSign).toBe(`GET\napplication/json\n\n\n\n${H}/cloud/aigc_product_brief_query`);
		expect(request.headers).toMatchObject({ 'x-ca-signature': 'oSaY20VoNJi7eOea3ajtfpLRxPJMFnOSgVs1Od5F6yQ=' });
		expect(request.headers).not.toHaveProperty('Content-MD5');
		expect(request.headers).not.toHaveProperty('Content-Type');
	});

	it('V5: Chinese text', () => {
		const { request, stringToSign } = sign({
			method: 'POST',
			url: '/cloud/aigc_task_create',
			headers: { 'content-type': 'application/json' },
			body: { user_id: 'U0000000013835', style: '仙气十足' },
		});
		expect(stringToSign).toBe(
			`POST\napplication/json\nbz7imlAQoz2xervWMBtCaQ==\napplication/json\n\n${H}/cloud/aigc_task_create`,
		);
		expect(request.headers).toMatchObject({
			'Content-MD5': 'bz7imlAQoz2xervWMBtCaQ==',
			'x-ca-signature': 'm8chA1bseMxnnk3MtPIBdavmNeORqpq4aG4KCuXxSqE=',
		});
	});
});

interface OfficialOptions {
	data?: unknown;
	query?: unknown;
	headers?: Record<string, string>;
}

interface Official {
	buildStringToSign(...args: unknown[]): string;
	sign(text: string): string;
	buildHeaders(...args: unknown[]): Record<string, string>;
	request(...args: unknown[]): Promise<unknown>;
	get(url: string, options: OfficialOptions): Promise<unknown>;
	post(url: string, options: OfficialOptions): Promise<unknown>;
}

/** The official client, its clock and nonce fixed; it fails at its own request, after signing. */
async function official(method: 'get' | 'post', url: string, options: OfficialOptions = {}) {
	const { Client } = createRequire(import.meta.url)('aliyun-api-gateway') as {
		Client: new (key: string, secret: string, stage?: string) => Official;
	};
	const client = new Client(appKey, appSecret);
	const { buildHeaders, buildStringToSign } = client;
	let headers: Record<string, string> = {};
	let text = '';
	client.buildHeaders = function (own, signed) {
		const fixed = { 'x-ca-timestamp': moment.nowMs, 'x-ca-nonce': moment.nonce };
		headers = buildHeaders.call(this, { ...fixed, ...(own as object) }, signed);
		return headers;
	};
	client.buildStringToSign = function (...args) {
		text = buildStringToSign.apply(this, args);
		throw new Error('signed');
	};
	await expect(client[method](url, options)).rejects.toThrow('signed');
	return { text, signature: client.sign(text), md5: headers['content-md5'] };
}

describe('the official client signs the same text', () => {
	const form = 'application/x-www-form-urlencoded; charset=UTF-8';
	const json = { 'content-type': 'application/json; charset=UTF-8' };

	it.each<[string, DeclaredRequest, Parameters<typeof official>]>([
		['a plain GET', { url: '/cloud/aigc_product_brief_query' }, ['get', `${host}/cloud/aigc_product_brief_query`]],
		[
			'query parameters, unsorted, one empty',
			{ url: '/cloud/x', qs: { b: 2, a: 'ä b&c', Z: '', _: 'x=y' } },
			['get', `${host}/cloud/x`, { query: { b: 2, a: 'ä b&c', Z: '', _: 'x=y' } }],
		],
		[
			'a query in the address as well',
			{ url: '/cloud/x?c=1&a=%E4%BB%99', qs: { b: '+' } },
			['get', `${host}/cloud/x?c=1&a=%E4%BB%99`, { query: { b: '+' } }],
		],
		[
			'a path prefix',
			{ baseURL: `${host}/relay/`, url: '/cloud/x', qs: { a: 1 } },
			['get', `${host}/relay/cloud/x?a=1`],
		],
		[
			'JSON with Chinese text',
			{ method: 'POST', url: '/cloud/x', body: { style: '仙气十足', n: [1, 2] }, headers: json },
			['post', `${host}/cloud/x`, { data: { style: '仙气十足', n: [1, 2] }, headers: json }],
		],
		[
			'JSON and a query',
			{ method: 'POST', url: '/cloud/x', qs: { q: '密钥' }, body: { a: 1 }, headers: json },
			['post', `${host}/cloud/x`, { query: { q: '密钥' }, data: { a: 1 }, headers: json }],
		],
		[
			'a form, with a query',
			{
				method: 'POST',
				url: '/cloud/x',
				qs: { b: 'q', same: 'query' },
				body: { c: '仙 气', a: '', same: 'form' },
				headers: { 'Content-Type': form },
			},
			[
				'post',
				`${host}/cloud/x`,
				{
					query: { b: 'q', same: 'query' },
					data: { c: '仙 气', a: '', same: 'form' },
					headers: { 'content-type': form },
				},
			],
		],
		[
			'bytes',
			{
				method: 'POST',
				url: '/cloud/x',
				body: Buffer.from('bytes'),
				headers: { 'Content-Type': 'application/octet-stream' },
			},
			[
				'post',
				`${host}/cloud/x`,
				{ data: Buffer.from('bytes'), headers: { 'content-type': 'application/octet-stream' } },
			],
		],
	])('%s', async (_, request, args) => {
		const { request: ours, stringToSign } = sign(request);
		const theirs = await official(...args);
		expect(stringToSign).toBe(theirs.text);
		expect(ours.headers?.['x-ca-signature']).toBe(theirs.signature);
		expect(ours.headers?.['Content-MD5']).toBe(theirs.md5);
	});
});

const server = await startArrivals();
const credentials = { authentication: 'appKeySecret', appKey, appSecret, stage: 'RELEASE', baseUrl: server.url };

/** Sends as a declarative node does and verifies what arrived. */
async function arrive(request: Partial<IHttpRequestOptions>, legacy = false) {
	const declared = {
		baseURL: server.url,
		qs: {},
		headers: {},
		returnFullResponse: true,
		...request,
	} as DeclaredRequest;
	const signed = authenticateAliyun(credentials, declared);
	await (legacy ? n8n.requestLegacy(signed) : n8n.request(signed));
	const arrived = server.arrived();
	return { arrived, ...verify(arrived, appSecret) };
}

const multipart = Buffer.from(
	'--b0undary\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n\u00ff\r\n--b0undary--\r\n',
	'latin1',
);

describe('what arrives is what was signed', () => {
	it.each<[string, Partial<IHttpRequestOptions>, string]>([
		['GET', { url: '/cloud/x' }, ''],
		['GET as the engine reads', { url: '/cloud/x', json: true, encoding: 'text', body: {} }, ''],
		['GET with a query', { url: '/cloud/x', qs: { b: '仙 气', a: "it's (ok)!*", c: '' } }, ''],
		[
			'GET with lists in the query',
			{ url: '/cloud/x?z=1#part', qs: { a: ['x', 'y'], o: { p: 1 }, n: null, u: undefined } },
			'',
		],
		['GET with repeated names', { url: '/cloud/x', qs: { a: ['x', 'y'] }, arrayFormat: 'repeat' }, ''],
		['GET with joined lists', { url: '/cloud/x', qs: { a: ['x', 'y'], e: [] }, arrayFormat: 'comma' }, ''],
		['GET with a query of its own', { url: '/cloud/x?b=1+2&a=%e4%bb%99&b=3' }, ''],
		['GET with a body, which n8n drops', { url: '/cloud/x', method: 'GET', body: { a: 1 } }, ''],
		['GET with Chinese text in the path', { url: '/cloud/仙 气' }, ''],
		[
			'POST of JSON',
			{ url: '/cloud/x', method: 'POST', json: true, body: { style: '仙气十足', n: 1 } },
			'{"style":"仙气十足","n":1}',
		],
		[
			'POST of JSON as text, with spaces around',
			{ url: '/x', method: 'POST', body: ' {"a":1} ', headers: { 'content-type': 'application/json' } },
			' {"a":1} ',
		],
		[
			'POST of text that is no JSON',
			{ url: '/x', method: 'POST', json: true, body: 'a{', headers: { 'Content-Type': 'application/json' } },
			'a{',
		],
		['POST of a list', { url: '/x', method: 'POST', body: [1, '二'] }, '[1,"二"]'],
		['POST without a body', { url: '/cloud/x', method: 'POST' }, ''],
		['POST of an empty object, which n8n drops', { url: '/cloud/x', method: 'POST', body: {}, json: true }, ''],
		['POST of bytes', { url: '/x', method: 'POST', body: Buffer.from('bytes') }, 'bytes'],
		[
			'POST of a view of bytes',
			{ url: '/x', method: 'POST', body: new Uint8Array(Buffer.from('bytes')) as Buffer },
			'bytes',
		],
		['PUT of JSON', { url: '/x', method: 'PUT', body: { a: 1 } }, '{"a":1}'],
		['DELETE', { url: '/x', method: 'DELETE', body: {} }, ''],
		[
			'POST of a form',
			{
				url: '/x',
				method: 'POST',
				body: { b: '仙 气+', a: '' },
				headers: { 'content-type': 'application/x-www-form-urlencoded' },
			},
			'b=%E4%BB%99%20%E6%B0%94%2B&a=',
		],
		[
			'POST of a form with a charset',
			{
				url: '/x?q=1',
				method: 'POST',
				body: { b: [1, 2] },
				headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
			},
			'b%5B0%5D=1&b%5B1%5D=2',
		],
		[
			'POST of URLSearchParams',
			{ url: '/x', method: 'POST', body: new URLSearchParams('b=1+2&a=%E4%BB%99') },
			'b=1%202&a=%E4%BB%99',
		],
		[
			'POST of a form as text',
			{ url: '/x', method: 'POST', body: 'b=1&a=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
			'b=1&a=2',
		],
		[
			'POST of text without a type, which n8n sends as a form',
			{ url: '/x', method: 'POST', body: 'b=1&a=2' },
			'b=1&a=2',
		],
		[
			'POST of multipart bytes',
			{
				url: '/cloud/upload_file',
				method: 'POST',
				body: multipart,
				headers: { 'Content-Type': 'multipart/form-data; boundary=b0undary' },
			},
			multipart.toString(),
		],
		['a path prefix, with a slash too many', { baseURL: `${server.url}/relay/`, url: '/cloud/x' }, ''],
	])('%s', async (_, request, body) => {
		const { arrived, wrong } = await arrive(request);
		expect(wrong).toEqual([]);
		expect(arrived.body.toString()).toBe(body);
	});

	it('POST of a FormData, which axios serialises', async () => {
		const form = new FormData();
		form.append('file', new Blob(['photo'], { type: 'image/jpeg' }), 'a.jpg');
		const { arrived, wrong, text } = await arrive({ url: '/cloud/upload_file', method: 'POST', body: form as never });
		expect(wrong).toEqual([]);
		expect(arrived.body.toString()).toContain('filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\nphoto');
		expect(text).toMatch(/^POST\napplication\/json\n\nmultipart\/form-data; boundary=n8n-[\w-]+\n\n/);
	});

	it('headers of the request in other cases are sent once', async () => {
		const { arrived, wrong } = await arrive({
			url: '/x',
			method: 'POST',
			body: { a: 1 },
			headers: {
				ACCEPT: ' text/plain ',
				'CONTENT-type': 'application/json',
				'content-MD5': 'old',
				'X-CA-Key': 'old',
				'X-Ca-Signature-Method': 'HmacSHA1',
				date: 'Tue, 14 Nov 2023 22:13:20 GMT',
				'X-Mine': '1',
			},
		});
		expect(wrong).toEqual([]);
		expect(arrived.headers).toMatchObject({ accept: 'text/plain', 'x-ca-key': appKey, 'x-mine': '1' });
		expect(arrived.headers).not.toHaveProperty('x-ca-signature-method');
	});

	it.each<[string, object]>([
		['GET', { method: 'GET', qs: { a: ['x', 'y'] }, encoding: null, json: false, useStream: true }],
		[
			'POST of JSON',
			{ method: 'POST', body: { a: '仙' }, json: true, headers: { accept: 'application/json,text/*;q=0.99' } },
		],
		['POST of a form', { method: 'POST', form: { b: '仙', a: 1 }, headers: {} }],
	])('of the HTTP Request node: %s', async (_, request) => {
		const { wrong } = await arrive(
			{ baseURL: undefined, uri: `${server.url}/cloud/x`, simple: false, ...request } as never,
			true,
		);
		expect(wrong).toEqual([]);
	});

	it('and signing a signed request again gives a good one with another nonce', async () => {
		const request: DeclaredRequest = {
			baseURL: server.url,
			url: '/x',
			qs: { a: '仙' },
			method: 'POST',
			body: { b: 1 },
		};
		const once = authenticateAliyun(credentials, request);
		const twice = authenticateAliyun(credentials, once);
		await n8n.request(twice);
		expect(verify(server.arrived(), appSecret).wrong).toEqual([]);
		expect(server.arrived().target).toBe('/x?a=%E4%BB%99');
		expect(twice.headers?.['x-ca-nonce']).not.toBe(once.headers?.['x-ca-nonce']);
		expect(request).toEqual({ baseURL: server.url, url: '/x', qs: { a: '仙' }, method: 'POST', body: { b: 1 } });
	});

	it('and the verifier refuses another secret and another body', async () => {
		const { arrived } = await arrive({ url: '/x', method: 'POST', body: { a: 1 } });
		expect(verify(arrived, 'another').wrong[0]).toMatch(/^Invalid Signature/);
		expect(verify({ ...arrived, body: Buffer.from('{}') }, appSecret).wrong).toEqual(['Invalid Content-MD5']);
	});
});

describe('what cannot be signed', () => {
	it.each<[string, object]>([
		['formData of the HTTP Request node', { formData: { file: 'x' } }],
		['an object to be made multipart', { body: { file: 'x' }, headers: { 'content-type': 'multipart/form-data' } }],
	])('%s says so before sending', (_, request) => {
		expect(() => sign({ method: 'POST', url: '/x', ...request })).toThrow(/cannot be signed/);
	});
});
