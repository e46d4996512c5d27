/** The contract's one rule for image inputs, by what it finds. */
import type { IBinaryData } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { binaryFieldsOf, findImages, ImageProblem, loadImage, splitEntries, type ImageReference } from '../../../nodes/tasks/images';
import { binaryOf, contextOf } from './support';

const png = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#07c' } }).png().toBuffer();
const base64 = png.toString('base64');
const pdf = Buffer.from('%PDF-1.7'.padEnd(200, '.')).toString('base64');

const fieldsOf = (fields: Record<string, IBinaryData>) => new Map(Object.entries(fields));
const none = fieldsOf({});
const one = fieldsOf({ photo: binaryOf(png) });
const mixed = fieldsOf({ first: binaryOf(png), text: binaryOf(png, 'text/plain'), second: binaryOf(png, 'image/jpeg') });

function found(entry: unknown, fields = none): ImageReference[] {
	const result = findImages(entry, fields);
	if (result instanceof ImageProblem) throw new Error(result.message);
	return result;
}

function problem(entry: unknown, fields = none): ImageProblem {
	const result = findImages(entry, fields);
	if (result instanceof ImageProblem) return result;
	throw new Error(`Found ${JSON.stringify(result)}`);
}

const names = (references: ImageReference[]) => references.map((reference) => ('name' in reference ? reference.name : reference.kind));

describe('an entry is, in this order', () => {
	it('a URL, even if a binary field has that name', () => {
		const url = 'https://example.com/a,b.png?x=1';
		expect(found(` ${url}\n`, fieldsOf({ [url]: binaryOf(png) }))).toEqual([{ kind: 'url', url }]);
		expect(found('HTTP://EXAMPLE.COM/A.PNG')).toEqual([{ kind: 'url', url: 'HTTP://EXAMPLE.COM/A.PNG' }]);
	});

	it('a data URI, sent as raw base64', () => {
		expect(found(`data:image/png;base64,${base64}`)).toEqual([{ kind: 'base64', base64 }]);
		expect(found(`DATA:image/png;charset=x;BASE64,${base64.slice(0, 40)}\n${base64.slice(40)}`)).toEqual([{ kind: 'base64', base64 }]);
	});

	it('the name of a binary field, even if it is base64 of a picture', () => {
		expect(base64.length).toBeGreaterThanOrEqual(100);
		expect(names(found(base64, fieldsOf({ [base64]: binaryOf(png) })))).toEqual([base64]);
	});

	it('raw base64 from 100 characters, if it decodes to a picture', () => {
		expect(found(base64)).toEqual([{ kind: 'base64', base64 }]);
		expect(found(png.toString('base64url'))).toEqual([{ kind: 'base64', base64 }]);
		expect(found(base64.replace(/(.{76})/g, '$1\n'))).toEqual([{ kind: 'base64', base64 }]);
	});
});

describe('valid base64 that is a name', () => {
	it.each(['photo123', 'data', 'image', 'abcd', base64.slice(0, 96)])('%s is a field, or an error', (name) => {
		expect(names(found(name, fieldsOf({ [name]: binaryOf(png), other: binaryOf(png) })))).toEqual([name]);
		expect(problem(name, mixed).message).toContain('neither a URL nor a binary field');
	});
});

describe('the default "data" falls back to the only picture of the item', () => {
	it('beside files that are no pictures', () => {
		expect(names(found('data', one))).toEqual(['photo']);
		expect(names(found('data', fieldsOf({ list: binaryOf(png, 'text/csv'), photo: binaryOf(png) })))).toEqual(['photo']);
	});

	it('but never guesses among several, and only for this name', () => {
		expect(problem('data', mixed).hint).toContain('"first" (image/png), "text" (text/plain), "second" (image/jpeg)');
		expect(problem('dat', one).message).toContain('"dat"');
	});

	it('a field that is called data wins', () => {
		expect(names(found('data', fieldsOf({ data: binaryOf(png, 'text/plain'), photo: binaryOf(png) })))).toEqual(['data']);
	});
});

describe('"*"', () => {
	it('is all pictures in field order', () => {
		expect(names(found('*', mixed))).toEqual(['first', 'second']);
		expect(names(found(' * ', one))).toEqual(['photo']);
	});

	it('is an error without one', () => {
		expect(problem('*', fieldsOf({ a: binaryOf(png, 'text/plain') })).hint).toContain('"a" (text/plain)');
	});
});

describe('an entry that cannot be used', () => {
	it.each([[''], ['  '], [null], [undefined], [12], [{}], [['data']]])('%j is empty or no text', (entry) => {
		expect(problem(entry, one).message).toBe('is empty');
	});

	it('lists the binary fields of the item', () => {
		expect(problem('phto', mixed).hint).toMatch(/binary fields: "first" .*"text" .*"second"/);
		expect(problem('phto').hint).toContain('no binary fields');
	});

	it.each([
		['base64 of a PDF', pdf],
		['a data URI of a PDF', `data:image/png;base64,${pdf}`],
		['a data URI without base64', 'data:image/svg+xml,<svg/>'],
		['a picture with a character too many', `${base64}!`],
		['a data URI with a character too many', `data:image/png;base64,${base64}!`],
	])('%s: the message never holds base64', (_, entry) => {
		const { message, hint } = problem(entry);
		expect(message).toMatch(/not readable as base64|not a base64 data URI/);
		for (const start of [0, 30, 60]) {
			expect(message + hint).not.toContain(pdf.slice(start, start + 24));
			expect(message + hint).not.toContain(base64.slice(start, start + 24));
		}
	});

	it('another kind of URL is named as it is', () => {
		expect(problem('ftp://x/a.png').message).toContain('ftp://x/a.png');
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
		[`data:image/png;base64,${base64},data:image/png;base64,${base64}`, [`data:image/png;base64,${base64}`, `data:image/png;base64,${base64}`]],
		[`first,data:image/png;base64,${base64},second`, ['first', `data:image/png;base64,${base64}`, 'second']],
		['', []],
		['  \n ', []],
	])('%j', (text, entries) => {
		expect(splitEntries(text, mixed)).toEqual(entries);
	});

	it('may be an array, or nothing', () => {
		expect(splitEntries(['https://x/a,b.png', 'first'], mixed)).toEqual(['https://x/a,b.png', 'first']);
		expect(splitEntries(undefined, mixed)).toEqual([]);
		expect(splitEntries(null, mixed)).toEqual([]);
	});

	it('keeps a field whose own name has a comma', () => {
		expect(splitEntries('a,b', fieldsOf({ 'a,b': binaryOf(png) }))).toEqual(['a,b']);
	});
});

describe('loading', () => {
	const load = async (reference: ImageReference) => await loadImage(contextOf(), reference);

	it('leaves a URL to the service and sends bytes as raw base64', async () => {
		expect(await load({ kind: 'url', url: 'https://x/1.png' })).toBe('https://x/1.png');
		expect(await load({ kind: 'base64', base64 })).toBe(base64);
		expect(await load({ kind: 'binary', name: 'a', binary: binaryOf(png) })).toBe(base64);
	});

	it.each([
		['an empty file', Buffer.alloc(0), 'is empty'],
		['a web page', Buffer.from('<html>not found</html>'), 'holds no picture'],
	])('%s is an error that names the field', async (_, buffer, text) => {
		const result = await load({ kind: 'binary', name: 'photo', binary: binaryOf(buffer) });
		expect(result).toBeInstanceOf(ImageProblem);
		expect((result as ImageProblem).message).toContain(`"photo"`);
		expect((result as ImageProblem).message).toContain(text);
	});
});

it('finds binaries in the JSON only in the combined mode', () => {
	const item = { json: { photo: { ...binaryOf(png) }, title: 'x', fake: { mimeType: 'image/png' } }, binary: { data: binaryOf(png) } };
	expect([...binaryFieldsOf(item, false).keys()]).toEqual(['data']);
	expect([...binaryFieldsOf(item, true).keys()]).toEqual(['photo', 'data']);
});
