import { describe, expect, it } from 'vitest';

import {
	anyId,
	checkBody,
	idOf,
	mergeBody,
	nonEmptyText,
	numberBetween,
	oneOf,
	optional,
	textUpTo,
	trueOrFalse,
	wholeNumber,
	type FieldRule,
} from '../../../../nodes/tasks/submit/bodyRules';
import { expectLinear } from '../growth';

const check = (rule: FieldRule['rule'], value: unknown) =>
	checkBody({ field: value as string }, [{ field: 'field', label: 'Field', rule }], []);

/** A refusal with this message, and the hint that every field has. */
const refused = (message: unknown) => ({
	problem: { message, hint: 'Change Field and run the node again. Nothing was sent.' },
});

describe('a whole number', () => {
	it.each([
		[1, 1],
		[9, 9],
		['3', 3],
		['2.0', 2],
		[' 4 ', 4],
		[2.0, 2],
	])('%j is sent as the number %j', (value, sent) => {
		expect(check(wholeNumber(1, 9), value)).toEqual({ body: { field: sent } });
	});

	it.each([[0], [10], [1.5], [-1], ['x'], ['1e9'], ['0x3'], ['3 images'], [''], [null], [true], [[3]], [Number.NaN]])(
		'%j is refused',
		(value) => {
			expect(check(wholeNumber(1, 9), value)).toEqual(
				refused(expect.stringContaining('must be a whole number from 1 to 9')),
			);
		},
	);

	it('the message names field and value', () => {
		expect(check(wholeNumber(1, 9), 10)).toEqual(refused('Field is "10", but it must be a whole number from 1 to 9'));
	});
});

describe('a number in a range', () => {
	it.each([
		[0, 0],
		[2, 2],
		['0.1495', 0.1495],
		[' .5', 0.5],
	])('%j is sent as the number %j', (value, sent) => {
		expect(check(numberBetween(0, 2), value)).toEqual({ body: { field: sent } });
	});

	it.each([[2.1], [-0.1], ['wide'], ['Infinity'], ['1e-1'], [Number.NaN], [{}], [[1]], [false]])(
		'%j is refused',
		(value) => {
			expect(check(numberBetween(0, 2), value)).toEqual(
				refused(expect.stringContaining('must be a number from 0 to 2')),
			);
		},
	);
});

describe('a text', () => {
	it('is counted in code points, as the service does', () => {
		expect(check(textUpTo(2500), '😀'.repeat(2500))).toEqual({ body: { field: '😀'.repeat(2500) } });
		expect(check(textUpTo(2500), `${'字'.repeat(2500)}。`)).toEqual(
			refused(expect.stringContaining('it has 2501 characters (at most 2500)')),
		);
	});

	it('too long is not repeated at full length', () => {
		const result = check(textUpTo(2500), 'word '.repeat(600));
		expect(result).toEqual(refused(expect.stringMatching(/^.{1,160}$/)));
	});

	it('that is something else is refused, and an absent one is not sent', () => {
		for (const [value, kind] of [
			[true, 'true or false'],
			[['a'], 'a list'],
			[{ a: 1 }, 'an object'],
		]) {
			expect(check(textUpTo(5), value)).toEqual(refused(expect.stringContaining(`must be a text, not ${kind}`)));
		}
		for (const value of ['', ' \n', null, undefined]) expect(check(textUpTo(5), value)).toEqual({ body: {} });
	});

	it('may come as a number', () => {
		expect(check(textUpTo(5), 12)).toEqual({ body: { field: '12' } });
	});
});

describe('a text that must be there', () => {
	const rule = nonEmptyText('the ID of a style');

	it.each([
		['s1', 's1'],
		[' s1 ', 's1'],
		[7, '7'],
	])('%j is sent as %j', (value, sent) => {
		expect(check(rule, value)).toEqual({ body: { field: sent } });
	});

	it.each([[''], ['  '], [undefined], [null]])('%j is empty', (value) => {
		expect(check(rule, value)).toEqual(refused('Field is empty, but it must be the ID of a style'));
	});

	it.each([[{}], [[]], [true]])('%j is no such text', (value) => {
		expect(check(rule, value)).toEqual(
			refused(expect.stringMatching(/^Field is ".*", but it must be the ID of a style(, not .*)?$/)),
		);
	});
});

describe('a field that may be missing', () => {
	it.each([optional(trueOrFalse), optional(wholeNumber(0, 9))])(
		'is not sent, but an empty cell is no value',
		(rule) => {
			expect(check(rule, undefined)).toEqual({ body: {} });
			for (const value of [null, '', 'yes', []]) expect(check(rule, value)).toHaveProperty('problem');
		},
	);

	it('stands within an object too, and the declared one stays as it is', () => {
		const rules = [{ field: 'info.on', label: 'On', rule: optional(trueOrFalse) }];
		const declared = { info: { on: 'false', other: 1 } };
		expect(checkBody(declared, rules, [])).toEqual({ body: { info: { on: false, other: 1 } } });
		expect(declared.info.on).toBe('false');
		expect(checkBody({ a: 1 }, rules, [])).toEqual({ body: { a: 1 } });
		expect(checkBody({ info: { on: 1 } }, rules, [])).toMatchObject({
			problem: { message: 'On is "1", but it must be true or false' },
		});
	});
});

describe('an ID', () => {
	it.each([
		["'1234", '1234'],
		[['1234'], '1234'],
		[1234, '1234'],
	])('%j is sent as %j', (value, sent) => {
		expect(check(anyId, value)).toEqual({ body: { field: sent } });
		expect(check(idOf('the ID of a style'), value)).toEqual({ body: { field: sent } });
	});

	it('without its digits is refused; one that may be missing is not sent', () => {
		const problem = 'has lost its digits: format the column as text';
		expect(check(anyId, '1.2E+17')).toEqual(refused(`Field is "1.2E+17", but it ${problem}`));
		expect(check(idOf('the ID of a style'), '1.2E+17')).toEqual(refused(`Field is "1.2E+17", but it ${problem}`));
		expect(check(anyId, '')).toEqual({ body: {} });
		expect(check(idOf('the ID of a style'), '')).toEqual(refused('Field is empty, but it must be the ID of a style'));
	});
});

it('one of several: others are refused with the choice', () => {
	expect(check(oneOf(['16:9', '1:1']), '1:1')).toEqual({ body: { field: '1:1' } });
	expect(check(oneOf(['16:9', '1:1']), '5:4')).toEqual(refused('Field is "5:4", but it must be 16:9, 1:1'));
});

describe('a body', () => {
	it('loses its empty fields, and only those: 0 and false are values', () => {
		const declared = { a: '', b: null, c: undefined, d: 0, e: false, f: [], g: {} };
		expect(checkBody(declared, [], [])).toEqual({ body: { d: 0, e: false, f: [], g: {} } });
	});

	it('is judged as a whole after its fields, in their order', () => {
		const rules: FieldRule[] = [
			{ field: 'a', label: 'A', rule: wholeNumber(1, 2) },
			{ field: 'b', label: 'B', rule: wholeNumber(1, 2) },
		];
		const whole = () => ({ message: 'the whole', hint: 'Change it.' });
		expect(checkBody({ a: 3, b: 3 }, rules, [whole])).toEqual({
			problem: { message: expect.stringMatching(/^A is/), hint: expect.stringMatching(/^Change A /) },
		});
		expect(checkBody({ a: 1, b: '2' }, rules, [() => undefined, whole])).toEqual({ problem: whole() });
		expect(checkBody({ a: 1, b: '2' }, rules, [({ b }) => (b === 2 ? undefined : whole())])).toEqual({
			body: { a: 1, b: 2 },
		});
	});
});

describe('Raw JSON Fields', () => {
	it('merges objects key by key; arrays and values replace', () => {
		const body = { n: 1, watermark_info: { enabled: false, keep: 1 }, list: [1, 2] };
		const extra = { n: 2, watermark_info: { enabled: true }, list: [3], negative_prompt: 'x' };
		expect(mergeBody(body, extra)).toEqual({
			n: 2,
			watermark_info: { enabled: true, keep: 1 },
			list: [3],
			negative_prompt: 'x',
		});
	});

	it('leaves the declared body as it was', () => {
		const body = { watermark_info: { enabled: false } };
		mergeBody(body, { watermark_info: { enabled: true } });
		expect(body).toEqual({ watermark_info: { enabled: false } });
	});
});

describe('a field of very many levels of brackets', () => {
	const deep = (depth: number) =>
		Array(depth)
			.fill(0)
			.reduce((inner: unknown) => [inner], 'x') as string;

	it.each([101, 5_000, 100_000])('is refused by name before anything walks through it: %i', (depth) => {
		expect(check(oneOf(['a']), deep(depth))).toEqual(refused('Field has more than 100 levels of brackets'));
		expect(checkBody({ other: { list: deep(depth) } }, [], [])).toMatchObject({
			problem: { message: 'other has more than 100 levels of brackets' },
		});
	});

	it('is sent as it is up to 100', () => {
		expect(checkBody({ other: deep(100) }, [], [])).toEqual({ body: { other: deep(100) } });
	});
});

it('a long text is counted without an array of its characters', () => {
	const most = 2_500;
	expectLinear(
		(size) => '😀'.repeat(size / 2),
		(text) => textUpTo(most).problem(text),
	);
	expect(textUpTo(most).problem('😀'.repeat(most))).toBeUndefined();
	expect(textUpTo(most).problem('中'.repeat(20_000_000))).toBe('has 20000000 characters (at most 2500)');
});
