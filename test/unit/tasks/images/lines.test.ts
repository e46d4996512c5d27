/** Base64 that is written in lines, in lists of images. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { BinaryFields } from '../../../../nodes/tasks/images/binaryFields';
import { splitEntries } from '../../../../nodes/tasks/images/entries';
import { findImages } from '../../../../nodes/tasks/images/input';
import { ImageProblem } from '../../../../nodes/tasks/images/reference';
import { expectLinear } from '../growth';
import { binaryOf } from '../support';

/** A picture of noise, the same one in every run. */
function picture(seed: number) {
	let state = seed;
	const pixels = Uint8Array.from({ length: 40 * 40 * 3 }, () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state >>> 24;
	});
	return sharp(pixels, { raw: { width: 40, height: 40, channels: 3 } });
}
const images = {
	png: await picture(1).png().toBuffer(),
	jpeg: await picture(2).jpeg().toBuffer(),
	webp: await picture(3).webp().toBuffer(),
};
const [png, jpeg, webp] = [images.png, images.jpeg, images.webp].map((image) => image.toString('base64')) as [
	string,
	string,
	string,
];
const fields = new BinaryFields(
	{ json: {}, binary: { photo: binaryOf(images.png), cat: binaryOf(images.png) } },
	false,
);

/** What the images of a list are, in base64, or names and URLs. */
async function listed(text: unknown, path?: RegExp): Promise<string[]> {
	const entries = splitEntries(text, fields, path);
	if (entries instanceof ImageProblem) throw new Error(entries.message);
	const found = [];
	for (const entry of entries) found.push(await findImages(entry, fields, path));
	return found.flat().map((one) => {
		if (one instanceof ImageProblem) return `problem: ${one.message}`;
		return one.kind === 'base64' ? one.base64 : one.kind === 'url' ? one.url : 'name' in one ? one.name : one.path;
	});
}

const inLines = (text: string, width: number, end = '\n') =>
	text.replace(new RegExp(`(.{${width}})(?=.)`, 'g'), `$1${end}`);

describe.each([
	['64, LF', 64, '\n'],
	['76, CRLF', 76, '\r\n'],
	['76, indented', 76, '\n\t\t'],
] as const)('in lines of %s', (_, width, end) => {
	const lines = (text: string) => inLines(text, width, end);

	it('one image', async () => {
		expect(await listed(lines(jpeg))).toEqual([jpeg]);
		expect(await listed(`${end}${lines(png)}${end}`)).toEqual([png]);
	});

	it.each([
		['lines', end],
		['empty lines', end + end],
		['commas', ','],
		['wide commas', '，'],
		['commas at the ends of lines', `,${end}`],
	])('several, between %s', async (_kind, between) => {
		const all = [jpeg, png, webp, jpeg];
		expect(await listed(all.map(lines).join(between))).toEqual(all);
	});

	it('among names and URLs', async () => {
		const text = ['photo', lines(png), 'https://x.test/a.png', lines(jpeg), 'cat'].join(end);
		expect(await listed(text)).toEqual(['photo', png, 'https://x.test/a.png', jpeg, 'cat']);
	});

	it.each([
		['the head alone in its line', `data:image/png;base64,${end}`],
		['the head before the first line', 'data:image/png;base64,'],
		['a name and a charset', 'data:image/png;name=a.png;charset=utf-8;base64,'],
		['a comma in the name', 'DATA:image/png;name="a,b，c.png";Base64,'],
	])('as data URIs, %s', async (_kind, head) => {
		for (const between of [end, ',', `,${end}`]) {
			const text = [png, jpeg].map((image) => head + lines(image)).join(between);
			expect(await listed(text)).toEqual([png, jpeg]);
			expect(await listed(`${text}${end}photo`)).toEqual([png, jpeg, 'photo']);
		}
		expect(await listed(head + png)).toEqual([png]);
	});

	it('a data URI wrapped as a whole', async () => {
		expect(await listed(`${lines(`data:image/webp;base64,${webp}`)}${end}cat`)).toEqual([webp, 'cat']);
	});
});

/** An image with bytes added before its last `tail` ones, so that its base64 fills lines of 76 characters. */
function filled(image: Buffer, tail: number): Buffer {
	const added = Buffer.alloc(57 - (image.length % 57), 1);
	return Buffer.concat([image.subarray(0, image.length - tail), added, image.subarray(image.length - tail)]);
}

/** A WebP of the length that its header says. */
function webpAsLong(image: Buffer): Buffer {
	image.writeUInt32LE(image.length - 8, 4);
	return image;
}

const full = {
	jpeg: filled(images.jpeg, 2),
	png: filled(images.png, 12),
	webp: webpAsLong(filled(images.webp, 0)),
	gif: filled(await picture(4).gif().toBuffer(), 1),
};

it.each(Object.entries(full))('a %s whose last line is full ends where the next begins', async (_, image) => {
	expect(image.length % 57).toBe(0);
	for (const next of [jpeg, png, webp]) {
		const all = [image.toString('base64'), next];
		for (const head of ['', 'data:;base64,\n'])
			expect(await listed(all.map((one) => head + inLines(one, 76)).join('\n'))).toEqual(all);
	}
	const withoutHead = [image.toString('base64'), jpeg];
	expect(await listed(`data:;base64,\n${withoutHead.map((one) => inLines(one, 76)).join('\n')}`)).toEqual(withoutHead);
});

it.each(['jpeg', 'png', 'webp'] as const)(
	'a line that looks like the beginning of a JPEG stays in its %s',
	async (kind) => {
		const thumbnail = images.jpeg.subarray(0, 57);
		const head = images[kind].subarray(0, 57);
		const inner = Buffer.concat([head, thumbnail, Buffer.alloc(90, 1)]);
		const text = (kind === 'webp' ? webpAsLong(inner) : inner).toString('base64');
		expect(await listed(inLines(text, 76))).toEqual([text]);
	},
);

it('the same image has one identity, however it is written', async () => {
	const written = [
		png,
		inLines(png, 64),
		images.png.toString('base64url'),
		`data:image/png;base64,${inLines(png, 76, '\r\n')}`,
	];
	for (const text of written) expect(await listed([text])).toEqual([png]);
});

it('what is no base64 of an image separates as before', async () => {
	expect(await listed('photo,\ncat,\n')).toEqual(['photo', 'cat']);
	expect(await listed('u/1.jpg,\nu/2.jpg', /^u\/\d\.jpg$/)).toEqual(['u/1.jpg', 'u/2.jpg']);
	expect(await listed(`${png}\nnobody`)).toEqual([png, expect.stringContaining('"nobody" is neither')]);
	expect(await listed(`https://x.test/a,${png.slice(0, 60)}.png`)).toHaveLength(1);
});

it('arrays may be within arrays', async () => {
	expect(await listed([['photo', ['cat']], [[`${png}`]]])).toEqual(['photo', 'cat', png]);
});

it.each([
	['wide', [Array(20_000).fill('photo')]],
	['doubled', Array.from({ length: 14 }).reduce<unknown>((inner) => [inner, inner], ['photo', 'cat'])],
])('too many entries within arrays are a problem: %s', async (_, value) => {
	const entries = splitEntries(value, fields);
	const first = entries instanceof ImageProblem ? entries : await findImages(entries[0], fields);
	expect(first instanceof ImageProblem).toBe(true);
});

describe('linear time', () => {
	const line = jpeg.slice(4, 80);
	it.each<[string, (size: number) => string]>([
		['one image in lines', (size) => inLines(jpeg + 'A'.repeat(size), 76)],
		['many images in lines', (size) => `${inLines(png, 76)}\n`.repeat(Math.min(5_000, size / png.length))],
		['lines that could go on', (size) => `data:image/png;base64,\n${`${line}\n`.repeat(size / 77)}`],
		['lines of one character', (size) => `data:image/png;base64,\n${'A\n'.repeat(Math.min(size / 2, 9_000))}`],
		['heads of data URIs', (size) => 'data:;base64,'.repeat(size / 13)],
		['one line without an end', (size) => jpeg + 'A'.repeat(size)],
	])('%s', (_, make) => {
		expectLinear(make, (text) => splitEntries(text, fields));
	});
});
