/** What headers say of images, checked against sharp, and that no bytes can make their readers throw or loop. */
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';

import { orientationIn } from '../../../../nodes/tasks/images/exif';
import { headerOf } from '../../../../nodes/tasks/images/header';

const blank = (width: number, height: number, channels: 3 | 4 = 3) =>
	sharp({ create: { width, height, channels, background: '#0a64' } });

const SIZES = [
	[1, 1],
	[299, 300],
	[641, 2],
	[1200, 31],
] as const;
const KINDS: Array<[string, (image: Sharp) => Sharp]> = [
	['PNG', (image) => image.png()],
	['JPEG', (image) => image.jpeg()],
	['progressive JPEG', (image) => image.jpeg({ progressive: true })],
	['GIF', (image) => image.gif()],
	['lossy WebP', (image) => image.webp()],
	['lossless WebP', (image) => image.webp({ lossless: true })],
	['JPEG with EXIF and a profile', (image) => image.withMetadata({ orientation: 1 }).jpeg()],
	['WebP with EXIF and a profile', (image) => image.withMetadata({ orientation: 1 }).webp()],
];

describe('the size', () => {
	it.each(KINDS)('of a %s', async (_, encode) => {
		for (const [width, height] of SIZES) {
			expect(headerOf(await encode(blank(width, height)).toBuffer())).toMatchObject({ width, height });
		}
	});

	it('of a WebP that is transparent', async () => {
		expect(headerOf(await blank(77, 33, 4).webp().toBuffer())).toMatchObject({ width: 77, height: 33 });
	});

	it('is not told of AVIF, nor of what is no image', async () => {
		expect(headerOf(await blank(64, 64).avif().toBuffer())).toEqual({});
		for (const text of ['', 'GIF89', 'RIFF\0\0\0\0WEBP', '\x89PNG\r\n\x1a\n', '\xff\xd8\xff', '<html>']) {
			expect(headerOf(Buffer.from(text, 'latin1')).width).toBeUndefined();
		}
	});

	it('of a JPEG stands behind any number of segments and filling bytes', async () => {
		const jpeg = await blank(640, 480).jpeg().toBuffer();
		const segment = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xef, 0xff, 0xff]), Buffer.alloc(0xfffd, 0xff)]);
		const long = Buffer.concat([jpeg.subarray(0, 2), ...Array<Buffer>(300).fill(segment), jpeg.subarray(2)]);
		expect(headerOf(long)).toMatchObject({ width: 640, height: 480 });
	});
});

describe('the orientation', () => {
	it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i, in JPEG, WebP and PNG, as sharp reads it', async (orientation) => {
		for (const format of ['jpeg', 'webp', 'png'] as const) {
			const file = await blank(40, 30).withMetadata({ orientation }).toFormat(format).toBuffer();
			expect([format, headerOf(file).orientation]).toEqual([format, (await sharp(file).metadata()).orientation]);
			expect(headerOf(file)).toEqual({ width: 40, height: 30, orientation });
		}
	});

	const block = (order: 'II' | 'MM', entries: Array<[tag: number, type: number, value: number]>) => {
		const bytes = Buffer.alloc(10 + entries.length * 12);
		bytes.write(order, 'latin1');
		const short = (value: number, at: number) =>
			order === 'II' ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
		const long = (value: number, at: number) =>
			order === 'II' ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
		short(42, 2);
		long(8, 4);
		short(entries.length, 8);
		for (const [index, [tag, type, value]] of entries.entries()) {
			const at = 10 + index * 12;
			short(tag, at);
			short(type, at + 2);
			long(1, at + 4);
			if (type === 3) short(value, at + 8);
			else long(value, at + 8);
		}
		return bytes;
	};

	it.each(['II', 'MM'] as const)('in the byte order %s, also as a long number, with the name or without', (order) => {
		const made = block(order, [
			[0x010f, 3, 1],
			[0x0112, 3, 6],
		]);
		expect(orientationIn(made)).toBe(6);
		expect(orientationIn(Buffer.concat([Buffer.from('Exif\0\0'), made]))).toBe(6);
		expect(orientationIn(block(order, [[0x0112, 4, 8]]))).toBe(8);
	});

	it.each([0, 9, 255])('%i is none', (value) => {
		expect(orientationIn(block('MM', [[0x0112, 3, value]]))).toBeUndefined();
	});

	it('is none in a block that is cut, lies about its lengths, or is of another type', () => {
		const made = block('II', [[0x0112, 3, 6]]);
		for (let length = 0; length < 20; length += 1) expect(orientationIn(made.subarray(0, length))).toBeUndefined();
		const far = Buffer.from(made);
		far.writeUInt32LE(0xffffffff, 4);
		expect(orientationIn(far)).toBeUndefined();
		const many = block('II', [[0x0100, 3, 6]]);
		many.writeUInt16LE(0xffff, 8);
		expect(orientationIn(many)).toBeUndefined();
		expect(orientationIn(block('II', [[0x0112, 2, 6]]))).toBeUndefined();
	});

	it('is that of the first EXIF block of a JPEG', async () => {
		const jpeg = await blank(8, 8).jpeg().toBuffer();
		const app1 = (data: Buffer) => {
			const head = Buffer.from([0xff, 0xe1, 0, 0]);
			head.writeUInt16BE(data.length + 2, 2);
			return Buffer.concat([head, data]);
		};
		const exif = (value: number) => app1(Buffer.concat([Buffer.from('Exif\0\0'), block('MM', [[0x0112, 3, value]])]));
		const other = app1(Buffer.from('http://ns.adobe.com/xap/1.0/\0<x/>'));
		const file = Buffer.concat([jpeg.subarray(0, 2), other, exif(6), exif(3), jpeg.subarray(2)]);
		expect(headerOf(file)).toEqual({ width: 8, height: 8, orientation: 6 });
	});
});

describe('whatever the bytes', () => {
	it('nothing is thrown, and what is told is a size and one of eight orientations', async () => {
		const files = await Promise.all(
			KINDS.map(async ([, encode]) => await encode(blank(20, 10).withMetadata({ orientation: 6 })).toBuffer()),
		);
		const bytes = fc.record({
			file: fc.constantFrom(...files),
			changes: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 12 }),
			length: fc.nat(2_000),
			more: fc.uint8Array({ maxLength: 40 }),
		});
		fc.assert(
			fc.property(bytes, ({ file, changes, length, more }) => {
				const changed = Buffer.concat([file.subarray(0, length), more]);
				for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
				const { width = 1, height = 1, orientation = 1 } = headerOf(changed);
				expect([width, height].every((side) => Number.isInteger(side) && side > 0)).toBe(true);
				expect(Number.isInteger(orientation) && orientation >= 1 && orientation <= 8).toBe(true);
			}),
			{ numRuns: 3_000 },
		);
	});

	it.each([
		['segments without end', '\xff\xd8\xff', '\xff\xe1\x00\x02'],
		['segments that are shorter than their length', '\xff\xd8\xff', '\xff\xe1\x00\x00'],
		['filling bytes', '\xff\xd8\xff', '\xff\xff\xff\xff'],
		['empty chunks', '\x89PNG\r\n\x1a\n', '\0\0\0\0'],
		['empty chunks of a WebP', 'RIFF\0\0\0\0WEBP', 'EXIG\0\0\0\0'],
	])('of 50 MB of %s only the beginning is looked at', (_, head, piece) => {
		const file = Buffer.alloc(50_000_000, Buffer.from(piece, 'latin1'));
		file.write(head, 'latin1');
		let reads = 0;
		const watched = new Proxy(file, {
			get(target, name) {
				reads += 1;
				const value: unknown = Reflect.get(target, name, target);
				return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
			},
		});
		expect(headerOf(watched).width).toBeUndefined();
		expect(reads).toBeLessThan(2_000_000);
	});
});
