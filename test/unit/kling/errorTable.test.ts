import { describe, expect, it } from 'vitest';

import { KLING_ERRORS, klingError } from '../../../nodes/Kling/errorTable';

/** The vendor's table (provider-apis.md 2.2): code and whether the same request may be sent again. */
const TABLE: Array<[number, string]> = [
	[0, 'no'],
	[1000, 'resign'], [1001, 'no'], [1002, 'resign'], [1003, 'resign'], [1004, 'resign'],
	[1100, 'no'], [1101, 'no'], [1102, 'no'], [1103, 'no'],
	[1200, 'no'], [1201, 'no'], [1202, 'no'], [1203, 'no'],
	[1300, 'no'], [1301, 'no'], [1302, 'later'], [1303, 'noRoom'], [1304, 'no'],
	[5000, 'ambiguous'], [5001, 'ambiguous'], [5002, 'ambiguous'],
];

it('has exactly the 22 codes of the documents, each with its verdict', () => {
	expect(KLING_ERRORS.map(({ code, resend }) => [code, resend])).toEqual(TABLE);
	expect(KLING_ERRORS).toHaveLength(22);
});

describe('every failure says what happened and what to change', () => {
	it.each(KLING_ERRORS.filter(({ code }) => code !== 0))('$code', ({ cause, fix }) => {
		expect(cause).toMatch(/^[a-z].{8,}[^.]$/);
		expect(fix).toMatch(/^[A-Z].{12,}\.$/);
	});

	it('each cause is its own', () => {
		expect(new Set(KLING_ERRORS.map(({ cause }) => cause)).size).toBe(22);
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
	it.each([[1099, 'no'], [1104, 'no'], [1299, 'no'], [1399, 'no'], [5999, 'ambiguous']])('%i goes by its class', (code, resend) => {
		expect(klingError(code, 400).resend).toBe(resend);
	});

	it('of no class, or none at all, goes by the HTTP status', () => {
		const verdicts = [200, 400, 401, 403, 404, 429, 500, 502, 504].map((status) => [status, klingError(undefined, status).resend, klingError(9, status).resend]);
		expect(verdicts).toEqual([
			[200, 'ambiguous', 'ambiguous'], [400, 'no', 'no'], [401, 'no', 'no'], [403, 'no', 'no'], [404, 'no', 'no'],
			[429, 'later', 'later'], [500, 'ambiguous', 'ambiguous'], [502, 'ambiguous', 'ambiguous'], [504, 'ambiguous', 'ambiguous'],
		]);
	});
});

it('HTTP 429 alone decides nothing: the code does, also whether requests or tasks are too many', () => {
	expect([1100, 1101, 1102, 1304, 1302, 1303].map((code) => klingError(code, 429).resend)).toEqual(['no', 'no', 'no', 'no', 'later', 'noRoom']);
});
