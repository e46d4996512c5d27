import { describe, expect, it } from 'vitest';

import { PS_ERRORS, PS_FAILING_STATUSES, PS_TEST_RULES, psError } from '../../../nodes/PsTask/errors';

/** What each status lets a create do (docs/services/ps-task.md: no repeat after a timeout or a breakdown). */
const TABLE: Array<[number, string]> = [
	[400, 'no'],
	[401, 'no'],
	[403, 'no'],
	[404, 'no'],
	[405, 'no'],
	[407, 'no'],
	[413, 'no'],
	[422, 'no'],
	[429, 'later'],
	[500, 'ambiguous'],
	[502, 'ambiguous'],
	[503, 'ambiguous'],
	[504, 'ambiguous'],
];

it('has each status with its verdict', () => {
	expect(Object.entries(PS_ERRORS).map(([status, { retry }]) => [Number(status), retry])).toEqual(TABLE);
});

describe('every failure says what happened and what to change', () => {
	it.each(Object.entries(PS_ERRORS))('%s', (_, { cause, fix }) => {
		expect(cause).toMatch(/^[a-z].{8,}[^.]$/);
		expect(fix).toMatch(/^[A-Z].{12,}\.$/);
	});

	it('401 and 403 name the credential, 404 the base URL', () => {
		expect([401, 403].map((status) => PS_ERRORS[status]?.fix)).toEqual(
			Array(2).fill(expect.stringContaining('Authentication in the credential')),
		);
		expect(PS_ERRORS[404]?.fix).toContain('base URL');
	});
});

describe('code and HTTP status differ', () => {
	it.each([
		[400, 200, 400],
		['404', 200, 404],
		[undefined, 403, 403],
		[400, 500, 500],
		[500, 400, 500],
		[429, 503, 503],
		[1001, 422, 422],
		['E1', 502, 502],
	])('code %j under HTTP %i is %i: the graver one counts', (code, status, row) => {
		expect(psError(code, status)).toBe(PS_ERRORS[row]);
	});

	it('no failure in either is somebody else, or one that nobody has named: the task may exist', () => {
		expect(psError(undefined, 200)).toMatchObject({ retry: 'ambiguous', cause: expect.stringContaining('not one of') });
		for (const code of [1, -1, 1001, 'E42', 302])
			expect(psError(code, 200)).toMatchObject({ retry: 'ambiguous', cause: 'the service reports a failure' });
	});
});

describe('the same table judges the test of the credential', () => {
	/** The others may be what the service says of an unknown task, which is what the test asks for. */
	const FAILING = [401, 403, 407, 429, 502, 503, 504];

	it.each(FAILING)('%i, as a status and as a code in the body', (status) => {
		const { cause, fix } = PS_ERRORS[status] ?? {};
		expect(PS_FAILING_STATUSES).toContain(status);
		expect(PS_TEST_RULES).toContainEqual({
			type: 'responseCode',
			properties: { value: status, message: `PS Task refused the test: ${cause}. ${fix} (HTTP ${status})` },
		});
		for (const value of [status, String(status)]) {
			const message = `PS Task refused the test: ${cause}. ${fix} (code ${status})`;
			expect(PS_TEST_RULES).toContainEqual({
				type: 'responseSuccessBody',
				properties: { key: 'code', value, message },
			});
		}
	});

	it('and no other failure', () => {
		expect(PS_FAILING_STATUSES.filter((status) => status >= 400)).toEqual(FAILING);
	});
});
