/** What signing, base URL and test of all credentials share; their own fields are tested with each of them. */
import { describe, expect, it, vi } from 'vitest';

import {
	addressOf,
	baseUrlExpression,
	baseUrlIn,
	bodyRule,
	headerOf,
	mergeHeaders,
	ownRequest,
	refusalText,
	testRules,
	type DeclaredRequest,
} from '../../../../nodes/tasks/util/credential';
import {
	ownHeader,
	requiredForHeader,
	requiredKey,
	requiredSecret,
	unsentError,
} from '../../../../nodes/tasks/util/credentialFields';
import { resolveBaseUrl } from '../../credentials/baseUrl.ts';
import { expectLinear } from '../growth';

it('an error before anything is sent says so, and carries no code, which n8n would show in place of its text', () => {
	const [headline, fix] = ['The field API Key of the credential is empty', 'Fill it in.'];
	const error = unsentError(headline, fix);
	expect(error).toMatchObject({ unsent: true, headline, fix, message: `${headline}. ${fix}` });
	expect('code' in error).toBe(false);
});

describe('a field that travels in a header', () => {
	it.each(['a\nb', 'a\rb', 'a\0b', '密钥', 'ü'])('%j is refused, and its value is not repeated', (value) => {
		const attempt = () => requiredForHeader({ token: `x${value}s3cret` }, 'token', 'Token');
		expect(attempt).toThrow(/^The field Token of the credential (contains |holds a letter that cannot be sent)/);
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

describe('a key', () => {
	const key = (token: string) => requiredKey({ token }, 'token', 'Token');
	const messageOf = (token: string) => {
		try {
			return key(token);
		} catch (error) {
			expect(error).toMatchObject({ unsent: true });
			return (error as Error).message;
		}
	};

	it.each<[string, RegExp]>([
		['ak-0123\nsk-4567', / of the credential contains a line break\. .* two keys/],
		['ak-0123\r\n4567', / of the credential contains a line break\./],
		['ak\u2028sk', / of the credential contains a line break\./],
		['ak\u200B-0123', / of the credential contains an invisible character \(U\+200B\)\./],
		['\u200Bak-0123', /invisible character \(U\+200B\)/],
		['ak-0123\u2060', /invisible character \(U\+2060\)/],
		['ak\u00A00123', /invisible character \(U\+00A0\)/],
		['ak\uFEFF0123', /invisible character \(U\+FEFF\)/],
		['ak\t0123', / of the credential contains a tab\./],
		['"ak-0123"', / of the credential stands in quotes\./],
		['“ak-0123”', / of the credential stands in quotes\./],
		["'ak-0123", / of the credential stands in quotes\./],
		['ak-0123|sk-4567', / holds two keys, with "\|" between them\./],
		['ak:sk', / holds two keys, with ":"/],
		['ak-0123,sk-4567', / holds two keys, with ","/],
		['ak-0123；sk-4567', / holds two keys, with "；"/],
		['ak-0123 sk-4567', / holds two keys, with a space between them\./],
		['ключ-0123', /holds a letter that cannot be sent/],
	])('%j is refused with what it contains, and not repeated', (token, message) => {
		expect(messageOf(token)).toMatch(message);
		expect(messageOf(token)).not.toMatch(/0123|4567/);
	});

	it.each(['ak-0123', ' ak-0123 \n', '\uFEFFak-0123', 'a.b_c-d+e/f=', '12|abcdef'])('%j is one', (token) => {
		expect(messageOf(token)).toBe(token.trim());
	});

	it('that is not sent itself may hold any letter', () => {
		expect(requiredSecret({ key: 'schlüssel' }, 'key', 'Secret Key')).toBe('schlüssel');
		expect(() => requiredSecret({ key: 'a|b' }, 'key', 'Secret Key')).toThrow(/two keys/);
	});

	it('and the value of a header differ: the value may have several words', () => {
		expect(requiredForHeader({ value: 'Bearer a:b, c|d' }, 'value', 'Header Value')).toBe('Bearer a:b, c|d');
		expect(() => requiredForHeader({ value: 'a\u200Bb' }, 'value', 'Header Value')).toThrow(/U\+200B/);
	});
});

describe('a mistake that only a run would meet shows in the test of the credential too', () => {
	it.each<[object, string, RegExp]>([
		[{ privateImageHosts: 'minio, http://x' }, 'https://own.test', /^The field Private Image Hosts .*"http:\/\/x"/],
		[{}, 'https://own.test\u200B', /^The field Base URL of the credential contains an invisible character \(U\+200B\)/],
		[{}, 'https://own\n.test', /^The field Base URL of the credential contains a line break/],
	])('%j, %j', (credential, baseUrl, message) => {
		const attempt = () => ownRequest(credential as never, baseUrl, { baseURL: baseUrl, url: '/' });
		expect(attempt).toThrow(message);
		expect(attempt).toThrow(expect.objectContaining({ unsent: true }));
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
		['', '/a'],
		['x.test', '/a'],
		['ftp://x.test', '/a'],
		['https://a b', '/a'],
		['https://x.test', '//other.test/a'],
	])('%j and %j are none', (baseURL, url) => {
		expect(() => addressOf({ baseURL, url })).toThrow(/The address of the request is not a whole one/);
		expect(() => addressOf({ baseURL, url })).toThrow(expect.objectContaining({ unsent: true }));
	});
});

describe('a request with a credential', () => {
	const base = 'https://own.test:8443/relay';
	const to = (request: Partial<DeclaredRequest>) => ownRequest({}, base, { headers: { a: 'b' }, ...request });

	it.each<Partial<DeclaredRequest>>([
		{ baseURL: base, url: '/v1/x' },
		{ url: 'https://own.test:8443/anything/else?a=1' },
		{ uri: 'https://OWN.test:8443/relay/v1/x' },
		{ baseURL: 'https://own.test:8443', url: '/not/below/the/prefix' },
	])('goes to every path of its own host: %j', (request) => {
		expect(to(request)).toMatchObject({ headers: { a: 'b' }, ...request });
	});

	it.each<[string, Partial<DeclaredRequest>]>([
		['another host', { url: 'https://other.test:8443/relay' }],
		['another host, as the HTTP Request node says it', { uri: 'https://other.test/?s3cret' }],
		['a host that begins alike', { url: 'https://own.test.other.test:8443/' }],
		['a host behind a user', { url: 'https://own.test:8443@other.test/' }],
		['another port', { url: 'https://own.test/' }],
		['another scheme', { url: 'http://own.test:8443/' }],
		['another base URL', { baseURL: 'https://other.test', url: '/v1/x' }],
		['an address without a scheme', { baseURL: base, url: '//other.test/x' }],
		['an address of no web server', { url: 'ftp://own.test:8443/' }],
	])('does not go to %s: nothing is sent, and no value is repeated', (_, request) => {
		expect(() => to(request)).toThrow(expect.objectContaining({ unsent: true }));
		expect(() => to(request)).not.toThrow(/s3cret/);
	});

	it('names the host, and the one it is for, when it is not sent', () => {
		expect(() => to({ url: 'https://user:pass@other.test/a?b' })).toThrow(
			'The credential is for another host, so nothing was sent to other.test. Enter an address that begins with https://own.test:8443, or use another credential.',
		);
	});

	it('follows no redirect, by either name that n8n has for it', () => {
		const asked = { baseURL: base, url: '/', disableFollowRedirect: false, followAllRedirects: true };
		expect(to(asked)).toMatchObject({
			disableFollowRedirect: true,
			followRedirect: false,
			followAllRedirects: false,
		});
	});

	it.each<[string, string, RegExp]>([
		['with user and password', 'https://user:s3cret@own.test', /holds a user or a password/],
		['with a password alone', 'https://s3cret@own.test', /holds a user or a password/],
		['with a query', 'https://own.test/?key=s3cret', /holds "\?" or "#"/],
		['with an empty query', 'https://own.test/relay?', /holds "\?" or "#"/],
		['with a fragment', 'https://own.test/#s3cret', /holds "\?" or "#"/],
		['with a mistyped scheme', 'htps://user:s3cret@own.test', /is not an address/],
		['with half a scheme', 'https:/user:s3cret@own.test', /is not an address/],
		['without a scheme', 'own.test/s3cret', /is not an address/],
		['without a host', 'https://', /is not an address/],
		['that is empty', '', /is empty/],
	])('is not sent with a base URL %s, and the error does not repeat it', (_, baseUrl, text) => {
		const attempt = () => ownRequest({}, baseUrl, { baseURL: baseUrl, url: '/' });
		expect(attempt).toThrow(text);
		expect(attempt).toThrow(expect.objectContaining({ unsent: true }));
		expect(attempt).not.toThrow(/s3cret/);
	});
});

describe('the time of a request with a credential', () => {
	const url = 'https://own.test/x';
	const signalOf = (request: object) => ownRequest({}, 'https://own.test', { url, ...request }).abortSignal;

	it.each<[string, object, number[]]>([
		['the timeout that n8n gives', { timeout: 1_234 }, [1_234]],
		['30 s without one', {}, [30_000]],
		['30 s for one that is none', { timeout: 0 }, [30_000]],
		['the five minutes of the HTTP Request node', { timeout: 300_000 }, [300_000]],
		['30 s for the test of a credential', { baseURL: 'https://own.test', url: '/x', timeout: 300_000 }, [30_000]],
		['what the engine has set, which sends a signal', { baseURL: 'https://own.test', abortSignal: signal() }, []],
		['both, where there are both', { timeout: 99, abortSignal: signal() }, [99]],
	])('is %s', (_, request, expected) => {
		const limits = vi.spyOn(AbortSignal, 'timeout');
		signalOf(request);
		expect(limits.mock.calls.flat()).toEqual(expected);
		limits.mockRestore();
	});

	it('ends by either signal', () => {
		for (const which of ['stop', 'limit']) {
			const [stop, limit] = [new AbortController(), new AbortController()];
			const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limit.signal);
			const both = signalOf({ timeout: 1, abortSignal: stop.signal });
			expect(both?.aborted).toBe(false);
			(which === 'stop' ? stop : limit).abort();
			expect(both?.aborted).toBe(true);
			timeout.mockRestore();
		}
	});

	it('is that of the engine, untouched', () => {
		const abortSignal = signal();
		expect(signalOf({ abortSignal })).toBe(abortSignal);
	});
});

function signal(): AbortSignal {
	return new AbortController().signal;
}

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
	expect(others).toHaveLength(9);
	expect(others.at(-1)).toMatchObject({ type: 'responseSuccessBody', properties: { key: 'code', value: 1000 } });
	expect(refusalText('Kling', { cause: 'the key is wrong', fix: 'Copy it again.' }, 'code 1000')).toBe(
		'Kling refused the test: the key is wrong. Copy it again. (code 1000)',
	);
});
