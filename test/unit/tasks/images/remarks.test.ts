/** What is said of images that a service may not take, or would see the wrong way up. */
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';

import { loadImageFields } from '../../../../nodes/tasks/images/load';
import { nameOfImage, remarkOn, warnOfImages, type ImageLimits } from '../../../../nodes/tasks/images/remarks';
import { binaryOf, itemOf } from '../support';

const limits: ImageLimits = {
	formats: ['image/jpeg', 'image/png'],
	shortestSide: 300,
	longestRatio: 2.5,
	mostBytes: 100_000,
};

const blank = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#0a6' } });

/** A photo whose four edges have colours of their own. */
const EDGES = { top: [255, 0, 0], right: [0, 255, 0], bottom: [0, 0, 255], left: [255, 255, 0] } as const;
async function withEdges() {
	const strip = (edge: keyof typeof EDGES, width: number, height: number) =>
		sharp({ create: { width, height, channels: 3, background: `rgb(${EDGES[edge].join()})` } })
			.png()
			.toBuffer();
	return blank(400, 400).composite([
		{ input: await strip('top', 200, 40), left: 100, top: 0 },
		{ input: await strip('bottom', 200, 40), left: 100, top: 360 },
		{ input: await strip('left', 40, 200), left: 0, top: 100 },
		{ input: await strip('right', 40, 200), left: 360, top: 100 },
	]);
}

/** The edge whose colour is in the middle of the upper edge. */
async function edgeOnTop(image: Sharp) {
	const { data } = await sharp(await image.png().toBuffer())
		.extract({ left: 200, top: 10, width: 1, height: 1 })
		.raw()
		.toBuffer({ resolveWithObject: true });
	const near = (colour: readonly number[]) => colour.every((value, index) => Math.abs(value - data[index]!) < 60);
	return Object.entries(EDGES).find(([, colour]) => near(colour))?.[0];
}

describe('a photo that its camera turned', () => {
	it.each([2, 3, 4, 5, 6, 7, 8])(
		'with the orientation %i: the text says truly which edge is up',
		async (orientation) => {
			const stored = await (await withEdges()).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer();
			const remark = remarkOn('Image', stored, undefined) ?? '';
			expect(remark).toMatch(/^Image: It is stored .*\(EXIF orientation \d\), which most services ignore\. /);
			const upright = sharp(stored).autoOrient();
			const named = /with its (\w+) edge up/.exec(remark)?.[1] ?? 'top';
			expect(named).toBe(await edgeOnTop(upright));
			// What is mirrored is not mended by turning alone.
			const isMirrored = [2, 4, 5, 7].includes(orientation);
			expect(remark.includes('mirrored')).toBe(isMirrored);
			const angle = Number(/Rotate by (\d+)/.exec(remark)?.[1] ?? Number.NaN);
			if (isMirrored) expect([angle, remark.includes('Edit Image node does so with Resize')]).toEqual([NaN, true]);
			else {
				const turned = await sharp(stored).rotate(angle).raw().toBuffer();
				expect(turned.equals(await sharp(stored).autoOrient().raw().toBuffer())).toBe(true);
			}
		},
	);

	it('reads like this', async () => {
		const file = await blank(400, 300).withMetadata({ orientation: 6 }).jpeg().toBuffer();
		expect(remarkOn('Photos, image 3, "IMG_1.jpg"', file, limits)).toBe(
			'Photos, image 3, "IMG_1.jpg": It is stored on its side, with its left edge up: so says a note of the camera in it (EXIF orientation 6), which most services ignore. Turn it first, for example with n8n\'s Edit Image node: Rotate by 90, and Format PNG in its options, so that the note goes.',
		);
	});

	it('with the orientation 1, or without one, is nothing to speak of', async () => {
		expect(remarkOn('Image', await blank(400, 300).jpeg().toBuffer(), limits)).toBeUndefined();
		const noted = await blank(400, 300).withMetadata({ orientation: 1 }).jpeg().toBuffer();
		expect(remarkOn('Image', noted, limits)).toBeUndefined();
	});
});

describe('an image beyond what a service is known to take', () => {
	it.each([
		['webp', 'It is WEBP, and only JPEG and PNG are sure to be taken.'],
		['gif', 'It is GIF, and only JPEG and PNG are sure to be taken.'],
		['avif', 'It is AVIF, and only JPEG and PNG are sure to be taken.'],
	] as const)('%s', async (format, text) => {
		expect(remarkOn('Image', await blank(400, 300).toFormat(format).toBuffer(), limits)).toBe(`Image: ${text}`);
	});

	it.each([
		[400, 300, undefined],
		[300, 750, undefined],
		[299, 400, 'It has 299 × 400 pixels, and each side should have at least 300.'],
		[751, 300, 'It has 751 × 300 pixels, and no side should be longer than 2.5 times the other.'],
	])('%i × %i pixels', async (width, height, text) => {
		expect(remarkOn('Image', await blank(width, height).png().toBuffer(), limits)).toBe(text && `Image: ${text}`);
	});

	it('too many bytes; all remarks on one image are one text', async () => {
		const small = await blank(100, 20).webp().toBuffer();
		expect(remarkOn('Image', Buffer.concat([small, Buffer.alloc(150_000)]), limits)).toBe(
			'Image: It is WEBP, and only JPEG and PNG are sure to be taken. It has 0.2 MB, and at most 0.1 MB are sure to be taken. It has 100 × 20 pixels, and each side should have at least 300, and no side should be longer than 2.5 times the other.',
		);
	});

	it('of a service that names nothing is only looked at for its orientation', async () => {
		expect(remarkOn('Image', await blank(10, 10).webp().toBuffer(), undefined)).toBeUndefined();
	});
});

describe('the warnings of an item', () => {
	it('call an image by its field, its number where there are several, and its file', () => {
		expect(nameOfImage('Image', 0, 1)).toBe('Image');
		expect(nameOfImage('Photos', 2, 8, 'me.jpg')).toBe('Photos, image 3, "me.jpg"');
	});

	it('are at most five, and how many more there are', () => {
		for (const [length, last] of [
			[5, 'remark 4'],
			[6, '… and 1 more image of this item like these.'],
			[20, '… and 15 more images of this item like these.'],
		] as const) {
			const item = itemOf();
			const remarks = Array.from({ length }, (_, index) => `remark ${index}`);
			warnOfImages(item, [undefined, ...remarks, undefined]);
			expect(item.progress.warnings).toHaveLength(Math.min(6, length));
			expect(item.progress.warnings.at(-1)).toBe(last);
		}
	});

	it('come from binary fields, base64 and data URIs, in the order of the fields, and not from URLs; twice is once', async () => {
		const webp = await blank(400, 300).webp().toBuffer();
		const found = [
			{
				field: { field: 'a', label: 'Subject Images', limits, list: { parameter: 'a', most: 4 } },
				references: [
					{ kind: 'url' as const, url: 'https://x/1.webp' },
					{ kind: 'base64' as const, base64: webp.toString('base64') },
				],
			},
			{
				field: { field: 'b', label: 'Scene Image', limits },
				references: [{ kind: 'binary' as const, name: 'b', binary: { ...binaryOf(webp), fileName: 'x.webp' } }],
			},
		];
		const item = itemOf();
		for (let tries = 0; tries < 2; tries += 1) await loadImageFields(item, {}, found);
		expect(item.progress.warnings).toEqual([
			'Subject Images, image 2: It is WEBP, and only JPEG and PNG are sure to be taken.',
			'Scene Image, "x.webp": It is WEBP, and only JPEG and PNG are sure to be taken.',
		]);
	});
});
