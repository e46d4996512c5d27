/** The tries of a read, how many reads run at once, and the pauses between tries. */
import { describe, expect, it } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import { backoff, NOT_STARTED, read, retryAfterMs, type Outcome } from '../../../../nodes/tasks/http/client';
import type { ServiceRequest } from '../../../../nodes/tasks/model/service';
import { ManualClock, settle } from '../manualClock';
import { FakeClock, itemOf, networkError, refusal, taskAnswer, type Answer, type Given } from '../support';

const get: ServiceRequest = { method: 'GET', url: '/v1/images/editing/expand/1' };
const ok = taskAnswer('processing');
const isOk = (outcome: Outcome) => 'verdict' in outcome && outcome.verdict.ok;

const reading = (given: Given) => {
	const item = itemOf(given);
	return { item, clock: item.clock, result: read(item, kling, get) };
};

describe('a read is sent again', () => {
	it.each<[string, Answer]>([
		['a reset', networkError('ECONNRESET')],
		['a refused connection', networkError('ECONNREFUSED')],
		['a reset on n8n 1.123', Object.assign(new Error('lost'), { httpCode: 'ECONNRESET' })],
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
		['86400', 86_400_000],
		['Wed, 15 Nov 2023 22:13:20 GMT', 86_400_000],
		['soon', undefined],
		['', undefined],
		['-5', undefined],
		['1.5', undefined],
	])('Retry-After %j is %j ms', (value, ms) => {
		expect(retryAfterMs({ 'retry-after': value }, 1_700_000_000_000)).toBe(ms);
	});

	it('a date counts by the clock of the service, whatever ours says', () => {
		const headers = { date: 'Tue, 01 Jan 2002 00:00:00 GMT', 'retry-after': 'Tue, 01 Jan 2002 00:00:09 GMT' };
		expect(retryAfterMs(headers)).toBe(9_000);
	});

	it('of a day is obeyed for five minutes', () => {
		expect(backoff(new FakeClock(), 1, 1000, 86_400_000)).toBe(300_000);
	});

	it('no Retry-After is none', () => {
		expect(retryAfterMs({})).toBeUndefined();
	});
});

describe('reads whose requests must be apart', () => {
	const apart: ServiceRequest = { method: 'GET', url: '/slow', apartMs: 1_000 };

	it('begin one after the other in the same account, tries included', async () => {
		const clock = new ManualClock();
		const times: number[] = [];
		const answers = () => {
			times.push(clock.now() - 1_700_000_000_000);
			return times.length === 2 ? refusal(5000, 500) : ok;
		};
		const all = [0, 1, 2].map(async () => await read({ ...itemOf({ account: 'slow', answers }), clock }, kling, apart));
		await clock.advance(10_000);
		expect((await Promise.all(all)).every(isOk)).toBe(true);
		expect(times).toEqual([0, 1_000, 2_000, 3_000]);
	});

	it('do not hold up other accounts, or other requests', async () => {
		const clock = new FakeClock();
		const items = ['a', 'b'].map((account) => itemOf({ account: `apart-${account}`, clock, answers: [ok, ok] }));
		for (const item of items) await read(item, kling, apart);
		for (const item of items) await read(item, kling, get);
		expect(clock.time).toBe(1_700_000_000_000);
	});

	it('still have their tries after a long wait for their turn', async () => {
		const clock = new ManualClock();
		const reads = Array.from({ length: 200 }, (_, number) => {
			const item = itemOf({
				account: 'long',
				answers: (sent) => (number === 199 && sent === 1 ? refusal(5000, 500) : ok),
			});
			return { item, done: read({ ...item, clock }, kling, apart) };
		});
		await clock.advance(300_000);
		expect((await Promise.all(reads.map(async ({ done }) => await done))).every(isOk)).toBe(true);
		expect(reads.at(-1)?.item.sent).toHaveLength(2);
	});

	it('end their wait with Stop', async () => {
		const stop = new AbortController();
		const clock = new ManualClock();
		const item = { ...itemOf({ account: 'stopped', answers: [ok], signal: stop.signal }), clock };
		await read(item, kling, apart);
		const second = read(item, kling, apart);
		await settle();
		stop.abort();
		expect(await second).toBe(NOT_STARTED);
		expect([item.sent.length, clock.pending]).toEqual([1, 0]);
	});
});
