import { describe, expect, it } from 'vitest';

import { elementIds, elementsIn } from '../../../nodes/Kling/elements';
import { checkBody, type FieldRule } from '../../../nodes/tasks/submit/bodyRules';
import { expectLinear } from '../tasks/growth';

/** 18 digits, beyond 2^53, and the longest that 64 bits hold. */
const LONG = '829836802793406551';
const LONGEST = '9223372036854775807';

const check = (value: unknown) => checkBody({ element_list: value as string }, [elementIds.rule as FieldRule], []);
const idsOf = (value: unknown) => {
	const checked = check(value);
	return 'body' in checked ? elementsIn(checked.body) : checked.problem.message;
};

describe('element IDs', () => {
	it.each<[string, unknown, string[]]>([
		['one as text', LONG, [LONG]],
		['several with commas', `${LONG}, ${LONGEST}`, [LONG, LONGEST]],
		['several with Chinese commas', `${LONG}，2`, [LONG, '2']],
		['several in lines', `${LONG}\n\n${LONGEST}\n`, [LONG, LONGEST]],
		['JSON, as agents write it', `["${LONG}", ${LONGEST}]`, [LONG, LONGEST]],
		['an array', [LONG, '2'], [LONG, '2']],
		['arrays in an array', [[LONG], ['2']], [LONG, '2']],
		['a number that holds its digits', 12, ['12']],
		['the task of an element', { taskId: '1', elementId: LONG, status: 'succeeded' }, [LONG]],
		['such tasks in an array', [{ elementId: LONG }, { elementId: '2' }], [LONG, '2']],
		['as the API writes them', [{ element_id: LONG }], [LONG]],
		['with what cells and mails leave around them', `'${LONG}`, [LONG]],
	])('%s are sent to the digit', (_, value, ids) => {
		expect(idsOf(value)).toEqual(ids);
		expect(check(value)).toEqual({ body: { element_list: ids.map((element_id) => ({ element_id })) } });
	});

	it.each([undefined, null, '', '  ', ',\n', [], [[]]])('%j are none, and nothing is sent', (value) => {
		expect(check(value)).toEqual({ body: {} });
	});

	it('as a number that has lost digits are refused, with what to do', () => {
		const digits = Number(LONG);
		expect(idsOf(digits)).toBe(`Element IDs is "${digits}", but it has lost digits: keep the IDs as text`);
		expect(idsOf([digits])).toContain('keep the IDs as text');
		expect(idsOf([{ elementId: digits }])).toContain('keep the IDs as text');
		expect(idsOf('8.29836802793406E+17')).toContain('has lost its digits');
	});

	it.each<[string, unknown]>([
		['a name', 'Anna'],
		['20 digits', '12345678901234567890'],
		['a leading zero', '012'],
		['0', 0],
		['a negative number', -1],
		['a fraction', 1.5],
		['a URL', 'https://example.test/1'],
		['an element that is not made yet', { taskId: LONG, status: 'processing' }],
		['a switch', true],
		['nothing among others', [LONG, null]],
		['megabytes', '1,'.repeat(500_000)],
	])('%s is refused', (_, value) => {
		expect(idsOf(value)).toMatch(/^Element IDs is .* but it (must hold element IDs|holds |is |has )/s);
	});

	it('take linear time', () => {
		expectLinear(
			(size) => '1,'.repeat(size),
			(text) => void check(text),
		);
	});
});
