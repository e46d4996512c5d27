/** The one rule for image inputs, by what it finds (docs/images.md). */
import type { IBinaryData } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { BinaryFields } from '../../../../nodes/tasks/images/binaryFields';
import { splitEntries } from '../../../../nodes/tasks/images/entries';
import { findImages } from '../../../../nodes/tasks/images/input';
import { ImageProblem, type ImageReference } from '../../../../nodes/tasks/images/reference';
import { expectLinear } from '../growth';
import { binaryOf } from '../support';

const png = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#07c' } })
	.png()
	.toBuffer();
const base64 = png.toString('base64');
const pdf = Buffer.from('%PDF-1.7'.padEnd(200, '.')).toString('base64');

const fieldsOf = (binary: Record<string, IBinaryData>) => new BinaryFields({ json: {}, binary }, false);
const none = fieldsOf({});
const one = fieldsOf({ photo: binaryOf(png) });
const mixed = fieldsOf({
	first: binaryOf(png),
	text: binaryOf(Buffer.from('a text'), 'text/plain'),
	second: binaryOf(png, 'image/jpeg'),
});

async function found(entry: unknown, fields = none, path?: RegExp): Promise<ImageReference[]> {
	const result = await findImages(entry, fields, path);
	if (result instanceof ImageProblem) throw new Error(result.message);
	return result;
}

async function problem(entry: unknown, fields = none): Promise<ImageProblem> {
	const result = await findImages(entry, fields);
	if (result instanceof ImageProblem) return result;
	throw new Error(`Found ${JSON.stringify(result)}`);
}

const names = (references: ImageReference[]) =>
	references.map((reference) => ('name' in reference ? reference.name : reference.kind));

describe('an entry is, in this order', () => {
	it('a URL, even if a binary field has that name', async () => {
		const url = 'https://example.com/a,b.png?x=1';
		expect(await found(` ${url}\n`, fieldsOf({ [url]: binaryOf(png) }))).toEqual([{ kind: 'url', url }]);
		expect(await found('HTTP://EXAMPLE.COM/A.PNG')).toEqual([{ kind: 'url', url: 'HTTP://EXAMPLE.COM/A.PNG' }]);
	});

	it('a data URI, sent as raw base64', async () => {
		expect(await found(`data:image/png;base64,${base64}`)).toEqual([{ kind: 'base64', base64 }]);
		const broken = `DATA:image/png;charset=x;BASE64,${base64.slice(0, 40)}\n${base64.slice(40)}`;
		expect(await found(broken)).toEqual([{ kind: 'base64', base64 }]);
	});

	it('the name of a binary field, even if it is base64 of an image', async () => {
		expect(base64.length).toBeGreaterThanOrEqual(100);
		expect(names(await found(base64, fieldsOf({ [base64]: binaryOf(png) })))).toEqual([base64]);
	});

	it('a path of the service, where it has such', async () => {
		const path = /^u\/\d+\.jpg$/;
		expect(await found('u/1.jpg', none, path)).toEqual([{ kind: 'path', path: 'u/1.jpg' }]);
		expect(names(await found('u/1.jpg', fieldsOf({ 'u/1.jpg': binaryOf(png) }), path))).toEqual(['u/1.jpg']);
		expect((await problem('u/1.jpg')).message).toContain('neither a URL nor a binary field');
	});

	it('raw base64 from 100 characters, if it decodes to an image', async () => {
		expect(await found(base64)).toEqual([{ kind: 'base64', base64 }]);
		expect(await found(png.toString('base64url'))).toEqual([{ kind: 'base64', base64 }]);
		expect(await found(base64.replace(/(.{76})/g, '$1\n'))).toEqual([{ kind: 'base64', base64 }]);
	});
});

describe('valid base64 that is a name', () => {
	it.each(['photo123', 'data', 'image', 'abcd', base64.slice(0, 96)])('%s is a field, or an error', async (name) => {
		expect(names(await found(name, fieldsOf({ [name]: binaryOf(png), other: binaryOf(png) })))).toEqual([name]);
		expect((await problem(name, mixed)).message).toContain('neither a URL nor a binary field');
	});
});

describe('the default "data" falls back to the only image of the item', () => {
	it('beside files that are not images', async () => {
		expect(names(await found('data', one))).toEqual(['photo']);
		expect(names(await found('data', fieldsOf({ list: binaryOf(png, 'text/csv'), photo: binaryOf(png) })))).toEqual([
			'photo',
		]);
	});

	it('but never guesses among several, and only for this name', async () => {
		expect((await problem('data', mixed)).hint).toContain(
			'"first" (image/png), "text" (text/plain), "second" (image/jpeg)',
		);
		expect((await problem('dat', one)).message).toContain('"dat"');
	});

	it('a field that is called data wins', async () => {
		expect(names(await found('data', fieldsOf({ data: binaryOf(png, 'text/plain'), photo: binaryOf(png) })))).toEqual([
			'data',
		]);
	});
});

describe('"*"', () => {
	it('is all images in field order', async () => {
		expect(names(await found('*', mixed))).toEqual(['first', 'second']);
		expect(names(await found(' * ', one))).toEqual(['photo']);
	});

	it('is an error without one', async () => {
		expect((await problem('*', fieldsOf({ a: binaryOf(Buffer.from('a text'), 'text/plain') }))).hint).toContain(
			'"a" (text/plain)',
		);
	});
});

describe('an entry that cannot be used', () => {
	it.each([[''], ['  '], [undefined], [[undefined]]])('%j is empty', async (entry) => {
		expect((await problem(entry, one)).message).toBe('is empty');
	});

	it('lists the binary fields of the item', async () => {
		expect((await problem('phto', mixed)).hint).toMatch(/binary fields: "first" .*"text" .*"second"/);
		expect((await problem('phto')).hint).toContain('no binary fields');
	});

	it.each([
		['base64 of a PDF', pdf],
		['a data URI of a PDF', `data:image/png;base64,${pdf}`],
		['a data URI without base64', 'data:image/svg+xml,<svg/>'],
		['an image with a character too many', `${base64}!`],
		['a data URI with a character too many', `data:image/png;base64,${base64}!`],
	])('%s: the message never holds base64', async (_, entry) => {
		const { message, hint } = await problem(entry);
		expect(message).toMatch(/not readable as base64 of an image|not a base64 data URI/);
		for (const start of [0, 30, 60]) {
			expect(message + hint).not.toContain(pdf.slice(start, start + 24));
			expect(message + hint).not.toContain(base64.slice(start, start + 24));
		}
	});

	it('another kind of URL is named as it is', async () => {
		expect((await problem('ftp://x/a.png')).message).toContain('ftp://x/a.png');
	});
});

describe('a list', () => {
	it.each([
		['a,b', ['a,b']],
		['first,second', ['first', 'second']],
		['first，second', ['first', 'second']],
		['first, second', ['first', 'second']],
		['first\nsecond\r\n\r\n', ['first', 'second']],
		['*,https://x/1.png', ['*', 'https://x/1.png']],
		['https://x/1.png, *', ['https://x/1.png', '*']],
		['https://x/a,b.png,https://x/c.png', ['https://x/a,b.png', 'https://x/c.png']],
		['https://x/a?size=1,2,first', ['https://x/a?size=1,2', 'first']],
		['https://x/中，文.png，second', ['https://x/中，文.png', 'second']],
		[
			`data:image/png;base64,${base64},data:image/png;base64,${base64}`,
			[`data:image/png;base64,${base64}`, `data:image/png;base64,${base64}`],
		],
		[`first,data:image/png;base64,${base64},second`, ['first', `data:image/png;base64,${base64}`, 'second']],
		['', []],
		['  \n ', []],
	])('%j', (text, entries) => {
		expect(splitEntries(text, mixed)).toEqual(entries);
	});

	it('may be an array, or nothing', async () => {
		expect(splitEntries(['https://x/a,b.png', 'first'], mixed)).toEqual(['https://x/a,b.png', 'first']);
		expect(splitEntries(undefined, mixed)).toEqual([]);
		expect(splitEntries(null, mixed)).toEqual([]);
	});

	it('keeps a field whose own name has a comma', async () => {
		expect(splitEntries('a,b', fieldsOf({ 'a,b': binaryOf(png) }))).toEqual(['a,b']);
	});

	it('may be of paths that the service has already', async () => {
		expect(splitEntries('u/1.jpg,u/2.jpg, first', mixed, /^u\/\d+\.jpg$/)).toEqual(['u/1.jpg', 'u/2.jpg', 'first']);
	});
});

describe('a list of more entries than anybody means is a problem', () => {
	it.each<[string, unknown]>([
		['names', 'first,'.repeat(20_000)],
		['lines', 'first\n'.repeat(20_000)],
		['commas', ','.repeat(20_000)],
		['an array', Array(20_000).fill('first')],
	])('%s', (_, value) => {
		expect(splitEntries(value, mixed)).toMatchObject({ message: 'there are more than 10000 entries' });
	});

	it('and 5,000 are none', async () => {
		expect(splitEntries('first,second\n'.repeat(2_500), mixed)).toHaveLength(5_000);
		expect(splitEntries(Array(5_000).fill('first'), mixed)).toHaveLength(5_000);
	});
});

it('an item with very many or long names makes no long message', async () => {
	const named = fieldsOf(
		Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f ${index}`, binaryOf(png)])),
	);
	expect((await problem('none', named)).hint.length).toBeLessThan(500);
	expect(
		(await problem('none', fieldsOf({ ['x y '.repeat(100_000)]: binaryOf(png, 'text/'.repeat(9_999)) }))).hint.length,
	).toBeLessThan(500);
});

describe('a hostile entry takes linear time', () => {
	it.each<[string, (size: number) => string]>([
		['commas', (size) => ','.repeat(size)],
		['commas and white space', (size) => ', '.repeat(size / 2)],
		['stars', (size) => '*,'.repeat(size / 2)],
		['line breaks', (size) => '\r\n'.repeat(size / 2)],
		['a data URI without an end', (size) => `data:image/png;base64${';base64'.repeat(size / 7)}`],
		['a data URI of padding', (size) => `data:image/png;base64,${'='.repeat(size)}`],
		['nearly base64', (size) => `${'A'.repeat(size)}!`],
		['white space within base64', (size) => `${base64}${' '.repeat(size)}!`],
	])('%s', (_, make) => {
		expectLinear(make, (text) => findImages(text, mixed));
		expectLinear(make, (text) => splitEntries(text, mixed));
	});
});
