/** Photos on their way up: the bytes of the form, read back by the parser of others; and what an answer may look like. */
import { Busboy } from '@fastify/busboy';
import type { INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { trainingPhotos, uploadPhotos, uploadRequest } from '../../../nodes/AliyunPortrait/photos';
import type { ImageFile } from '../../../nodes/tasks/images/load';
import { BinaryFields } from '../../../nodes/tasks/images/binaryFields';
import { splitEntries } from '../../../nodes/tasks/images/entries';
import { findImages } from '../../../nodes/tasks/images/input';
import type { ImageReference } from '../../../nodes/tasks/images/reference';
import { binaryOf, itemOf, networkError, rejectionOf, type Answer } from '../tasks/support';

const png = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#07c' } })
	.png()
	.toBuffer();

interface Part {
	field: string;
	fileName: string;
	type: string;
	encoding: string;
	bytes: Buffer;
}

/** What another program reads out of a form. */
async function parse(file: ImageFile, boundary?: string): Promise<Part[]> {
	const { headers, body } = uploadRequest(file, boundary);
	const parts: Part[] = [];
	await new Promise<void>((resolve, reject) => {
		const form = new Busboy({ headers: { 'content-type': String(headers?.['content-type']) } });
		form.on('field', (name) => reject(new Error(`There is a field ${name}`)));
		form.on('file', (field, stream, fileName, encoding, type) => {
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => parts.push({ field, fileName, encoding, type, bytes: Buffer.concat(chunks) }));
		});
		form.on('error', reject);
		form.on('finish', resolve);
		form.end(body as Buffer);
	});
	return parts;
}

describe('the form', () => {
	it('holds one file under the name file, whole, and is sent to the upload', async () => {
		const request = uploadRequest({ bytes: png, fileName: 'me.png', mime: 'image/png' });
		expect(request).toMatchObject({ method: 'POST', url: '/cloud/upload_file' });
		expect(Buffer.isBuffer(request.body)).toBe(true);
		expect(await parse({ bytes: png, fileName: 'me.png', mime: 'image/png' })).toEqual([
			{ field: 'file', fileName: 'me.png', type: 'image/png', encoding: '7bit', bytes: png },
		]);
	});

	it('is these bytes', () => {
		const { headers, body } = uploadRequest(
			{ bytes: Buffer.from('PHOTO'), fileName: '我.jpg', mime: 'image/jpeg' },
			'b',
		);
		expect(headers).toEqual({ 'content-type': 'multipart/form-data; boundary=b' });
		expect((body as Buffer).toString()).toBe(
			'--b\r\nContent-Disposition: form-data; name="file"; filename="我.jpg"\r\nContent-Type: image/jpeg\r\n\r\nPHOTO\r\n--b--\r\n',
		);
	});

	it('has a boundary of its own each time, that the photo does not hold', () => {
		const boundaries = Array.from({ length: 100 }, () =>
			String(uploadRequest({ bytes: png, fileName: 'a', mime: 'b' }).headers?.['content-type']),
		);
		expect(new Set(boundaries).size).toBe(100);
		for (const boundary of boundaries) expect(boundary).toMatch(/^multipart\/form-data; boundary=n8n-[\da-f-]{36}$/);
	});

	it.each([
		['a photo.jpg', 'a photo.jpg'],
		['我的照片.jpg', '我的照片.jpg'],
		['"q".jpg', '%22q%22.jpg'],
		['a;b=c.jpg', 'a;b=c.jpg'],
		["o'brien.jpg", "o'brien.jpg"],
		['x\r\nContent-Type: text/html\r\n\r\n<b>.jpg', /^x Content-Type: text.html /],
		['100%.jpg', '100%.jpg'],
		['a\0b.jpg', 'a b.jpg'],
		['a\u0085b.jpg', 'a b.jpg'],
		['a\u2028b\u007f\u0001.jpg', 'a b .jpg'],
		['C:\\photos\\me.jpg', 'C:_photos_me.jpg'],
		['../../me.jpg', '.._.._me.jpg'],
		['me.jpg\\', 'me.jpg_'],
		['"\\', '%22_'],
		[`${'照'.repeat(300)}.jpeg`, `${'照'.repeat(65)}.jpeg`],
		['x'.repeat(10_000), 'x'.repeat(100)],
	])('keeps the name %j in its place', async (fileName, expected) => {
		const [part, ...others] = await parse({ bytes: png, fileName, mime: 'image/png' });
		expect(others).toEqual([]);
		expect(part).toMatchObject({ field: 'file', type: 'image/png', bytes: png });
		if (typeof expected === 'string') expect(part?.fileName).toBe(expected);
	});

	it.each([0, 1, 2, 3, 4_096, 65_536, 1_000_003])(
		'with %i bytes of anything, line ends and dashes included',
		async (size) => {
			const bytes = Buffer.from(
				Array.from({ length: size }, (_, index) => [13, 10, 45, 45, 0, 255, index & 255][index % 7] ?? 0),
			);
			expect((await parse({ bytes, fileName: 'x.jpg', mime: 'image/jpeg' }))[0]?.bytes.equals(bytes)).toBe(true);
		},
	);
});

describe('what counts as a path of a photo that is there already', () => {
	const { path } = trainingPhotos;
	const none = new BinaryFields({ json: {} }, false);
	it.each([
		'user_upload/T0000000000101/3f072b2b-66b2-4446-a9c0-1d892890728a.jpg',
		'a/b.png',
		'user_upload/T1/x_y-z.1.jpeg',
		'  user_upload/T1/a.jpg ',
	])('%j', async (text) => {
		expect(await findImages(text, none, path)).toEqual([{ kind: 'path', path: text.trim() }]);
	});

	it.each(['photo.jpg', 'data', 'user_upload/T1/a', 'user upload/T1/a.jpg', '../a b/c.jpg'])(
		'%j does not',
		async (text) => {
			expect(await findImages(text, none, path)).not.toEqual([{ kind: 'path', path: text }]);
		},
	);

	it('a binary field of that name wins', async () => {
		const binary = { 'a/b.jpg': binaryOf(png), other: binaryOf(png) };
		const fields = new BinaryFields({ json: {}, binary }, false);
		expect(await findImages('a/b.jpg', fields, path)).toMatchObject([{ kind: 'binary', name: 'a/b.jpg' }]);
	});

	it('commas separate paths', () => {
		expect(splitEntries('a/1.jpg,a/2.jpg，a/3.jpg, *\nhttps://x.test/a,b.jpg', none, path)).toEqual([
			'a/1.jpg',
			'a/2.jpg',
			'a/3.jpg',
			'*',
			'https://x.test/a,b.jpg',
		]);
	});
});

describe('uploads', () => {
	const reference = (number: number): ImageReference => ({
		kind: 'base64',
		base64: Buffer.concat([png, Buffer.from([number])]).toString('base64'),
	});
	const ok = (path: unknown): Answer => ({ body: { ret: 0, body: path } });

	function uploading(
		answers: Answer[] | ((sent: number) => Answer | Promise<Answer>),
		references: ImageReference[],
		signal?: AbortSignal,
	) {
		const items: INodeExecutionData[] = [{ json: {} }];
		const item = itemOf({ answers, items, signal });
		return { item, work: uploadPhotos(item, references) };
	}

	it.each([
		['a string', 'u/a.jpg'],
		['an object with path', { path: 'u/a.jpg' }],
		['an object with url', { url: 'u/a.jpg' }],
		['an object with key', { key: 'u/a.jpg' }],
	])('take the path from %s', async (_, body) => {
		expect(await uploading([ok(body)], [reference(1)]).work).toEqual(['u/a.jpg']);
	});

	it.each([null, '', [], {}, { path: '' }, { name: 'x' }, true])(
		'with the path %j fail: the answer cannot be used',
		async (body) => {
			const error = await rejectionOf(uploading([ok(body)], [reference(1)]).work);
			expect(error).toMatchObject({
				taskState: 'not-created',
				message: expect.stringContaining('to take photo'),
			});
		},
	);

	it('leave paths alone and keep the order, whatever comes back first', async () => {
		const references = [reference(0), { kind: 'path', path: 'u/there.jpg' } as const, reference(1), reference(2)];
		const answers = async (sent: number) => {
			await new Promise((done) => setTimeout(done, 30 - sent * 10));
			return ok(`u/${sent}.jpg`);
		};
		const { item, work } = uploading(answers, references);
		expect(await work).toEqual(['u/1.jpg', 'u/there.jpg', 'u/2.jpg', 'u/3.jpg']);
		expect(item.sent).toHaveLength(3);
	});

	it('are at most four at once', async () => {
		let now = 0;
		let most = 0;
		const answers = async (sent: number) => {
			most = Math.max(most, (now += 1));
			await new Promise((done) => setTimeout(done, 5));
			now -= 1;
			return ok(`u/${sent}.jpg`);
		};
		expect(
			await uploading(
				answers,
				Array.from({ length: 20 }, (_, index) => reference(index)),
			).work,
		).toHaveLength(20);
		expect(most).toBe(4);
	});

	it('that fail leave the paths that are there in progress, and those in line are not sent', async () => {
		const { item, work } = uploading(
			(sent) => (sent === 3 ? { body: { ret: 5, msg: 'no face' } } : ok(`u/${sent}.jpg`)),
			Array.from({ length: 12 }, (_, index) => reference(index)),
		);
		const error = await rejectionOf(work);
		expect(error).toMatchObject({ message: expect.stringContaining('no face'), taskState: 'not-created' });
		expect(item.progress.facts.paths).toEqual(expect.arrayContaining(['u/1.jpg', 'u/2.jpg']));
		expect(item.sent.length).toBeLessThan(12);
	});

	it('that are lost are repeated, four times', async () => {
		const { item, work } = uploading(() => networkError('ECONNRESET'), [reference(0)]);
		expect(await rejectionOf(work)).toMatchObject({ taskState: 'not-created', retryable: true });
		expect(item.sent).toHaveLength(4);
	});

	it('that a stop prevents are no shorter list, but an error', async () => {
		const stop = new AbortController();
		stop.abort();
		const { item, work } = uploading([], [{ kind: 'path', path: 'u/there.jpg' }, reference(0)], stop.signal);
		expect(await rejectionOf(work)).toMatchObject({ taskState: 'not-created' });
		expect(item.progress.facts.paths).toEqual(['u/there.jpg']);
		expect(item.sent).toEqual([]);
	});
});
