import { describe, expect, it } from 'vitest';

import { PS_ERRORS, psError } from '../../../nodes/PsTask/errorTable';

/** What each status lets a create do (provider-apis.md 6: no resend after a timeout or a breakdown). */
const TABLE: Array<[number, string]> = [
	[400, 'no'], [401, 'no'], [403, 'no'], [404, 'no'], [405, 'no'], [407, 'no'], [413, 'no'], [422, 'no'],
	[429, 'later'],
	[500, 'ambiguous'], [502, 'ambiguous'], [503, 'ambiguous'], [504, 'ambiguous'],
];

it('has each status with its verdict', () => {
	expect(Object.entries(PS_ERRORS).map(([status, { resend }]) => [Number(status), resend])).toEqual(TABLE);
});

describe('every failure says what happened and what to change', () => {
	it.each(Object.entries(PS_ERRORS))('%s', (_, { cause, fix }) => {
		expect(cause).toMatch(/^[a-z].{8,}[^.]$/);
		expect(fix).toMatch(/^[A-Z].{12,}\.$/);
	});

	it('401 and 403 name the credential, 404 the base URL', () => {
		expect([401, 403].map((status) => PS_ERRORS[status]?.fix)).toEqual(Array(2).fill(expect.stringContaining('Authentication in the credential')));
		expect(PS_ERRORS[404]?.fix).toContain('base URL');
	});
});

describe('code and HTTP status differ', () => {
	it.each([
		[400, 200, 400], ['404', 200, 404], [undefined, 403, 403], [400, 500, 500], [500, 400, 500], [429, 503, 503], [1001, 422, 422], ['E1', 502, 502],
	])('code %j under HTTP %i is %i: the graver one counts', (code, status, row) => {
		expect(psError(code, status)).toBe(PS_ERRORS[row]);
	});

	it('no failure in either is somebody else, or one that nobody has named: the task may exist', () => {
		expect(psError(undefined, 200)).toMatchObject({ resend: 'ambiguous', cause: expect.stringContaining('not one of') });
		for (const code of [1, -1, 1001, 'E42', 302]) expect(psError(code, 200)).toMatchObject({ resend: 'ambiguous', cause: 'the service reports a failure' });
	});
});
