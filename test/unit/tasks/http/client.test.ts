/** One request, and the tries of a read, where a real run would be slow. */
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import { backoff, NOT_STARTED, read, retryAfterMs, send, type Outcome } from '../../../../nodes/tasks/http/client';
import type { ItemContext } from '../../../../nodes/tasks/item/context';
import type { RawAnswer } from '../../../../nodes/tasks/item/host';
import type { ServiceRequest } from '../../../../nodes/tasks/model/service';
import { settle } from '../manualClock';
import { FakeClock, itemOf, networkError, refusal, taskAnswer, type Answer, type Given } from '../support';

const get: ServiceRequest = { method: 'GET', url: '/v1/images/editing/expand/1' };
const post: ServiceRequest = { method: 'POST', url: '/v1/images/editing/expand', body: {} };
const ok = taskAnswer('processing');
const isOk = (outcome: Outcome) => 'verdict' in outcome && outcome.verdict.ok;

/** An error of n8n 1.123, which keeps neither cause nor code. */
const errorOfN8n1 = (code: string) =>
	Object.assign(new Error('secret-host said no'), { httpCode: code, messages: [`${code} secret-host:443`] });

const reading = (given: Given) => {
	const item = itemOf(given);
	return { item, clock: item.clock, result: read(item, kling, get) };
};

/** An item whose requests are answered by a function that sees what ends them. */
function answeredBy(answer: (signal: AbortSignal) => Promise<RawAnswer>, given: Given = {}): ItemContext {
	return { ...itemOf(given), send: async (_connection, _request, signal) => await answer(signal) };
}

/** A body whose parts come one by one; whatever ends the request ends it. */
function bodyOf(parts: AsyncIterable<Buffer>, signal?: AbortSignal): RawAnswer['body'] {
	const body = Readable.from(parts);
	signal?.addEventListener('abort', () => body.destroy(new Error('aborted')));
	return body as unknown as RawAnswer['body'];
}

/** AbortSignal.timeout() rings when the test says so; gives the times it was asked for, in ms. */
function timeLimits() {
	const limits: Array<{ ms: number; ring(): void }> = [];
	vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
		const limit = new AbortController();
		limits.push({ ms, ring: () => limit.abort() });
		return limit.signal;
	});
	return limits;
}

afterEach(() => vi.restoreAllMocks());

describe('a request', () => {
	it('goes out exactly once, as it is, whatever the answer', async () => {
		for (const answer of [refusal(5000, 500), refusal(1302, 429), networkError('ECONNRESET')]) {
			const item = itemOf({ answers: [answer] });
			expect(isOk(await send(item, kling, post))).toBe(false);
			expect(item.sent).toEqual([post]);
			expect(item.clock.pauses).toEqual([]);
		}
	});

	it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_INVALID_URL'])(
		'that ends in %s never reached the service, on n8n 2 as on n8n 1.123, and no address gets into the reason',
		async (code) => expect(await outcomesOf(code)).toEqual(Array(2).fill({ kind: 'unsent', code, reason: expect.any(String) })),
	);

	it.each(['ECONNRESET', 'EPIPE', 'ERR_BAD_RESPONSE', 'SOMETHING_NEW'])('that ends in %s may have been carried out', async (code) =>
		expect(await outcomesOf(code)).toEqual(Array(2).fill({ kind: 'lost', code, reason: expect.any(String) })),
	);

	it.each(['ECONNABORTED', 'ETIMEDOUT'])('that ends in %s may still be carried out', async (code) =>
		expect(await outcomesOf(code)).toEqual(Array(2).fill({ kind: 'late', code, reason: 'no answer came in time' })),
	);

	/** How a request is lost by a network error as either n8n wraps it. */
	async function outcomesOf(code: string) {
		const errors = [networkError(code), errorOfN8n1(code)];
		const outcomes = await Promise.all(errors.map(async (error) => await send(itemOf({ answers: [error] }), kling, post)));
		expect(JSON.stringify(outcomes)).not.toContain('secret-host');
		return outcomes.map((outcome) => ('lost' in outcome ? outcome.lost : outcome));
	}

	it.each([undefined, null, 'text', 7, new Error(''), Object.assign(new Error('loop'), { cause: { cause: {} } })])(
		'never throws, whatever n8n throws: %j',
		async (thrown) => {
			const item = answeredBy(async () => await Promise.reject(thrown));
			expect(await send(item, kling, post)).toEqual({ lost: { kind: 'lost', reason: 'no answer came' } });
		},
	);

	it('never throws when the answer breaks off in the middle', async () => {
		const parts = async function* () {
			yield Buffer.from('{"code":0,');
			throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
		};
		const item = answeredBy(async () => ({ statusCode: 200, headers: {}, body: bodyOf(parts()) }));
		expect(await send(item, kling, post)).toMatchObject({ lost: { kind: 'lost', code: 'ECONNRESET' } });
	});

	it('with a credential that cannot be used is not sent, and only the user can change that', async () => {
		const item = itemOf();
		item.account = async () => await Promise.reject(new Error('The field API Key of the credential is empty. Fill it in.'));
		const lost = { kind: 'unsent', final: true, reason: expect.stringContaining('API Key'), hint: expect.stringContaining('credential') };
		expect(await send(item, kling, post)).toEqual({ lost });
		expect(await read(item, kling, get)).toEqual({ lost });
		expect(item.sent).toEqual([]);
	});

	it('that could not be signed says why, in words of ours', async () => {
		const unsigned = Object.assign(new Error('The field Base URL is empty.'), { unsent: true });
		const item = itemOf({ answers: [Object.assign(new Error('wrapped'), { cause: unsigned })] });
		expect(await send(item, kling, post)).toEqual({ lost: { kind: 'unsent', reason: 'The field Base URL is empty.', final: true } });
	});

	it('cut off by Stop may have arrived; after Stop nothing is sent', async () => {
		const stop = new AbortController();
		const cut = itemOf({ signal: stop.signal, answers: () => (stop.abort(), networkError('ERR_CANCELED')) });
		expect(await send(cut, kling, post)).toEqual({ lost: { kind: 'lost', reason: 'the execution was stopped' } });
		expect(await send(cut, kling, post)).toEqual(NOT_STARTED);
		expect(cut.sent).toHaveLength(1);
	});
});

describe('a redirect', () => {
	const elsewhere = { location: 'https://user:secret@other.test:8443/v1/images?token=secret' };

	it.each([301, 302, 303, 307, 308])('with %i is not followed: nothing was sent to the other host, which is named', async (status) => {
		const item = itemOf({ answers: [{ body: ok.body, status, headers: elsewhere }] });
		expect(await send(item, kling, post)).toEqual({
			lost: {
				kind: 'unsent',
				final: true,
				reason: 'The address redirects to other.test:8443, so nothing was sent there',
				hint: 'If that is your service, enter it as Base URL.',
			},
		});
		expect(item.sent).toHaveLength(1);
	});

	it('within the same host, and one that does not say where to, is none that is followed either', async () => {
		const answers: Array<Record<string, string>> = [{ location: '/elsewhere' }, {}, { location: 'http://' }];
		const reasons = answers.map(async (headers) => {
			const item = itemOf({ account: 'own', answers: [{ body: '', status: 302, headers }] });
			const outcome = await send(item, kling, post);
			return 'lost' in outcome ? outcome.lost.reason : outcome;
		});
		expect(await Promise.all(reasons)).toEqual([
			expect.stringContaining('redirects to own.test,'),
			expect.stringContaining('redirects to another address,'),
			expect.stringContaining('redirects to another address,'),
		]);
	});

	it('of a read is not asked for again', async () => {
		const { item, result } = reading({ answers: [{ body: '', status: 301, headers: elsewhere }] });
		expect(await result).toMatchObject({ lost: { final: true } });
		expect(item.sent).toHaveLength(1);
	});
});

describe('the time of a request', () => {
	const withImage = (characters: number): ServiceRequest => ({ ...post, body: { list: [{ image: 'x'.repeat(characters) }] } });

	it.each([
		['a read', get, undefined, 30_000],
		['a create', post, undefined, 60_000],
		['a create with an image of 1 MB', withImage(1_000_000), undefined, 64_000],
		['a create with a file of 2 MB', { ...post, body: Buffer.alloc(2_000_000) }, undefined, 68_000],
		["the user's own Timeout", withImage(1_000_000), 1_234, 1_234],
		['a Timeout that is longer than any timer', get, 1e12, 2 ** 31 - 1],
	])('%s', async (_, request, requestTimeoutMs, ms) => {
		const limits = timeLimits();
		await send({ ...itemOf({ answers: [ok] }), requestTimeoutMs }, kling, request);
		expect(limits.map((limit) => limit.ms)).toEqual([ms]);
	});

	it('ends a request without an answer: the service may still be at work', async () => {
		const limits = timeLimits();
		const unanswered = async (signal: AbortSignal) =>
			await new Promise<RawAnswer>((_, reject) => signal.addEventListener('abort', () => reject(new Error('canceled'))));
		const sending = send(answeredBy(unanswered), kling, post);
		await settle();
		limits[0]?.ring();
		expect(await sending).toEqual({ lost: { kind: 'late', reason: 'no answer came in time' } });
	});

	it('is one for the whole answer: a body that trickles in does not prolong it', async () => {
		const limits = timeLimits();
		const trickling = async function* () {
			for (;;) {
				yield Buffer.from(' ');
				await settle();
			}
		};
		const sending = send(answeredBy(async (signal) => ({ statusCode: 200, headers: {}, body: bodyOf(trickling(), signal) })), kling, post);
		for (let turn = 0; turn < 10; turn += 1) await settle();
		limits[0]?.ring();
		expect(await sending).toMatchObject({ lost: { kind: 'late' } });
		expect(limits).toHaveLength(1);
	});
});

describe('an answer', () => {
	it('is at most 64 MB large: the rest is not read, and nobody knows what it says', async () => {
		const part = Buffer.alloc(1024 * 1024, ' ');
		let parts = 0;
		const endless = async function* () {
			for (; parts < 200; parts += 1) yield part;
		};
		const item = answeredBy(async () => ({ statusCode: 200, headers: {}, body: bodyOf(endless()) }));
		expect(await send(item, kling, post)).toEqual({ lost: { kind: 'lost', reason: 'the answer is too large' } });
		expect(parts).toBeLessThan(90);
	});

	it('keeps status, headers in lower case and the digits of long IDs', async () => {
		const answer = { body: '{"data":{"task_id":930810057590833241}}', status: 429, headers: { 'Retry-After': '3', 'X-Id': 'a' } };
		const outcome = await send(itemOf({ answers: [answer] }), kling, get);
		expect(outcome).toMatchObject({
			reply: {
				status: 429,
				headers: { 'retry-after': '3', 'x-id': 'a' },
				body: { data: { task_id: '930810057590833241' } },
			},
		});
	});

	it('that is not JSON has no body', async () => {
		const outcome = await send(itemOf({ answers: [{ body: '<html>', status: 502 }] }), kling, get);
		expect('reply' in outcome && outcome.reply).toEqual({ status: 502, headers: {}, body: undefined });
	});

	it('that echoes what the credential holds shows it nowhere', async () => {
		const body = JSON.stringify({ code: 1000, message: 'key hush"hush is unknown', request_id: 'r' });
		const answer = { body, status: 401, headers: { 'x-echo': 'hush"hush' } };
		const outcome = await send(itemOf({ answers: [answer], secrets: ['hush"hush'] }), kling, get);
		expect(JSON.stringify(outcome)).not.toContain('hush');
		expect(outcome).toMatchObject({ verdict: { refusal: { reason: 'key *** is unknown' } } });
	});
});

describe('a read is sent again', () => {
	it.each<[string, Answer]>([
		['a reset', networkError('ECONNRESET')],
		['a refused connection', networkError('ECONNREFUSED')],
		['a reset on n8n 1.123', errorOfN8n1('ECONNRESET')],
		['a timeout', networkError('ECONNABORTED')],
		['an HTML page', { body: '<html>', status: 502 }],
		['broken JSON', { body: '{"code":0', status: 200 }],
		['5000', refusal(5000, 500)],
		['5001', refusal(5001, 503)],
		['5002', refusal(5002, 504)],
		['1302', refusal(1302, 429)],
		['1303', refusal(1303, 429)],
		['an unknown 5xxx', refusal(5999, 500)],
	])('after %s', async (_, trouble) => {
		const { result, clock } = reading({ answers: [trouble, trouble, ok] });
		expect(isOk(await result)).toBe(true);
		expect(clock.pauses).toEqual([500, 1000]);
	});

	it('four times in all, with growing pauses', async () => {
		const { item, result, clock } = reading({ answers: () => refusal(5000, 500) });
		expect(isOk(await result)).toBe(false);
		expect(item.sent).toHaveLength(4);
		expect(clock.pauses).toEqual([500, 1000, 2000]);
	});

	it.each([
		[1100, 429],
		[1101, 429],
		[1102, 429],
		[1304, 429],
		[1201, 400],
		[1203, 404],
		[1301, 400],
	])('but not when it is refused for good, whatever the HTTP status: %i with %i', async (code, status) => {
		const { item, result } = reading({ answers: () => refusal(code, status) });
		await result;
		expect(item.sent).toHaveLength(1);
	});

	it.each([1000, 1002, 1003, 1004])('with a new signature exactly once, without a pause: %i', async (code) => {
		const { item, result, clock } = reading({ answers: () => refusal(code, 401) });
		await result;
		expect([item.sent.length, clock.pauses]).toEqual([2, []]);
		expect(isOk(await reading({ answers: [refusal(code, 401), ok] }).result)).toBe(true);
	});

	it('not before Retry-After', async () => {
		const { result, clock } = reading({ answers: [refusal(1302, 429, 'slow', { 'retry-after': '7' }), ok] });
		await result;
		expect(clock.pauses).toEqual([7000]);
	});

	it('not beyond the deadline', async () => {
		const item = itemOf({ answers: () => refusal(1302, 429, 'slow', { 'retry-after': '7' }) });
		await read(item, kling, get, item.clock.now() + 7_000);
		expect([item.sent.length, item.clock.pauses]).toEqual([1, []]);
	});

	it('not after Stop', async () => {
		const stop = new AbortController();
		const { item, result } = reading({ signal: stop.signal, answers: () => (stop.abort(), refusal(5000, 500)) });
		await result;
		expect(item.sent).toHaveLength(1);
	});
});

describe('reads at once', () => {
	/** Reads that are answered when the test says so; at most so many were on their way. */
	function hanging(account: string) {
		let waiting: Array<() => void> = [];
		const seen = { most: 0, total: 0 };
		const answers = async () => {
			seen.total += 1;
			await new Promise<void>((resolve) => {
				waiting.push(resolve);
				seen.most = Math.max(seen.most, waiting.length);
			});
			return ok;
		};
		const answerAll = () => {
			const [...now] = waiting;
			waiting = [];
			for (const answer of now) answer();
		};
		return { seen, answerAll, read: async () => await read(itemOf({ account, answers }), kling, get) };
	}

	it('are at most sixteen per account; another account is not held up by one that hangs', async () => {
		const { seen, answerAll, read: readOne } = hanging('busy');
		const all = Promise.all(Array.from({ length: 100 }, readOne));
		await settle();
		expect(seen).toEqual({ most: 16, total: 16 });
		expect(isOk(await read(itemOf({ account: 'free', answers: [ok] }), kling, get))).toBe(true);
		while (seen.total < 100) {
			answerAll();
			await settle();
		}
		answerAll();
		expect((await all).every(isOk)).toBe(true);
		expect(seen.most).toBe(16);
	});

	it('that wait for a place are not sent any more after Stop', async () => {
		const { seen, answerAll, read: readOne } = hanging('stopped');
		const others = Promise.all(Array.from({ length: 16 }, readOne));
		await settle();
		const stop = new AbortController();
		const item = itemOf({ account: 'stopped', signal: stop.signal, answers: [ok] });
		const inLine = read(item, kling, get);
		await settle();
		stop.abort();
		expect(await inLine).toEqual(NOT_STARTED);
		expect(item.sent).toEqual([]);
		answerAll();
		await others;
		expect(seen.total).toBe(16);
	});

	it('give their place up while they pause before another try', async () => {
		const pausing = Array.from({ length: 16 }, () => {
			const item = itemOf({ account: 'pausing', answers: () => refusal(1302, 429) });
			item.clock.pause = async () => await new Promise(() => undefined);
			return read(item, kling, get);
		});
		void Promise.all(pausing);
		await settle();
		expect(isOk(await read(itemOf({ account: 'pausing', answers: [ok] }), kling, get))).toBe(true);
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

	it("is the service's Retry-After if there is one, even 0", () => {
		expect([0, 90_000].map((ms) => backoff(new FakeClock(), 3, 1000, ms))).toEqual([0, 90_000]);
	});

	it.each([
		['12', 12_000],
		[' 0 ', 0],
		['Tue, 14 Nov 2023 22:13:30 GMT', 10_000],
		['Tue, 14 Nov 2023 22:00:00 GMT', 0],
		['300', 300_000],
		['3600', 300_000],
		['Wed, 15 Nov 2023 22:00:00 GMT', 300_000],
		['soon', undefined],
		['', undefined],
		['-5', undefined],
		['1.5', undefined],
	])('Retry-After %j is %j ms', (value, ms) => {
		expect(retryAfterMs({ 'retry-after': value }, 1_700_000_000_000)).toBe(ms);
	});

	it('no Retry-After is none', () => {
		expect(retryAfterMs({})).toBeUndefined();
	});
});
