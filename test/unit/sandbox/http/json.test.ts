import { expect, test } from 'vitest';

import { LongInteger, parseJson } from '../../../../sandbox/provider/http/json';

const long = (digits: string) => new LongInteger(digits);

test.each<[string, unknown]>([
	['{"a":829836802793406551}', { a: long('829836802793406551') }],
	['[1,-12345678901234567,123456789012345]', [1, long('-12345678901234567'), 123456789012345]],
	['{"a":"829836802793406551","829836802793406551":1}', { a: '829836802793406551', '829836802793406551': 1 }],
	[
		'{"a":"say \\"829836802793406551\\" \\\\","b":9007199254740993}',
		{ a: 'say "829836802793406551" \\', b: long('9007199254740993') },
	],
	[
		'[1.8298368027934065,18298368027934065.5,1e20,8298368027934065511E2]',
		[1.8298368027934065, 18298368027934065.5, 1e20, 8298368027934065511e2],
	],
	['829836802793406551', long('829836802793406551')],
	['', undefined],
	['{"a":00829836802793406551}', undefined],
	['{"a":"829836802793406551', undefined],
	['[829836802793406551', undefined],
])('reads %s without losing a digit, or throws', (text, value) => {
	if (value === undefined) expect(() => parseJson(text)).toThrow(SyntaxError);
	else expect(parseJson(text)).toEqual(value);
});

test('a text of many megabytes is read in linear time', () => {
	const image = 'A'.repeat(20_000_000);
	const backslashes = '\\\\'.repeat(1_000_000);
	const text = JSON.stringify({ image }).replace('}', `,"b":"${backslashes}","id":829836802793406551}`);
	const start = performance.now();
	expect(parseJson(text)).toMatchObject({ id: long('829836802793406551') });
	expect(performance.now() - start).toBeLessThan(5000);
});
