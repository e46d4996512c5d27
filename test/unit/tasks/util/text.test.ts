import { describe, expect, it } from 'vitest';

import {
	count,
	cut,
	hostOf,
	fitsInPath,
	isLong,
	jsonOf,
	lengthOf,
	masked,
	maskedJson,
	quote,
	said,
	saidIn,
	textOfError,
	withoutCodes,
} from '../../../../nodes/tasks/util/text';
import { expectLinear } from '../growth';

const base64 = 'iVBORw0KGgoAAAANSUhEUgAA'.repeat(9);

describe('a value in a message', () => {
	it.each([
		['abc', '"abc"'],
		[12, '"12"'],
		[undefined, '"undefined"'],
		[null, '"null"'],
		[{ a: 1 }, '"{"a":1}"'],
		['https://x.test/a.png?Signature=s3cret&Expires=1', '"https://x.test/a.png?…"'],
		['https://x.test/a.png#s3cret', '"https://x.test/a.png?…"'],
		['https://user:s3cret@x.test/a.png', '"https://x.test/a.png"'],
		['HTTPS://user:s3cret@x.test', '"HTTPS://x.test"'],
		['https://x.test/mail@home.png', '"https://x.test/mail@home.png"'],
		['htps://user:s3cret@x.test', '"htps://***@x.test"'],
		['https//user:s3cret@x.test/a', '"https//user:***@x.test/a"'],
		['user:s3cret@x.test', '"user:***@x.test"'],
		['somebody@x.test', '"somebody@x.test"'],
		['😀'.repeat(70), `"${'😀'.repeat(60)}…"`],
		['data:image/png;base64,iVBORw0KGgo', '"data:image/png;base64,…"'],
		['data:iVBORw0KGgoAAAANSUhEUgAA', '"data:…"'],
		[base64, '"iVBORw0KGgoA…"'],
		['n8n-0123456789012345678901234567890123', '"n8n-0123456789012345678901234567890123"'],
		['word '.repeat(50), `"${'word '.repeat(12)}…"`],
	])('%j becomes %s', (value, text) => {
		expect(quote(value)).toBe(text);
	});

	it('is shown in short where JSON cannot write it', () => {
		const circle: unknown[] = [];
		circle.push(circle);
		let deep: unknown = 1;
		for (let depth = 0; depth < 100_000; depth += 1) deep = { deep };
		expect([circle, deep, Symbol.iterator].map(quote)).toEqual(['"{…}"', '"{…}"', '"Symbol(Symbol.iterator)"']);
		expect(jsonOf({ a: [1, 'x'] })).toBe('{"a":[1,"x"]}');
	});

	it('shows at most 60 characters, also of a long URL', () => {
		const url = `https://x.test/${'deep/'.repeat(50)}?Signature=s3cret`;
		expect(quote(url)).toMatch(/^"https:.{54}…"$/);
		expect(quote(url)).not.toContain('s3cret');
	});

	it.each<[string, (size: number) => string]>([
		['one word', (size) => 'a'.repeat(size)],
		['a data URI', (size) => `data:${','.repeat(size)}`],
		['a URL of question marks', (size) => `https://x.test/${'?'.repeat(size)}`],
		['a URL of at signs', (size) => `https://${'@'.repeat(size)}`],
		['at signs and colons', (size) => 'a:@'.repeat(size / 3)],
		['beginnings of tokens', (size) => 'eyJ'.repeat(size / 3)],
		['beginnings of headers', (size) => 'bearer '.repeat(size / 7)],
		['words that are nearly too long', (size) => `${'a'.repeat(63)} `.repeat(size / 64)],
	])('takes linear time for %s', (_, make) => {
		expectLinear(make, quote);
		expectLinear(make, said);
	});
});

describe('what a service says', () => {
	it('stays as it is up to 300 characters', () => {
		expect(said('The image is too small.')).toBe('The image is too small.');
		expect(said('word '.repeat(100))).toBe(`${'word '.repeat(60)}…`);
	});

	it('is repeated without what looks like a key or an image', () => {
		const key = 'eyJhbGciOiJIUzI1NiJ9-'.repeat(4);
		expect(said(`the token ${key} is bad, as is ${base64}.`)).toBe(
			`the token ${key.slice(0, 12)}… is bad, as is ${base64.slice(0, 12)}….`,
		);
	});

	const signature = 'x8Yk1cQ0mB5nTz3rWq7vLd9sJf2hGp4aKe6uRi0oXyE=';
	const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln';

	it.each([
		['Bearer sk-1234567', 'Bearer ***'],
		['{"authorization":"Bearer abcdefghijklmnopqrs"}', '{"authorization":"Bearer ***"}'],
		['bearer: t0ken, please', 'bearer: ***, please'],
		['used APPCODE 0123abcd', 'used APPCODE ***'],
		['Basic dXNlcjpw!', 'Basic ***'],
		['the bearer token is missing.', 'the bearer token is missing.'],
		[`token ${jwt} is bad`, 'token *** is bad'],
		[`signature ${signature} is wrong`, `signature ${signature.slice(0, 12)}… is wrong`],
		['sent to https://user:pass@x.test/a', 'sent to https://***@x.test/a'],
		['sent to https://t0ken@x.test/a', 'sent to https://***@x.test/a'],
		['sent to user:p@ss@x.test', 'sent to user:***@x.test'],
		['a word/path/with/many/lower-case/parts/is-no-key', 'a word/path/with/many/lower-case/parts/is-no-key'],
		[
			'user_upload/T0000000000101/3f072b2b-66b2-4446-a9c0.jpg was never uploaded',
			'user_upload/T0000000000101/3f072b2b-66b2-4446-a9c0.jpg was never uploaded',
		],
		['half \ud83d of one', 'half \ufffd of one'],
	])('%j is repeated as %j', (text, shown) => {
		expect(said(text)).toBe(shown);
	});

	it.each([298, 299, 300, 301])('is cut between characters, not within one: %i and a face each', (length) => {
		const text = said(`${'a '.repeat(length / 2)}${length % 2 ? 'a' : ''}${'😀'.repeat(5)}`);
		expect([...text].length).toBeLessThanOrEqual(301);
		expect(fitsInPath(text)).toBe(true);
		expect([...said('😀 '.repeat(500))]).toHaveLength(301);
	});

	it('is nothing where it is no text', () => {
		expect([undefined, null, '', {}, 7, 'a'].map(saidIn)).toEqual([
			undefined,
			undefined,
			undefined,
			undefined,
			'7',
			'a',
		]);
	});
});

/** An array in an array, so many levels deep. */
function nested(levels: number): unknown {
	let value: unknown = [];
	for (let level = 1; level < levels; level += 1) value = [value];
	return value;
}

describe('the values of a credential', () => {
	it('are masked wherever a service echoes them', () => {
		expect(masked('key my-secret, and my-secret again', ['my-secret'])).toBe('key ***, and *** again');
		expect(masked('nothing here', ['my-secret'])).toBe('nothing here');
	});

	it('are masked as JSON writes them, too', () => {
		const secret = 'my"secret\\密';
		expect(masked(JSON.stringify({ echo: secret }), [secret])).toBe('{"echo":"***"}');
	});

	it('leave nothing behind where one is the beginning of another', () => {
		for (const secrets of [
			['secret', 'secret-tail'],
			['secret-tail', 'secret'],
		]) {
			expect(masked('it was secret-tail', secrets)).toBe('it was ***');
		}
	});
});

describe('the values of a credential, however a service writes them,', () => {
	const secret = 'p4ss/w+rd "x" 密钥';

	it.each<[string, string]>([
		['as they are', secret],
		['in JSON', JSON.stringify(secret)],
		['in JSON with escaped slashes', JSON.stringify(secret).replace('/', '\\/')],
		['in an address', encodeURIComponent(secret)],
		['in a form', encodeURIComponent(secret).replace(/%20/g, '+')],
		['in base64', Buffer.from(secret).toString('base64')],
		['in base64 of Basic', Buffer.from(`u:${secret}`).toString('base64')],
		['in base64 of Basic, after a longer user', Buffer.from(`usr:${secret}`).toString('base64')],
		['in base64 for addresses', Buffer.from(`user:${secret}`).toString('base64url')],
		[
			'in a token',
			`eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ iss: 'p4ss/w+rd-0123' })).toString('base64url')}.c2ln`,
		],
	])('are masked %s', (_, written) => {
		const text = masked(`before ${written}, after`, [secret, 'p4ss/w+rd-0123']);
		expect(text).toMatch(/^before "?\*\*\*"?, after$/);
	});

	it('are masked in every part of an answer, also as names and numbers; all else stays', () => {
		const answer = { 'k-0123456': ['x k-0123456 y', null, true, 1.5], n: 203_912_345, __proto__: null };
		expect(maskedJson({ ...answer, deep: [[{ a: 'k-0123456' }]] }, ['k-0123456', '203912345'])).toEqual({
			'***': ['x *** y', null, true, 1.5],
			n: '***',
			deep: [[{ a: '***' }]],
		});
	});

	it('keep a field "__proto__" what it is', () => {
		const masked = maskedJson(JSON.parse('{"__proto__":{"a":"k-0123456"}}'), ['k-0123456']);
		expect(JSON.stringify(masked)).toBe('{"__proto__":{"a":"***"}}');
	});

	it('are not looked for in an answer that is too deep to be one', () => {
		expect(maskedJson(nested(100), ['k'])).toEqual(nested(100));
		expect([maskedJson(nested(101), ['k']), maskedJson(nested(100_000), [])]).toEqual([undefined, undefined]);
	});

	it.each<[string, (size: number) => string]>([
		['the value', (size) => 'k-0123456'.repeat(size / 10)],
		['its base64', (size) => Buffer.from('k-0123456'.repeat(size / 10)).toString('base64')],
		['what begins alike', (size) => 'k-01234'.repeat(size / 10)],
	])('are masked in linear time in many times %s', (_, make) => {
		expectLinear(make, (text) => masked(text, ['k-0123456']));
	});
});

describe('an ID', () => {
	it.each(['.', '..', 'a\ud800', '\udc00b'])('%j cannot stand in an address', (id) => {
		expect(fitsInPath(id)).toBe(false);
	});

	it.each(['...', 'a.b', '.a', '😀', '密钥', '%2e%2e', 'a/..'])('%j can', (id) => {
		expect(fitsInPath(id)).toBe(true);
	});
});

it('host and port are all that is told of an address', () => {
	expect(hostOf('https://user:s3cret@relay.test:8443/s3cret?key=s3cret')).toBe('relay.test:8443');
	expect(hostOf('relay.test/s3cret')).toBe('"relay.test/s3cret", which is not a URL');
	expect(hostOf('')).toBe('"", which is not a URL');
});

it('network codes leave a text: n8n rewords messages in which it finds one', () => {
	expect(withoutCodes('ENOSPC: no space left on device, write')).toBe('no space left on device, write');
	expect(withoutCodes('connect ECONNREFUSED 127.0.0.1:80')).toBe('connect 127.0.0.1:80');
	expect(withoutCodes('getaddrinfo EAI_AGAIN store.test')).toBe('store.test');
	expect(withoutCodes('The Example of EXIF')).toBe('The Example of EXIF');
});

it('a text without codes is short: what failed may repeat a whole value', () => {
	expect(withoutCodes(`Cannot read ${'x'.repeat(1_000_000)}`).length).toBeLessThan(310);
	expectLinear((size) => `E${'A'.repeat(size)}_`, withoutCodes);
});

it('small words', () => {
	expect([0, 1, 2].map((number) => count(number, 'image'))).toEqual(['0 images', '1 image', '2 images']);
	expect([cut('abcd', 4), cut('abcde', 4)]).toEqual(['abcd', 'abcd…']);
	expect([textOfError(new Error('no')), textOfError('words'), textOfError(undefined)]).toEqual([
		'no',
		'words',
		'undefined',
	]);
});

describe('what is too large to be kept for all items', () => {
	it('has more than 64 kB in all its texts together', () => {
		const half = 'x'.repeat(32 * 1024);
		expect([half, [half, half], { a: half, b: { c: [half] } }].map(isLong)).toEqual([false, false, false]);
		expect([`${half}${half}x`, [half, half, 'x'], { a: half, b: { c: [half, 'x'] } }].map(isLong)).toEqual([
			true,
			true,
			true,
		]);
		expect([undefined, null, 12, true, {}].map(lengthOf)).toEqual([0, 0, 0, 0, 0]);
	});

	it('is also what is too deep to be counted', () => {
		let deep: unknown = 1;
		for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
		expect(isLong(deep)).toBe(true);
		expect(isLong({ deep })).toBe(true);
	});

	it('counts bytes of a file', () => {
		expect(lengthOf(Buffer.alloc(5))).toBe(5);
		expect(lengthOf({ list: [{ image: 'xxx' }], file: Buffer.alloc(2) })).toBe(5);
	});
});
