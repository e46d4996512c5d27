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
	const result = downloadImages(item, endpoint, task).then(({ files }) =>
		files.map(({ image }) => image as IBinaryData),
	);
	return { result, requests, item };
}

it.each([
	['result.png', webp, 'webp'],
	['result.JPEG#top', png, 'png'],
	['result.png?name=a.jpg', png, 'png'],
	['照片.exe', png, 'png'],
	['', png, 'png'],
])('the image behind %j has the name of its task and the type of its bytes', async (path, body, type) => {
	const { result } = download(taskOf(`https://cdn/${path}`), { body, headers: { 'content-type': 'text/plain' } });
	const data = body.toString('base64');
	expect(await result).toEqual([
		expect.objectContaining({ fileName: `9308_1.${type}`, mimeType: `image/${type}`, data }),
	]);
});

it('is asked for by its whole address, without a header', async () => {
	const { result, requests } = download(taskOf('https://cdn/a.png?s=1'));
	await result;
	expect(requests).toEqual([{ method: 'GET', url: 'https://cdn/a.png?s=1', timeout: 60_000 }]);
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
		expect(error.message).toBe('The link is dead (image 1 of the task)');
		expect(JSON.stringify(error) + error.stack).not.toContain('s3cret');
		expect(requests).toHaveLength(1);
	});

	it.each([400, 401, 402, 405, 451])('with HTTP %i is not asked for again', async (statusCode) => {
		const { result, requests } = download(taskOf('https://cdn/a.png'), { statusCode });
		expect(await rejectionOf(result)).toMatchObject({
			message: 'The server of the link answered with an error (image 1 of the task)',
			httpStatus: statusCode,
			retryable: false,
		});
		expect(requests).toHaveLength(1);
	});

	it('names its number, and neither an ID nor a code of the network', async () => {
		const { result } = download(
			taskOf('https://cdn/a.png', 'https://cdn/b.png'),
			{ body: png },
			networkError('ECONNRESET'),
		);
		const { message } = await rejectionOf(result);
		expect(message).toMatch(/^The connection was lost during the download \(image 2 of the task\)$/);
		expect(message).not.toMatch(/9308|mine|ECONNRESET|secret-host/);
	});

	it('because it is not an image, says so', async () => {
		const { result } = download(taskOf('https://cdn/a.png'), { body: Buffer.from('<html>gone</html>') });
		expect((await rejectionOf(result)).message).toMatch(
			/^The link leads to a web page, not an image \(image 1 of the task\)$/,
		);
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

describe('when one image fails for good', () => {
	/** Serves what is not `dead`, slowly: parts for as long as nobody stops it. */
	function serveSlowly(store = async (stream: unknown) => ({ data: String(await buffer(stream as Readable)) })) {
		const { item } = serve();
		const ended: string[] = [];
		const asked: string[] = [];
		const fetch: TestItem['fetch'] = async ({ url }, signal) => {
			asked.push(url);
			if (url.endsWith('dead')) return { statusCode: 404, headers: {}, body: Readable.from([]) as never };
			const body = new Readable({ read: () => undefined });
			body.push(png);
			signal.addEventListener('abort', () => {
				ended.push(url);
				body.destroy(new Error('canceled'));
			});
			return { statusCode: 200, headers: {}, body: body as never };
		};
		return { item: { ...item, fetch, files: { ...item.files, store: store as never } }, asked, ended };
	}

	it('its siblings are stopped at once and none is begun, so that no file is left behind', async () => {
		const { item, asked, ended } = serveSlowly();
		const urls = Array.from({ length: 30 }, (_, index) => `https://cdn/${index === 4 ? 'dead' : index}`);
		const error = await rejectionOf(downloadImages(item, endpoint, taskOf(...urls)));
		expect(error.message).toMatch(/^The link is dead \(image 5 of the task\)$/);
		expect(error).toMatchObject({ taskState: 'created', httpStatus: 404 });
		expect(asked).toHaveLength(9);
		expect(ended.toSorted()).toEqual(urls.filter((url, index) => index < 9 && !url.endsWith('dead')));
	});

	it('nothing goes on after the error', async () => {
		let storing = 0;
		const { item } = serveSlowly(async (stream) => {
			storing += 1;
			return { data: String(await buffer(stream as Readable).finally(() => (storing -= 1))) };
		});
		await rejectionOf(downloadImages(item, endpoint, taskOf('https://cdn/a', 'https://cdn/dead', 'https://cdn/b')));
		expect(storing).toBe(0);
	});
});

describe('a task with more images than any service makes', () => {
	const urls = Array.from({ length: 2_000 }, (_, index) => `https://cdn/${index}.png`);
	const output = {
		simplify: true,
		outputItems: 'perTask',
		binaryPrefix: 'image',
		fileName: '',
		passInputFields: false,
	} as const;
	const found = { task: taskOf(...urls), reply: { status: 200, headers: {}, body: { raw: true } } };

	it('has the first hundred downloaded, and all of its URLs', async () => {
		const { item, requests } = serve({ body: png });
		const warnings: string[] = [];
		const warned = { ...item, warn: (text: string) => void warnings.push(text) };
		const [made] = await toItems(warned, endpoint, found, { ...output, downloadImages: true }, { item: 0 });
		expect(requests).toHaveLength(100);
		expect(Object.keys(made?.binary ?? {})).toHaveLength(100);
		expect(made?.json.images).toHaveLength(2_000);
		expect(made?.json.warnings).toEqual([expect.stringMatching(/2000 images; the first 100 were downloaded/)]);
		expect(warnings).toEqual(made?.json.warnings);
	});

	it('says so in the log where the output is what was received', async () => {
		const { item } = serve({ body: png });
		const warnings: string[] = [];
		const warned = { ...item, warn: (text: string) => void warnings.push(text) };
		const raw = { ...output, downloadImages: true, simplify: false };
		const [made] = await toItems(warned, endpoint, found, raw, { item: 0 });
		expect(made?.json).toEqual({ raw: true });
		expect(warnings).toHaveLength(1);
	});

	it('is as it is without downloads', async () => {
		const { item, requests } = serve({ body: png });
		const [made] = await toItems(item, endpoint, found, { ...output, downloadImages: false }, { item: 0 });
		expect([requests.length, made?.json.warnings]).toEqual([0, undefined]);
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
		expect((await downloadImages(item, endpoint, taskOf('https://cdn/a.png'))).files).toHaveLength(1);
	});
});

it('binary fields are called image, image_1, image_2', async () => {
	const { item } = serve();
	const output = {
		simplify: true,
		downloadImages: true,
		outputItems: 'perTask',
		binaryPrefix: 'image',
		fileName: '',
		passInputFields: false,
	};
	const found = {
		task: taskOf('https://cdn/a', 'https://cdn/b', 'https://cdn/c'),
		reply: { status: 200, headers: {}, body: {} },
	};
	const [made] = await toItems(item, endpoint, found, output, { item: 0 });
	expect(Object.keys(made?.binary ?? {})).toEqual(['image', 'image_1', 'image_2']);
});

describe('what the service gives for an image', () => {
	const output = { simplify: true, downloadImages: true, outputItems: 'perTask', binaryPrefix: 'image' } as const;
	const itemsFor = async (task: Task, files: File[] = [{}], change: object = {}, headers = {}) => {
		const { item, requests } = serve(...files);
		const settings = { ...output, fileName: '', passInputFields: false, ...change };
		const found = { task, reply: { status: 200, headers, body: {} } };
		const made = toItems(item, endpoint, found, settings, { item: 0 });
		return { made, requests, asked: () => requests.map(({ url }) => url) };
	};
	const only = async (...given: Parameters<typeof itemsFor>) => {
		const { made, asked } = await itemsFor(...given);
		const [item] = await made;
		const [image] = item?.json.images as TaskImage[];
		return { image, warnings: item?.json.warnings, fields: Object.keys(item?.binary ?? {}), asked: asked() };
	};
	const base = /^https:\/\/account-\d+\.test\/out\/1\.jpg\?a=%7E~\+%20$/;
	const PATH = 'The service returned a path, not a link';

	it('//… is a link by https, /… one on the server of the base URL, and nothing of it is changed', async () => {
		const host = await only(taskOf('//host/a%2fb.jpg?a=%7E'));
		expect([host.image?.url, host.asked]).toEqual(['https://host/a%2fb.jpg?a=%7E', ['https://host/a%2fb.jpg?a=%7E']]);
		const own = await only(taskOf('/out/1.jpg?a=%7E~+%20'));
		expect([own.image, own.fields]).toEqual([
			{ index: 0, url: expect.stringMatching(base), width: 8, height: 8, binaryField: 'image' },
			['image'],
		]);
		expect(own.warnings).toBeUndefined();
	});

	it('also without downloads, and for watermarks', async () => {
		const task = {
			...taskOf('/out/1.jpg?a=%7E~+%20'),
			images: [{ index: 0, url: '//h/a', watermarkUrl: 'out/w.jpg' }],
		};
		const { image, warnings, asked } = await only(task, [], { downloadImages: false });
		expect(image).toEqual({ index: 0, url: 'https://h/a', watermarkUrl: 'out/w.jpg' });
		expect([warnings, asked]).toEqual([[PATH], []]);
	});

	it.each([
		'user_result/1.jpg',
		'C:\\out\\1.jpg',
		'file:///out/1.jpg',
		'oss://bucket/1.jpg',
		'./1.jpg',
		'//',
		'http:1.jpg',
	])('%s stays as it is, with a warning, and is not asked for', async (path) => {
		for (const downloadImages of [true, false]) {
			const { image, warnings, fields, asked } = await only(taskOf(path), [{}], { downloadImages });
			expect([image, warnings, fields, asked]).toEqual([{ index: 0, url: path }, [PATH], [], []]);
		}
	});

	it.each([
		['is not there', '/out/1.jpg', { statusCode: 404 }, 1],
		['is a page', '//host/1.jpg', { body: Buffer.from('<html>') }, 1],
		['breaks down', '/out/1.jpg', { statusCode: 503 }, 6],
		['is on a private address', '//10.0.0.1/1.jpg', {}, 0],
	] as const)('what %s behind a path is no failure', async (_, path, file, tries) => {
		const { image, warnings, fields, asked } = await only(taskOf(path), [file]);
		expect([image, fields, asked.length]).toEqual([{ index: 0, url: path }, [], tries]);
		expect(warnings).toEqual([PATH, expect.stringMatching(/^Image 1 could not be downloaded: /)]);
	});

	it('the others of the task are downloaded', async () => {
		const { made } = await itemsFor(taskOf('https://cdn/a.png', 'out/2.png', 'https://cdn/c.png'));
		const [item] = await made;
		expect(Object.keys(item?.binary ?? {})).toEqual(['image', 'image_2']);
		expect((item?.json.images as TaskImage[]).map(({ binaryField }) => binaryField)).toEqual([
			'image',
			undefined,
			'image_2',
		]);
	});

	describe('with watermarks', () => {
		const marked = (...images: TaskImage[]): Task => ({ ...taskOf(), watermark: true, images });

		it.each(['image', 'photo'])('each becomes a field of its own (prefix %s)', async (binaryPrefix) => {
			const task = marked(
				{ index: 0, url: 'https://cdn/0.png', watermarkUrl: 'https://cdn/0w.png' },
				{ index: 1, url: 'https://cdn/1.png', watermarkUrl: 'https://cdn/1w.png' },
			);
			const { made } = await itemsFor(task, [{}], { binaryPrefix });
			const [item] = await made;
			const names = [binaryPrefix, `${binaryPrefix}_watermark`, `${binaryPrefix}_1`, `${binaryPrefix}_1_watermark`];
			expect(Object.keys(item?.binary ?? {})).toEqual(names);
			expect(Object.values(item?.binary ?? {}).map(({ fileName }) => fileName)).toEqual(
				['1', '1_watermark', '2', '2_watermark'].map((name) => `9308_${name}.png`),
			);
			expect(item?.json.images).toEqual([
				{ ...task.images[0], width: 8, height: 8, binaryField: names[0], watermarkBinaryField: names[1] },
				{ ...task.images[1], width: 8, height: 8, binaryField: names[2], watermarkBinaryField: names[3] },
			]);
		});

		it.each([
			['that is gone', 'https://cdn/w.png', { statusCode: 404 }, /^The watermarked file of image 1 .*link is dead/],
			[
				'that is broken',
				'https://cdn/w.png',
				{ body: Buffer.from('no') },
				/^The watermarked file .* does not lead to an image\.$/,
			],
			['that is missing', undefined, {}, /^Image 1 has no watermarked file\.$/],
		] as const)('one %s is a warning', async (_, watermarkUrl, file, warning) => {
			const task = marked({ index: 0, url: 'https://cdn/0.png', ...(watermarkUrl && { watermarkUrl }) });
			const { fields, warnings } = await only(task, [{}, file]);
			expect([fields, warnings]).toEqual([['image'], [expect.stringMatching(warning)]]);
		});
	});

	describe('when the service keeps results for 30 days', () => {
		// The clock of the test is at 2023-11-14.
		const expired = { ...taskOf('https://cdn/a.png'), expiresAt: '2023-11-13T08:00:00.000Z' };
		const text = 'The images of this task expired on 2023-11-13: Kling keeps them for 30 days';

		it.each([
			['403', { statusCode: 403 }],
			['404', { statusCode: 404 }],
			['a breakdown', { statusCode: 500 }],
			['a page', { body: Buffer.from('<html>') }],
			['a lost connection', networkError('ECONNRESET')],
		])('an expired one is told as such at once after %s', async (_, file) => {
			const { made, requests } = await itemsFor(expired, [file]);
			const error = await rejectionOf(made);
			expect([error.message, error.retryable, error.taskState, requests.length]).toEqual([text, false, 'created', 1]);
			expect(String(error.hint)).not.toContain('again with the operation Get');
		});

		it('one that is still there is taken', async () => {
			expect((await only(expired)).fields).toEqual(['image']);
		});

		it('the clock of the service counts, not ours', async () => {
			const late = { date: 'Sun, 12 Nov 2023 08:00:00 GMT' };
			const { made } = await itemsFor(expired, [{ statusCode: 403 }], {}, late);
			expect((await rejectionOf(made)).message).toContain('The link is dead');
			const early = { date: 'Mon, 01 Jan 2024 08:00:00 GMT' };
			const kept = { ...expired, expiresAt: '2023-12-01T08:00:00.000Z' };
			const { made: other } = await itemsFor(kept, [{ statusCode: 403 }], {}, early);
			expect((await rejectionOf(other)).message).toContain('expired on 2023-12-01');
		});

		it('a private address is refused for what it is', async () => {
			const { made } = await itemsFor({ ...expired, images: [{ index: 0, url: 'http://10.0.0.1/a' }] });
			expect((await rejectionOf(made)).message).toContain('private address');
		});
	});

	it('one item per image has its url at its top, and only the first carries what the task cost', async () => {
		const task = { ...taskOf('https://cdn/a.png', 'https://cdn/b.png'), unitsDeducted: 16, balanceDeducted: 1 };
		const { made } = await itemsFor(task, [{}], { outputItems: 'perImage' });
		expect((await made).map(({ json }) => [json.url, json.unitsDeducted, json.balanceDeducted])).toEqual([
			['https://cdn/a.png', 16, 1],
			['https://cdn/b.png', undefined, undefined],
		]);
	});

	it('the keys of an item stand in the order in which people read them', async () => {
		const task = {
			...taskOf('https://cdn/a.png'),
			requestId: 'r',
			unitsDeducted: 8,
			expiresAt: '2099-01-01T00:00:00Z',
			warnings: ['w'],
		};
		const { made } = await itemsFor(task);
		const [item] = await made;
		expect(Object.keys(item?.json ?? {})).toEqual([
			'status',
			'images',
			'taskId',
			'unitsDeducted',
			'expiresAt',
			'warnings',
			'service',
			'resource',
			'externalTaskId',
			'requestId',
		]);
	});
});
