/** Images that expressions give: files, bytes, and the objects of this package and of other services. */
import type { IBinaryData } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { BinaryFields } from '../../../../nodes/tasks/images/binaryFields';
import { findImages } from '../../../../nodes/tasks/images/input';
import { ImageProblem, type ImageReference } from '../../../../nodes/tasks/images/reference';
import { binaryOf } from '../support';

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(80, 'x')]);
const jpeg = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0', 'latin1'), Buffer.alloc(80, 'y')]);
const base64 = png.toString('base64');
const url = 'https://x.test/cup.png';

const fileOf = (buffer: Buffer, fileName: string): IBinaryData => ({
	...binaryOf(buffer),
	fileName,
	fileType: 'image',
	fileSize: '1 kB',
});
/** As n8n hands out `$binary` where it keeps files in memory. */
const told = ({ data: _, ...rest }: IBinaryData) => rest;

const binary = {
	a: fileOf(png, 'a.png'),
	b: fileOf(jpeg, 'b.png'),
	note: { ...binaryOf(png, 'text/csv'), fileName: 'n' },
};
const fields = new BinaryFields({ json: {}, binary }, false);

async function found(entry: unknown, path?: RegExp, of = fields): Promise<ImageReference[]> {
	const result = await findImages(entry, of, path);
	if (result instanceof ImageProblem) throw new Error(result.message);
	return result;
}

async function problem(entry: unknown, of = fields): Promise<ImageProblem> {
	const result = await findImages(entry, of);
	if (result instanceof ImageProblem) return result;
	throw new Error(`Found ${JSON.stringify(result)}`);
}

describe('a file by expression', () => {
	it.each([
		['whole', binary.b],
		['without its bytes', told(binary.b)],
		['in an array of one', [binary.b]],
	])('of the item is the same as its field by name: %s', async (_, entry) => {
		expect(await found(entry)).toEqual(await found('b'));
	});

	it('of another node is taken as well', async () => {
		const other = fileOf(png, 'other.png');
		expect(await found(other)).toEqual([{ kind: 'binary', name: 'other.png', binary: other, isForeign: true }]);
		const stored = { id: 'filesystem-v2:x/1', data: 'filesystem-v2', mimeType: 'text/plain' };
		expect(await found(stored)).toEqual([{ kind: 'binary', name: 'file', binary: stored, isForeign: true }]);
	});

	it('that may be one of two is a problem, unless they are the same', async () => {
		const alike = { x: fileOf(png, 'p'), y: fileOf(jpeg, 'p'), z: fileOf(png, 'q'), u: fileOf(png, 'q') };
		const two = new BinaryFields({ json: {}, binary: alike }, false);
		expect(await problem(told(alike.x), two)).toMatchObject({
			message: 'is a file that may be "x" or "y"',
			hint: expect.stringContaining('Enter its name'),
		});
		expect(await found(told(alike.u), undefined, two)).toMatchObject([{ name: 'z' }]);
	});

	it('without content from another node says how to get it', async () => {
		const { message, hint } = await problem(told(fileOf(png, 'other.png')));
		expect(message).toBe('is a file without its content');
		expect(hint).toContain("{{ $('Node').item.binary.data }}");
	});

	it('an object of files is all its images', async () => {
		const every = [
			{ kind: 'binary', name: 'a', binary: binary.a },
			{ kind: 'binary', name: 'b', binary: binary.b },
		];
		expect(await found(binary)).toEqual(every);
		expect(await found(Object.fromEntries(Object.entries(binary).map(([name, file]) => [name, told(file)])))).toEqual(
			every,
		);
		expect(await found({ one: fileOf(png, 'other') })).toMatchObject([{ name: 'one', isForeign: true }]);
		expect((await problem({ note: binary.note })).message).toBe('is an object of 1 file, none of which is an image');
	});
});

describe('an object with an image', () => {
	it.each<[string, unknown]>([
		['an image of this package', { index: 0, url, width: 1024, height: 1024, binaryField: 'image' }],
		['url', { url: ` ${url}\n` }],
		['image_url', { image_url: url }],
		['image_url with url', { type: 'image_url', image_url: { url, detail: 'high' } }],
		['imageUrl', { imageUrl: url }],
		['the first that is filled', { url: null, image_url: '', imageUrl: url }],
		['arrays of one', [[{ url: [url] }]]],
		['a whole answer of one image', { created: 1, data: [{ url }] }],
	])('URL: %s', async (_, entry) => {
		expect(await found(entry)).toEqual([{ kind: 'url', url }]);
	});

	it.each<[string, unknown]>([
		['b64_json', { url: null, b64_json: base64 }],
		['base64', { base64: png.toString('base64url') }],
		['data', { data: base64 }],
		['a data URI in data', { data: `data:image/png;base64,${base64}` }],
		['a data URI beside a type', { mimeType: 'image/png', data: `data:image/png;base64,${base64}` }],
		['a data URI in image_url', { image_url: { url: `data:image/png;base64,${base64}` } }],
		['in lines', { b64_json: base64.replace(/(.{64})/g, '$1\r\n') }],
		['a buffer', png],
		['a typed array', new Uint8Array(png)],
		['a buffer as JSON writes it', JSON.parse(JSON.stringify(png))],
	])('bytes: %s', async (_, entry) => {
		expect(await found(entry)).toEqual([{ kind: 'base64', base64 }]);
	});

	it('short base64 needs no 100 characters there', async () => {
		const short = png.subarray(0, 30).toString('base64');
		expect(await found({ base64: short })).toEqual([{ kind: 'base64', base64: short }]);
	});

	it('a path that the service has', async () => {
		expect(await found({ url: 'u/1.jpg' }, /^u\//)).toEqual([{ kind: 'path', path: 'u/1.jpg' }]);
	});

	it('never the name of a binary field', async () => {
		expect((await problem({ data: 'a' })).message).toBe('"a" in data is not readable as base64 of an image');
	});
});

describe('anything else says what it is and what to enter', () => {
	it.each<[unknown, string]>([
		[12, 'is a number (12)'],
		[true, 'is a boolean (true)'],
		[null, 'is empty'],
		[undefined, 'is empty'],
		[[], 'is an empty array'],
		[[1, 2], 'is an array of 2 elements'],
		[{}, 'is an object without fields'],
		[{ title: 'x', pictures: [] }, 'is an object with the fields title, pictures'],
		[{ url: 5 }, 'is an object whose field url is a number (5)'],
		[{ data: [{ url }, { url }] }, 'is an object whose field data is an array of 2 elements'],
		[{ image_url: { link: url } }, 'is an object whose field image_url is an object with the fields link'],
		[Buffer.from('text'), 'is a buffer of 4 bytes, which hold no image'],
		[{ type: 'Buffer', data: ['x', {}] }, 'is a buffer of 2 bytes, which hold no image'],
		[() => url, 'is a function'],
		[10n, 'is a bigint'],
	])('%j', async (entry, message) => {
		const { message: said, hint } = await problem(entry);
		expect(said).toBe(message);
		expect(hint).toMatch(/Enter an image URL|Hand over a file/);
	});

	it('lists the binary fields, and never repeats what is within', async () => {
		const { message, hint } = await problem({ title: 'x', ['k'.repeat(500)]: base64, [base64]: 1 });
		expect(hint).toContain('"a" (image/png), "b" (image/png), "note" (text/csv)');
		expect(message.length).toBeLessThan(250);
		expect(message + hint).not.toContain(base64.slice(20, 50));
		expect((await problem({ url: 'ftp://me:secret@x.test/a.png' })).message).not.toContain('secret');
	});

	it('many fields are cut', async () => {
		const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, 1]));
		expect((await problem(many)).message).toMatch(/^is an object with the fields field0, .* …$/);
	});

	it('an array within itself ends', async () => {
		const circle: unknown[] = [];
		circle.push(circle);
		expect((await problem(circle)).message).toBe('is an array of 1 element');
	});
});
