/**
 * The gateway's table (docs/services/aliyun-portrait.md, Gateway errors), row by row: what a refusal means, and whether
 * it may be sent again.
 */
import { describe, expect, it } from 'vitest';

import { ALIYUN_TEST_RULES, GATEWAY_ERRORS, gatewayRefusal } from '../../../nodes/AliyunPortrait/gatewayErrors';
import { ROWS, type Verdict } from './gatewayCodes';

const byCode = (code: string, more: Record<string, string> = {}) =>
	gatewayRefusal({
		status: Number(code.slice(1, 4)) || 500,
		headers: { 'x-ca-error-code': code, 'x-ca-error-message': 'Said So', 'x-ca-request-id': 'R1', ...more },
		body: undefined,
	});
const byText = (message: string, status = 403) =>
	gatewayRefusal({ status, headers: { 'x-ca-error-message': message }, body: undefined });

it('knows all 66 codes of the table', () => {
	expect(ROWS).toHaveLength(66);
	expect(new Set(ROWS.map(([code]) => code)).size).toBe(66);
});

describe.each(ROWS)('%s', (code, verdict, cause) => {
	it(`is ${verdict}, with cause, fix and request ID`, () => {
		const refusal = byCode(code);
		expect(refusal).toMatchObject({
			code,
			httpStatus: Number(code.slice(1, 4)),
			requestId: 'R1',
			reason: 'Said So',
			retry: verdict,
		});
		expect(refusal.cause).toMatch(cause);
		expect(refusal.cause).toMatch(/^[a-z].*[^.]$/i);
		expect(refusal.hint).toMatch(/^[A-Z].{12,}\.$/);
		expect(refusal.retryAfterMs).toBe(code === 'D503CB' ? 90_000 : undefined);
	});
});

describe('a classic gateway speaks by its text alone, with details behind', () => {
	const TEXTS: Array<[texts: string[], verdict: Verdict, cause: RegExp]> = [
		[
			[
				'Throttled by USER Flow Control',
				'Throttled by APP Flow Control',
				'Throttled by API Flow Control',
				'Throttled by GROUP Flow Control',
			],
			'later',
			/too fast/,
		],
		[['Throttled by DOMAIN Flow Control'], 'no', /no calls left today/],
		[['Quota Exhausted'], 'no', /used up/],
		[['Quota Expired', 'Expiry of Authorization'], 'no', /expired/],
		[['User Arrears'], 'no', /overdue/],
		[['Unauthorized'], 'no', /may not call/],
		[['Invalid AppCode `not exists`'], 'no', /AppCode/],
		[['Invalid AppKey', 'Invalid AppSecret'], 'no', /AppKey/],
		[['Invalid Signature, Server StringToSign:`GET#x`', 'Empty Signature'], 'no', /signature/],
		[['Invalid Timestamp', 'Timestamp Expired'], 'no', /clock/],
		[['Invalid Url', 'API Not Found', 'Invalid Domain', 'Invalid HttpMethod'], 'no', /no such API/],
		[
			['Invalid Param Location', 'Empty Request Body', 'Invalid Request Body', 'Invalid Content-MD5'],
			'no',
			/does not take/,
		],
		[['Unsupported Multipart'], 'no', /uploads/],
		[
			['Service Unavailable', 'Internal Error', 'Failed To Invoke Backend Service', 'Async Service'],
			'ambiguous',
			/broke down/,
		],
		// Each try has a new nonce, so a used one means that the request arrived before.
		[['Nonce Used'], 'ambiguous', /arrived twice/],
	];

	it.each(TEXTS.flatMap(([texts, verdict, cause]) => texts.map((text) => [text, verdict, cause] as const)))(
		'%s',
		(text, verdict, cause) => {
			for (const message of [text, `${text}: more`, text.toLowerCase()]) {
				expect(byText(message).retry).toBe(verdict);
				expect(byText(message).cause).toMatch(cause);
			}
			expect(byText(text).code).toBeUndefined();
		},
	);

	it('one HTTP status means throttling or quota: the status decides nothing', () => {
		expect(['Throttled by APP Flow Control', 'Quota Exhausted'].map((text) => byText(text, 403).retry)).toEqual([
			'later',
			'no',
		]);
	});

	it('the code wins over the text', () => {
		expect(
			gatewayRefusal({
				status: 403,
				headers: { 'x-ca-error-code': 'B403MQ', 'x-ca-error-message': 'Throttled by APP' },
				body: undefined,
			}).retry,
		).toBe('no');
	});

	it('the text wins where the code is unknown', () => {
		expect(
			gatewayRefusal({
				status: 403,
				headers: { 'x-ca-error-code': 'Z403ZZ', 'x-ca-error-message': 'Throttled by APP' },
				body: undefined,
			}),
		).toMatchObject({ retry: 'later', code: 'Z403ZZ' });
	});
});

it.each<[number, Verdict, RegExp]>([
	[400, 'no', /request or credential is not valid/],
	[401, 'no', /credential is not accepted/],
	[403, 'no', /access was refused/],
	[404, 'no', /no such API/],
	[405, 'no', /takes no such calls/],
	[410, 'no', /no such API/],
	[418, 'no', /was refused/],
	[429, 'ambiguous', /too many calls/],
	[451, 'no', /blocked/],
	[500, 'ambiguous', /broke down/],
	[502, 'ambiguous', /no usable answer/],
	[503, 'ambiguous', /busy or paused/],
	[504, 'ambiguous', /in time/],
	[599, 'ambiguous', /broke down/],
])(
	'without a known word HTTP %i is %s: not the word of the gateway that the service was not reached',
	(status, retry, cause) => {
		const refusal = gatewayRefusal({ status, headers: {}, body: undefined });
		expect(refusal).toMatchObject({ httpStatus: status, retry, reason: '', concerns: undefined });
		expect(refusal.cause).toMatch(cause);
	},
);

it('the string to sign, which holds the AppKey, is left out', () => {
	const shown = byText('Invalid Signature, Server StringToSign:`POST#application/json##x-ca-key:29#/cloud`', 400);
	expect(shown.reason).toBe('Invalid Signature');
	expect(byText('Server StringToSign:`x-ca-key:29`').reason).toBe('');
	expect(byText(`Unauthorized${' '.repeat(500_000)}x`).reason).toHaveLength(500_013);
});

it('a pause that the gateway asks for wins over ours', () => {
	expect(byCode('T429ID', { 'retry-after': '7' }).retryAfterMs).toBe(7_000);
	expect(byCode('D503CB', { 'retry-after': '30' }).retryAfterMs).toBe(30_000);
});

describe('a refusal concerns the account where every further call would be refused alike', () => {
	const CODES_OF_ACCOUNT =
		'I403AA A400AC A401AC A400MA A400IK A403IS A403EP A403PR A403IP A403VN A403AC A403CO A403IN A403FC B403MQ B403ME B403MI B403OD B403MO';

	it.each(ROWS)('%s', (code) => {
		expect(byCode(code).concerns).toBe(CODES_OF_ACCOUNT.split(' ').includes(code) ? 'account' : undefined);
	});

	it.each([
		'Quota Exhausted',
		'Quota Expired',
		'Expiry of Authorization',
		'User Arrears',
		'Unauthorized',
		'Invalid AppCode',
		'Invalid AppKey',
		'Invalid Signature',
		'Throttled by DOMAIN',
	])('%s', (text) => {
		expect(byText(text).concerns).toBe('account');
	});

	it.each([
		'Throttled by APP',
		'Invalid Url',
		'Empty Request Body',
		'Nonce Used',
		'Timestamp Expired',
		'Service Unavailable',
		'Unheard Of',
	])('but not %s', (text) => {
		expect(byText(text).concerns).toBeUndefined();
	});
});

describe('the same table judges the test of the credential, which is told only the HTTP status', () => {
	const told = GATEWAY_ERRORS.flatMap(({ statuses = [], ...row }) => statuses.map((status) => ({ status, ...row })));

	it('each status has one row', () => {
		expect(told.map(({ status }) => status).sort()).toEqual([
			400, 401, 403, 404, 405, 410, 413, 429, 451, 500, 502, 503, 504,
		]);
	});

	it.each(told)('$status', ({ status, cause, fix }) => {
		expect(gatewayRefusal({ status, headers: {}, body: undefined })).toMatchObject({ cause, hint: fix });
		const message = `Aliyun AI Portrait refused the test: ${cause}. ${fix} (HTTP ${status})`;
		expect(ALIYUN_TEST_RULES).toContainEqual({ type: 'responseCode', properties: { value: status, message } });
	});
});
