import { describe, expect, it } from 'vitest';

import { asRecord, asText, parseJson } from '../../../nodes/tasks/json';

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
		[String.raw`{"a":"say \"930810057590833241\" twice","b":930810057590833241}`, { a: 'say "930810057590833241" twice', b: '930810057590833241' }],
		[String.raw`{"a":"ends in a backslash\\","b":930810057590833241}`, { a: 'ends in a backslash\\', b: '930810057590833241' }],
		[String.raw`{"a":"\u0022: 930810057590833241","b":1}`, { a: '": 930810057590833241', b: 1 }],
		['{"url":"https://x/930810057590833241?a=:930810057590833241,"}', { url: 'https://x/930810057590833241?a=:930810057590833241,' }],
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

it('reads a long answer in linear time', () => {
	const text = JSON.stringify({ a: '1'.repeat(2_000_000), b: '\\"'.repeat(200_000) });
	const start = performance.now();
	expect(Object.keys(asRecord(parseJson(text)))).toEqual(['a', 'b']);
	expect(performance.now() - start).toBeLessThan(1000);
});

it('takes only objects for records, and texts and numbers for texts', () => {
	expect([null, undefined, 1, 'x', ['a']].map(asRecord)).toEqual([{}, {}, {}, {}, {}]);
	expect(asRecord({ a: 1 })).toEqual({ a: 1 });
	expect(['x', 0, 12, '', null, undefined, true, Number.NaN, {}].map(asText)).toEqual([
		'x', '0', '12', undefined, undefined, undefined, undefined, undefined, undefined,
	]);
});
