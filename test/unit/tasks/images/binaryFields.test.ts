/** Which files an item has, and which of them are images: by their labels, or by their first bytes. */
import type { IBinaryData, IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { BinaryFields, type NamedBinary } from '../../../../nodes/tasks/images/binaryFields';
import { expectLinearIn } from '../growth';
import { cpuMs } from '../growth';
import { binaryOf } from '../support';

const jpeg = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0', 'latin1'), Buffer.alloc(60)]);
const text = Buffer.from('just a text, and a long one');

const names = (files: NamedBinary[] = []) => files.map(({ name }) => name);
const separate = (binary: Record<string, IBinaryData>, files?: ConstructorParameters<typeof BinaryFields>[2]) =>
	new BinaryFields({ json: {}, binary }, false, files);
const combined = (json: IDataObject) => new BinaryFields({ json }, true);

/** n8n's storage, which tells what it was asked for and how much of it was read. */
function storage(contents: Record<string, Buffer | Error>) {
	const read: string[] = [];
	const readParts = async ({ id = '' }: IBinaryData) => {
		const content = contents[id] ?? new Error('There is no such file');
		if (content instanceof Error) throw content;
		return (async function* parts() {
			for (let at = 0; at < content.length; at += 5) {
				read.push(id);
				yield content.subarray(at, at + 5);
			}
		})();
	};
	return { read, readParts };
}

const stored = (id: string, mimeType: string, more: Partial<IBinaryData> = {}): IBinaryData => ({
	id,
	data: 'filesystem-v2',
	mimeType,
	...more,
});

describe('an image is', () => {
	it.each<[string, Partial<IBinaryData>]>([
		['a type in capitals', { mimeType: 'IMAGE/PNG' }],
		['a type with parameters', { mimeType: 'image/jpeg; charset=binary' }],
		['a type with white space', { mimeType: ' Image/Jpeg ;x=1' }],
		['a file name', { mimeType: 'application/octet-stream', fileName: 'IMG_0001.JPG' }],
		['a file extension', { mimeType: 'text/plain', fileExtension: 'webp' }],
		['a file name beside another type', { mimeType: 'application/x-whatever', fileName: 'a.heic' }],
	])('what has the label of one: %s, without a look at it', async (_, label) => {
		const binary = { ...binaryOf(text), ...label };
		expect(names(await separate({ photo: binary }).images())).toEqual(['photo']);
	});

	it.each([
		'application/octet-stream',
		'Application/Octet-Stream; name="photo"',
		'binary/octet-stream',
		'text/plain',
		'text/plain; charset=utf-8',
		'application/x-download',
		'',
	])('what is labelled %j and begins like one', async (mimeType) => {
		const fields = separate({ photo: binaryOf(jpeg, mimeType), note: binaryOf(text, mimeType) });
		expect(names(await fields.images())).toEqual(['photo']);
		expect((await fields.soleImage())?.name).toBe('photo');
	});

	it('never what is labelled as something else', async () => {
		const fields = separate({ list: binaryOf(jpeg, 'text/csv'), scan: binaryOf(jpeg, 'application/pdf') });
		expect(await fields.images()).toEqual([]);
		expect(await fields.soleImage()).toBeUndefined();
	});

	it('what has no type at all', async () => {
		const binary = { photo: { data: jpeg.toString('base64') } as IBinaryData };
		expect(names(await separate(binary).images())).toEqual(['photo']);
		expect(separate(binary).listed()).toContain('"photo" (no type)');
	});
});

describe('with both kinds of labels', () => {
	const fields = separate({
		first: binaryOf(jpeg, 'text/plain'),
		second: binaryOf(jpeg, 'image/jpeg'),
		third: binaryOf(text, 'text/plain'),
		fourth: binaryOf(jpeg, 'application/octet-stream'),
	});

	it('all images are those of both, in field order', async () => {
		expect(names(await fields.images())).toEqual(['first', 'second', 'fourth']);
	});

	it('the only image is the one whose label says so', async () => {
		expect((await fields.soleImage())?.name).toBe('second');
	});
});

describe('a stored file', () => {
	it('is looked into only where its label says nothing, and only at its beginning', async () => {
		const files = storage({ 'x:1': jpeg, 'x:2': text, 'x:3': text });
		const binary = {
			a: stored('x:1', 'application/octet-stream'),
			b: stored('x:2', 'text/plain'),
			c: stored('x:3', 'image/png'),
		};
		expect(names(await separate(binary, files).images())).toEqual(['a', 'c']);
		// Three parts of five bytes hold the twelve that tell.
		expect(files.read.sort()).toEqual(['x:1', 'x:1', 'x:1', 'x:2', 'x:2', 'x:2']);
	});

	it('that is empty is no image; one that cannot be read counts, so that loading it says why', async () => {
		const files = storage({ 'x:1': Buffer.alloc(0) });
		const binary = { a: stored('x:1', 'text/plain'), b: stored('x:gone', 'text/plain') };
		expect(names(await separate(binary, files).images())).toEqual(['b']);
	});
});

describe('in the combined mode', () => {
	const photo = (name: string) => ({ ...binaryOf(jpeg, 'image/jpeg'), fileName: name });
	const fields = combined({
		title: 'x',
		photos: [photo('1'), photo('2'), 'no file', [photo('3')]],
		form: { front: photo('4') },
		_files: { image: photo('5'), image_1: photo('6') },
		fake: { mimeType: 'image/png' },
		drive: { id: '1aBc', mimeType: 'image/png' },
	});

	it('files are found by path, also those of nodes that know only binary fields', async () => {
		const all = ['photos[0]', 'photos[1]', 'photos[3][0]', 'form.front', 'image', 'image_1'];
		expect(names(fields.all)).toEqual(all);
		expect(names(await fields.images())).toEqual(all);
		expect(names(fields.get('_files.image'))).toEqual(['image']);
	});

	it('the name of a list means all that it holds', () => {
		expect(names(fields.get('photos'))).toEqual(['photos[0]', 'photos[1]', 'photos[3][0]']);
		expect(names(fields.get('form'))).toEqual(['form.front']);
		expect(names(fields.get('photos[1]'))).toEqual(['photos[1]']);
		for (const none of ['title', 'photos[2]', 'photos[9]', 'fake', 'drive', '_files'])
			expect(fields.get(none)).toBeUndefined();
	});

	it('only there: elsewhere JSON is JSON', () => {
		expect(new BinaryFields({ json: { photo: photo('1') }, binary: { data: photo('2') } }, false).all).toHaveLength(1);
		expect(names(new BinaryFields({ json: { photo: photo('1') }, binary: { data: photo('2') } }, true).all)).toEqual([
			'photo',
			'data',
		]);
	});

	it('large and deep JSON takes linear time', () => {
		expectLinearIn([10_000, 100_000, 1_000_000], (size) => {
			const json = {
				numbers: Array(size).fill(1),
				rows: Array.from({ length: size / 10 }, (_, a) => ({ a: { b: [a] } })),
			};
			return cpuMs(() => combined(json));
		});
		let deep: IDataObject = { photo: photo('1') };
		for (let depth = 0; depth < 100_000; depth += 1) deep = { deep };
		expect(combined(deep).all).toEqual([]);
	});
});
