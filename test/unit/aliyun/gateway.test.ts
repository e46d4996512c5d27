/** The gateway's table (provider-apis.md 5.5), row by row: what a refusal means, and whether it may be sent again. */
import { describe, expect, it } from 'vitest';

import { gatewayRefusal } from '../../../nodes/AliyunPortrait/gateway';
import { aliyunPortrait } from '../../../nodes/AliyunPortrait/provider';
import { endpoint } from '../../../nodes/AliyunPortrait/resources/portrait/endpoint';
import { read } from '../../../nodes/tasks/exchange';
import { readSettings } from '../../../nodes/tasks/settings';
import { submit } from '../../../nodes/tasks/submit';
import { exchangeOf, rejectionOf, type Answer } from '../tasks/support';

const byCode = (code: string, more: Record<string, string> = {}) =>
	gatewayRefusal({ status: Number(code.slice(1, 4)) || 500, headers: { 'x-ca-error-code': code, 'x-ca-error-message': 'Said So', 'x-ca-request-id': 'R1', ...more }, body: undefined });
const byText = (message: string, status = 403) => gatewayRefusal({ status, headers: { 'x-ca-error-message': message }, body: undefined });

/** The first word is about reads, the second about creates: again, or not. */
type Verdict = 'no' | 'later' | 'ambiguous';
const CODES: Array<[codes: string, verdict: Verdict, cause: RegExp]> = [
	['I400HD I400MH I400BD I400PA I400RU I400CT I400SG I400I5 I400NC I400MP I400IP', 'no', /does not take the request/],
	['I405UM I403PT', 'no', /refuses calls to this address/],
	['I413RL I413UL', 'no', /too large/],
	['I404DO I404NF I404NR I404SR I410GG', 'no', /no such API/],
	['I403AA', 'no', /may not call this API/],
	['A400AC A401AC', 'no', /AppCode/],
	['A400MA', 'no', /no authorization/],
	['A400IK', 'no', /AppKey/],
	['A403IS', 'no', /signature/],
	['A403EP', 'no', /expired/],
	['A403PR A403IP A403VN A403AC A403CO A403IN A403FC', 'no', /may not call/],
	['B403MQ', 'no', /used up/],
	['B403ME B403MI', 'no', /expired/],
	['B403OD B403MO', 'no', /overdue/],
	['B451DO B451GO', 'no', /refuses calls/],
	['T429ID T429IN T429GR T429PA T429PR T429SR T429MR', 'later', /too fast/],
	['D503CB', 'later', /shut the service off/],
	['D503BB D504RE D504IL D504CO D504CS', 'ambiguous', /could not reach/],
	['D504TO', 'ambiguous', /did not answer/],
	['D502FC N502RE X500ER X503BZ X504VE X504TO', 'ambiguous', /broke down/],
	['X400PM X500ED X500AM X403DG I400JP', 'no', /does not take the request/],
];
const ROWS = CODES.flatMap(([codes, verdict, cause]) => codes.split(' ').map((code) => [code, verdict, cause] as const));

it('knows all 66 codes of the table', () => {
	expect(ROWS).toHaveLength(66);
	expect(new Set(ROWS.map(([code]) => code)).size).toBe(66);
});

describe.each(ROWS)('%s', (code, verdict, cause) => {
	it(`is ${verdict}, with cause, fix and request ID`, () => {
		const refusal = byCode(code);
		expect(refusal).toMatchObject({ code, httpStatus: Number(code.slice(1, 4)), requestId: 'R1', reason: 'Said So', resend: verdict });
		expect(refusal.cause).toMatch(cause);
		expect(refusal.cause).toMatch(/^[a-z].*[^.]$/i);
		expect(refusal.hint).toMatch(/^[A-Z].{12,}\.$/);
		expect(refusal.retryAfterMs).toBe(code === 'D503CB' ? 90_000 : undefined);
	});
});

describe('a classic gateway speaks by its text alone, with details behind', () => {
	const TEXTS: Array<[texts: string[], verdict: Verdict, cause: RegExp]> = [
		[['Throttled by USER Flow Control', 'Throttled by APP Flow Control', 'Throttled by API Flow Control', 'Throttled by GROUP Flow Control'], 'later', /too fast/],
		[['Throttled by DOMAIN Flow Control'], 'no', /calls of the day/],
		[['Quota Exhausted'], 'no', /used up/],
		[['Quota Expired', 'Expiry of Authorization'], 'no', /expired/],
		[['User Arrears'], 'no', /overdue/],
		[['Unauthorized'], 'no', /may not call/],
		[['Invalid AppCode `not exists`'], 'no', /AppCode/],
		[['Invalid AppKey', 'Invalid AppSecret'], 'no', /AppKey/],
		[['Invalid Signature, Server StringToSign:`GET#x`', 'Empty Signature'], 'no', /signature/],
		[['Invalid Timestamp', 'Timestamp Expired'], 'no', /clock/],
		[['Invalid Url', 'API Not Found', 'Invalid Domain', 'Invalid HttpMethod'], 'no', /no such API/],
		[['Invalid Param Location', 'Empty Request Body', 'Invalid Request Body', 'Invalid Content-MD5'], 'no', /does not take/],
		[['Unsupported Multipart'], 'no', /uploads/],
		[['Service Unavailable', 'Internal Error', 'Failed To Invoke Backend Service', 'Async Service'], 'ambiguous', /broke down/],
		// Each try has a new nonce, so a used one means that the request arrived before.
		[['Nonce Used'], 'ambiguous', /arrived twice/],
	];

	it.each(TEXTS.flatMap(([texts, verdict, cause]) => texts.map((text) => [text, verdict, cause] as const)))('%s', (text, verdict, cause) => {
		for (const message of [text, `${text}: more`, text.toLowerCase()]) {
			expect(byText(message).resend).toBe(verdict);
			expect(byText(message).cause).toMatch(cause);
		}
		expect(byText(text).code).toBeUndefined();
	});

	it('one HTTP status means throttling or quota: the status decides nothing', () => {
		expect(['Throttled by APP Flow Control', 'Quota Exhausted'].map((text) => byText(text, 403).resend)).toEqual(['later', 'no']);
	});

	it('the code wins over the text', () => {
		expect(gatewayRefusal({ status: 403, headers: { 'x-ca-error-code': 'B403MQ', 'x-ca-error-message': 'Throttled by APP' }, body: undefined }).resend).toBe('no');
	});

	it('the text wins where the code is unknown', () => {
		expect(gatewayRefusal({ status: 403, headers: { 'x-ca-error-code': 'Z403ZZ', 'x-ca-error-message': 'Throttled by APP' }, body: undefined })).toMatchObject({ resend: 'later', code: 'Z403ZZ' });
	});
});

it.each<[number, Verdict, RegExp]>([
	[401, 'no', /access was refused/], [403, 'no', /access was refused/], [404, 'no', /no such API/], [400, 'no', /was refused/], [429, 'ambiguous', /too fast/],
	[500, 'ambiguous', /broke down/], [502, 'ambiguous', /broke down/], [504, 'ambiguous', /broke down/], [418, 'no', /was refused/],
])('without a known word HTTP %i is %s: not the word of the gateway that the service was not reached', (status, resend, cause) => {
	const refusal = gatewayRefusal({ status, headers: {}, body: undefined });
	expect(refusal).toMatchObject({ httpStatus: status, resend, reason: '' });
	expect(refusal.cause).toMatch(cause);
});

it('the string to sign, which holds the AppKey, is left out, and a long text is cut', () => {
	const shown = byText('Invalid Signature, Server StringToSign:`POST#application/json##x-ca-key:29#/cloud`', 400);
	expect(shown.reason).toBe('Invalid Signature');
	expect(byText('Server StringToSign:`x-ca-key:29`').reason).toBe('');
	expect(byText(`Unauthorized ${'x'.repeat(5_000)}`).reason).toHaveLength(200);
});

it('a pause that the gateway asks for wins over ours', () => {
	expect(byCode('T429ID', { 'retry-after': '7' }).retryAfterMs).toBe(7_000);
	expect(byCode('D503CB', { 'retry-after': '30' }).retryAfterMs).toBe(30_000);
});

describe('in the engine', () => {
	let accounts = 0;
	function exchange(answers: Answer[]) {
		const own = exchangeOf({ answers: (sent) => answers[Math.min(sent, answers.length) - 1] as Answer });
		own.endpoint = { ...endpoint, provider: aliyunPortrait };
		own.declared.options = { method: 'POST', url: endpoint.path, baseURL: `https://gateway-${++accounts}` };
		return own;
	}
	const says = (code: string): Answer => ({ body: undefined, status: Number(code.slice(1, 4)), headers: { 'x-ca-error-code': code } });
	const accepted: Answer = { body: { ret: 0, body: { task_id: 'T1', user_id: 'U1' } } };
	const create = async (own: ReturnType<typeof exchange>) => await submit(own, { settings: readSettings(own), body: { user_id: 'U1', style: 's' }, images: [] });

	it('an open breaker is waited for, 90 s, by creates', async () => {
		const own = exchange([says('D503CB'), accepted]);
		const start = own.clock.now();
		expect((await create(own)).task).toMatchObject({ taskId: 'T1', userId: 'U1' });
		expect(own.sent).toHaveLength(2);
		expect(own.clock.now() - start).toBeGreaterThanOrEqual(90_000);
	});

	it('an open breaker is waited for, 90 s, by reads', async () => {
		const own = exchange([says('D503CB'), accepted]);
		expect(await read(own, aliyunPortrait.taskRequest('', 'T1'))).toMatchObject({ verdict: { ok: true } });
		expect(own.clock.pauses).toEqual([90_000]);
	});

	it('throttling of a create is waited for and the create sent again, as often as Queue Timeout allows', async () => {
		const own = exchange([...Array<Answer>(6).fill(says('T429ID')), accepted]);
		expect((await create(own)).task.taskId).toBe('T1');
		expect(own.sent).toHaveLength(7);
		const never = exchange([says('T429ID')]);
		expect(await rejectionOf(create(never))).toMatchObject({ code: 'T429ID', taskState: 'not-created', retryable: true });
		expect(never.clock.now() - 1_700_000_000_000).toBeLessThanOrEqual(15 * 60_000);
	});

	it.each(ROWS.filter(([, verdict]) => verdict === 'ambiguous'))('%s on a create: sent once, may exist', async (code) => {
		const own = exchange([says(code), accepted]);
		expect(await rejectionOf(create(own))).toMatchObject({ code, taskState: 'may-exist', hint: expect.stringContaining('console') });
		expect(own.sent).toHaveLength(1);
	});

	it.each(ROWS.filter(([, verdict]) => verdict === 'no'))('%s on a create or read: sent once, nothing was created', async (code) => {
		const own = exchange([says(code), accepted]);
		expect(await rejectionOf(create(own))).toMatchObject({ code, taskState: 'not-created', retryable: false });
		expect(own.sent).toHaveLength(1);
		const reading = exchange([says(code), accepted]);
		expect(await read(reading, {})).toMatchObject({ verdict: { ok: false } });
		expect(reading.sent).toHaveLength(1);
	});

	it.each(ROWS.filter(([, verdict]) => verdict !== 'no'))('%s on a read: sent again', async (code) => {
		const own = exchange([says(code), accepted]);
		expect(await read(own, {})).toMatchObject({ verdict: { ok: true } });
		expect(own.sent).toHaveLength(2);
	});
});
