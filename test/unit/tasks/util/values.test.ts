import { expect, it } from 'vitest';

import { exactFlag, exactNumber, kindOf, numberWithin } from '../../../../nodes/tasks/util/values';

it.each<[unknown, number]>([
	[3, 3],
	['3', 3],
	[' 3 ', 3],
	['2.0', 2],
	['+1', 1],
	['-0.5', -0.5],
	['.5', 0.5],
	['007', 7],
])('%j is the number %j', (value, number) => {
	expect(exactNumber(value)).toBe(number);
});

it.each([
	true,
	false,
	null,
	undefined,
	'',
	' ',
	'3 images',
	'0x10',
	'1e3',
	'1,5',
	'1 000',
	'Infinity',
	Number.NaN,
	Infinity,
	[3],
	{ valueOf: () => 3 },
	'9'.repeat(1_000_000),
])('%j is no number', (value) => {
	expect(exactNumber(value)).toBeUndefined();
});

it('a number lies within its range, and a whole one has no fraction', () => {
	expect([1, '9', 2.5, 0, 10].map((value) => numberWithin(value, { low: 1, high: 9 }))).toEqual([
		1,
		9,
		2.5,
		undefined,
		undefined,
	]);
	expect(numberWithin(2.5, { low: 1, whole: true })).toBeUndefined();
});

it('a switch is true, false, or exactly one of the two as text', () => {
	expect([true, 'true', false, 'false'].map(exactFlag)).toEqual([true, true, false, false]);
	expect(['TRUE', 'yes', 0, 1, '', null, [true]].map(exactFlag)).toEqual(Array(7).fill(undefined));
});

it('what a value is', () => {
	expect([null, '', 'a', 1, true, [], {}].map(kindOf)).toEqual([
		'nothing',
		'nothing',
		'a text',
		'a number',
		'true or false',
		'a list',
		'an object',
	]);
});
