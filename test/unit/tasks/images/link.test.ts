/** Images whose links the user gave: what came in their place is said, and what passes is tried again. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { fetchLink } from '../../../../nodes/tasks/images/link';
import { ImageProblem } from '../../../../nodes/tasks/images/reference';
import { ImageHosts } from '../../../../nodes/tasks/util/imageHosts';
import { itemOf, networkError, type TestItem } from '../support';

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(400)]);
const hosts = ImageHosts.of({ privateImageHosts: '' }, 'https://service.test');

interface File {
	statusCode?: number;
	headers?: Record<string, string>;
	body?: string | Buffer;
	/** The connection is lost behind so many bytes. */
	cutAt?: number;
}

async function* cutAfter(bytes: Buffer, at: number) {
	yield bytes.subarray(0, at);
	await Promise.resolve();
	throw networkError('ECONNRESET');
}

/** Fetches a link whose server answers these in turn, the last one again and again. */
async function link(files: Array<File | Error>, url = 'https://x.test/me.jpg?Signature=s3cret', signal?: AbortSignal) {
	const item = itemOf({ signal });
	const asked: string[] = [];
	const fetch: TestItem['fetch'] = async ({ url: address }) => {
		asked.push(String(address));
		const file = files[Math.min(asked.length, files.length) - 1] ?? {};
		if (file instanceof Error) throw file;
		const { statusCode = 200, headers = {}, body = png, cutAt } = file;
		const bytes = Buffer.from(body);
		const stream = cutAt === undefined ? Readable.from([bytes]) : Readable.from(cutAfter(bytes, cutAt));
		return { statusCode, headers, body: stream as never };
	};
	return { got: await fetchLink({ ...item, fetch }, hosts, url), asked, pauses: item.clock.pauses };
}

describe('a link that gives no image is refused at once, in words that say what it gave', () => {
	const html = { 'content-type': 'text/html; charset=utf-8' };
	it.each<[string, File, RegExp, RegExp]>([
		[
			'a log-in page',
			{ body: '<!DOCTYPE html><html><title>Sign in</title>' },
			/the link leads to a web page, not an image$/,
			/log-in page.*direct download link/,
		],
		['a viewer with spaces before', { body: '\n\n  <html lang="en">' }, /a web page, not an image$/, /Google Drive/],
		['a page with a mark of its encoding', { body: '\ufeff<!doctype html>' }, /a web page, not an image$/, /direct/],
		['XHTML', { body: '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">' }, /a web page/, /direct/],
		['a page that begins otherwise', { body: '\n<div>Please sign in</div>', headers: html }, /a web page/, /direct/],
		[
			'a page that is called an image',
			{ body: '<html></html>', headers: { 'content-type': 'image/jpeg' } },
			/a web page/,
			/direct/,
		],
		[
			'JSON',
			{ body: '{"error":"no"}' },
			/the link leads to JSON, not an image$/,
			/address of|that of the image itself/,
		],
		['an array', { body: '[{"url":"x"}]' }, /the link leads to JSON, not an image$/, /HTTP Request/],
		[
			'text',
			{ body: 'Access denied, come back', headers: { 'content-type': 'text/plain' } },
			/the link leads to text, not an image$/,
			/HTTP Request/,
		],
		[
			'XML of a store',
			{ body: '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>' },
			/the link leads to XML, not an image$/,
			/HTTP/,
		],
		['a PDF', { body: '%PDF-1.7 and so on and on' }, /the link leads to a PDF, not an image$/, /HTTP Request/],
		['an SVG', { body: '<svg xmlns="http://www.w3.org/2000/svg">' }, /an SVG, which no service here takes$/, /HTTP/],
		['a TIFF', { body: 'II*\0\x08\0\0\0\0\0\0\0\0' }, /a TIFF, which no service here takes$/, /HTTP/],
		['anything', { body: Buffer.alloc(300, 7) }, /the link does not lead to an image$/, /HTTP Request/],
		['401', { statusCode: 401 }, /the link needs a log-in or is protected$/, /HTTP Request.*hand over the file/],
		['403', { statusCode: 403, body: '<html>' }, /the link needs a log-in or is protected$/, /Referer/],
		['404', { statusCode: 404, body: '<html>' }, /the link leads to nothing$/, /browser/],
		['410', { statusCode: 410 }, /the link leads to nothing$/, /browser/],
		['400', { statusCode: 400 }, /the server of the link answered with an error$/, /HTTP Request/],
	])('%s', async (_, file, message, hint) => {
		const { got, asked } = await link([file]);
		expect(got).toBeInstanceOf(ImageProblem);
		expect(got).toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
		expect((got as ImageProblem).hint).toMatch(/^"https:\/\/x\.test\/me\.jpg\?…" cannot be used\. /);
		expect((got as ImageProblem).hint.split(/\. /).length).toBeLessThanOrEqual(4);
		expect(JSON.stringify(got)).not.toContain('s3cret');
		expect(asked).toHaveLength(1);
	});

	it('behind a redirect, as shops and drives answer who is not logged in', async () => {
		const away = { statusCode: 302, headers: { location: 'https://login.test/start' } };
		const { got, asked } = await link([away, { body: '<!doctype html>' }]);
		expect(got).toMatchObject({ message: expect.stringMatching(/a web page, not an image$/) });
		expect(asked).toEqual(['https://x.test/me.jpg?Signature=s3cret', 'https://login.test/start']);
	});
});

describe('what passes is tried again', () => {
	const troubles: Array<[string, File | Error]> = [
		['503', { statusCode: 503 }],
		['500 with a page', { statusCode: 500, body: '<html>' }],
		['429', { statusCode: 429 }],
		['408', { statusCode: 408 }],
		['a lost connection', networkError('ECONNRESET')],
		['a file that is cut off', { cutAt: 100 }],
		['a file that is cut off at once', { cutAt: 0 }],
	];
	it.each(troubles)('%s', async (_, trouble) => {
		const { got, asked, pauses } = await link([trouble, trouble, {}]);
		expect(Buffer.isBuffer(got) && got.equals(png)).toBe(true);
		expect(asked).toHaveLength(3);
		expect(pauses).toEqual([250, 500]);
	});

	it.each(troubles)('%s without end is a problem after six tries', async (_, trouble) => {
		const { got, asked } = await link([trouble]);
		expect(got).toMatchObject({ hint: expect.stringMatching(/Try again later, or download it/) });
		expect(asked).toHaveLength(6);
	});

	it.each([
		['ENOTFOUND', 'getaddrinfo ENOTFOUND x.test', 'nothing answers at x.test', /Try again later, or download it/],
		[
			'ECONNREFUSED',
			'connect ECONNREFUSED 127.0.0.1:3128',
			'nothing answers at the proxy 127.0.0.1:3128',
			/Check the proxy: .*HTTPS_PROXY/,
		],
	])('%s (%s) says who does not answer', async (code, text, message, hint) => {
		const { got, asked } = await link([networkError(code, text)]);
		expect(got).toMatchObject({ message, hint: expect.stringMatching(hint) });
		expect(asked).toHaveLength(6);
	});

	it('but not after a stop', async () => {
		const stop = new AbortController();
		stop.abort();
		const { got, asked } = await link([{ statusCode: 503 }], undefined, stop.signal);
		expect(got).toBeInstanceOf(ImageProblem);
		expect(asked).toEqual([]);
	});
});
