/** Fields, headers, base URL and the texts of the PS credential. */
import { describe, expect, it } from 'vitest';

import { PsTaskApi } from '../../../credentials/PsTaskApi.credentials';
import { authenticatePsTask, PS_TASK_BASE_URL, psTaskConnection } from '../../../nodes/PsTask/auth';
import { resolveBaseUrl } from '../credentials/baseUrl.ts';

const credential = new PsTaskApi();
const request = { baseURL: 'http://x.test:23333', url: '/ps_tasks/submit', headers: { accept: 'a/b' } };
const own = { baseUrl: request.baseURL };
const headers = (credentials: Record<string, unknown>, change = {}) =>
	authenticatePsTask({ ...own, ...credentials } as never, { ...request, ...change }).headers;

describe('authentication', () => {
	it.each([{}, { authentication: 'none', token: 'left-over', headerName: 'X', headerSecret: 'left-over' }])(
		'by nothing adds nothing to the request: %j',
		async (credentials) => {
			expect(headers(credentials)).toEqual(request.headers);
			const authenticate = credential.authenticate;
			if (typeof authenticate !== 'function') throw new Error('The credential does not authenticate by a function');
			expect(await authenticate({ ...own, ...credentials } as never, request)).toMatchObject(request);
		},
	);

	it.each(['t0ken', ' t0ken\n', 'Bearer t0ken', 'bearer  t0ken', 'Authorization: Bearer t0ken'])(
		'by a token, pasted as %j',
		(token) => {
			const sent = headers({ authentication: 'bearer', token }, { headers: { authorization: 'old', accept: 'a/b' } });
			expect(sent).toEqual({ accept: 'a/b', Authorization: 'Bearer t0ken' });
		},
	);

	it('leaves a token that begins like Bearer whole', () => {
		expect(headers({ authentication: 'bearer', token: 'bearerish' })?.Authorization).toBe('Bearer bearerish');
	});

	it('by a header of your own', () => {
		const sent = headers(
			{ authentication: 'header', headerName: 'X-Api-Key', headerSecret: ' v ' },
			{ headers: { 'x-api-key': 'old' } },
		);
		expect(sent).toEqual({ 'X-Api-Key': 'v' });
	});
});

describe('what is missing is named before anything is sent, without a secret', () => {
	it.each<[string, Record<string, unknown>, RegExp]>([
		['Token', { authentication: 'bearer', headerSecret: 'my-secret' }, /Token .* is empty/],
		['Token, only the word', { authentication: 'bearer', token: 'Bearer ' }, /Token .* is empty/],
		[
			'Token that cannot be sent',
			{ authentication: 'bearer', token: 'my\n-secret' },
			/Token .* (contains|cannot be sent|holds)/,
		],
		['Header Name', { authentication: 'header', headerSecret: 'my-secret' }, /Header Name .* is empty/],
		['Header Value', { authentication: 'header', headerName: 'X' }, /Header Value .* is empty/],
		['Base URL', { baseUrl: '' }, /Base URL .* is empty/],
		['Base URL without a protocol', { baseUrl: 'localhost:23333' }, /Base URL .* not an address/],
	])('%s', (_, credentials, text) => {
		const attempt = () => headers(credentials);
		expect(attempt).toThrow(text);
		expect(attempt).not.toThrow(/secret/);
	});
});

it('no secret of the credential may show', () => {
	expect(psTaskConnection.credential).toBe(credential.name);
	expect(psTaskConnection.secrets).toEqual(['token', 'headerSecret']);
});

describe('the fields', () => {
	it('are named and preset as the contract says', () => {
		expect(Object.fromEntries(credential.properties.map(({ name, default: preset }) => [name, preset]))).toEqual({
			baseUrl: '',
			authentication: 'none',
			token: '',
			headerName: '',
			headerSecret: '',
			privateImageHosts: '',
		});
		const choice = credential.properties.find(({ name }) => name === 'authentication');
		expect(choice?.options?.map((option) => 'value' in option && option.value)).toEqual(['none', 'bearer', 'header']);
	});

	it('hide the secrets', () => {
		const masked = credential.properties.filter(({ typeOptions }) => typeOptions?.password).map(({ name }) => name);
		expect(masked).toEqual(['token', 'headerSecret']);
	});
});

it('the test asks for a task that cannot exist', () => {
	expect(credential.test.request).toMatchObject({
		baseURL: PS_TASK_BASE_URL,
		url: '/ps_tasks/result/n8n-credential-test',
	});
	expect(JSON.stringify(credential.test.rules)).not.toMatch(/\$credentials|\{\{/);
});

describe('the base URL', () => {
	it.each([
		['http://localhost:23333', 'http://localhost:23333'],
		[' https://x.test/ \n', 'https://x.test'],
		['https://x.test/relay//', 'https://x.test/relay'],
		['https://x.test/ps_tasks', 'https://x.test'],
		['https://x.test/relay/PS_Tasks/submit', 'https://x.test/relay'],
		['https://x.test/ps_tasks/result/{task_id}', 'https://x.test'],
		['https://x.test/ps_tasks_v2', 'https://x.test/ps_tasks_v2'],
		['https://x.test/ps_tasks/relay', 'https://x.test/ps_tasks/relay'],
		[undefined, ''],
	])('of %j is %j', (baseUrl, url) => {
		expect(resolveBaseUrl(PS_TASK_BASE_URL, { baseUrl })).toBe(url);
		expect(psTaskConnection.baseUrl({ baseUrl: baseUrl ?? '' })).toBe(url);
	});

	it('of a million slashes is found in linear time', () => {
		const baseUrl = `https://x.test${'/'.repeat(1_000_000)}x`;
		expect(resolveBaseUrl(PS_TASK_BASE_URL, { baseUrl })).toBe(baseUrl);
		expect(psTaskConnection.baseUrl({ baseUrl })).toBe(baseUrl);
	});

	it('of a hundred thousand pasted addresses, and a line break, is found in linear time', () => {
		const baseUrl = `https://x.test${'/ps_tasks/submit/'.repeat(100_000)}\nx`;
		expect(resolveBaseUrl(PS_TASK_BASE_URL, { baseUrl })).toBe('https://x.test');
		expect(psTaskConnection.baseUrl({ baseUrl })).toBe('https://x.test');
	});
});
