/** The signature, judged by an implementation that is not ours. */
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';

import { KLING_BASE_URL, klingAuthorization, klingBaseUrl } from '../../../credentials/kling';
import { KlingApi } from '../../../credentials/KlingApi.credentials';
import { workflow as lib } from '../../harness/runtime';

const accessKey = 'sandboxaccesskey0123456789abcdef';
const secretKey = 'sandbox-secret-schlüssel-密钥';
const now = 1_790_000_000_999;

const sign = (change: Record<string, string> = {}, at = now) =>
	klingAuthorization({ authentication: 'accessKey', accessKey, secretKey, ...change }, at).replace(/^Bearer /, '');

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
		await expect(jwtVerify(sign(), new TextEncoder().encode('another'), { currentDate: new Date(now) })).rejects.toThrow('signature');
	});

	it.each([-59, 0, 1799])('that is valid %i s from now by the clock of the service', async (seconds) => {
		const currentDate = new Date(now + seconds * 1000);
		await expect(jwtVerify(sign(), new TextEncoder().encode(secretKey), { currentDate })).resolves.toMatchObject({ payload: { iss: accessKey } });
	});

	it.each([-62, 1802])('and not %i s from now', async (seconds) => {
		const currentDate = new Date(now + seconds * 1000);
		await expect(jwtVerify(sign(), new TextEncoder().encode(secretKey), { currentDate })).rejects.toThrow('timestamp check failed');
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
	const header = (apiKey: string) => klingAuthorization({ authentication: 'apiKey', apiKey, accessKey, secretKey }, now);

	it.each(['the-key', ' the-key\n', 'Bearer the-key', 'bearer  the-key', '  BEARER the-key '])('is sent as it is, pasted as %j', (apiKey) => {
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
		const request = { url: '/v1/x', headers: { 'content-type': 'application/json' }, body: { a: 1 } };
		const signed = await authenticate({ authentication: 'accessKey', accessKey, secretKey }, request);
		expect(signed).toMatchObject(request);
		const claims = decodeJwt(String(signed.headers?.Authorization).replace('Bearer ', ''));
		expect(Math.abs(Number(claims.nbf) + 60 - Date.now() / 1000)).toBeLessThan(5);
		expect(request.headers).toEqual({ 'content-type': 'application/json' });
	});

	it('hides the secrets in the editor', () => {
		const masked = credential.properties.filter(({ typeOptions }) => typeOptions?.password).map(({ name }) => name);
		expect(masked).toEqual(['apiKey', 'secretKey', 'webhookSecret']);
	});
});

describe('the base URL', () => {
	const node = { id: '1', name: 'N', type: 't', typeVersion: 1, position: [0, 0] as [number, number], parameters: {} };
	const types = { description: { properties: [] } };
	const nodeTypes = { getByName: () => types, getByNameAndVersion: () => types, getKnownTypes: () => ({}) };
	const workflow = new lib.Workflow({ nodes: [node], connections: {}, active: false, nodeTypes: nodeTypes as never });
	const baseUrl = (credentials: Record<string, string>) =>
		workflow.expression.getSimpleParameterValue(node, KLING_BASE_URL, 'internal', { $credentials: credentials } as never);

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
		expect(baseUrl(credentials as Record<string, string>)).toBe(url);
		expect(klingBaseUrl(credentials)).toBe(url);
	});
});
