/** What can be told of an image from its bytes, with sharp as referee; and what is refused before anything is sent. */
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';

import { checksImages, refuseUnfitImages } from '../../../../nodes/tasks/images/check';
import type { FoundImages } from '../../../../nodes/tasks/images/fields';
import { uprightSize } from '../../../../nodes/tasks/images/header';
import { inspect } from '../../../../nodes/tasks/images/inspect';
import type { ImageReference } from '../../../../nodes/tasks/images/reference';
import type { ImageLimits } from '../../../../nodes/tasks/images/remarks';
import { binaryOf, itemOf, rejectionOf } from '../support';

/** Kling's, as its documents name them. */
const LIMITS: ImageLimits = {
	isDocumented: true,
	formats: ['image/jpeg', 'image/png'],
	shortestSide: 300,
	longestRatio: 2.5,
	mostBytes: 10_000_000,
};
/** What a service takes whose documents name nothing. */
const UNDOCUMENTED: ImageLimits = { formats: ['image/jpeg', 'image/png'], shortestSide: 300 };

/** Numbers that are the same in every run of the test (mulberry32). */
function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
}

const FILES = 300;
const random = seeded(20261128);
const among = <T>(values: T[]): T => values[Math.floor(random() * values.length)] as T;
const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));

/** Sides around the limits of pixels and ratio. */
const sideLength = () => among([between(120, 299), 299, 300, 301, between(302, 500), between(501, 900), 749, 750, 751]);

const KINDS: Array<[string, (image: Sharp) => Sharp]> = [
	['baseline JPEG', (image) => image.jpeg({ quality: between(30, 95) })],
	['progressive JPEG', (image) => image.jpeg({ progressive: true })],
	['CMYK JPEG', (image) => image.toColourspace('cmyk').jpeg()],
	['grey JPEG', (image) => image.greyscale().jpeg()],
	['PNG', (image) => image.png({ compressionLevel: 1 })],
	['16 bit PNG', (image) => image.toColourspace('rgb16').png({ compressionLevel: 1 })],
	['interlaced PNG', (image) => image.png({ progressive: true, compressionLevel: 1 })],
	['palette PNG', (image) => image.png({ palette: true, effort: 1 })],
	['WebP', (image) => image.webp({ effort: 0 })],
	['GIF', (image) => image.gif({ effort: 1 })],
	['AVIF', (image) => image.avif({ effort: 0 })],
];

interface Sample {
	name: string;
	bytes: Buffer;
	isWhole: boolean;
}

async function sample(index: number): Promise<Sample> {
	// AVIF takes long to make: a few are enough.
	const [kind, encode] = index % 25 === 0 ? KINDS[10]! : among(KINDS.slice(0, 10));
	const [width, height] = [sideLength(), sideLength()];
	const noise = { type: 'gaussian' as const, mean: 128, sigma: 50 };
	const image = encode(sharp({ create: { width, height, channels: 3, background: 'grey', noise } }));
	const orientation = among([undefined, undefined, 1, 2, 3, 4, 5, 6, 7, 8]);
	const whole = await (
		orientation && /(?:JPEG|PNG)$/.test(kind) ? image.withMetadata({ orientation }) : image
	).toBuffer();
	const isWhole = random() > 0.3 || !/JPEG|PNG/.test(kind);
	const bytes = isWhole ? whole : whole.subarray(0, Math.floor(whole.length * (0.02 + 0.9 * random())));
	return { name: `${index}: ${kind} ${width} × ${height}${isWhole ? '' : ', cut off'}`, bytes, isWhole };
}

/** The bytes as a storage hands them out, in parts of any size. */
async function* inParts(bytes: Buffer): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length;) {
		const length = among([1, 7, 100, 4_096, 65_536]);
		yield bytes.subarray(at, at + length);
		at += length;
	}
}

/** Without images that may be cut off before they tell anything. */
const metadataOf = async (bytes: Buffer) =>
	await sharp(bytes, { failOn: 'none' })
		.metadata()
		.catch(() => undefined);
const isReadable = async (bytes: Buffer) =>
	await sharp(bytes, { failOn: 'truncated' })
		.raw()
		.toBuffer()
		.then(
			() => true,
			() => false,
		);

const samples = await Promise.all(Array.from({ length: 6 }, () => [] as Sample[]));
for (let index = 0; index < FILES; index += 1) samples[index % 6]?.push(await sample(index));

function foundIn(limits: ImageLimits, ...references: ImageReference[]): FoundImages[] {
	const list = references.length > 1 ? { list: { parameter: 'image', most: 9 } } : {};
	return [{ field: { field: 'image', label: 'Image', limits, ...list }, references }];
}

const base64 = (bytes: Buffer): ImageReference => ({ kind: 'base64', base64: bytes.toString('base64') });
const binary = (bytes: Buffer, fileName?: string, mimeType = 'image/png'): ImageReference => ({
	kind: 'binary',
	name: 'data',
	binary: { ...binaryOf(bytes, mimeType), fileName },
});

/** The message with which an image is refused, and its way out; undefined when it passes. */
async function refusalOf(bytes: Buffer, limits = LIMITS) {
	const checking = refuseUnfitImages(itemOf(), foundIn(limits, base64(bytes)));
	return await checking.then(
		() => undefined,
		(error: Error & { description: string }) => error,
	);
}

describe.each(samples.map((list, part) => [part, list] as const))('of 300 images, part %i', (_, list) => {
	it('sharp says the same of format, size and orientation', async () => {
		for (const { name, bytes } of list) {
			const told = await metadataOf(bytes);
			const { type, header } = await inspect(inParts(bytes));
			if (!told?.width) continue;
			const format = told.format === 'heif' ? 'avif' : told.format;
			expect([name, type?.mime]).toEqual([name, `image/${format}`]);
			// Of AVIF nobody here reads the size; it is refused by its format.
			if (format === 'avif') continue;
			expect([name, header.width, header.height]).toEqual([name, told.width, told.height]);
			const { autoOrient } = told;
			expect([name, uprightSize(header)]).toEqual([name, { width: autoOrient.width, height: autoOrient.height }]);
		}
	});

	it('sharp can read to the end what is not said to be cut off, and nothing else', async () => {
		for (const { name, bytes } of list.filter(({ name: kind }) => /JPEG|PNG/.test(kind))) {
			const { isCut } = await inspect(inParts(bytes));
			expect([name, isCut]).toEqual([name, !(await isReadable(bytes))]);
		}
	});

	it("the verdict is that of sharp's metadata", async () => {
		for (const { name, bytes, isWhole } of list) {
			const { format = '', width = 0, height = 0 } = (await metadataOf(bytes)) ?? {};
			const [short, long] = [Math.min(width, height), Math.max(width, height)];
			const wanted =
				!['jpeg', 'png'].includes(format) && isWhole
					? /only JPEG and PNG/
					: !isWhole
						? /cut off/
						: short < 300
							? /at least 300/
							: long / short > 2.5
								? /2\.5/
								: undefined;
			const error = await refusalOf(bytes);
			if (!wanted) expect([name, error?.message]).toEqual([name, undefined]);
			else expect([name, error?.message]).toEqual([name, expect.stringMatching(wanted)]);
			expect((error?.message ?? '').length).toBeLessThanOrEqual(90);
			expect((error?.description ?? '').length).toBeLessThanOrEqual(300);
		}
	});
});

it('the 300 images are of all kinds', () => {
	const names = samples.flat().map(({ name }) => name);
	expect(names).toHaveLength(FILES);
	for (const [kind] of KINDS) expect(names.filter((name) => name.includes(`: ${kind} `)).length).toBeGreaterThan(5);
	expect(names.filter((name) => name.endsWith('cut off')).length).toBeGreaterThan(40);
});

describe('a refusal names the field, what was measured, the limit and a way out', () => {
	const blank = (width: number, height: number) =>
		sharp({ create: { width, height, channels: 3, background: '#0a6' } });

	it.each([
		[
			'too small',
			blank(200, 150).png(),
			'Image has 200 × 150 pixels; each side needs at least 300',
			/Edit Image node before: Resize, Width and Height 300, Option "Minimum Area"\. Nothing was sent\.$/,
		],
		[
			'too wide',
			blank(3000, 1000).png(),
			'Image has 3000 × 1000 pixels, which is 3:1; at most 2.5:1 is allowed',
			/Crop, Width 2500, Height 1000, Position X 250\./,
		],
		[
			'too tall by one pixel',
			blank(400, 1001).jpeg(),
			'Image has 400 × 1001 pixels, which is 1:2.51; at most 1:2.5 is allowed',
			/Crop, Width 400, Height 1000, Position Y 0\./,
		],
		['WebP', blank(400, 400).webp(), 'Image is WebP; only JPEG and PNG are taken', /Format JPEG/],
		['GIF', blank(400, 400).gif(), 'Image is GIF; only JPEG and PNG are taken', /Format PNG/],
		['AVIF', blank(400, 400).avif(), 'Image is AVIF; only JPEG and PNG are taken', /Save it as JPEG or PNG/],
	])('%s', async (_, image, message, wayOut) => {
		expect(await refusalOf(await image.toBuffer())).toMatchObject({
			name: 'NodeOperationError',
			message,
			description: expect.stringMatching(wayOut),
			taskState: 'not-created',
		});
	});

	it('HEIC, with the setting of iPhones', async () => {
		const heic = Buffer.concat([Buffer.from('0000001c667479706865696300000000', 'hex'), Buffer.alloc(500)]);
		const error = await refusalOf(heic);
		expect(error?.message).toBe('Image is HEIC, as iPhones store photos; only JPEG and PNG are taken');
		expect(error?.description).toContain('On iPhone: Settings → Camera → Formats → Most Compatible.');
	});

	it('more than 10 MB, and not one byte less', async () => {
		const png = await blank(400, 400).png().toBuffer();
		// A text chunk before the end makes a valid PNG of any length.
		const end = png.length - 12;
		const ofLength = (length: number) => {
			const chunk = Buffer.alloc(length - png.length);
			chunk.writeUInt32BE(chunk.length - 12, 0);
			chunk.write('tEXt', 4);
			return Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)]);
		};
		expect(await refusalOf(ofLength(10_000_000))).toBeUndefined();
		const error = await refusalOf(ofLength(10_000_001));
		expect(error?.message).toBe('Image has 10.1 MB; at most 10 MB are allowed');
		expect(error?.description).toMatch(/Resize, Width and Height 2048, Option "Only if Larger".*Format JPEG/);
	});

	it('which image of several, and its file', async () => {
		const [good, bad] = [await blank(300, 300).png().toBuffer(), await blank(300, 100).png().toBuffer()];
		const found = foundIn(LIMITS, binary(good, 'a.png'), binary(bad, 'b.png'), {
			kind: 'url',
			url: 'https://x.test/c',
		});
		const error = await rejectionOf(refuseUnfitImages(itemOf(), found));
		expect(error.message).toBe('Image, image 2 has 300 × 100 pixels; each side needs at least 300');
		expect(error.description).toContain('The file is "b.png".');
	});

	it.each([
		['a web page', Buffer.from('<!doctype html><title>Log in</title>'), 'Image is a web page, not an image'],
		['nothing', Buffer.alloc(0), 'Image is an empty file'],
		['noise', Buffer.from('nothing in particular'), 'Image is no image'],
	])('a field that holds %s', async (_, bytes, message) => {
		const error = await rejectionOf(refuseUnfitImages(itemOf(), foundIn(LIMITS, binary(bytes))));
		expect(error.message).toBe(message);
		expect(error.description).toContain('hands over in binary field "data" (image/png)');
	});
});

describe('where the documents name no limits', () => {
	const noise = { type: 'gaussian' as const, mean: 128, sigma: 50 };
	const image = sharp({ create: { width: 200, height: 700, channels: 3, background: 'grey', noise } });

	it('size, ratio and other formats pass: a warning tells of them', async () => {
		for (const bytes of [await image.clone().png().toBuffer(), await image.clone().webp().toBuffer()]) {
			expect(await refusalOf(bytes, UNDOCUMENTED)).toBeUndefined();
		}
	});

	it('what hardly anybody can read is refused, and what is cut off', async () => {
		expect((await refusalOf(await image.clone().avif({ effort: 0 }).toBuffer(), UNDOCUMENTED))?.message).toMatch(
			/AVIF/,
		);
		const jpeg = await image.clone().jpeg().toBuffer();
		expect((await refusalOf(jpeg.subarray(0, -200), UNDOCUMENTED))?.message).toMatch(/cut off/);
	});
});

describe('an image whose end is hard to tell', () => {
	const jpeg = sharp({ create: { width: 400, height: 400, channels: 3, background: '#0a6' } }).jpeg();

	it('a JPEG with a thumbnail, whose own end does not count', async () => {
		const whole = await jpeg.clone().toBuffer();
		const thumbnail = Buffer.concat([Buffer.from('ffe1', 'hex'), Buffer.alloc(2), Buffer.from('ffd8ffd9', 'hex')]);
		thumbnail.writeUInt16BE(thumbnail.length - 2, 2);
		const file = Buffer.concat([whole.subarray(0, 2), thumbnail, whole.subarray(2)]);
		expect((await inspect(inParts(file))).isCut).toBe(false);
		expect((await inspect(inParts(file.subarray(0, -2)))).isCut).toBe(true);
	});

	it('one with more behind its end, as phones append films to photos', async () => {
		const file = Buffer.concat([await jpeg.clone().toBuffer(), Buffer.alloc(300_000, 0xff)]);
		expect(await inspect(inParts(file))).toMatchObject({ isCut: false, bytes: file.length });
	});

	it('one with so much before its size that it is beyond the first look', async () => {
		const whole = await jpeg.clone().toBuffer();
		const segment = Buffer.alloc(65_535 + 2);
		segment.writeUInt32BE(0xffedffff, 0);
		const file = Buffer.concat([whole.subarray(0, 2), ...Array.from({ length: 20 }, () => segment), whole.subarray(2)]);
		expect(await inspect(inParts(file))).toMatchObject({ header: { width: 400, height: 400 }, isCut: false });
	});
});

describe('Check Images', () => {
	it.each([
		[{}, true],
		[{ options: { checkImages: true } }, true],
		[{ options: { checkImages: 'false' } }, false],
		[{ options: { checkImages: false } }, false],
	])('%j', (parameters, isOn) => {
		expect(checksImages(itemOf({ parameters }))).toBe(isOn);
	});

	it('is refused where it is neither on nor off', async () => {
		const checking = (async () => checksImages(itemOf({ parameters: { options: { checkImages: 'maybe' } } })))();
		expect((await rejectionOf(checking)).message).toMatch(/^Check Images is "maybe"/);
	});
});
