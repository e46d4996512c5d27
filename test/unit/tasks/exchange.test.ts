import { describe, expect, it } from 'vitest';

import { backoff, captureReply, read, retryAfterMs, send, taskIn, type Outcome } from '../../../nodes/tasks/exchange';
import { exchangeOf, FakeClock, networkError, refusal, taskAnswer, type Answer } from './support';

const ok = taskAnswer('processing');
const isOk = (outcome: Outcome) => 'verdict' in outcome && outcome.verdict.ok;

describe('a request', () => {
	it('goes out exactly once, as declared, with plain JSON and no exception for an HTTP status', async () => {
		const exchange = exchangeOf({ answers: [refusal(5000, 500)] });
		const outcome = await send(exchange, {});
		expect(isOk(outcome)).toBe(false);
		expect(exchange.sent).toEqual([
			expect.objectContaining({ method: 'GET', url: '/declared', encoding: 'text', json: true, ignoreHttpStatusErrors: true }),
		]);
	});

	it('keeps proxy and SSL setting when the engine asks something of its own, but not the declared body and query', async () => {
		const exchange = exchangeOf({ answers: [ok] });
		Object.assign(exchange.declared.options, { proxy: 'http://p', skipSslCertificateValidation: true, body: { a: 1 }, qs: { b: 2 } });
		await send(exchange, { method: 'GET', url: '/own' });
		expect(exchange.sent[0]).toMatchObject({ url: '/own', proxy: 'http://p', skipSslCertificateValidation: true, body: undefined, qs: undefined });
	});

	it('leaves what n8n keeps to the end of the run untouched: images must not outlive the request', async () => {
		const exchange = exchangeOf({ answers: [ok] });
		await send(exchange, { body: { image: 'x'.repeat(1000) } });
		expect(JSON.stringify(exchange.declared)).not.toContain('xxx');
	});

	it.each([
		[{}, {}, 30_000],
		[{}, { body: {} }, 60_000],
		[{}, { body: { image: 'x'.repeat(2_000_000) } }, 68_000],
		[{}, { body: { list: [{ image: 'x'.repeat(1_000_000) }] } }, 64_000],
		[{ requestOptions: { timeout: 1234 } }, { body: {} }, 1234],
	])('has its time: %j', async (parameters, request, timeout) => {
		const exchange = exchangeOf({ answers: [ok], parameters });
		await send(exchange, request);
		expect(exchange.sent[0]?.timeout).toBe(timeout);
	});

	it.each([
		['ECONNREFUSED', 'unsent'], ['ENOTFOUND', 'unsent'], ['EAI_AGAIN', 'unsent'], ['CERT_HAS_EXPIRED', 'unsent'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'unsent'], ['ERR_INVALID_URL', 'unsent'],
		['ECONNRESET', 'lost'], ['ECONNABORTED', 'late'], ['ETIMEDOUT', 'late'], ['EPIPE', 'lost'], ['SOMETHING_NEW', 'lost'],
	])('that ends in %s was %s, and no address gets into the reason', async (code, kind) => {
		const outcome = await send(exchangeOf({ answers: [networkError(code)] }), {});
		expect(outcome).toEqual({ lost: { kind, reason: expect.stringContaining(code) } });
		expect(JSON.stringify(outcome)).not.toContain('secret-host');
	});

	it('cut off by Stop may have arrived; after Stop nothing is sent', async () => {
		const stop = new AbortController();
		const cut = exchangeOf({ signal: stop.signal, answers: () => (stop.abort(), networkError('ERR_CANCELED')) });
		const reason = 'the execution was stopped';
		expect(await send(cut, {})).toEqual({ lost: { kind: 'lost', reason } });
		expect(await send(cut, {})).toEqual({ lost: { kind: 'unsent', reason } });
		expect(cut.sent).toHaveLength(1);
	});
});

describe('a read is sent again', () => {
	it.each<[string, Answer]>([
		['a reset', networkError('ECONNRESET')],
		['a refused connection', networkError('ECONNREFUSED')],
		['a timeout', networkError('ECONNABORTED')],
		['an HTML page', { body: undefined, status: 502 }],
		['broken JSON', { body: undefined, status: 200 }],
		['5000', refusal(5000, 500)], ['5001', refusal(5001, 503)], ['5002', refusal(5002, 504)],
		['1302', refusal(1302, 429)], ['1303', refusal(1303, 429)],
		['an unknown 5xxx', refusal(5999, 500)],
	])('after %s', async (_, trouble) => {
		const exchange = exchangeOf({ answers: [trouble, trouble, ok] });
		expect(isOk(await read(exchange, {}))).toBe(true);
		expect(exchange.clock.pauses).toEqual([500, 1000]);
	});

	it('four times in all, with growing pauses', async () => {
		const exchange = exchangeOf({ answers: () => refusal(5000, 500) });
		expect(isOk(await read(exchange, {}))).toBe(false);
		expect(exchange.sent).toHaveLength(4);
		expect(exchange.clock.pauses).toEqual([500, 1000, 2000]);
	});

	it('but not when it is refused for good, whatever the HTTP status', async () => {
		for (const [code, status] of [[1100, 429], [1101, 429], [1102, 429], [1304, 429], [1201, 400], [1203, 404], [1301, 400]] as const) {
			const exchange = exchangeOf({ answers: () => refusal(code, status) });
			await read(exchange, {});
			expect([code, exchange.sent.length]).toEqual([code, 1]);
		}
	});

	it('with a new signature exactly once, without a pause', async () => {
		for (const code of [1000, 1002, 1003, 1004]) {
			const exchange = exchangeOf({ answers: () => refusal(code, 401) });
			await read(exchange, {});
			expect([code, exchange.sent.length, exchange.clock.pauses]).toEqual([code, 2, []]);
		}
		const passes = exchangeOf({ answers: [refusal(1003, 401), ok] });
		expect(isOk(await read(passes, {}))).toBe(true);
	});

	it('not before Retry-After', async () => {
		const exchange = exchangeOf({ answers: [refusal(1302, 429, 'slow', { 'retry-after': '7' }), ok] });
		await read(exchange, {});
		expect(exchange.clock.pauses).toEqual([7000]);
	});

	it('not beyond the deadline', async () => {
		const clock = new FakeClock();
		const exchange = exchangeOf({ clock, answers: () => refusal(1302, 429, 'slow', { 'retry-after': '7' }) });
		await read(exchange, {}, clock.now() + 7_000);
		expect([exchange.sent.length, clock.pauses]).toEqual([1, []]);
	});

	it('not after Stop', async () => {
		const stop = new AbortController();
		const exchange = exchangeOf({ signal: stop.signal, answers: () => (stop.abort(), refusal(5000, 500)) });
		await read(exchange, {});
		expect(exchange.sent).toHaveLength(1);
	});
});

describe('the pause before another try', () => {
	it('doubles, is at most 30 s, and jitter leaves at least half of it', () => {
		const clock = new FakeClock();
		const full = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => 1000 * Math.min(30, 2 ** (attempt - 1)));
		const pauses = () => [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoff(clock, attempt, 1000));
		expect(pauses()).toEqual(full.map((ms) => ms / 2));
		clock.chance = 1;
		expect(pauses()).toEqual(full);
	});

	it("is the provider's Retry-After if there is one, even 0", () => {
		expect([0, 90_000].map((ms) => backoff(new FakeClock(), 3, 1000, ms))).toEqual([0, 90_000]);
	});

	it.each([
		['12', 12_000], [' 0 ', 0], ['Tue, 14 Nov 2023 22:13:30 GMT', 10_000], ['Tue, 14 Nov 2023 22:00:00 GMT', 0],
		['soon', undefined], ['', undefined], ['-5', undefined], ['1.5', undefined],
	])('Retry-After %j is %j ms', (value, ms) => {
		expect(retryAfterMs({ 'retry-after': value }, 1_700_000_000_000)).toBe(ms);
	});

	it('no Retry-After is none', () => {
		expect(retryAfterMs({})).toBeUndefined();
	});
});

describe('an answer', () => {
	it('keeps status, headers in lower case and the digits of long IDs', async () => {
		const response = { statusCode: 429, headers: { 'Retry-After': '3', 'X-Id': 'a' }, body: '{"data":{"task_id":930810057590833241}}' };
		const [item] = await captureReply([], response);
		expect(item?.json).toEqual({
			status: 429,
			headers: { 'retry-after': '3', 'x-id': 'a' },
			body: { data: { task_id: '930810057590833241' } },
		});
	});

	it('that is not JSON has no body', async () => {
		const [item] = await captureReply([], { statusCode: 502, headers: {}, body: '<html>' });
		expect(item?.json.body).toBeUndefined();
	});

	it('without a task ID holds no task', () => {
		const exchange = exchangeOf();
		const verdict = (data: unknown) => ({ verdict: { ok: true as const, data }, reply: { status: 200, headers: {}, body: {} } });
		expect([null, {}, [], { task_id: '' }].map((data) => taskIn(exchange, verdict(data)))).toEqual(Array(4).fill(undefined));
		expect(taskIn(exchange, verdict({ task_id: 12 }))?.task.taskId).toBe('12');
	});
});
