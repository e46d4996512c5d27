import { createRequire } from 'node:module';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { sandboxAliyunAccount, startProvider, type Provider } from '../../../../sandbox/provider';
import { signatureOf } from '../../../../sandbox/provider/aliyun/gateway/signature';
import { stringToSign, type Arrived } from '../../../../sandbox/provider/aliyun/gateway/string-to-sign';
import { photoForm, refusalOf, signed, styleQuery, taskQuery, upload } from '../support/aliyun';
import { send } from '../support/http';

interface OfficialClient {
	get(url: string, options?: object): Promise<unknown>;
	post(url: string, options: object): Promise<unknown>;
}
const { Client } = createRequire(import.meta.url)('aliyun-api-gateway') as {
	Client: new (key: string, secret: string) => OfficialClient;
};

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000], aliyunAuth: ['appKeySecret'] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

describe('test vectors (docs/services/aliyun-portrait.md, Test vectors)', () => {
	const secret = 'TestAppSecret0123456789abcdefXYZ';
	const signedHeaders =
		'x-ca-key:203753385\nx-ca-nonce:b931bc77-645a-4299-b24b-f3669be577ac\nx-ca-stage:RELEASE\nx-ca-timestamp:1700000000000\n';
	const vector = (method: string, url: string, headers: Record<string, string>, body = ''): Arrived => ({
		method,
		url,
		body: Buffer.from(body),
		headers: {
			accept: 'application/json',
			'x-ca-key': '203753385',
			'x-ca-nonce': 'b931bc77-645a-4299-b24b-f3669be577ac',
			'x-ca-stage': 'RELEASE',
			'x-ca-timestamp': '1700000000000',
			'x-ca-signature-headers': 'x-ca-key,x-ca-nonce,x-ca-stage,x-ca-timestamp',
			...headers,
		},
	});
	test.each([
		[
			'V1',
			vector(
				'POST',
				'/cloud/aigc_task_query',
				{ 'content-md5': '06gJUt8M0NDjJTpGrXbN8Q==', 'content-type': 'application/json; charset=UTF-8' },
				'{"task_id":"00e0931c-de26-4e67-9b7e-15f56ea4c0f5"}',
			),
			`POST\napplication/json\n06gJUt8M0NDjJTpGrXbN8Q==\napplication/json; charset=UTF-8\n\n${signedHeaders}/cloud/aigc_task_query`,
			'P10o+kgXi3MjGNqpZrbf30IZaLWn35tGbSlEGHXl3dw=',
		],
		[
			'V2',
			vector('GET', '/cloud/aigc_product_brief_query', {}),
			`GET\napplication/json\n\n\n\n${signedHeaders}/cloud/aigc_product_brief_query`,
			'oSaY20VoNJi7eOea3ajtfpLRxPJMFnOSgVs1Od5F6yQ=',
		],
		[
			'V5',
			vector(
				'POST',
				'/cloud/aigc_task_create',
				{ 'content-md5': 'bz7imlAQoz2xervWMBtCaQ==', 'content-type': 'application/json' },
				'{"user_id":"U0000000013835","style":"仙气十足"}',
			),
			`POST\napplication/json\nbz7imlAQoz2xervWMBtCaQ==\napplication/json\n\n${signedHeaders}/cloud/aigc_task_create`,
			'm8chA1bseMxnnk3MtPIBdavmNeORqpq4aG4KCuXxSqE=',
		],
	])('%s', (_name, request, text, signature) => {
		expect(stringToSign(request)).toBe(text);
		expect(signatureOf(request, secret)).toBe(signature);
	});
});

describe('the official client', () => {
	const client = (secret = sandboxAliyunAccount.appSecret) => new Client(sandboxAliyunAccount.appKey, secret);

	test('is let in with a GET, also with parameters', async () => {
		expect(await client().get(provider.url + styleQuery)).toMatchObject({ ret: 0, body: expect.any(Array) });
		expect(await client().get(provider.url + styleQuery, { query: { b: '二', a: '1 +&', c: '' } })).toMatchObject({
			ret: 0,
		});
		expect(provider.control.requests()).toMatchObject([{ authorization: 'signature', status: 200 }, { status: 200 }]);
	});

	test('is let in with a JSON POST and with a form', async () => {
		const post = async (options: object) => await client().post(provider.url + taskQuery, options);
		expect(await post({ data: { task_id: '无' } })).toMatchObject({ ret: 1002, msg: 'task_id does not exist: 无' });
		const form = {
			headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
			data: { z: 'ä b', a: '1' },
		};
		expect(await post(form)).toMatchObject({ ret: 1001, msg: 'The request body is not valid JSON' });
	});

	test('is refused with a wrong secret, and told what the server signed', async () => {
		await expect(client('wrong').get(provider.url + styleQuery)).rejects.toThrow(
			/error message: Invalid Signature, Server StringToSign:`GET#application\/json####x-ca-key:290000001#x-ca-nonce:.*#\/cloud\/aigc_product_brief_query`/,
		);
	});
});

describe('a signature of our own making', () => {
	const json = { 'Content-Type': 'application/json; charset=UTF-8' };
	const body = '{"task_id":"x"}';
	const get = async (url: string, signing = {}) => await send(provider, url, { headers: signed(url, signing) });
	const post = async (signing: object, change: Record<string, string> = {}) => {
		const headers = { ...signed(taskQuery, { method: 'POST', headers: json, body, ...signing }), ...change };
		return await send(provider, taskQuery, { method: 'POST', headers, body });
	};

	test.each(['sha256', 'sha1'] as const)('is good with %s', async (algorithm) => {
		expect((await get(styleQuery, { algorithm })).json.ret).toBe(0);
	});

	test('signs parameters sorted and not encoded; the first of equal names counts, an empty one stands alone', async () => {
		const resource = `${styleQuery}?a=1 二&b=x=y&c`;
		expect((await get(`${styleQuery}?c=&b=x%3Dy&a=1+%E4%BA%8C&a=2`, { resource })).json.ret).toBe(0);
	});

	test('signs form fields with the parameters of the query, which they beat', async () => {
		const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
		const url = `${taskQuery}?b=query&c=3`;
		const resource = `${taskQuery}?a=ä b&b=form&c=3`;
		const form = 'b=form&a=%C3%A4+b';
		const init = {
			method: 'POST',
			headers: signed(url, { method: 'POST', headers, body: form, resource }),
			body: form,
		};
		expect((await send(provider, url, init)).json.ret).toBe(1001);
	});

	test('signs a multipart request by its path and its Content-Type only', async () => {
		const request = new Request('http://x', { method: 'POST', body: await photoForm() });
		const content = Buffer.from(await request.arrayBuffer());
		const type = { 'Content-Type': request.headers.get('content-type')! };
		const headers = signed(upload, { method: 'POST', headers: type });
		expect((await send(provider, upload, { method: 'POST', headers, body: content })).json.ret).toBe(0);
	});

	test('covers the prefix of a relay', async () => {
		expect((await get(`/aliyun${styleQuery}`)).json.ret).toBe(0);
		expect((await get(`/aliyun${styleQuery}`, { resource: styleQuery })).status).toBe(400);
	});

	test('is refused with a wrong secret or for another body type', async () => {
		expect(refusalOf(await post({ secret: 'wrong' }))).toMatchObject({
			status: 400,
			code: null,
			text: '',
			message: expect.stringMatching(
				/^Invalid Signature, Server StringToSign:`POST#application\/json#[^#]+==#application\/json; charset=UTF-8##X-Ca-Key:/,
			),
		});
		expect((await post({}, { 'Content-Type': 'application/json' })).status).toBe(400);
		expect(provider.control.requests()[0]).toMatchObject({
			status: 400,
			code: null,
			gateway: expect.stringContaining('Invalid Signature'),
		});
	});

	test('is refused if its nonce was used for the same API, and taken for another API', async () => {
		const nonce = 'once';
		expect((await get(styleQuery, { nonce })).status).toBe(200);
		expect(refusalOf(await get(styleQuery, { nonce }))).toMatchObject({ status: 400, message: 'Nonce Used' });
		expect((await post({ nonce })).status).toBe(200);
		provider.control.settings({ clockOffsetMs: 15 * 60_000 });
		expect((await get(styleQuery, { nonce, timestamp: Date.now() + 60_000 })).status).toBe(200);
	});

	test('has used its nonce up when a fault answers instead of the service', async () => {
		provider.control.faults([{ on: 'list', kind: 'gateway', code: 'T429ID', count: 1 }]);
		expect((await get(styleQuery, { nonce: 'again' })).status).toBe(429);
		expect(refusalOf(await get(styleQuery, { nonce: 'again' })).message).toBe('Nonce Used');
	});

	test.each([16, -16])('is refused when its timestamp is %i minutes off, and taken at 14', async (minutes) => {
		expect(refusalOf(await get(styleQuery, { timestamp: Date.now() + minutes * 60_000 }))).toMatchObject({
			status: 400,
			message: 'Timestamp Expired',
		});
		expect((await get(styleQuery, { timestamp: Date.now() + Math.sign(minutes) * 14 * 60_000 })).status).toBe(200);
	});

	test.each([
		[{ 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, 400, null, 'Invalid Content-MD5'],
		[{ 'X-Ca-Key': '1' }, 400, 'A400IK', 'Invalid AppKey'],
		[{ 'X-Ca-Signature': '' }, 401, null, 'Empty Signature'],
		[{ 'X-Ca-Timestamp': 'today' }, 400, null, 'Invalid Timestamp'],
		[{ 'X-Ca-Timestamp': '' }, 400, 'I400MH', 'Missing Header X-Ca-Timestamp'],
		[{ 'X-Ca-Nonce': '' }, 400, 'I400MH', 'Missing Header X-Ca-Nonce'],
		[{ 'X-Ca-Stage': 'LIVE' }, 400, 'I400SG', 'Invalid Stage: LIVE'],
		[{ 'X-Ca-Signature-Method': 'HmacMD5' }, 400, 'I400HD', 'Invalid Header X-Ca-Signature-Method: HmacMD5'],
	])('with %j is refused', async (change, status, code, message) => {
		expect(refusalOf(await post({}, change))).toEqual({ status, code, message, text: '' });
		expect(provider.control.ledger()).toEqual([]);
	});
});
