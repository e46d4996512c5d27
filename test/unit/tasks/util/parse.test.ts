import { describe, expect, it } from 'vitest';

import {
	asRecord,
	asText,
	DEEPEST,
	headOfBase64,
	isTooDeep,
	normalizeBase64,
	parseJson,
	SHORTEST_BASE64,
} from '../../../../nodes/tasks/util/parse';
import { expectLinear } from '../growth';

describe('task IDs beyond 2^53 keep every digit', () => {
	it.each([
		['{"task_id":930810057590833241}', { task_id: '930810057590833241' }],
		['{"task_id": 9007199254740993 }', { task_id: '9007199254740993' }],
		['[930810057590833241,-930810057590833241]', ['930810057590833241', '-930810057590833241']],
		['930810057590833241', '930810057590833241'],
	])('%s', (text, value) => {
		expect(parseJson(text)).toEqual(value);
	});

	it('leaves what a number can hold a number', () => {
		expect(parseJson('{"at":1758091666748,"most":9007199254740991,"long":1000000000000000}')).toEqual({
			at: 1758091666748,
			most: 9007199254740991,
			long: 1000000000000000,
		});
	});

	it('leaves fractions and exponents alone', () => {
		expect(parseJson('[0.12345678901234567890, 12345678901234567890.5, 1234567890123456789e2]')).toEqual([
			0.1234567890123456789, 12345678901234567890.5, 1234567890123456789e2,
		]);
	});
});

describe('digits inside strings are not touched', () => {
	it.each([
		['{"task_id":"930810057590833241"}', { task_id: '930810057590833241' }],
		[
			String.raw`{"a":"say \"930810057590833241\" twice","b":930810057590833241}`,
			{ a: 'say "930810057590833241" twice', b: '930810057590833241' },
		],
		[
			String.raw`{"a":"ends in a backslash\\","b":930810057590833241}`,
			{ a: 'ends in a backslash\\', b: '930810057590833241' },
		],
		[String.raw`{"a":"\u0022: 930810057590833241","b":1}`, { a: '": 930810057590833241', b: 1 }],
		[
			'{"url":"https://x/930810057590833241?a=:930810057590833241,"}',
			{ url: 'https://x/930810057590833241?a=:930810057590833241,' },
		],
		['{"930810057590833241":930810057590833241}', { '930810057590833241': '930810057590833241' }],
	])('%s', (text, value) => {
		expect(parseJson(text)).toEqual(value);
	});
});

it.each(['', '<html>502</html>', '{"code":0,"mess', '{"code":0}]]', '{"id":930810057590833241,}'])(
	'text that is not JSON gives undefined: %j',
	(text) => {
		expect(parseJson(text)).toBeUndefined();
	},
);

describe('a hostile answer is read in linear time', () => {
	const id = '930810057590833241';

	it.each<[string, (size: number) => string]>([
		['a string of backslashes', (size) => `{"id":${id},"a":"${'\\\\'.repeat(size / 2)}"}`],
		['a string of escaped quotes', (size) => `{"id":${id},"a":"${'\\"'.repeat(size / 2)}"}`],
		['a string of digits', (size) => `{"id":${id},"a":"${'1'.repeat(size)}"}`],
		['a number of that many digits', (size) => '1'.repeat(size)],
		[
			'very many long numbers',
			(size) =>
				`[${Array(Math.floor(size / 19))
					.fill(id)
					.join(',')}]`,
		],
		['very many short numbers', (size) => `[${id}${',1'.repeat(size / 2)}]`],
		['very many signs and dots after digits', (size) => `[${id},1e-${'1'.repeat(size)}]`],
		['brackets within brackets, never closed', (size) => `${id}${'['.repeat(size)}`],
		['strings that never end', (size) => `["${id}\\${'"\\'.repeat(size / 2)}`],
		['brackets within brackets', (size) => nested(size / 2)],
		['objects within objects', (size) => nested(size / 6, '{"a":', '}')],
		['an object of very many keys', (size) => `{${'"a":1,'.repeat(size / 6)}"b":${id}}`],
		['a key of quotes', (size) => `{"${'\\"'.repeat(size / 2)}":${id}`],
		['commas', (size) => `[${','.repeat(size)}`],
	])('%s', (_, make) => {
		expectLinear(make, parseJson);
	});

	it('and keeps every digit of a number that no number holds', () => {
		const digits = '1'.repeat(100_000);
		expect(parseJson(`{"n":${digits}}`)).toEqual({ n: digits });
	});
});

/** Brackets within one another, with a value in the middle. */
const nested = (depth: number, open = '[', close = ']') => `${open.repeat(depth)}1${close.repeat(depth)}`;

describe('JSON that is too deep to be walked through is none', () => {
	it.each([
		['brackets', '[', ']'],
		['objects', '{"a":', '}'],
		['both', '[{"a":', '}]'],
		['objects with long IDs', '{"id":930810057590833241,"a":', '}'],
	])('%s', (_, open, close) => {
		for (const depth of [DEEPEST + 1, 5_000, 100_000, 1_000_000])
			expect(parseJson(nested(depth, open, close))).toBeUndefined();
		expect(parseJson(nested(DEEPEST / 2, open, close))).toBeDefined();
	});

	it('however it ends', () => {
		expect(parseJson('['.repeat(1_000_000))).toBeUndefined();
		expect(parseJson(`${'{"a":['.repeat(100_000)}`)).toBeUndefined();
		expect(parseJson(']'.repeat(100_000) + '['.repeat(200_000))).toBeUndefined();
	});

	it('but brackets in texts, and beside one another, are not deep', () => {
		const text = `\\"${'['.repeat(200_000)}`;
		expect(parseJson(JSON.stringify({ text }))).toEqual({ text });
		expect(parseJson(`[${'[],'.repeat(100_000)}{}]`)).toHaveLength(100_001);
		expect(parseJson(nested(DEEPEST))).toBeDefined();
	});

	it('and so are values that were made deep, or turn in a circle', () => {
		const made = (depth: number) => {
			let value: unknown = 'x';
			for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value };
			return value;
		};
		const circle: Record<string, unknown> = { a: 1 };
		Object.assign(circle, { left: circle, right: [circle] });
		expect([made(DEEPEST + 1), made(100_000), circle].map(isTooDeep)).toEqual([true, true, true]);
		expect(['x', null, undefined, 12, {}, made(DEEPEST)].some(isTooDeep)).toBe(false);
	});
});

it('takes only objects for records, and texts and numbers for texts', () => {
	expect([null, undefined, 1, 'x', ['a']].map(asRecord)).toEqual([{}, {}, {}, {}, {}]);
	expect(asRecord({ a: 1 })).toEqual({ a: 1 });
	const values = ['x', 0, 12, '', null, undefined, true, Number.NaN, {}];
	expect(values.map(asText)).toEqual(['x', '0', '12', ...Array(6).fill(undefined)]);
});

// Bytes whose base64 holds every special character: 0xfb 0xff gives "+/8=".
const bytes = Buffer.from([0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xbf, 0x00]);
const plain = bytes.toString('base64');

describe('base64', () => {
	it.each<[string, (size: number) => string]>([
		['padding', (size) => '='.repeat(size)],
		['padding and spaces', (size) => `A${'= '.repeat(size / 2)}`],
		['what stands for + in URLs', (size) => '-'.repeat(size)],
		['spaces between all characters', (size) => 'A '.repeat(size / 2)],
		['spaces', (size) => `A${' '.repeat(size)}!`],
		['no base64 at the end', (size) => `${'A'.repeat(size)}!`],
		['no base64 at all', (size) => '中'.repeat(size)],
	])('takes linear time: %s', (_, make) => {
		expectLinear(make, normalizeBase64);
	});

	it('becomes the raw form that services take, whatever form comes in', () => {
		expect(plain).toMatch(/[+].*[/]|[/].*[+]/);
		expect(normalizeBase64(plain)).toBe(plain);
		expect(normalizeBase64(bytes.toString('base64url'))).toBe(plain);
		expect(normalizeBase64(`${plain.slice(0, 3)}\r\n ${plain.slice(3)}\n`)).toBe(plain);
		expect(normalizeBase64(plain.replace(/=/g, ''))).toBe(plain);
	});

	it.each(['', '   ', '====', 'A', 'AAAAA', 'not base64!', 'AA=A', '图片图片', 'data:image/png;base64,AAAA'])(
		'is undefined for what is not base64: %j',
		(text) => {
			expect(normalizeBase64(text)).toBeUndefined();
		},
	);

	it.each<[string, (size: number) => string]>([
		['letters with one wrong at the end', (size) => `${'A'.repeat(size)}!`],
		['padding alone', (size) => '='.repeat(size)],
		['padding with one letter behind', (size) => `AAAA${'='.repeat(size)}A`],
		['white space', (size) => ' \n'.repeat(size / 2)],
		['a line break after each character', (size) => 'A\n'.repeat(size / 2)],
		['URL-safe characters', (size) => '-_'.repeat(size / 2)],
	])('takes linear time for %s', (_, make) => {
		expectLinear(make, normalizeBase64);
	});

	it('is decoded only at its beginning, to look at the first bytes', () => {
		const long = Buffer.alloc(10_000, 7);
		expect(headOfBase64(long.toString('base64'))).toEqual(Buffer.alloc(48, 7));
		expect(headOfBase64('+/8=')).toEqual(Buffer.from([0xfb, 0xff]));
	});

	it('is what a bare text may be from 100 characters', () => {
		expect(SHORTEST_BASE64).toBe(100);
	});
});
