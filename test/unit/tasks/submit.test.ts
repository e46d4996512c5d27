/** Money rules 1 and 2 where a real run would be slow: what is sent how often, and what an error claims. */
import { describe, expect, it } from 'vitest';

import { kling } from '../../../nodes/Kling/provider';
import { creating, notFound, taken } from './createSupport';
import { FakeClock, networkError, refusal, rejectionOf, taskAnswer, type Answer } from './support';

const running = taskAnswer('submitted');
const taskId = '930810057590833241';
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

const AMBIGUOUS: Array<[string, Answer]> = [
	['a lost connection', networkError('ECONNRESET')],
	['a broken pipe', networkError('EPIPE')],
	['no answer in time', networkError('ECONNABORTED')],
	['an unknown error of the network', networkError('SOMETHING_NEW')],
	['5000', refusal(5000, 500)], ['5001', refusal(5001, 503)], ['5002', refusal(5002, 504)],
	['an HTML page with 502', { body: undefined, status: 502 }],
	['an HTML page with 504', { body: undefined, status: 504 }],
	['an answer that is not JSON', { body: undefined }],
	['success under a failing HTTP status', { ...running, status: 500 }],
	['success without a task', { body: { code: 0, data: null } }],
];

describe('a create whose answer is lost', () => {
	it.each(AMBIGUOUS)('by %s and that is found is the result, without a second create', async (_, trouble) => {
		const { submitting, requests, ids, asked } = creating({ create: [trouble], get: [running] });
		expect((await submitting).task).toMatchObject({ taskId, externalTaskId: ids()[0] });
		expect(requests).toEqual(['create', 'get']);
		expect(asked).toEqual(ids());
	});

	it.each(AMBIGUOUS)('by %s and that is not there is sent again with the same ID', async (_, trouble) => {
		const { submitting, requests, ids } = creating({ create: [trouble, running], get: [notFound] });
		expect((await submitting).task.taskId).toBe(taskId);
		expect(requests).toEqual(['create', 'get', 'create']);
		expect(new Set(ids()).size).toBe(1);
	});

	it('and arrives late after all is found under the refusal of the second one', async () => {
		const { submitting, requests } = creating({ create: [networkError('ECONNRESET'), taken], get: [notFound, running] });
		expect((await submitting).task.taskId).toBe(taskId);
		expect(requests).toEqual(['create', 'get', 'create', 'get']);
	});

	it('is looked up in three rounds of four reads before anybody gives up: it may exist', async () => {
		const { submitting, requests, ids, clock } = creating({ create: [refusal(5000, 500)], get: [networkError('ECONNRESET')] });
		const error = await rejectionOf(submitting);
		expect(error).toMatchObject({ code: 5000, httpStatus: 500, taskState: 'may-exist', externalTaskId: ids()[0], retryable: true });
		expect(error.hint).toContain(`external task ID: ${String(ids()[0])}`);
		expect(requests).toEqual(['create', ...Array<string>(12).fill('get')]);
		expect(sum(clock.pauses)).toBeGreaterThan(10_000);
	});

	it('again and again, and that never exists, is sent four times with growing pauses: it was not created', async () => {
		const { submitting, exchange, clock, ids, requests } = creating({ create: [refusal(5001, 503)], get: [notFound] });
		expect(await rejectionOf(submitting)).toMatchObject({ code: 5001, taskState: 'not-created', retryable: true });
		expect(requests.filter((request) => request === 'create')).toHaveLength(4);
		expect(new Set(ids()).size).toBe(1);
		expect(clock.pauses).toEqual([250, 500, 1_000]);
		expect(exchange.run.allTasks()).toEqual([]);
	});

	it('because none came in time may still be on its way at the end: it may exist', async () => {
		const { submitting, ids } = creating({ create: [networkError('ECONNABORTED')], get: [notFound] });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(ids()).toHaveLength(4);
	});

	it('because none came in time stays in doubt, whatever is answered to the next one', async () => {
		const late = networkError('ETIMEDOUT');
		for (const [answer, code] of [[refusal(1101, 429), 1101], [refusal(1303, 429), 1303]] as const) {
			const { submitting, ids, exchange } = creating({ create: [late, answer], get: [notFound] }, { options: { queueTimeout: 1 } });
			expect(await rejectionOf(submitting)).toMatchObject({ code, taskState: 'may-exist', externalTaskId: ids()[0] });
			expect(exchange.run.allTasks()).toHaveLength(1);
		}
	});

	it('is not what a refusal is: those before it do not count', async () => {
		const full = refusal(1303, 429);
		const { submitting, ids } = creating({ create: [full, full, full, full, full, networkError('ECONNRESET'), running], get: [notFound] });
		expect((await submitting).task.taskId).toBe(taskId);
		expect(ids()).toHaveLength(7);
	});

	it('is neither looked up nor sent again where the service has no key for it', async () => {
		const { submitting, requests } = creating({ create: [refusal(5000, 500)] }, { endpoint: { provider: { ...kling, idempotency: undefined } } });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', code: 5000 });
		expect(requests).toEqual(['create']);
	});
});

describe('a create that never left', () => {
	it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CERT_HAS_EXPIRED'])('by %s is sent up to four times, and nothing is looked up', async (code) => {
		const { submitting, requests } = creating({ create: [networkError(code)] });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created', retryable: true });
		expect(requests).toEqual(Array(4).fill('create'));
	});

	it('goes when the network is back', async () => {
		const { submitting } = creating({ create: [networkError('ECONNREFUSED'), networkError('EAI_AGAIN'), running] });
		expect((await submitting).task.taskId).toBe(taskId);
	});
});

describe('a refusal', () => {
	it.each([
		[1100, 429], [1101, 429], [1102, 429], [1103, 403], [1200, 400], [1201, 400], [1203, 404], [1300, 400], [1301, 400], [1304, 429], [1001, 401],
	])('%i (HTTP %i) is final: nothing is sent, asked or awaited', async (code, status) => {
		const { submitting, requests, clock } = creating({ create: [refusal(code, status)] });
		expect(await rejectionOf(submitting)).toMatchObject({ code, httpStatus: status, requestId: 'request-2', taskState: 'not-created', retryable: false });
		expect([requests, clock.pauses]).toEqual([['create'], []]);
	});

	it.each([1000, 1002, 1003, 1004])('of the signature (%i) is answered by one new one', async (code) => {
		const { submitting, ids, clock } = creating({ create: [refusal(code, 401)] });
		expect(await rejectionOf(submitting)).toMatchObject({ code, taskState: 'not-created', retryable: false });
		expect([ids().length, clock.pauses]).toEqual([2, []]);
	});

	it.each([[1302, { 'retry-after': '9' }], [1303, { 'retry-after': '9' }]] as const)('%i is awaited as long as Retry-After says', async (code, headers) => {
		const { submitting, clock, ids } = creating({ create: [refusal(code, 429, 'slow', headers), running] });
		await submitting;
		expect(clock.pauses).toEqual([9_000]);
		expect(new Set(ids()).size).toBe(1);
	});

	it.each([1302, 1303])('%i without Retry-After is awaited in growing pauses', async (code) => {
		const full = refusal(code, 429);
		const { submitting, clock } = creating({ create: [full, full, full, running] });
		await submitting;
		expect(clock.pauses).toEqual([500, 1_000, 2_000]);
	});

	it('for lack of room ends at Queue Timeout, with the last refusal and without a task', async () => {
		const clock = new FakeClock();
		const start = clock.now();
		const { submitting, exchange } = creating({ create: [refusal(1303, 429, 'parallel task over resource pack limit')] }, { clock, options: { queueTimeout: 2 } });
		const error = await rejectionOf(submitting);
		expect(error.message).toMatch(/^Kling had no room for the task within 2 minutes: .*parallel task over resource pack limit/);
		expect(error).toMatchObject({ code: 1303, httpStatus: 429, requestId: 'request-2', taskState: 'not-created', retryable: true });
		expect(clock.now() - start).toBe(120_000);
		expect(exchange.run.allTasks()).toEqual([]);
	});

	it('with a Retry-After beyond Queue Timeout ends at Queue Timeout', async () => {
		const clock = new FakeClock();
		const { submitting, ids } = creating({ create: [refusal(1302, 429, 'slow', { 'retry-after': '3600' })] }, { clock, options: { queueTimeout: 1 } });
		expect(await rejectionOf(submitting)).toMatchObject({ code: 1302, taskState: 'not-created' });
		expect([clock.pauses, ids().length]).toEqual([[60_000], 1]);
	});
});

describe('Stop', () => {
	it('before the create sends nothing', async () => {
		const stop = AbortSignal.abort();
		const { submitting, requests, exchange } = creating({ create: [running] }, { signal: stop });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created' });
		expect([requests, exchange.run.allTasks()]).toEqual([[], []]);
	});

	it('while a lost create is looked up ends there: it may exist, and the run knows its ID', async () => {
		const stop = new AbortController();
		const cut = () => (stop.abort(), networkError('ERR_CANCELED'));
		const { submitting, exchange, ids, requests } = creating({ create: [networkError('ECONNRESET')], get: [cut] }, { signal: stop.signal });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(exchange.run.allTasks()).toEqual([expect.objectContaining({ externalTaskId: ids()[0], state: 'may exist', ended: false })]);
		expect(requests).toEqual(['create', 'get']);
	});

	it('after a create that was given up in the middle names it', async () => {
		const stop = new AbortController();
		const script = { create: [networkError('ECONNABORTED')], get: [notFound] };
		const { submitting, exchange, ids } = creating(script, { signal: stop.signal, clock: stoppingAt(stop, 1) });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(exchange.run.allTasks()).toHaveLength(1);
		expect(ids()).toHaveLength(1);
	});

	it('while it waits for room leaves the line', async () => {
		const stop = new AbortController();
		const { submitting, ids } = creating({ create: [refusal(1303, 429)] }, { signal: stop.signal, clock: stoppingAt(stop, 2) });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created' });
		expect(ids()).toHaveLength(2);
	});
});

/** A clock whose pause number `count` is cut by Stop. */
function stoppingAt(stop: AbortController, count: number): FakeClock {
	const clock = new FakeClock();
	const pause = clock.pause.bind(clock);
	clock.pause = async (ms, signal) => {
		if (clock.pauses.length + 1 === count) stop.abort();
		await pause(ms, signal);
	};
	return clock;
}
