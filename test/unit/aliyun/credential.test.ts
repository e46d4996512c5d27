/** Fields, headers, base URL and the texts of the Aliyun credential; the signature has its own file. */
import { describe, expect, it } from 'vitest';

import { AliyunMarketApi } from '../../../credentials/AliyunMarketApi.credentials';
import { ALIYUN_BASE_URL, aliyunConnection, authenticateAliyun } from '../../../nodes/AliyunPortrait/auth/auth';
import { ALIYUN_FAILING_STATUSES } from '../../../nodes/AliyunPortrait/gatewayErrors';
import { resolveBaseUrl } from '../credentials/baseUrl.ts';

const credential = new AliyunMarketApi();
const secrets = {
	appCodeSecret: 'c0de-secret',
	appKey: 'k3y-secret',
	appSecret: 's1gn-secret',
	headerSecret: 'he4der-secret',
};
const request = { baseURL: 'https://x.test', url: '/cloud/x', headers: { accept: 'a/b' } };
const own = { baseUrl: request.baseURL };
const headers = (credentials: Record<string, unknown>, change = {}) =>
	authenticateAliyun({ ...own, ...credentials } as never, { ...request, ...change }).headers;

describe('an AppCode', () => {
	it.each([
		'c0de',
		' c0de\n',
		'APPCODE c0de',
		'appcode  c0de',
		' AppCode\tc0de ',
		'Authorization: APPCODE c0de',
		'authorization:appcode c0de',
	])('is sent behind APPCODE, pasted as %j', (appCodeSecret) => {
		expect(headers({ authentication: 'appCode', appCodeSecret })).toEqual({
			accept: 'a/b',
			Authorization: 'APPCODE c0de',
		});
	});

	it('that begins like APPCODE is left whole', () => {
		expect(headers({ appCodeSecret: 'appcodeish' })?.Authorization).toBe('APPCODE appcodeish');
	});

	it('is what counts when nothing is chosen, and takes the place of another header', () => {
		expect(headers({ ...secrets }, { headers: { AUTHORIZATION: 'old' } })).toEqual({
			Authorization: 'APPCODE c0de-secret',
		});
	});

	it('leaves body, query and address alone', () => {
		const body = { a: 1 };
		const signed = authenticateAliyun(
			{ ...own, appCodeSecret: 'c' },
			{ ...request, method: 'POST', qs: { a: ['b'] }, body },
		);
		expect(signed).toMatchObject({
			...request,
			method: 'POST',
			qs: { a: ['b'] },
			body,
			headers: { accept: 'a/b', Authorization: 'APPCODE c' },
		});
		expect(request.headers).toEqual({ accept: 'a/b' });
	});
});

describe('AppKey and AppSecret', () => {
	const keys = { ...own, authentication: 'appKeySecret', ...secrets };

	it('sign anew each time, with the time of now, and never send the secret', async () => {
		const authenticate = credential.authenticate;
		if (typeof authenticate !== 'function') throw new Error('The credential does not sign by a function');
		const [first, second] = await Promise.all([authenticate(keys, { ...request }), authenticate(keys, { ...request })]);
		expect(first.headers?.['x-ca-nonce']).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
		expect(first.headers?.['x-ca-nonce']).not.toBe(second.headers?.['x-ca-nonce']);
		expect(Math.abs(Number(first.headers?.['x-ca-timestamp']) - Date.now())).toBeLessThan(5000);
		expect(first.headers).not.toHaveProperty('Authorization');
		expect(JSON.stringify(first)).not.toContain(secrets.appSecret);
	});

	it('are trimmed as they were pasted', () => {
		const moment = { nowMs: 1, nonce: 'n' };
		const pasted = { ...keys, appKey: ` ${keys.appKey}\n`, appSecret: `\t${keys.appSecret} ` };
		const [once, twice] = [pasted, keys].map((given) => authenticateAliyun(given, request, moment).headers);
		expect(once).toEqual(twice);
	});

	it.each([
		[undefined, 'RELEASE'],
		['RELEASE', 'RELEASE'],
		['pre', 'PRE'],
		['TEST', 'TEST'],
	])('with stage %s sign %s', (stage, sent) => {
		expect(headers({ ...keys, stage })?.['x-ca-stage']).toBe(sent);
	});
});

describe('a header of your own', () => {
	it.each([
		['X-API-Key', 'v'],
		[' x-api-key: ', ' v\n'],
		['x-api-key :', 'v'],
	])('is sent, written %j', (headerName, headerSecret) => {
		const sent = headers({ authentication: 'header', headerName, headerSecret }, { headers: { 'X-Api-Key': 'old' } });
		expect(Object.entries(sent ?? {})).toEqual([[headerName.replace(':', '').trim(), 'v']]);
	});
});

it('no authentication adds nothing to the request', () => {
	expect(authenticateAliyun({ ...own, authentication: 'none', ...secrets }, request)).toMatchObject(request);
	expect(headers({ authentication: 'none', ...secrets })).toEqual(request.headers);
});

describe('what is missing is named before anything is sent, without a secret', () => {
	const odd = 'geheim\nnis-secret';
	it.each<[string, Record<string, unknown>, RegExp]>([
		['AppCode', { ...secrets, appCodeSecret: '' }, /AppCode .* is empty/],
		['AppCode, only the word', { appCodeSecret: 'APPCODE ' }, /AppCode .* is empty/],
		['AppCode that cannot be sent', { ...secrets, appCodeSecret: odd }, /AppCode .* (contains|cannot be sent|holds)/],
		['AppCode in Chinese', { ...secrets, appCodeSecret: '密钥-secret' }, /AppCode .* (contains|cannot be sent|holds)/],
		['AppKey', { ...secrets, authentication: 'appKeySecret', appKey: ' ' }, /AppKey .* is empty/],
		[
			'AppKey that cannot be sent',
			{ ...secrets, authentication: 'appKeySecret', appKey: odd },
			/AppKey .* (contains|cannot be sent|holds)/,
		],
		['AppSecret', { ...secrets, authentication: 'appKeySecret', appSecret: undefined }, /AppSecret .* is empty/],
		['Header Name', { ...secrets, authentication: 'header' }, /Header Name .* is empty/],
		[
			'a Header Name with spaces',
			{ ...secrets, authentication: 'header', headerName: 'he4der secret' },
			/Header Name .* not the name/,
		],
		['Header Value', { authentication: 'header', headerName: 'X' }, /Header Value .* is empty/],
		[
			'Header Value that cannot be sent',
			{ authentication: 'header', headerName: 'X', headerSecret: odd },
			/Header Value .* (contains|cannot be sent|holds)/,
		],
		['Base URL', { ...secrets, baseUrl: '' }, /Base URL .* is empty/],
		['Base URL, with nothing else to do', { authentication: 'none', baseUrl: ' ' }, /Base URL .* is empty/],
		['Base URL without https', { ...secrets, baseUrl: 'x.test/s1gn-secret' }, /Base URL .* not an address/],
		['Base URL that is none', { ...secrets, baseUrl: 'https://a b/c0de-secret' }, /Base URL .* not an address/],
	])('%s', (_, credentials, text) => {
		const attempt = () => headers(credentials);
		expect(attempt).toThrow(text);
		try {
			attempt();
		} catch (error) {
			expect(error).toMatchObject({ unsent: true });
			// n8n would show a code in place of the text.
			expect(error).not.toHaveProperty('code');
			expect(String(error)).not.toMatch(/secret$|-secret|密钥|geheim/);
		}
	});
});

it('no secret of the credential may show, nor the AppKey', () => {
	expect(aliyunConnection.credential).toBe(credential.name);
	expect(aliyunConnection.secrets).toEqual(['appCodeSecret', 'appKey', 'appSecret', 'headerSecret']);
});

describe('the fields', () => {
	it('are named and preset as the contract says', () => {
		const stored = credential.properties.filter(({ type }) => type !== 'notice');
		expect(Object.fromEntries(stored.map(({ name, default: preset }) => [name, preset]))).toEqual({
			baseUrl: '',
			authentication: 'appCode',
			appCodeSecret: '',
			appKey: '',
			appSecret: '',
			stage: 'RELEASE',
			headerName: '',
			headerSecret: '',
			privateImageHosts: '',
		});
		const values = (name: string) =>
			credential.properties
				.find((field) => field.name === name)
				?.options?.map((option) => 'value' in option && option.value);
		expect(values('authentication')).toEqual(['appCode', 'appKeySecret', 'header', 'none']);
		expect(values('stage')).toEqual(['RELEASE', 'PRE', 'TEST']);
	});

	it('hide the secrets', () => {
		const masked = credential.properties.filter(({ typeOptions }) => typeOptions?.password).map(({ name }) => name);
		expect(masked).toEqual(['appCodeSecret', 'appSecret', 'headerSecret']);
	});

	it('appear only where they count', () => {
		const shown = credential.properties
			.filter(({ displayOptions }) => displayOptions)
			.map(({ name, displayOptions }) => [name, displayOptions?.show?.authentication?.[0]]);
		expect(Object.fromEntries(shown)).toEqual({
			appCodeSecret: 'appCode',
			appKey: 'appKeySecret',
			appSecret: 'appKeySecret',
			stage: 'appKeySecret',
			headerName: 'header',
			headerSecret: 'header',
		});
	});

	it('say what a test costs', () => {
		expect(credential.properties.find(({ type }) => type === 'notice')?.displayName).toMatch(
			/uses one call of your package/,
		);
	});
});

describe('the test', () => {
	it('speaks differently for each status and holds no expression', () => {
		const rules = credential.test.rules ?? [];
		const codes = rules.map(({ properties }) => properties.message).filter((message) => message.includes('(HTTP'));
		expect(codes).not.toEqual([]);
		expect(new Set(codes).size).toBe(codes.length);
		expect(JSON.stringify(rules)).not.toMatch(/\$credentials|\{\{/);
	});

	it('sees HTTP statuses, since refusals of the gateway have empty bodies', () => {
		expect(credential.test.request).toEqual({
			baseURL: ALIYUN_BASE_URL,
			url: '/cloud/aigc_product_brief_query',
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: { ignore: true, except: ALIYUN_FAILING_STATUSES },
		});
	});

	it('has a text for each status that n8n takes for a failure, and for an answer with nothing in it', () => {
		const told = (credential.test.rules ?? []).flatMap(({ type, properties }) =>
			type === 'responseCode' ? [properties.value] : [],
		);
		expect(new Set(told)).toEqual(new Set(ALIYUN_FAILING_STATUSES));
		const properties = expect.objectContaining({ key: 'length', value: 0 }) as object;
		expect(credential.test.rules).toContainEqual({ type: 'responseSuccessBody', properties });
	});
});

describe('the base URL', () => {
	it.each([
		['https://x.market.alicloudapi.com', 'https://x.market.alicloudapi.com'],
		[' https://x.test/ \n', 'https://x.test'],
		['https://x.test///', 'https://x.test'],
		['https://x.test/cloud', 'https://x.test'],
		['https://x.test/Cloud//', 'https://x.test'],
		['https://x.test/relay', 'https://x.test/relay'],
		['https://x.test/relay/cloud/', 'https://x.test/relay'],
		['https://x.test/relay//cloud', 'https://x.test/relay'],
		['https://x.test/cloud/aigc_task_create', 'https://x.test'],
		['https://x.test/cloud/upload_file/', 'https://x.test'],
		['https://x.test/cloud/relay', 'https://x.test/cloud/relay'],
		['https://x.test/mycloud', 'https://x.test/mycloud'],
		[undefined, ''],
		['  ', ''],
	])('of %j is %j', (baseUrl, url) => {
		expect(resolveBaseUrl(ALIYUN_BASE_URL, { baseUrl })).toBe(url);
		expect(aliyunConnection.baseUrl({ baseUrl: baseUrl ?? '' })).toBe(url);
	});

	it('of a million slashes is found in linear time', () => {
		const baseUrl = `https://x.test${'/'.repeat(1_000_000)}x`;
		expect(resolveBaseUrl(ALIYUN_BASE_URL, { baseUrl })).toBe(baseUrl);
		expect(aliyunConnection.baseUrl({ baseUrl })).toBe(baseUrl);
	});
});
