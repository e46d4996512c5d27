/** The Test button of the Aliyun credential, through n8n's own credential test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { sandboxAliyunAccount } from '../../../sandbox/provider/index.ts';
import { isN8n1, startHarness } from '../../harness/index.ts';
import { useProvider } from '../../harness/provider.ts';

const { control, url } = await useProvider();
const n8n = await startHarness();
afterAll(async () => await n8n.stop());
beforeEach(() => control.reset());

const { appCode, appKey, appSecret, headerName, headerSecret } = sandboxAliyunAccount;
const byCode = { authentication: 'appCode', appCodeSecret: appCode };
const byKey = { authentication: 'appKeySecret', appKey, appSecret };
const byHeader = { authentication: 'header', headerName, headerSecret };
const secrets = [appCode, appSecret, headerSecret, 'wrong-secret'];

type Fields = Record<string, string>;
const press = async (fields: Fields = byCode, baseUrl = url) =>
	await n8n.testCredential('aliyunMarketApi', { baseUrl, ...fields });

/** What the test says; it is a failure that tells no secret. */
async function complaint(fields: Fields = byCode, baseUrl = url): Promise<string> {
	const { status, message } = await press(fields, baseUrl);
	expect(status).toBe('Error');
	for (const secret of secrets) expect(message).not.toContain(secret);
	return message;
}

/** What is said of an HTTP status. n8n 1.x keeps the status from the rules of a test, so one text names all that it can be. */
const FOR_ALL = /no reason is told\..*AppCode.*AppKey.*AppSecret.*bought.*package.*clock.*base URL/;
const byStatus = (text: RegExp) => (isN8n1 ? FOR_ALL : text);

const answers: Record<string, [type: string, text: string]> = {
	'/html': ['text/html', '<!doctype html><title>Hello</title>'],
	'/json': ['application/json', '{"ok":true}'],
	'/empty': ['application/octet-stream', ''],
	'/refused': ['application/json', '{"ret":7,"msg":"no","body":null}'],
	'/words': ['application/json', '{"ret":7,"body":"no such thing"}'],
	'/listed': ['application/json', '{"ret":403,"body":[]}'],
};
const page = createServer((request, response) => {
	const [type = '', text = ''] = answers[`/${request.url?.split('/')[1]}`] ?? [];
	response.writeHead(200, { 'content-type': type }).end(text);
});
await new Promise<void>((done) => page.listen(0, '127.0.0.1', done));
const elsewhere = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
afterAll(() => page.close());

describe('is OK', () => {
	it.each<[string, Fields, string, string]>([
		['with an AppCode', byCode, '', 'appCode'],
		['with an AppCode when nothing is chosen', { appCodeSecret: appCode }, '', 'appCode'],
		['with a pasted APPCODE', { ...byCode, appCodeSecret: ` appcode ${appCode}\n` }, '', 'appCode'],
		['with AppKey and AppSecret', byKey, '', 'signature'],
		['with AppKey and AppSecret on another stage', { ...byKey, stage: 'TEST' }, '', 'signature'],
		['with AppKey and AppSecret behind a prefix', byKey, '/aliyun/', 'signature'],
		['with a header', byHeader, '', 'header'],
		['with a slash at the end', byCode, '/', 'appCode'],
		['with /cloud pasted', byKey, '/cloud', 'signature'],
		['with a whole address pasted', byCode, '/aliyun/cloud/aigc_product_brief_query', 'appCode'],
	])('%s', async (_, fields, path, authorization) => {
		expect(await press(fields, url + path)).toEqual({ status: 'OK', message: 'Connection successful!' });
		expect(control.requests()).toMatchObject([
			{ method: 'GET', on: 'list', status: 200, code: 0, authorization, query: '' },
		]);
	});

	it('without authentication, where none is asked for', async () => {
		control.settings({ aliyunAuth: ['none'] });
		expect(await press({ authentication: 'none' })).toMatchObject({ status: 'OK' });
	});

	it('again and again with a signature, since each has a nonce of its own', async () => {
		for (let time = 0; time < 3; time += 1) expect(await press(byKey)).toMatchObject({ status: 'OK' });
	});

	it('and buys nothing', async () => {
		await press();
		expect(control.ledger()).toEqual([]);
	});
});

describe('says in plain words what is wrong', () => {
	it.each<[string, Fields, string, RegExp]>([
		['a wrong AppCode', { ...byCode, appCodeSecret: 'wrong-secret' }, 'A400AC', /AppCode.*\(HTTP 400\)/],
		['a wrong AppKey', { ...byKey, appKey: 'wrong-secret' }, 'A400IK', /AppKey.*\(HTTP 400\)/],
		['a wrong AppSecret', { ...byKey, appSecret: 'wrong-secret' }, 'Invalid Signature', /AppSecret.*\(HTTP 400\)/],
		['a wrong header', { ...byHeader, headerSecret: 'wrong-secret' }, 'I403AA', /\(HTTP 403\)/],
	])('%s', async (_, fields, gateway, text) => {
		expect(await complaint(fields)).toMatch(byStatus(text));
		expect(control.requests()[0]?.gateway).toContain(gateway);
	});

	it.each([-3_600_000, 3_600_000])('a clock that is wrong by %i ms', async (clockOffsetMs) => {
		control.settings({ clockOffsetMs });
		expect(await complaint(byKey)).toMatch(byStatus(/clock/));
		expect(control.requests()[0]?.gateway).toBe('Timestamp Expired');
	});

	it.each<[string, RegExp]>([
		['B403MQ', /package is neither used up nor expired.*\(HTTP 403\)/],
		['I403AA', /API is bought/],
		['A401AC', /AppCode.*\(HTTP 401\)/],
		['I404NF', /base URL.*\(HTTP 404\)/],
		['I405UM', /base URL/],
		['I410GG', /base URL/],
		['T429ID', /too many calls/],
		['B451DO', /blocked/],
		['X500ER', /broke down/],
		['D502FC', /no usable answer/],
		['D503CB', /busy or paused/],
		['D504TO', /in time/],
	])('the gateway refuses with %s and an empty body', async (code, text) => {
		control.faults([{ on: 'list', kind: 'gateway', code, service: 'aliyunPortrait' }]);
		expect(await complaint()).toMatch(byStatus(text));
	});

	it('the service refuses under HTTP 200', async () => {
		control.faults([{ on: 'list', kind: 'code', code: 1001, status: 200, service: 'aliyunPortrait' }]);
		expect(await complaint()).toMatch(/without a list of styles/);
	});
});

describe('is a failure for what is no AI Portrait API', () => {
	it.each<[string, RegExp]>([
		['/html', /not one of the AI Portrait API/],
		['/json', /not one of the AI Portrait API/],
		['/empty', FOR_ALL],
		['/refused', /without a list of styles/],
		['/words', /without a list of styles/],
		['/listed', /ret 403/],
	])('%s', async (path, text) => {
		expect(await complaint(byCode, elsewhere + path)).toMatch(text);
	});

	it('an HTML page with 502', async () => {
		control.faults([{ on: 'list', kind: 'html502' }]);
		expect(await complaint()).toMatch(isN8n1 ? /not one of the AI Portrait API/ : /no usable answer/);
	});

	it('broken JSON', async () => {
		control.faults([{ on: 'list', kind: 'brokenJson' }]);
		expect(await complaint()).toMatch(/not one of the AI Portrait API/);
	});

	it('a path that is not there', async () => {
		expect(await complaint(byCode, `${url}/aliyun/cloud/x`)).toMatch(byStatus(/base URL/));
	});

	it('nobody at that address', async () => {
		expect(await complaint(byCode, 'http://127.0.0.1:1')).toMatch(isN8n1 ? /refused the connection/ : /^ECONNREFUSED$/);
	});
});

describe('names the field that is empty, and sends nothing', () => {
	it.each<[string, Fields, string | undefined]>([
		['Base URL', byCode, ''],
		['Base URL', byKey, '  '],
		['Base URL', byCode, 'example.market.alicloudapi.com'],
		['AppCode', { appCodeSecret: '' }, undefined],
		['AppKey', { ...byKey, appKey: '' }, undefined],
		['AppSecret', { ...byKey, appSecret: '' }, undefined],
		['Header Name', { ...byHeader, headerName: '' }, undefined],
		['Header Value', { ...byHeader, headerSecret: '' }, undefined],
	])('%s', async (field, fields, baseUrl) => {
		expect(await complaint(fields, baseUrl)).toContain(`The field ${field} of the credential`);
		expect(control.requests()).toEqual([]);
	});
});
