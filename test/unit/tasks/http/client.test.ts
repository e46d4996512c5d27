/** One request: how it ends, how long it takes at most, and what is read of its answer. */
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import { NOT_STARTED, read, send, type Outcome } from '../../../../nodes/tasks/http/client';
import type { ItemContext } from '../../../../nodes/tasks/item/context';
import type { RawAnswer } from '../../../../nodes/tasks/item/host';
import type { ServiceRequest } from '../../../../nodes/tasks/model/service';
import { settle } from '../manualClock';
import { unsentError } from '../../../../nodes/tasks/util/credentialFields';
import { itemOf, networkError, refusal, taskAnswer, type Given } from '../support';

const get: ServiceRequest = { method: 'GET', url: '/v1/images/editing/expand/1' };
const post: ServiceRequest = { method: 'POST', url: '/v1/images/editing/expand', body: {} };
const ok = taskAnswer('processing');
const isOk = (outcome: Outcome) => 'verdict' in outcome && outcome.verdict.ok;

/** An error of n8n 1.123, which keeps neither cause nor code. */
const errorOfN8n1 = (code: string) =>
	Object.assign(new Error('secret-host said no'), { httpCode: code, messages: [`${code} secret-host:443`] });

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

	it.each([
		'ECONNREFUSED',
		'ENOTFOUND',
		'EAI_AGAIN',
		'CERT_HAS_EXPIRED',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'ERR_INVALID_URL',
	])(
		'that ends in %s never reached the service, on n8n 2 as on n8n 1.123, and no address gets into the reason',
		async (code) =>
			expect(await outcomesOf(code)).toEqual(Array(2).fill(expect.objectContaining({ kind: 'unsent', code }))),
	);

	it.each(['ECONNRESET', 'EPIPE', 'ERR_BAD_RESPONSE', 'SOMETHING_NEW'])(
		'that ends in %s may have been carried out',
		async (code) =>
			expect(await outcomesOf(code)).toEqual(Array(2).fill({ kind: 'lost', code, reason: expect.any(String) })),
	);

	it.each(['ECONNABORTED', 'ETIMEDOUT'])('that ends in %s may still be carried out', async (code) =>
		expect(await outcomesOf(code)).toEqual(Array(2).fill({ kind: 'late', code, reason: 'it took too long' })),
	);

	/** How a request is lost by a network error as either n8n wraps it. */
	async function outcomesOf(code: string) {
		const errors = [networkError(code), errorOfN8n1(code)];
		const outcomes = await Promise.all(
			errors.map(async (error) => await send(itemOf({ answers: [error] }), kling, post)),
		);
		expect(JSON.stringify(outcomes)).not.toContain('secret-host');
		return outcomes.map((outcome) => ('lost' in outcome ? outcome.lost : outcome));
	}

	it.each([undefined, null, 'text', 7, new Error(''), Object.assign(new Error('loop'), { cause: { cause: {} } })])(
		'never throws, whatever n8n throws: %j',
		async (thrown) => {
			const item = answeredBy(async () => await Promise.reject(thrown));
			expect(await send(item, kling, post)).toEqual({ lost: { kind: 'lost', reason: 'the reason is not known' } });
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
		item.account = async () =>
			await Promise.reject(new Error('The field API Key of the credential is empty. Fill it in.'));
		const lost = {
			kind: 'unsent',
			final: true,
			isSentence: true,
			reason: expect.stringContaining('API Key'),
			hint: expect.stringContaining('Correct this'),
		};
		expect(await send(item, kling, post)).toEqual({ lost });
		expect(await read(item, kling, get)).toEqual({ lost });
		expect(item.sent).toEqual([]);
	});

	it('that could not be signed says why, in words of ours', async () => {
		const unsigned = unsentError('The field Base URL is empty', 'Fill it in.');
		const item = itemOf({ answers: [Object.assign(new Error('wrapped'), { cause: unsigned })] });
		expect(await send(item, kling, post)).toEqual({
			lost: {
				kind: 'unsent',
				reason: 'The field Base URL is empty',
				hint: 'Fill it in.',
				final: true,
				isSentence: true,
			},
		});
	});

	it('cut off by Stop may have arrived; after Stop nothing is sent', async () => {
		const stop = new AbortController();
		const cut = itemOf({ signal: stop.signal, answers: () => (stop.abort(), networkError('ERR_CANCELED')) });
		expect(await send(cut, kling, post)).toEqual({
			lost: { kind: 'lost', reason: 'the execution was stopped', isStopped: true },
		});
		expect(await send(cut, kling, post)).toEqual(NOT_STARTED);
		expect(cut.sent).toHaveLength(1);
	});
});

describe("n8n's own SSRF protection", () => {
	it.each(['SsrfBlockedIpError', 'SsrfBlockedHostnameError'])('%s proves that nothing was sent', async (name) => {
		const blocked = Object.assign(new Error('blocked 10.0.0.1'), { name });
		for (const error of [blocked, Object.assign(new Error('wrapped'), { cause: blocked })]) {
			const item = itemOf({ answers: [error] });
			const outcome = await read(item, kling, get);
			expect(outcome).toMatchObject({ lost: { kind: 'unsent', final: true } });
			expect(JSON.stringify(outcome)).toMatch(/N8N_SSRF_ALLOWED_HOSTNAMES.*N8N_SSRF_ALLOWED_IP_RANGES/);
			expect(JSON.stringify(outcome)).not.toContain('10.0.0.1');
			expect(item.sent).toHaveLength(1);
		}
	});
});

describe('a redirect', () => {
	const elsewhere = { location: 'https://user:secret@other.test:8443/v1/images?token=secret' };

	it.each([301, 302, 303, 307, 308])(
		'with %i is not followed: nothing was sent to the other host, which is named',
		async (status) => {
			const item = itemOf({ answers: [{ body: ok.body, status, headers: elsewhere }] });
			expect(await send(item, kling, post)).toEqual({
				lost: {
					kind: 'unsent',
					final: true,
					isSentence: true,
					reason: 'The address redirects to other.test:8443, so nothing was sent there',
					hint: 'If that is your service, enter it as Base URL.',
				},
			});
			expect(item.sent).toHaveLength(1);
		},
	);

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
		const item = itemOf({ answers: [{ body: '', status: 301, headers: elsewhere }] });
		expect(await read(item, kling, get)).toMatchObject({ lost: { final: true } });
		expect(item.sent).toHaveLength(1);
	});
});

describe('the time of a request', () => {
	const withImage = (characters: number): ServiceRequest => ({
		...post,
		body: { list: [{ image: 'x'.repeat(characters) }] },
	});

	it.each([
		['a read', get, undefined, 30_000],
		['a create', post, undefined, 60_000],
		['a create with an image of 1 MB', withImage(1_000_000), undefined, 64_000],
		['a create with a file of 2 MB', { ...post, body: Buffer.alloc(2_000_000) }, undefined, 68_000],
		["the user's own Timeout", post, 1_234, 1_234],
		["the user's own Timeout with an image of 1 MB", withImage(1_000_000), 1_234, 5_234],
		['a Timeout that is longer than any timer', get, 1e12, 2 ** 31 - 1],
	])('%s', async (_, request, requestTimeoutMs, ms) => {
		const limits = timeLimits();
		await send({ ...itemOf({ answers: [ok] }), requestTimeoutMs }, kling, request);
		expect(limits.map((limit) => limit.ms)).toEqual([ms]);
	});

	it('ends a request without an answer: the service may still be at work', async () => {
		const limits = timeLimits();
		const unanswered = async (signal: AbortSignal) =>
			await new Promise<RawAnswer>((_, reject) =>
				signal.addEventListener('abort', () => reject(new Error('canceled'))),
			);
		const sending = send(answeredBy(unanswered), kling, post);
		await settle();
		limits[0]?.ring();
		expect(await sending).toEqual({ lost: { kind: 'late', reason: 'it took too long' } });
	});

	it('is one for the whole answer: a body that trickles in does not prolong it', async () => {
		const limits = timeLimits();
		const trickling = async function* () {
			for (;;) {
				yield Buffer.from(' ');
				await settle();
			}
		};
		const sending = send(
			answeredBy(async (signal) => ({ statusCode: 200, headers: {}, body: bodyOf(trickling(), signal) })),
			kling,
			post,
		);
		for (let turn = 0; turn < 10; turn += 1) await settle();
		limits[0]?.ring();
		expect(await sending).toMatchObject({ lost: { kind: 'late' } });
		expect(limits).toHaveLength(1);
	});
});

describe('an answer', () => {
	it('is at most 16 MB large: the rest is not read, and nobody knows what it says', async () => {
		const part = Buffer.alloc(1024 * 1024, ' ');
		let parts = 0;
		const endless = async function* () {
			for (; parts < 200; parts += 1) yield part;
		};
		const item = answeredBy(async () => ({ statusCode: 200, headers: {}, body: bodyOf(endless()) }));
		expect(await send(item, kling, post)).toEqual({ lost: { kind: 'lost', reason: 'what came is too large' } });
		expect(parts).toBeLessThan(40);
	});

	it('keeps status, headers in lower case and the digits of long IDs', async () => {
		const answer = {
			body: '{"data":{"task_id":930810057590833241}}',
			status: 429,
			headers: { 'Retry-After': '3', 'X-Id': 'a' },
		};
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

	it('that our reader fails with may be that of a task: nothing is thrown', async () => {
		const readReply = () => {
			throw new RangeError('Maximum call stack size exceeded');
		};
		const outcome = await send(itemOf({ answers: [ok] }), { ...kling, readReply }, post);
		expect(outcome).toEqual({ lost: { kind: 'lost', reason: 'what came cannot be read' } });
	});

	it('whose headers are of odd kinds is read', async () => {
		const headers = { 'X-List': ['a', 'b', 7], 'X-Number': 5, 'X-Object': {}, 'X-Null': null, 'X-Symbol': Symbol('s') };
		const body = bodyOf(Readable.from([Buffer.from('{}')]));
		const outcome = await send(
			answeredBy(async () => ({ statusCode: 200, headers, body })),
			kling,
			get,
		);
		expect('reply' in outcome && outcome.reply.headers).toEqual({ 'x-list': 'a, b', 'x-number': '5' });
		const without = { statusCode: 200, headers: undefined, body: bodyOf(Readable.from([Buffer.from('{}')])) };
		expect(
			await send(
				answeredBy(async () => without as never),
				kling,
				get,
			),
		).toMatchObject({ reply: { headers: {} } });
	});

	it.each([100, 5_000, 100_000])('that is nested in more than %i levels is none', async (levels) => {
		const body = `{"code":0,"data":${'['.repeat(levels)}${']'.repeat(levels)}}`;
		const outcome = await send(itemOf({ answers: [{ body }] }), kling, post);
		expect(outcome).toMatchObject({ reply: { body: undefined }, verdict: { refusal: { retry: 'ambiguous' } } });
	});

	it('says what it says in at most 300 characters, with a code and a request ID that can be shown', async () => {
		const long = 'word '.repeat(50_000);
		const body = { code: 1201, message: long, request_id: long };
		const outcome = await send(itemOf({ answers: [{ body, status: 400 }] }), kling, get);
		const refusal = 'verdict' in outcome && !outcome.verdict.ok ? outcome.verdict.refusal : undefined;
		expect([refusal?.reason, refusal?.requestId].map((text) => text?.length)).toEqual([301, 301]);
		const made = await send(itemOf({ answers: [{ body: { ...body, code: 0 } }] }), kling, get);
		expect('verdict' in made && made.verdict.ok && made.verdict.requestId?.length).toBe(301);
	});

	it('that echoes what the credential holds shows it nowhere', async () => {
		const body = JSON.stringify({ code: 1000, message: 'key hush"hush is unknown', request_id: 'r' });
		const answer = { body, status: 401, headers: { 'x-echo': 'hush"hush' } };
		const outcome = await send(itemOf({ answers: [answer], secrets: ['hush"hush'] }), kling, get);
		expect(JSON.stringify(outcome)).not.toContain('hush');
		expect(outcome).toMatchObject({ verdict: { refusal: { reason: 'key *** is unknown' } } });
	});
});
