import { describe, expect, it } from 'vitest';

import { KLING_ERRORS, KLING_TEST_RULES, klingError } from '../../../nodes/Kling/errors';

/** The vendor's table (docs/services/kling.md, Error codes): code and whether the same request may be sent again. */
const TABLE: Array<[number, string]> = [
	[1000, 'withNewSignature'],
	[1001, 'no'],
	[1002, 'withNewSignature'],
	[1003, 'withNewSignature'],
	[1004, 'withNewSignature'],
	[1100, 'no'],
	[1101, 'no'],
	[1102, 'no'],
	[1103, 'no'],
	[1200, 'no'],
	[1201, 'no'],
	[1202, 'no'],
	[1203, 'no'],
	[1300, 'no'],
	[1301, 'no'],
	[1302, 'later'],
	[1303, 'noSlot'],
	[1304, 'no'],
	[5000, 'ambiguous'],
	[5001, 'ambiguous'],
	[5002, 'ambiguous'],
];

it('has exactly the 21 failures of the documents, each with its verdict', () => {
	expect(KLING_ERRORS.map(({ code, retry }) => [code, retry])).toEqual(TABLE);
	expect(KLING_ERRORS).toHaveLength(21);
});

describe('every failure says what happened and what to change', () => {
	it.each(KLING_ERRORS)('$code', ({ cause, fix }) => {
		expect(cause).toMatch(/^[a-z].{8,}[^.]$/);
		expect(fix).toMatch(/^[A-Z].{12,}\.$/);
	});

	it('each cause is its own', () => {
		expect(new Set(KLING_ERRORS.map(({ cause }) => cause)).size).toBe(21);
	});

	it('1002 names key and region, 1003 and 1004 the clock, 1102 the pack, 1304 the whitelist', () => {
		const text = (code: number) => Object.values(klingError(code, 401)).join(' ');
		expect(text(1002)).toMatch(/key/);
		expect(text(1002)).toMatch(/region/);
		expect(text(1003)).toMatch(/clock.*fast/);
		expect(text(1004)).toMatch(/clock.*slow/);
		expect(text(1102)).toMatch(/resource pack/);
		expect(text(1304)).toMatch(/whitelist/);
	});
});

describe('an unknown code', () => {
	it.each([
		[1099, 'no'],
		[1104, 'no'],
		[1299, 'no'],
		[1399, 'no'],
		[5999, 'ambiguous'],
	])('%i goes by its class', (code, retry) => {
		expect(klingError(code, 400).retry).toBe(retry);
	});

	it('of no class, or none at all, goes by the HTTP status', () => {
		const verdicts = [200, 400, 401, 403, 404, 429, 500, 502, 504].map((status) => [
			status,
			klingError(undefined, status).retry,
			klingError(9, status).retry,
		]);
		expect(verdicts).toEqual([
			[200, 'ambiguous', 'ambiguous'],
			[400, 'no', 'no'],
			[401, 'no', 'no'],
			[403, 'no', 'no'],
			[404, 'no', 'no'],
			[429, 'later', 'later'],
			[500, 'ambiguous', 'ambiguous'],
			[502, 'ambiguous', 'ambiguous'],
			[504, 'ambiguous', 'ambiguous'],
		]);
	});
});

it('HTTP 429 alone decides nothing: the code does, also whether requests or tasks are too many', () => {
	expect([1100, 1101, 1102, 1304, 1302, 1303].map((code) => klingError(code, 429).retry)).toEqual([
		'no',
		'no',
		'no',
		'no',
		'later',
		'noSlot',
	]);
});

it('a refusal concerns the account, or the model, where every further request would be refused alike', () => {
	const concerned = KLING_ERRORS.filter(({ concerns }) => concerns).map(({ code, concerns }) => [code, concerns]);
	expect(concerned).toEqual([
		[1002, 'account'],
		[1100, 'account'],
		[1101, 'account'],
		[1102, 'account'],
		[1103, 'model'],
		[1304, 'account'],
	]);
});

describe('the same table judges the test of the credential', () => {
	it.each(KLING_ERRORS)('$code, as a number and as text', ({ code, cause, fix }) => {
		const message = `Kling refused the test: ${cause}. ${fix} (code ${code})`;
		for (const value of [code, String(code)]) {
			expect(KLING_TEST_RULES).toContainEqual({
				type: 'responseSuccessBody',
				properties: { key: 'code', value, message },
			});
		}
	});

	it('and an answer without a code is one of another server', () => {
		expect(KLING_TEST_RULES?.at(-1)).toMatchObject({
			properties: { key: 'code', value: undefined, message: expect.stringContaining('not one of the Kling API') },
		});
	});
});
