/** The Test button of the credential, through n8n's own credential test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';

import { NOBODY_THERE } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import { accessKey, apiKey, secretKey, start } from './support.ts';

const { n8n, control, provider } = await start();
const keys = { authentication: 'accessKey', apiKey: '', accessKey, secretKey };

const page = createServer((request, response) => {
	const json = request.url?.startsWith('/json');
	response
		.writeHead(200, { 'content-type': json ? 'application/json' : 'text/html' })
		.end(json ? '{"ok":true}' : '<!doctype html><title>Hello</title>');
});
await new Promise<void>((done) => page.listen(0, '127.0.0.1', done));
const elsewhere = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
afterAll(() => page.close());

const press = async (overrides: Record<string, string> = {}, url = provider.url) =>
	await n8n.testCredential('klingApi', klingCredentials(url, overrides).klingApi);

describe('is OK', () => {
	it.each<[string, Record<string, string>, string]>([
		['with an API key', {}, ''],
		['with a key pasted with Bearer', { apiKey: `Bearer ${apiKey}` }, ''],
		['with white space around the key', { apiKey: `  ${apiKey}\n` }, ''],
		['with access key and secret key', keys, ''],
		['with a slash at the end of the base URL', {}, '/'],
		['with /v1 pasted', {}, '/v1'],
		['with /v1/ pasted', keys, '/v1/'],
		['with the prefix of a relay', {}, '/kling'],
		['with prefix, /v1 and slash', keys, '/kling/v1/'],
	])('%s', async (_, overrides, path) => {
		expect(await press(overrides, provider.url + path)).toEqual({ status: 'OK', message: 'Connection successful!' });
		const [request] = control.requests();
		expect(control.requests()).toHaveLength(1);
		expect(request).toMatchObject({ method: 'GET', query: 'pageNum=1&pageSize=1', status: 200, code: 0 });
		expect(request?.path).toBe(`${path.startsWith('/kling') ? '/kling' : ''}/v1/images/multi-image2image`);
	});

	it('costs nothing', async () => {
		await press();
		expect(control.ledger()).toEqual([]);
	});
});

describe('says in plain words what is wrong', () => {
	it.each<[number, string, Record<string, string>, number, RegExp[]]>([
		[1002, 'a wrong key', { apiKey: 'wrong' }, 0, [/key/, /region/]],
		[1002, 'a wrong secret key', { ...keys, secretKey: 'wrong' }, 0, [/key/, /secret/, /region/]],
		[
			1003,
			'a fast clock',
			keys,
			-120_000,
			[/^Kling refused the test: the clock of this machine is fast\. Set the clock/],
		],
		[
			1004,
			'a slow clock',
			keys,
			3_600_000,
			[/^Kling refused the test: the clock of this machine is slow\. Set the clock/],
		],
	])('%i: %s', async (code, _, overrides, clockOffsetMs, texts) => {
		control.settings({ clockOffsetMs });
		const { status, message } = await press(overrides);
		expect(status).toBe('Error');
		expect(message).toContain(`(code ${code})`);
		for (const text of texts) expect(message).toMatch(text);
		for (const secret of [apiKey, secretKey, accessKey, 'wrong']) expect(message).not.toContain(secret);
	});

	it('each differently', async () => {
		const messages = new Set<string>();
		for (const code of [1000, 1001, 1002, 1003, 1004, 1100, 1101, 1102, 1103, 1304, 5000]) {
			control.faults([{ on: 'list', kind: 'code', code }]);
			const { status, message } = await press();
			expect([code, status]).toEqual([code, 'Error']);
			messages.add(message);
		}
		expect(messages.size).toBe(11);
	});
});

describe('names the field that is empty, and sends nothing', () => {
	it.each<[string, Record<string, string>]>([
		['API Key', { apiKey: '' }],
		['Access Key', { ...keys, accessKey: '' }],
		['Secret Key', { ...keys, secretKey: '' }],
	])('%s', async (field, overrides) => {
		expect(await press(overrides)).toEqual({
			status: 'Error',
			message: `The field ${field} of the credential is empty. Fill it in.`,
		});
		expect(control.requests()).toEqual([]);
	});
});

describe('is an error for what is no Kling API', () => {
	it.each([
		['a web page', ''],
		['JSON of somebody else', '/json'],
	])('%s', async (_, path) => {
		expect(await press({}, elsewhere + path)).toEqual({
			status: 'Error',
			message: expect.stringContaining('not one of the Kling API'),
		});
	});

	it('an HTML page with 502 from a proxy on the way', async () => {
		control.faults([{ on: 'list', kind: 'html502' }]);
		expect(await press()).toEqual({ status: 'Error', message: expect.stringContaining('not one of the Kling API') });
	});

	it('nobody at that address', async () => {
		expect(await press({}, 'http://127.0.0.1:1')).toMatchObject({ status: 'Error', message: NOBODY_THERE });
	});
});
