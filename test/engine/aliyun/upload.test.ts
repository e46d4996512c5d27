/** Photo: Upload. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';

import type { InputItem } from '../../harness/index.ts';
import { editorDataOf, errorOf, factsOf, file, itemsOf, person, smallPhoto, start, textOf, upload } from './support.ts';

const { run, arrived, requests, faults, uploaded, n8n } = await start();

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const PATH = /^user_upload\/T\d{13}\/[\da-f-]{36}\.(jpg|png)$/;
const png = await sharp(smallPhoto()).png().toBuffer();

/** What the service keeps under the paths of an item, in their order. */
function behind(paths: unknown) {
	return (paths as string[]).map((path) => arrived().find((entry) => entry.path === path));
}

describe('the photos of an item', () => {
	it('arrive whole as multipart, with their names and types, and the paths are in their order', async () => {
		const binary = {
			first: file(1, 'a.jpg'),
			second: { buffer: png, fileName: 'b.png', mimeType: 'image/png' },
			third: file(3, 'c.jpg'),
		};
		// The first one takes longest.
		faults({ on: 'upload', kind: 'delay', ms: 200, count: 1 });
		const [item, ...others] = itemsOf(await run(upload(), { items: [{ binary }] }));
		expect(others).toEqual([]);
		expect(Object.keys(item?.json ?? {})).toEqual(['paths']);
		expect(item?.pairedItem).toEqual({ item: 0 });
		expect(item?.binary).toBeUndefined();
		expect(behind(item?.json.paths).map((entry) => [entry?.fileName, entry?.contentType, entry?.sha256])).toEqual([
			['a.jpg', 'image/jpeg', sha256(binary.first.buffer)],
			['b.png', 'image/png', sha256(png)],
			['c.jpg', 'image/jpeg', sha256(binary.third.buffer)],
		]);
		for (const path of item?.json.paths as string[]) expect(path).toMatch(PATH);
		expect(requests().map(({ method, path, query }) => [method, path, query])).toEqual(
			Array(3).fill(['POST', '/cloud/upload_file', '']),
		);
	});

	it.each([
		['我的 照片.jpg', '我的_照片.jpg'],
		['图片 1.jpg', '图片_1.jpg'],
		['a "quoted" one.jpg', 'a_quoted_one.jpg'],
		["it's; name=x.jpg", 'it_s_name_x.jpg'],
		['line\r\nX-Evil: 1.jpg', 'line_X-Evil_1.jpg'],
		['ends with a backslash\\', 'ends_with_a_backslash.jpg'],
		['été 😀.jpg', 'été.jpg'],
		['photo', 'photo.jpg'],
		['IMG_0001.HEIC', 'IMG_0001.jpg'],
		['x.webp', 'x.jpg'],
		['../../etc/passwd', expect.stringMatching(/^\w+\.jpg$/)],
		['..', 'photo_1.jpg'],
		['x'.repeat(5_000), `${'x'.repeat(96)}.jpg`],
	])('named %j arrives whole, under a name that is safe and ends as its bytes say', async (fileName, name) => {
		const binary = { data: file(7, fileName) };
		itemsOf(await run(upload(), { items: [{ binary }] }));
		expect(arrived()).toEqual([
			expect.objectContaining({ fileName: name, contentType: 'image/jpeg', sha256: sha256(smallPhoto(7)) }),
		]);
	});

	it('without a name get one with the ending of their type', async () => {
		const binary = { x: { buffer: smallPhoto(1), mimeType: 'image/jpeg' }, y: { buffer: png, mimeType: 'image/png' } };
		const [item] = itemsOf(await run(upload(), { items: [{ binary }] }));
		expect(behind(item?.json.paths).map((entry) => entry?.fileName)).toEqual(['photo_1.jpg', 'photo_2.png']);
	});

	it('may be binary fields, data URIs, base64, URLs and paths, mixed and in order; paths are not uploaded again', async () => {
		const server = createServer((_, response) =>
			response.writeHead(200, { 'content-type': 'text/plain' }).end(smallPhoto(4)),
		);
		await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
		afterAll(() => server.close());
		const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/far/away.jpg?token=1,2`;
		const [there = ''] = await uploaded(1);
		const json = {
			there,
			uri: `data:image/jpeg;base64,${smallPhoto(2).toString('base64')}`,
			base64: smallPhoto(3).toString('base64'),
			address,
		};
		const photos = '={{ [$json.there, "mine", $json.uri, $json.base64, $json.address, $json.there] }}';
		const [item] = itemsOf(await run(upload({ photos }), { items: [{ json, binary: { mine: file(1) } }] }));
		const paths = item?.json.paths as string[];
		expect([paths[0], paths[5]]).toEqual([there, there]);
		const entries = behind(paths.slice(1, 5));
		expect(entries.map((entry) => entry?.sha256)).toEqual([1, 2, 3, 4].map((number) => sha256(smallPhoto(number))));
		expect(entries.map((entry) => entry?.fileName)).toEqual(['me-1.jpg', 'photo_3.jpg', 'photo_4.jpg', 'away.jpg']);
		expect(requests('upload')).toHaveLength(1 + 4);
	});

	it('may be written as a list with commas and lines', async () => {
		const [there = ''] = await uploaded(1);
		const [item] = itemsOf(await run(upload({ photos: `p1, p0，${there}\n*` }), { items: [person(2)] }));
		const names = behind(item?.json.paths).map((entry) => entry?.fileName);
		expect(names).toEqual(['me-1.jpg', 'me-0.jpg', 'there-0.jpg', 'me-0.jpg', 'me-1.jpg']);
	});
});

describe('several items', () => {
	it('are one output item each, paired, with their own photos', async () => {
		const items = itemsOf(await run(upload(), { items: [person(3, {}, 10), person(2, {}, 20)] }));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(items.map(({ json }) => behind(json.paths).map((entry) => entry?.fileName))).toEqual([
			['me-10.jpg', 'me-11.jpg', 'me-12.jpg'],
			['me-20.jpg', 'me-21.jpg'],
		]);
	});

	it('with Images From: All Items are one output item, paired with all', async () => {
		const items = itemsOf(
			await run(upload({ imagesFrom: 'allItems' }), { items: [person(2, {}, 1), person(1, {}, 5), person(1, {}, 9)] }),
		);
		expect(items).toHaveLength(1);
		expect(items[0]?.pairedItem).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(behind(items[0]?.json.paths).map((entry) => entry?.fileName)).toEqual([
			'me-1.jpg',
			'me-2.jpg',
			'me-5.jpg',
			'me-9.jpg',
		]);
	});

	it('under Continue On Fail fail by themselves', async () => {
		const broken = { binary: { bad: { buffer: Buffer.from('no image'), fileName: 'x.jpg', mimeType: 'image/jpeg' } } };
		const { items } = await run(upload(), { items: [broken, person(1)], onError: 'continueRegularOutput' });
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(items[0]?.json).toEqual({
			error: 'Photos, image 1 is no image',
			details: expect.objectContaining({ taskState: 'not-created', retryable: false }),
		});
		expect(items[1]?.json.paths).toHaveLength(1);
	});
});

describe('uploads', () => {
	it('run in parallel, but never more than four at once, whatever the number of items', async () => {
		faults({ on: 'upload', kind: 'delay', ms: 150 });
		itemsOf(await run(upload(), { items: [person(6), person(6, {}, 50)] }));
		const times = requests('upload').map(({ at }) => at);
		expect(times).toHaveLength(12);
		// Each takes 150 ms, so five within that time would be five at once.
		for (const [index, at] of times.entries())
			if (index >= 4) expect(at - (times[index - 4] ?? 0)).toBeGreaterThanOrEqual(140);
		expect(times.some((at, index) => (times[index + 3] ?? Infinity) - at < 140)).toBe(true);
	});

	it.each([
		{ kind: 'dropAfter' },
		{ kind: 'dropBefore' },
		{ kind: 'truncatedJson' },
		{ kind: 'brokenJson' },
		{ kind: 'html502' },
		{ kind: 'tooMany' },
		{ kind: 'status', status: 500 },
		{ kind: 'gateway', code: 'T429ID' },
		{ kind: 'gateway', message: 'Throttled by APP Flow Control' },
		{ kind: 'gateway', code: 'D504TO' },
		{ kind: 'gateway', message: 'Internal Error' },
		{ kind: 'gateway', message: 'Nonce Used' },
	] as const)('are repeated after whatever is no refusal: %o', async (trouble) => {
		faults({ on: 'upload', count: 1, ...trouble });
		const [item] = itemsOf(await n8n.atSpeed(20, async () => await run(upload(), { items: [person(1)] })));
		expect(behind(item?.json.paths).map((entry) => entry?.fileName)).toEqual(['me-0.jpg']);
		expect(requests('upload').map(({ fault }) => fault)).toEqual([trouble.kind, undefined]);
	});

	it('that fail for good name the photo and the reason, and carry the paths that are there; those in line are not sent', async () => {
		const [start, end] = ['ffd8ffe000040000', 'ffd9'].map((bytes) => Buffer.from(bytes, 'hex'));
		const bad = Buffer.concat([start!, Buffer.alloc(500, 7), end!]);
		const binary = { good: file(1), bad: { buffer: bad, fileName: 'cut.jpg', mimeType: 'image/jpeg' } };
		faults({ on: 'upload', kind: 'delay', ms: 5 });
		const error = errorOf(await run(upload(), { items: [{ binary }] }));
		expect(error.message).toContain('refused to take cut.jpg: ');
		expect(error.message).toContain('file cut.jpg is not a valid image');
		const paths = arrived().map(({ path }) => path);
		expect(paths).toHaveLength(1);
		expect(factsOf(error)).toMatchObject({
			code: 1001,
			httpStatus: 200,
			taskState: 'not-created',
			retryable: false,
			paths,
		});
		expect(editorDataOf(error)).toEqual(factsOf(error));
	});
});

describe('bad photos are refused before any upload', () => {
	const web = Buffer.from('<!doctype html><title>Not found</title>');
	it.each([
		[
			'an empty file',
			{ good: file(1), empty: { buffer: Buffer.alloc(0), fileName: 'e.jpg', mimeType: 'image/jpeg' } },
			'*',
			/^Photos, image 2 is an empty file$/,
		],
		[
			'a file that is no image',
			{ good: file(1), page: { buffer: web, fileName: 'p.jpg', mimeType: 'image/jpeg' } },
			'*',
			/^Photos, image 2 is a web page, not an image$/,
		],
		['a field that is not there', { good: file(1), other: file(2) }, 'good, nobody', /Photos: .*nobody/],
		['no photo at all', {}, '*', /Photos: .*all images of the item, and it has none/],
		['an empty field', { good: file(1) }, '={{ "" }}', /Photos: there is no image/],
		[
			'base64 of something else',
			{ good: file(1) },
			`good\n${Buffer.alloc(120, 1).toString('base64')}`,
			/Photos: .*not readable as base64/,
		],
	])('%s', async (_, binary, photos, message) => {
		const error = errorOf(await run(upload({ photos }), { items: [{ binary }] }));
		expect(error.message).toMatch(message);
		expect(error.name).toBe('NodeOperationError');
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(requests()).toEqual([]);
	});

	it('an empty field of the editor is refused by n8n', async () => {
		await expect(run(upload({ photos: '' }))).rejects.toThrow(/issues/);
		expect(requests()).toEqual([]);
	});

	it('a URL that leads to no image is named, without its query', async () => {
		const server = createServer((_, response) => response.writeHead(404).end());
		await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
		afterAll(() => server.close());
		const photos = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gone.jpg?token=secret`;
		const error = errorOf(await run(upload({ photos })));
		expect(error.message).toBe('The link leads to nothing (Photos)');
		expect(error.description).toMatch(/^"http:\/\/127\.0\.0\.1:\d+\/gone\.jpg\?…" cannot be used\./);
		expect(factsOf(error)).toMatchObject({ httpStatus: 404, taskState: 'not-created', retryable: false });
		expect(editorDataOf(error)).toEqual(factsOf(error));
		expect(textOf(error)).not.toContain('token=secret');
		expect(requests()).toEqual([]);
	});
});

describe('Check Images', () => {
	const whole = file(1);
	const cut = { ...whole, buffer: whole.buffer.subarray(0, whole.buffer.length - 300) };

	it('refuses a photo that is cut off before any upload; the other item goes on', async () => {
		const items: InputItem[] = [{ binary: { a: whole, b: cut } }, { binary: { a: file(2) } }];
		const { items: output } = await run(upload({ photos: '*' }), { items, onError: 'continueRegularOutput' });
		expect(output[0]?.json.error).toBe('Photos, image 2 is cut off: the file ends before the image does');
		expect(output[1]?.json.paths).toHaveLength(1);
		expect(arrived()).toHaveLength(1);
	});

	it('switched off, it is the service that judges', async () => {
		const parameters = upload({ photos: '*', options: { checkImages: false } });
		const error = errorOf(await run(parameters, { items: [{ binary: { a: whole, b: cut } }] }));
		expect(error.message).toContain('is not a valid image');
		expect(requests('upload').length).toBeGreaterThan(0);
	});
});
