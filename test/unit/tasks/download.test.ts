import type { IBinaryData, IHttpRequestOptions } from 'n8n-workflow';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { downloadImages } from '../../../nodes/tasks/download';
import type { Task, TaskImage } from '../../../nodes/tasks/task';
import { binaryName, prefixProblem } from '../../../nodes/tasks/items';
import { exchangeOf, networkError, rejectionOf } from './support';

const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#111' } });
const png = await picture.clone().png().toBuffer();
const webp = await picture.clone().webp().toBuffer();

const taskOf = (...urls: string[]): Task => ({
	service: 'kling', resource: 'r', taskId: '9308', externalTaskId: 'mine', status: 'succeeded',
	images: urls.map((url, index): TaskImage => ({ index, url })),
});

type File = { statusCode?: number; headers?: Record<string, string>; body?: Buffer } | Error;

/** Downloads from a server that gives these files in turn; collects the requests. */
function download(task: Task, ...files: File[]) {
	const requests: IHttpRequestOptions[] = [];
	const exchange = exchangeOf();
	Object.assign(exchange.declared.options, { proxy: 'http://proxy', skipSslCertificateValidation: true });
	const helpers = {
		async httpRequest(options: IHttpRequestOptions) {
			requests.push(options);
			const file = files[Math.min(requests.length, files.length) - 1];
			if (file instanceof Error) throw file;
			const { statusCode = 200, headers = {}, body = png } = file ?? {};
			return { statusCode, headers, body: Readable.from([body.subarray(0, 5), body.subarray(5)]) };
		},
		prepareBinaryData: async (stream: Readable, fileName: string, mimeType: string) => ({ data: (await buffer(stream)).toString('base64'), fileName, mimeType }),
	};
	Object.assign(exchange.context, { helpers });
	return { result: downloadImages(exchange, task) as Promise<IBinaryData[]>, requests, exchange };
}

describe('a picture gets a true name and type', () => {
	it.each([
		['https://cdn/a/b/result.png?Expires=1&Signature=x/y.jpg', png, 'result.png', 'image/png'],
		['https://cdn/result.png', webp, 'result.webp', 'image/webp'],
		['https://cdn/result.JPEG#top', png, 'result.png', 'image/png'],
		['https://cdn/view-1', png, 'view-1.png', 'image/png'],
		['https://cdn/a.b.c', png, 'a.b.c.png', 'image/png'],
		['https://cdn/图片 1.png', png, '_1.png', 'image/png'],
		['https://cdn/', png, '9308_1.png', 'image/png'],
		['https://cdn/?name=a.png', png, '9308_1.png', 'image/png'],
		['https://cdn/..%2f..%2fetc%2fpasswd', png, '.._2f.._2fetc_2fpasswd.png', 'image/png'],
	])('%s', async (url, body, fileName, mimeType) => {
		const { result } = download(taskOf(url), { body, headers: { 'content-type': 'text/plain' } });
		expect(await result).toEqual([expect.objectContaining({ fileName, mimeType, data: body.toString('base64') })]);
	});

	it('each its own, in the order of the task', async () => {
		const { result } = download(taskOf('https://cdn/', 'https://cdn/b', 'https://cdn/'));
		expect((await result).map(({ fileName }) => fileName)).toEqual(['9308_1.png', 'b.png', '9308_3.png']);
	});
});

it('asks without a credential, through the proxy and with the SSL setting of the node', async () => {
	const { result, requests } = download(taskOf('https://cdn/a.png?s=1'));
	await result;
	expect(requests[0]).toMatchObject({ method: 'GET', url: 'https://cdn/a.png?s=1', proxy: 'http://proxy', skipSslCertificateValidation: true });
	expect(requests[0]?.headers).toBeUndefined();
	expect(requests[0]?.auth).toBeUndefined();
});

describe('a picture that does not come', () => {
	const trouble: Array<[string, File]> = [
		['a lost connection', networkError('ECONNRESET')],
		['HTTP 500', { statusCode: 500 }],
		['HTTP 429', { statusCode: 429 }],
	];

	it.each(trouble)('is fetched again after %s, up to six times with growing pauses', async (_, miss) => {
		const { result, requests, exchange } = download(taskOf('https://cdn/a.png'), miss, miss, miss, miss, miss, { body: png });
		expect(await result).toHaveLength(1);
		expect(requests).toHaveLength(6);
		expect(exchange.clock.pauses).toEqual([250, 500, 1_000, 2_000, 4_000]);
	});

	it.each(trouble)('and goes on with %s is an error that says the task is paid and can be read again', async (_, miss) => {
		const { result, requests } = download(taskOf('https://cdn/a.png'), miss);
		const facts = { taskId: '9308', externalTaskId: 'mine', taskState: 'created', retryable: true, hint: expect.stringContaining('paid') };
		expect(await rejectionOf(result)).toMatchObject(facts);
		expect(requests).toHaveLength(6);
	});

	it.each([
		[403, 'the link is dead (HTTP 403)'], [404, 'the link is dead (HTTP 404)'], [410, 'the link is dead (HTTP 410)'],
	])('with HTTP %i is dead at once', async (statusCode, text) => {
		const { result, requests } = download(taskOf('https://cdn/a.png?Signature=s3cret'), { statusCode });
		const error = await rejectionOf(result);
		expect(error).toMatchObject({ httpStatus: statusCode, taskId: '9308', externalTaskId: 'mine', taskState: 'created', retryable: false });
		expect(error.message).toContain(text);
		expect(error.message).toContain('Picture 1 of task 9308');
		expect(JSON.stringify(error) + error.stack).not.toContain('s3cret');
		expect(requests).toHaveLength(1);
	});

	it('because it is no picture, says so', async () => {
		const { result } = download(taskOf('https://cdn/a.png'), { body: Buffer.from('<html>gone</html>') });
		expect((await rejectionOf(result)).message).toContain('the file is not a picture');
	});

	it('because it is announced as larger than 50 MB, is not read at all', async () => {
		const { result, requests } = download(taskOf('https://cdn/a.png'), { headers: { 'content-length': String(50 * 1024 * 1024 + 1) } });
		expect((await rejectionOf(result)).message).toContain('larger than 50 MB');
		expect(requests).toHaveLength(1);
	});

	it('because it turns out to be larger than 50 MB without having said so', async () => {
		const body = Buffer.concat([png, Buffer.alloc(50 * 1024 * 1024)]);
		const { result } = download(taskOf('https://cdn/a.png'), { body });
		expect(await rejectionOf(result)).toMatchObject({ taskState: 'created', retryable: false });
	});
});

it('fetches at most nine at once', async () => {
	let running = 0;
	let peak = 0;
	const exchange = exchangeOf();
	const helpers = {
		async httpRequest() {
			peak = Math.max(peak, ++running);
			return { statusCode: 200, headers: {}, body: Readable.from([png]) };
		},
		async prepareBinaryData(stream: Readable) {
			await buffer(stream);
			running -= 1;
			return {};
		},
	};
	Object.assign(exchange.context, { helpers });
	await downloadImages(exchange, taskOf(...Array<string>(25).fill('https://cdn/a.png')));
	expect(peak).toBe(9);
});

it('names binary fields image, image_1, image_2', () => {
	expect([0, 1, 2, 8].map((place) => binaryName('image', place))).toEqual(['image', 'image_1', 'image_2', 'image_8']);
	expect(['image', 'a-b_9'].map(prefixProblem)).toEqual([undefined, undefined]);
	expect(prefixProblem('a b')).toContain('"a b"');
	expect(prefixProblem('')).toContain('may hold only');
});
