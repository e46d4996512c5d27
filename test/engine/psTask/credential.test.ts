/** The Test button of the PS credential, through n8n's own credential test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { sandboxPsAccount, type Settings } from '../../../sandbox/provider/index.ts';
import { isN8n1, NOBODY_THERE, startHarness } from '../../harness/index.ts';
import { useProvider } from '../../harness/provider.ts';

const { control, url } = await useProvider();
const n8n = await startHarness();
afterAll(async () => await n8n.stop());
beforeEach(() => control.reset());

const { token, headerName, headerSecret } = sandboxPsAccount;
const bearer = { authentication: 'bearer', token };
const header = { authentication: 'header', headerName, headerSecret };
const path = '/ps_tasks/result/n8n-credential-test';

type Fields = Record<string, string>;
const press = async (fields: Fields = {}, baseUrl = url) =>
	await n8n.testCredential('psTaskApi', { baseUrl, ...fields });

/** What the test says; it is a failure that tells no secret. */
async function complaint(fields: Fields = {}, baseUrl = url): Promise<string> {
	const { status, message } = await press(fields, baseUrl);
	expect(status).toBe('Error');
	for (const secret of [token, headerSecret, 'wrong-secret']) expect(message).not.toContain(secret);
	return message;
}

const answers: Record<string, [status: number, text: string]> = {
	'/html': [200, '<!doctype html><title>Hello</title>'],
	'/html404': [404, '<!doctype html><title>Not found</title>'],
	'/json404': [404, '{"detail":"Not Found"}'],
	'/empty': [200, ''],
	'/hidden401': [200, '{"code":401,"msg":"Unauthorized","data":{}}'],
	'/text403': [200, '{"code":"403","msg":"Forbidden","data":{}}'],
	'/null': [200, '{"code":null}'],
};
const page = createServer((request, response) => {
	const [status = 500, text = ''] = answers[`/${request.url?.split('/')[1]}`] ?? [];
	response.writeHead(status).end(text);
});
await new Promise<void>((done) => page.listen(0, '127.0.0.1', done));
const elsewhere = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
afterAll(() => page.close());

describe('is OK when the service says that it does not know the task', () => {
	it.each<[string, Partial<Settings>, Fields, string]>([
		['with 404', {}, {}, ''],
		['with 500', { psUnknownTask: 500 }, {}, ''],
		['with HTTP 200 and another code', { psRefusalsUnder200: true }, {}, ''],
		['under message', { psMessageKey: 'message' }, {}, ''],
		['to a token', { psAuth: 'bearer' }, bearer, ''],
		['to a pasted token', { psAuth: 'bearer' }, { ...bearer, token: ` bearer ${token}\n` }, ''],
		['to a header', { psAuth: 'header' }, header, ''],
		['behind a prefix', {}, {}, '/ps/'],
		['with a whole address pasted', {}, {}, '/ps/ps_tasks/submit'],
	])('%s', async (_, settings, fields, suffix) => {
		control.settings(settings);
		expect(await press(fields, url + suffix)).toEqual({ status: 'OK', message: 'Connection successful!' });
		expect(control.requests()).toMatchObject([{ method: 'GET', path: (suffix ? '/ps' : '') + path }]);
	});
});

/** The text for an answer with a failing status: n8n 1.x reads the code in its body instead (docs/n8n.md, Versions). */
const failing = (status: number, words: string) =>
	new RegExp(`${words}\\. .*\\(${isN8n1 ? 'code' : 'HTTP'} ${status}\\)$`);

describe('says in plain words what is wrong', () => {
	it.each<[string, 'bearer' | 'header', Fields, RegExp]>([
		['no token', 'bearer', {}, failing(401, 'the credential is not accepted')],
		['a wrong token', 'bearer', { ...bearer, token: 'wrong-secret' }, failing(403, 'access was refused')],
		['no header', 'header', bearer, failing(401, 'the credential is not accepted')],
		['a wrong header', 'header', { ...header, headerSecret: 'wrong-secret' }, failing(403, 'access was refused')],
	])('%s', async (_, psAuth, fields, text) => {
		control.settings({ psAuth });
		expect(await complaint(fields)).toMatch(text);
	});

	it('too many requests', async () => {
		control.faults([{ on: 'get', kind: 'tooMany' }]);
		expect(await complaint()).toMatch(failing(429, 'too many requests'));
	});

	it('a proxy without the service', async () => {
		control.faults([{ on: 'get', kind: 'html502' }]);
		expect(await complaint()).toMatch(
			isN8n1 ? /not one of the PS Task API/ : failing(502, 'could not be reached behind its address'),
		);
	});

	it.each<[string, RegExp]>([
		['/html', /not one of the PS Task API/],
		['/html404', /not one of the PS Task API/],
		['/json404', /not one of the PS Task API/],
		['/empty', /not one of the PS Task API/],
		['/null', /not one of the PS Task API/],
		['/hidden401', /the credential is not accepted\. .*\(code 401\)$/],
		['/text403', /access was refused\. .*\(code 403\)$/],
	])('%s', async (page, text) => {
		expect(await complaint({}, elsewhere + page)).toMatch(text);
	});

	it('nobody at that address', async () => {
		expect(await complaint({}, 'http://127.0.0.1:1')).toBe(NOBODY_THERE);
	});
});

describe('names the field that is empty, and sends nothing', () => {
	it.each<[string, Fields, string | undefined]>([
		['Base URL', {}, ''],
		['Base URL', {}, 'localhost:23333'],
		['Token', { ...bearer, token: 'Bearer ' }, undefined],
		['Header Name', { ...header, headerName: '' }, undefined],
		['Header Value', { ...header, headerSecret: '' }, undefined],
	])('%s', async (field, fields, baseUrl) => {
		expect(await complaint(fields, baseUrl)).toContain(`The field ${field} of the credential`);
		expect(control.requests()).toEqual([]);
	});
});
