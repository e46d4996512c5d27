/** Fields and base URL of the Kling credential, and the signature, judged by an implementation that is not ours. */
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';

import { KlingApi } from '../../../credentials/KlingApi.credentials';
import { authenticateKling, KLING_BASE_URL, klingConnection } from '../../../nodes/Kling/auth';
import { resolveBaseUrl } from '../credentials/baseUrl.ts';

const accessKey = 'sandboxaccesskey0123456789abcdef';
const secretKey = 'sandbox-secret-schlüssel-密钥';
const now = 1_790_000_000_999;

const request = {
	baseURL: 'https://x.test',
	url: '/v1/x',
	headers: { 'content-type': 'application/json' },
	body: { a: 1 },
};
const own = { region: 'custom', baseUrl: request.baseURL };
const authorization = (credential: Record<string, string>, at = now) =>
	String(authenticateKling({ ...own, ...credential }, request, at).headers?.Authorization);
const sign = (change: Record<string, string> = {}, at = now) =>
	authorization({ authentication: 'accessKey', accessKey, secretKey, ...change }, at).replace(/^Bearer /, '');

describe('access key and secret key', () => {
	it('make a token that jose verifies, over the UTF-8 bytes of the secret key', async () => {
		const { payload, protectedHeader } = await jwtVerify(sign(), new TextEncoder().encode(secretKey), {
			algorithms: ['HS256'],
			currentDate: new Date(now),
		});
		expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' });
		expect(payload).toEqual({ iss: accessKey, nbf: 1_790_000_000 - 60, exp: 1_790_000_000 + 1800 });
	});

	it('whose signature depends on the secret', async () => {
		await expect(
			jwtVerify(sign(), new TextEncoder().encode('another'), { currentDate: new Date(now) }),
		).rejects.toThrow('signature');
	});

	it.each([-59, 0, 1799])('that is valid %i s from now by the clock of the service', async (seconds) => {
		const currentDate = new Date(now + seconds * 1000);
		await expect(jwtVerify(sign(), new TextEncoder().encode(secretKey), { currentDate })).resolves.toMatchObject({
			payload: { iss: accessKey },
		});
	});

	it.each([-62, 1802])('and not %i s from now', async (seconds) => {
		const currentDate = new Date(now + seconds * 1000);
		await expect(jwtVerify(sign(), new TextEncoder().encode(secretKey), { currentDate })).rejects.toThrow(
			'timestamp check failed',
		);
	});

	it('are trimmed as they were pasted', () => {
		expect(sign({ accessKey: ` ${accessKey}\n`, secretKey: `\t${secretKey} ` })).toBe(sign());
	});

	it('are used only when chosen: an API key left over does no harm', () => {
		expect(decodeProtectedHeader(sign({ apiKey: 'left-over' })).alg).toBe('HS256');
		expect(decodeJwt(sign({ apiKey: 'left-over' })).iss).toBe(accessKey);
	});
});

describe('an API key', () => {
	const header = (apiKey: string) => authorization({ authentication: 'apiKey', apiKey, accessKey, secretKey });

	it.each([
		'the-key',
		' the-key\n',
		'Bearer the-key',
		'bearer  the-key',
		'  BEARER the-key ',
		'Authorization: Bearer the-key',
	])('is sent as it is, pasted as %j', (apiKey) => {
		expect(header(apiKey)).toBe('Bearer the-key');
	});

	it('that begins like Bearer is left whole', () => {
		expect(header('bearerish-key')).toBe('Bearer bearerish-key');
	});
});

describe('each request', () => {
	const credential = new KlingApi();
	const authenticate = credential.authenticate;

	it('is signed anew and keeps what it has', async () => {
		if (typeof authenticate !== 'function') throw new Error('The credential does not sign by a function');
		const signed = await authenticate({ ...own, authentication: 'accessKey', accessKey, secretKey }, request);
		expect(signed).toMatchObject(request);
		const claims = decodeJwt(String(signed.headers?.Authorization).replace('Bearer ', ''));
		expect(Math.abs(Number(claims.nbf) + 60 - Date.now() / 1000)).toBeLessThan(5);
		expect(request.headers).toEqual({ 'content-type': 'application/json' });
	});

	it('has one Authorization header, ours', () => {
		const sent = authenticateKling(
			{ ...own, apiKey: 'the-key' },
			{ ...request, headers: { authorization: 'old', accept: 'a/b' } },
		);
		expect(sent.headers).toEqual({ accept: 'a/b', Authorization: 'Bearer the-key' });
	});

	it('is authenticated for the node as for the test of the credential', async () => {
		if (typeof authenticate !== 'function') throw new Error('The credential does not sign by a function');
		const credentials = { ...own, apiKey: 'the-key' };
		const { headers } = await authenticate(credentials, request);
		expect(headers).toEqual(klingConnection.authenticate(credentials, request).headers);
	});

	it('hides the secrets in the editor', () => {
		const masked = credential.properties.filter(({ typeOptions }) => typeOptions?.password).map(({ name }) => name);
		expect(masked).toEqual(['apiKey', 'secretKey', 'webhookSecret']);
	});
});

describe('what is missing is named before anything is sent, without a secret', () => {
	const keys = { authentication: 'accessKey', accessKey, secretKey: 'my-secret' };
	it.each<[string, Record<string, string>, RegExp]>([
		['no API Key', { apiKey: '' }, /API Key .* is empty/],
		['no API Key at all', {}, /API Key .* is empty/],
		['API Key, only the word', { apiKey: 'Bearer ' }, /API Key .* is empty/],
		['API Key with a line break', { apiKey: 'my\n-secret' }, /API Key .* (contains|cannot be sent|holds)/],
		['API Key in Chinese', { apiKey: '密钥-secret' }, /API Key .* (contains|cannot be sent|holds)/],
		['Access Key', { ...keys, accessKey: ' ' }, /Access Key .* is empty/],
		[
			'Access Key with a line break',
			{ ...keys, accessKey: 'a\n-secret' },
			/Access Key .* (contains|cannot be sent|holds)/,
		],
		['Secret Key', { ...keys, secretKey: '' }, /Secret Key .* is empty/],
		['Base URL', { apiKey: 'my-secret', baseUrl: '' }, /Base URL .* is empty/],
		['Base URL without a protocol', { apiKey: 'my-secret', baseUrl: 'relay.test/kling' }, /Base URL .* not an address/],
		['Base URL that is no address', { ...keys, baseUrl: 'https://a b/my-secret' }, /Base URL .* not an address/],
	])('%s', (_, credential, text) => {
		const attempt = () => authorization(credential);
		expect(attempt).toThrow(text);
		expect(attempt).toThrow(expect.objectContaining({ unsent: true }));
		expect(attempt).not.toThrow(/-secret|密钥/);
	});
});

it('no secret of the credential may show, nor the access key', () => {
	expect(klingConnection.credential).toBe(new KlingApi().name);
	expect(klingConnection.secrets).toEqual(['apiKey', 'accessKey', 'secretKey', 'webhookSecret']);
});

describe('the base URL', () => {
	it.each([
		[{ region: 'singapore' }, 'https://api-singapore.klingai.com'],
		[{ region: 'beijing' }, 'https://api-beijing.klingai.com'],
		[{}, 'https://api-singapore.klingai.com'],
		[{ region: 'beijing', baseUrl: 'https://left.over' }, 'https://api-beijing.klingai.com'],
		[{ region: 'custom', baseUrl: 'https://relay.test/kling' }, 'https://relay.test/kling'],
		[{ region: 'custom', baseUrl: 'https://relay.test/' }, 'https://relay.test'],
		[{ region: 'custom', baseUrl: 'https://relay.test///' }, 'https://relay.test'],
		[{ region: 'custom', baseUrl: 'https://relay.test/v1' }, 'https://relay.test'],
		[{ region: 'custom', baseUrl: ' https://relay.test/kling/v1/ \n' }, 'https://relay.test/kling'],
		[{ region: 'custom', baseUrl: 'https://relay.test/kling/V1' }, 'https://relay.test/kling'],
		[{ region: 'custom', baseUrl: 'https://relay.test/v10' }, 'https://relay.test/v10'],
		[{ region: 'custom' }, ''],
	])('of %j is %j', (credentials, url) => {
		expect(resolveBaseUrl(KLING_BASE_URL, credentials)).toBe(url);
		expect(klingConnection.baseUrl(credentials)).toBe(url);
	});

	it('of a million slashes is found in linear time', () => {
		const baseUrl = `https://x.test${'/'.repeat(1_000_000)}x`;
		expect(resolveBaseUrl(KLING_BASE_URL, { region: 'custom', baseUrl })).toBe(baseUrl);
		expect(klingConnection.baseUrl({ region: 'custom', baseUrl })).toBe(baseUrl);
	});
});
