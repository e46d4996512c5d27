/** What signing, base URL and test of all credentials share; their own fields are tested with each of them. */
import { describe, expect, it } from 'vitest';

import {
	addressOf,
	baseUrlExpression,
	baseUrlIn,
	bodyRule,
	headerOf,
	mergeHeaders,
	ownHeader,
	refusalText,
	requiredForHeader,
	testRules,
	unsentError,
} from '../../../../nodes/tasks/util/credential';
import { resolveBaseUrl } from '../../credentials/baseUrl.ts';
import { expectLinear } from '../growth';

it('an error before anything is sent says so, and carries no code, which n8n would show in place of its text', () => {
	const error = unsentError('The field API Key of the credential is empty.');
	expect(error).toMatchObject({ unsent: true, message: 'The field API Key of the credential is empty.' });
	expect('code' in error).toBe(false);
});

describe('a field that travels in a header', () => {
	it.each(['a\nb', 'a\rb', 'a\0b', '密钥', 'ü'])('%j is refused, and its value is not repeated', (value) => {
		const attempt = () => requiredForHeader({ token: `x${value}s3cret` }, 'token', 'Token');
		expect(attempt).toThrow(/^The field Token of the credential holds a line break or a letter that cannot be sent/);
		expect(attempt).not.toThrow(/s3cret/);
	});

	it('is trimmed', () => {
		expect(requiredForHeader({ token: ' x y ' }, 'token', 'Token')).toBe('x y');
	});

	it('may have a name of the user’s, with a colon behind', () => {
		expect(ownHeader({ headerName: 'X-Key: ', headerSecret: 's' })).toEqual({ 'X-Key': 's' });
		expect(() => ownHeader({ headerName: 'X Key', headerSecret: 's' })).toThrow(/not the name of a header/);
	});
});

describe('the base URL', () => {
	const pasted = /\/v1$/i;

	it.each(['https://x.test', ' https://x.test/// ', 'https://x.test/v1', 'https://x.test/a/v1//', '', undefined])(
		'of %j is the same for the node as for n8n’s expression',
		(baseUrl) => {
			const credential = { baseUrl } as Record<string, string>;
			expect(resolveBaseUrl(`={{ ${baseUrlExpression(pasted)} }}`, credential)).toBe(baseUrlIn(credential, pasted));
		},
	);

	it.each<[string, (size: number) => string]>([
		['slashes in its middle', (size) => `https://x.test${'/'.repeat(size)}x`],
		['slashes at its end', (size) => `https://x.test${'/'.repeat(size)}`],
		['white space', (size) => `${' '.repeat(size)}x`],
	])('takes linear time for %s', (_, make) => {
		expectLinear(make, (baseUrl) => baseUrlIn({ baseUrl }, pasted));
	});
});

describe('the address of a request', () => {
	it.each([
		['https://x.test', '/v1/a', 'https://x.test/v1/a'],
		['https://x.test/relay/', '/v1/a', 'https://x.test/relay/v1/a'],
		['https://x.test', '', 'https://x.test/'],
		['https://x.test', 'https://other.test/a?b=1', 'https://other.test/a?b=1'],
	])('%j and %j', (baseURL, url, address) => {
		expect(addressOf({ baseURL, url }).href).toBe(address);
	});

	it.each([
		['', '/a', /Base URL of the credential is empty/],
		['x.test', '/a', /is not an address/],
		['ftp://x.test', '/a', /is not an address/],
		['https://a b', '/a', /is not an address/],
	])('%j is refused', (baseURL, url, text) => {
		expect(() => addressOf({ baseURL, url })).toThrow(text);
		expect(() => addressOf({ baseURL, url })).toThrow(expect.objectContaining({ unsent: true }));
	});
});

describe('headers', () => {
	const request = { url: '/', headers: { Accept: 'a/b', 'X-Date': 'one', 'x-date': ' two ' } };

	it('are found in any case; of several the last, as axios sends it', () => {
		expect([headerOf(request, 'ACCEPT'), headerOf(request, 'x-date'), headerOf(request, 'none')]).toEqual([
			'a/b',
			'two',
			'',
		]);
	});

	it('are set once, in whatever case they stood there, or removed', () => {
		expect(mergeHeaders(request, { 'X-DATE': 'three' })).toEqual({ Accept: 'a/b', 'X-DATE': 'three' });
		expect(mergeHeaders(request, { accept: undefined })).toEqual({ 'X-Date': 'one', 'x-date': ' two ' });
		expect(request.headers).toEqual({ Accept: 'a/b', 'X-Date': 'one', 'x-date': ' two ' });
	});
});

it('the test of a credential judges redirects first, which n8n would take for a success', () => {
	const [rule, ...others] = testRules([bodyRule('code', 1000, 'no')]) ?? [];
	expect(rule).toMatchObject({ type: 'responseCode', properties: { value: 300 } });
	expect(others).toHaveLength(6);
	expect(others.at(-1)).toMatchObject({ type: 'responseSuccessBody', properties: { key: 'code', value: 1000 } });
	expect(refusalText('Kling', { cause: 'the key is wrong', fix: 'Copy it again.' }, 'code 1000')).toBe(
		'Kling refused the test: the key is wrong. Copy it again. (code 1000)',
	);
});
