/** The images of a request's fields: found before anything is sent, loaded when a slot is there. */
import { Readable } from 'node:stream';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { findImageFields, takesAllItems, type ImageField } from '../../../../nodes/tasks/images/fields';
import { bodyValue, loadImageFields, loadImageFile } from '../../../../nodes/tasks/images/load';
import type { ImageReference } from '../../../../nodes/tasks/images/reference';
import { binaryOf, endpoint, itemOf, rawAnswer } from '../support';

const { connection } = endpoint.service;

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(40)]);
const base64 = png.toString('base64');

const image: ImageField = { field: 'image', label: 'Image' };
const list: ImageField = { field: 'list', label: 'Images', list: { parameter: 'images', least: 2, most: 3 } };

const withFiles = (...files: string[]): INodeExecutionData => ({
	json: {},
	binary: Object.fromEntries(files.map((name) => [name, binaryOf(png)])),
});

async function find(body: IDataObject, fields: ImageField[], item = withFiles('data', 'other')) {
	const found = await findImageFields(itemOf({ items: [item] }), body, fields);
	return found.map(({ field, references }) => [field.field, references.length]);
}

describe('the images of a field', () => {
	it('are found by name, without loading one', async () => {
		const item = { ...itemOf({ items: [withFiles('data')] }), files: {} as never };
		const [found] = await findImageFields(item, { image: 'data' }, [image]);
		expect(found?.references).toEqual([{ kind: 'binary', name: 'data', binary: binaryOf(png) }]);
	});

	it('may be absent where the field is optional; then it is not sent', async () => {
		const optional = { ...image, optional: true };
		for (const empty of [undefined, null, ''])
			expect(await find({ image: empty } as IDataObject, [optional])).toEqual([]);
		for (const field of [optional, { ...list, optional: true }]) {
			const item = itemOf();
			const body = { [field.field]: [] } as IDataObject;
			expect(await loadImageFields(item, body, await findImageFields(item, body, [field]))).toEqual({
				[field.field]: undefined,
			});
		}
	});

	it('may be a list of nothing but separators where the field is optional', async () => {
		expect(await find({ list: ' ,\n' }, [{ ...list, optional: true }])).toEqual([['list', 0]]);
	});

	it('of an optional list are also those of the other items, where one task takes them all', async () => {
		const parameters = { options: { imagesFrom: 'allItems' } };
		const items = [{ json: {} }, withFiles('data')];
		const item = { ...itemOf({ items, parameters }), parameterFor: (index: number) => (index === 1 ? 'data' : '') };
		const one = { ...list, optional: true, list: { parameter: 'images', most: 3 } };
		const [found] = await findImageFields(item, { list: '' }, [one]);
		expect(found?.references).toHaveLength(1);
	});

	it.each<[string, IDataObject, ImageField, RegExp]>([
		['no entry', {}, image, /^Image is empty$/],
		['an unknown name', { image: 'photo' }, image, /^Image: "photo" is neither a URL nor a binary field of the item$/],
		['"*" for one image', { image: '*' }, image, /^Image: there are 2 images, and at most 1 is allowed$/],
		['an empty list', { list: [] }, list, /^Images: there is no image$/],
		['too short a list', { list: 'data' }, list, /^Images: there is 1 image, and at least 2 are needed$/],
		[
			'too long a list',
			{ list: 'data,other,data,other' },
			list,
			/^Images: there are 4 images, and at most 3 are allowed$/,
		],
	])('%s is refused with the name of the field, and nothing was sent', async (_, body, field, message) => {
		await expect(find(body, [field])).rejects.toMatchObject({
			message: expect.stringMatching(message),
			taskState: 'not-created',
		});
	});

	it('of a list may be "*": all images of the item', async () => {
		expect(await find({ list: '*' }, [list])).toEqual([['list', 2]]);
	});
});

describe('images from all items', () => {
	async function findAll(entries: unknown[], items = entries.map(() => withFiles('data'))) {
		const item = itemOf({ items, parameters: { imagesFrom: 'allItems' } });
		const all = { ...item, parameterFor: (index: number) => entries[index] };
		return await findImageFields(all, { list: entries[0] } as IDataObject, [
			{ ...list, list: { parameter: 'images', most: 9 } },
		]);
	}

	it('are those of each item, read with its own entry and from its own files', async () => {
		const [found] = await findAll(['data', 'other'], [withFiles('data'), withFiles('other', 'third')]);
		expect(found?.references.map((reference) => 'name' in reference && reference.name)).toEqual(['data', 'other']);
	});

	it('are one where the entry does not depend on the item, and as many as there are files', async () => {
		expect((await findAll(['https://x/1.png', 'https://x/1.png']))[0]?.references).toHaveLength(1);
		expect(
			(await findAll([`data:image/png;base64,${base64}`, `data:image/png;base64,${base64}`]))[0]?.references,
		).toHaveLength(1);
		expect((await findAll(['data', 'data']))[0]?.references).toHaveLength(2);
	});

	it('are asked for by the option, and not by default', () => {
		expect([itemOf(), itemOf({ parameters: { imagesFrom: 'allItems' } })].map(takesAllItems)).toEqual([false, true]);
	});
});

describe('loading', () => {
	async function load(reference: ImageReference, item = itemOf()) {
		return (await loadImageFields(item, {}, [{ field: image, references: [reference] }])).image;
	}

	it('leaves a URL to the service and sends bytes as raw base64', async () => {
		expect(await load({ kind: 'url', url: 'https://x/1.png' })).toBe('https://x/1.png');
		expect(await load({ kind: 'base64', base64 })).toBe(base64);
		expect(await load({ kind: 'path', path: 'u/1.jpg' })).toBe('u/1.jpg');
		expect(await load({ kind: 'binary', name: 'a', binary: binaryOf(png) })).toBe(base64);
	});

	it.each([
		['an empty file', Buffer.alloc(0), /^Image: binary field "photo" is empty$/],
		['a web page', Buffer.from('<html>not found</html>'), /^Image: binary field "photo" is a web page, not an image$/],
		['bytes of anything', Buffer.alloc(99, 1), /^Image: binary field "photo" holds no image$/],
	])('%s is an error that names the field; nothing was sent', async (_, file, message) => {
		const loading = load({ kind: 'binary', name: 'photo', binary: binaryOf(file) });
		await expect(loading).rejects.toMatchObject({ message: expect.stringMatching(message), taskState: 'not-created' });
	});

	it('puts images in the form that the field has, and leaves the body as it was', async () => {
		const elements: ImageField = {
			...list,
			list: { parameter: 'images', most: 3, element: (value) => ({ image: value }) },
		};
		const references: ImageReference[] = [
			{ kind: 'url', url: 'https://x/1.png' },
			{ kind: 'base64', base64 },
		];
		const body = { prompt: 'p', list: '*' };
		expect(await loadImageFields(itemOf(), body, [{ field: elements, references }])).toEqual({
			prompt: 'p',
			list: [{ image: 'https://x/1.png' }, { image: base64 }],
		});
		expect(body).toEqual({ prompt: 'p', list: '*' });
		expect([bodyValue(list, ['a', 'b']), bodyValue(image, ['a'])]).toEqual([['a', 'b'], 'a']);
	});

	it('reads one file after the other, so that memory holds one', async () => {
		let reading = 0;
		let peak = 0;
		const item = itemOf();
		const read = async () => {
			peak = Math.max(peak, ++reading);
			await Promise.resolve();
			reading -= 1;
			return png;
		};
		const references = Array.from({ length: 5 }, (): ImageReference => ({
			kind: 'binary',
			name: 'a',
			binary: binaryOf(png),
		}));
		await loadImageFields({ ...item, files: { ...item.files, read } }, {}, [{ field: list, references }]);
		expect(peak).toBe(1);
	});
});

describe('an image as a file, for services that take files', () => {
	const serve = (body: Buffer | Error) => ({
		...itemOf(),
		fetch: async () => {
			if (body instanceof Error) throw body;
			return { ...rawAnswer({ body: '' }), body: Readable.from([body]) as never };
		},
	});

	it('has its own name, or one with the ending of its type', async () => {
		const named = { ...binaryOf(png), fileName: 'me.png' };
		expect(await loadImageFile(itemOf(), { kind: 'binary', name: 'a', binary: named }, 'photo_1', connection)).toEqual({
			bytes: png,
			fileName: 'me.png',
			mime: 'image/png',
		});
		expect(
			await loadImageFile(itemOf(), { kind: 'binary', name: 'a', binary: binaryOf(png) }, 'photo_1', connection),
		).toMatchObject({ fileName: 'photo_1.png' });
		expect(await loadImageFile(itemOf(), { kind: 'base64', base64 }, 'photo_2', connection)).toMatchObject({
			bytes: png,
			fileName: 'photo_2.png',
		});
	});

	it('from a URL is downloaded, and has the name in it', async () => {
		const load = async (url: string) => await loadImageFile(serve(png), { kind: 'url', url }, 'photo_1', connection);
		expect(await load('https://x/a/me.jpg?s=1')).toMatchObject({ bytes: png, fileName: 'me.png', mime: 'image/png' });
		expect(await load('https://x/')).toMatchObject({ fileName: 'photo_1.png' });
	});
});
