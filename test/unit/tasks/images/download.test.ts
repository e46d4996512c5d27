import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { IBinaryData, IHttpRequestOptions } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { downloadImages } from '../../../../nodes/tasks/images/download';
import type { Task, TaskImage } from '../../../../nodes/tasks/model/task';
import { toItems } from '../../../../nodes/tasks/operations/output';
import { endpoint, itemOf, networkError, rejectionOf, type TestItem } from '../support';

const image = sharp({ create: { width: 8, height: 8, channels: 3, background: '#111' } });
const png = await image.clone().png().toBuffer();
const webp = await image.clone().webp().toBuffer();

const taskOf = (...urls: string[]): Task => ({
	service: 'kling',
	resource: 'r',
	taskId: '9308',
	externalTaskId: 'mine',
	status: 'succeeded',
	images: urls.map((url, index): TaskImage => ({ index, url })),
});

type File = { statusCode?: number; headers?: Record<string, string>; body?: Buffer } | Error;

/** An item whose server gives these files in turn, the last one again and again. */
function serve(...files: File[]) {
	const requests: IHttpRequestOptions[] = [];
	const item = itemOf();
	const store = async (stream: unknown, fileName: string, mimeType: string) => ({
		data: (await buffer(stream as Readable)).toString('base64'),
		fileName,
		mimeType,
	});
	const fetch = async (request: IHttpRequestOptions) => {
		requests.push(request);
		const file = files[Math.min(requests.length, files.length) - 1];
		if (file instanceof Error) throw file;
		const { statusCode = 200, headers = {}, body = png } = file ?? {};
		return { statusCode, headers, body: Readable.from([body.subarray(0, 5), body.subarray(5)]) as never };
	};
	const served: TestItem = { ...item, files: { ...item.files, store }, fetch };
	return { item: served, requests };
}

function download(task: Task, ...files: File[]) {
	const { item, requests } = serve(...files);
	return { result: downloadImages(item, endpoint, task), requests, item };
}

describe('an image gets a true name and type', () => {
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

it('is asked for by its whole address, without a header', async () => {
	const { result, requests } = download(taskOf('https://cdn/a.png?s=1'));
	await result;
	expect(requests).toEqual([{ method: 'GET', url: 'https://cdn/a.png?s=1', timeout: 120_000 }]);
});

describe('an image that does not come', () => {
	const trouble: Array<[string, File]> = [
		['a lost connection', networkError('ECONNRESET')],
		['HTTP 500', { statusCode: 500 }],
		['HTTP 429', { statusCode: 429 }],
	];

	it.each(trouble)('is fetched again after %s, up to six times with growing pauses', async (_, miss) => {
		const { result, requests, item } = download(taskOf('https://cdn/a.png'), miss, miss, miss, miss, miss, {
			body: png,
		});
		expect(await result).toHaveLength(1);
		expect(requests).toHaveLength(6);
		expect(item.clock.pauses).toEqual([250, 500, 1_000, 2_000, 4_000]);
	});

	it.each(trouble)(
		'and goes on with %s is an error that says the task is paid and can be read again',
		async (_, miss) => {
			const { result, requests } = download(taskOf('https://cdn/a.png'), miss);
			const facts = { taskId: '9308', externalTaskId: 'mine', taskState: 'created', retryable: true };
			expect(await rejectionOf(result)).toMatchObject({ ...facts, hint: expect.stringContaining('paid') });
			expect(requests).toHaveLength(6);
		},
	);

	it.each([403, 404, 410])('with HTTP %i is dead at once', async (statusCode) => {
		const { result, requests } = download(taskOf('https://cdn/a.png?Signature=s3cret'), { statusCode });
		const error = await rejectionOf(result);
		const facts = {
			httpStatus: statusCode,
			taskId: '9308',
			externalTaskId: 'mine',
			taskState: 'created',
			retryable: false,
		};
		expect(error).toMatchObject(facts);
		expect(error.message).toBe(
			`Image 1 of the task could not be downloaded from "https://cdn/a.png?…": the link is dead (HTTP ${statusCode})`,
		);
		expect(JSON.stringify(error) + error.stack).not.toContain('s3cret');
		expect(requests).toHaveLength(1);
	});

	it('names its number, and neither an ID nor a code of the network', async () => {
		const { result } = download(
			taskOf('https://cdn/a.png', 'https://cdn/b.png'),
			{ body: png },
			networkError('ECONNRESET'),
		);
		const { message } = await rejectionOf(result);
		expect(message).toMatch(/^Image 2 of the task .*: the connection was lost$/);
		expect(message).not.toMatch(/9308|mine|ECONNRESET|secret-host/);
	});

	it('because it is not an image, says so', async () => {
		const { result } = download(taskOf('https://cdn/a.png'), { body: Buffer.from('<html>gone</html>') });
		expect((await rejectionOf(result)).message).toContain('the file is not an image');
	});

	it('because it is announced as larger than 50 MB, is not read at all', async () => {
		const tooLarge = { headers: { 'content-length': String(50 * 1024 * 1024 + 1) } };
		const { result, requests } = download(taskOf('https://cdn/a.png'), tooLarge);
		expect((await rejectionOf(result)).message).toContain('larger than 50 MB');
		expect(requests).toHaveLength(1);
	});

	it('because it turns out to be larger than 50 MB without having said so', async () => {
		const body = Buffer.concat([png, Buffer.alloc(50 * 1024 * 1024)]);
		const { result } = download(taskOf('https://cdn/a.png'), { body });
		expect(await rejectionOf(result)).toMatchObject({ taskState: 'created', retryable: false });
	});
});

describe('images on their way at once', () => {
	/** A storage that takes its time; how many were on their way at most. */
	function slow(account: string) {
		const state = { running: 0, peak: 0 };
		const { item } = serve();
		const fetch: TestItem['fetch'] = async (...asked) => {
			state.peak = Math.max(state.peak, (state.running += 1));
			return await item.fetch(...asked);
		};
		const store = async (stream: unknown) => {
			await buffer(stream as Readable);
			state.running -= 1;
			return {} as IBinaryData;
		};
		const accountOf: TestItem['account'] = async (connection) => ({
			...(await item.account(connection)),
			key: account,
		});
		return { item: { ...item, fetch, files: { ...item.files, store }, account: accountOf }, state };
	}

	it('are at most nine of one account', async () => {
		const { item, state } = slow('busy');
		await downloadImages(item, endpoint, taskOf(...Array<string>(25).fill('https://cdn/a.png')));
		expect(state.peak).toBe(9);
	});

	it('of an account that hangs hold up nobody else', async () => {
		const hanging = slow('hanging').item;
		const never = async () => await new Promise<never>(() => undefined);
		void downloadImages({ ...hanging, fetch: never }, endpoint, taskOf(...Array<string>(9).fill('https://cdn/a.png')));
		const { item } = slow('other');
		expect(await downloadImages(item, endpoint, taskOf('https://cdn/a.png'))).toHaveLength(1);
	});
});

it('binary fields are called image, image_1, image_2', async () => {
	const { item } = serve();
	const output = {
		simplify: true,
		downloadImages: true,
		outputItems: 'perTask',
		binaryPrefix: 'image',
		passInputFields: false,
	};
	const found = {
		task: taskOf('https://cdn/a', 'https://cdn/b', 'https://cdn/c'),
		reply: { status: 200, headers: {}, body: {} },
	};
	const [made] = await toItems(item, endpoint, found, output, { item: 0 });
	expect(Object.keys(made?.binary ?? {})).toEqual(['image', 'image_1', 'image_2']);
});
