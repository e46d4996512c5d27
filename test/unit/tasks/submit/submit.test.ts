/** Money rules where a real run would be slow: what is sent how often, and what an error claims. */
import { describe, expect, it } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import { FakeClock, networkError, refusal, rejectionOf, taskAnswer, type Answer } from '../support';
import { creating, notFound, taken } from './createSupport';

const running = taskAnswer('submitted');
const taskId = '930810057590833241';
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

const AMBIGUOUS: Array<[string, Answer]> = [
	['a lost connection', networkError('ECONNRESET')],
	['a broken pipe', networkError('EPIPE')],
	['no answer in time', networkError('ECONNABORTED')],
	['an unknown error of the network', networkError('SOMETHING_NEW')],
	['a lost connection on n8n 1.123', Object.assign(new Error('lost'), { httpCode: 'ECONNRESET' })],
	['5000', refusal(5000, 500)],
	['5001', refusal(5001, 503)],
	['5002', refusal(5002, 504)],
	['an HTML page with 502', { body: '<html>', status: 502 }],
	['an HTML page with 504', { body: '<html>', status: 504 }],
	['an answer that is not JSON', { body: '<html>' }],
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
		const script = { create: [networkError('ECONNRESET'), taken], get: [notFound, running] };
		const { submitting, requests } = creating(script);
		expect((await submitting).task.taskId).toBe(taskId);
		expect(requests).toEqual(['create', 'get', 'create', 'get']);
	});

	it('is looked up in three rounds of four reads before anybody gives up: it may exist', async () => {
		const script = { create: [refusal(5000, 500)], get: [networkError('ECONNRESET')] };
		const { submitting, requests, ids, clock, item } = creating(script);
		const error = await rejectionOf(submitting);
		expect(error).toMatchObject({
			code: 5000,
			httpStatus: 500,
			taskState: 'may-exist',
			externalTaskId: ids()[0],
			retryable: true,
			hint: expect.stringContaining('Get the task by its external task ID'),
		});
		expect(requests).toEqual(['create', ...Array<string>(12).fill('get')]);
		expect(sum(clock.pauses)).toBeGreaterThan(10_000);
		expect(item.progress).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
	});

	it('again and again, and that never exists, is sent four times with growing pauses: it was not created', async () => {
		const { submitting, item, clock, ids, requests } = creating({ create: [refusal(5001, 503)], get: [notFound] });
		expect(await rejectionOf(submitting)).toMatchObject({ code: 5001, taskState: 'not-created', retryable: true });
		expect(requests.filter((request) => request === 'create')).toHaveLength(4);
		expect(new Set(ids()).size).toBe(1);
		expect(clock.pauses).toEqual([250, 500, 1_000]);
		expect(item.progress.taskState).toBe('not-created');
	});

	it('because none came in time may still be on its way at the end: it may exist', async () => {
		const { submitting, ids } = creating({ create: [networkError('ECONNABORTED')], get: [notFound] });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(ids()).toHaveLength(4);
	});

	it('because none came in time is named by Stop also while the next one waits for a slot', async () => {
		const stop = new AbortController();
		const script = { create: [networkError('ETIMEDOUT'), refusal(1303, 429)], get: [notFound] };
		const { submitting, ids, item } = creating(script, { signal: stop.signal, clock: stoppingAt(stop, 2) });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(item.progress).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
	});

	it.each([
		[1101, 429],
		[1303, 429],
	])('because none came in time stays in doubt, whatever is answered to the next one: %i', async (code, status) => {
		const script = { create: [networkError('ETIMEDOUT'), refusal(code, status)], get: [notFound] };
		const { submitting, ids, item } = creating(script, { options: { queueTimeout: 1 } });
		expect(await rejectionOf(submitting)).toMatchObject({ code, taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(item.progress).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
	});

	it('is not what a refusal is: those before it do not count', async () => {
		const full = refusal(1303, 429);
		const create = [full, full, full, full, full, networkError('ECONNRESET'), running];
		const { submitting, ids } = creating({ create, get: [notFound] });
		expect((await submitting).task.taskId).toBe(taskId);
		expect(ids()).toHaveLength(7);
	});

	it('is neither looked up nor sent again where the service has no key for it', async () => {
		const keyless = { service: { ...kling, idempotency: undefined } };
		const { submitting, requests } = creating({ create: [refusal(5000, 500)] }, { endpoint: keyless });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', code: 5000 });
		expect(requests).toEqual(['create']);
	});
});

describe('a create that never left', () => {
	it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL'])(
		'by %s is sent up to four times, and nothing is looked up',
		async (code) => {
			const { submitting, requests } = creating({ create: [networkError(code)] });
			expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created', retryable: true });
			expect(requests).toEqual(Array(4).fill('create'));
		},
	);

	it.each(['CERT_HAS_EXPIRED', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'EPROTO', 'ERR_INVALID_CHAR'])(
		'by %s, which only the user can change, is sent once',
		async (code) => {
			const { submitting, requests, clock } = creating({ create: [networkError(code)] });
			expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created', retryable: false });
			expect([requests, clock.pauses]).toEqual([['create'], []]);
		},
	);

	it('goes when the network is back', async () => {
		const { submitting } = creating({ create: [networkError('ECONNREFUSED'), networkError('EAI_AGAIN'), running] });
		expect((await submitting).task.taskId).toBe(taskId);
	});

	it.each([301, 302, 303, 307, 308])(
		'because the address redirects (%i) is sent once, and the host is named',
		async (status) => {
			const headers = { location: 'https://other.test/v1/images' };
			const { submitting, requests, clock } = creating({ create: [{ body: running.body, status, headers }] });
			expect(await rejectionOf(submitting)).toMatchObject({
				message: 'The address redirects to other.test, so nothing was sent there',
				taskState: 'not-created',
				retryable: false,
				hint: expect.stringContaining('Base URL'),
			});
			expect([requests, clock.pauses]).toEqual([['create'], []]);
		},
	);
});

describe('a refusal', () => {
	it.each([
		[1100, 429],
		[1101, 429],
		[1102, 429],
		[1103, 403],
		[1200, 400],
		[1201, 400],
		[1203, 404],
		[1300, 400],
		[1301, 400],
		[1304, 429],
		[1001, 401],
	])('%i (HTTP %i) is final: nothing is sent, asked or awaited', async (code, status) => {
		const { submitting, requests, clock, item } = creating({ create: [refusal(code, status)] });
		const facts = { code, httpStatus: status, requestId: 'request-2', taskState: 'not-created', retryable: false };
		expect(await rejectionOf(submitting)).toMatchObject(facts);
		expect([requests, clock.pauses, item.progress.taskState]).toEqual([['create'], [], 'not-created']);
	});

	it.each([1000, 1002, 1003, 1004])('of the signature (%i) is answered by one new one', async (code) => {
		const { submitting, ids, clock } = creating({ create: [refusal(code, 401)] });
		expect(await rejectionOf(submitting)).toMatchObject({ code, taskState: 'not-created', retryable: false });
		expect([ids().length, clock.pauses]).toEqual([2, []]);
	});

	it.each([1302, 1303])('%i is awaited as long as Retry-After says', async (code) => {
		const { submitting, clock, ids } = creating({
			create: [refusal(code, 429, 'slow', { 'retry-after': '9' }), running],
		});
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

	it('for want of a slot ends at Queue Timeout, with the last refusal and without a task', async () => {
		const clock = new FakeClock();
		const start = clock.now();
		const full = refusal(1303, 429, 'parallel task over resource pack limit');
		const { submitting, item } = creating({ create: [full] }, { clock, options: { queueTimeout: 2 } });
		const error = await rejectionOf(submitting);
		expect(error.message).toMatch(/^Kling had no free slot within 2 minutes: .*parallel task over resource pack limit/);
		const facts = { code: 1303, httpStatus: 429, requestId: 'request-2', taskState: 'not-created', retryable: true };
		expect(error).toMatchObject(facts);
		expect(clock.now() - start).toBe(120_000);
		expect(item.progress.taskState).toBe('not-created');
	});

	it('with a Retry-After beyond Queue Timeout ends at Queue Timeout', async () => {
		const slow = refusal(1302, 429, 'slow', { 'retry-after': '3600' });
		const { submitting, ids, clock } = creating({ create: [slow] }, { options: { queueTimeout: 1 } });
		expect(await rejectionOf(submitting)).toMatchObject({ code: 1302, taskState: 'not-created' });
		expect([clock.pauses, ids().length]).toEqual([[60_000], 1]);
	});

	it.each([1302, 1303])(
		'%i with a Retry-After of a day is tried again every five minutes, and then said',
		async (code) => {
			const slow = refusal(code, 429, 'slow down', { 'retry-after': '86400' });
			const { submitting, ids, clock } = creating({ create: [slow] });
			const error = await rejectionOf(submitting);
			expect(error.message).toMatch(/within 15 minutes: slow down$/);
			expect(error.description).toMatch(/The service asks for a pause of 24 hours\.$/);
			expect(error.message).toMatch(code === 1302 ? /^Kling took no new task/ : /^Kling had no free slot/);
			expect(error).toMatchObject({ code, taskState: 'not-created', retryable: true });
			expect([clock.pauses, ids().length]).toEqual([[300_000, 300_000, 300_000], 4]);
		},
	);

	it('an item that waited behind others says what shut the account', async () => {
		const account = 'shut';
		const slow = refusal(1302, 429, 'slow down', { 'retry-after': '86400' });
		const clock = new FakeClock();
		const first = creating({ create: [slow] }, { account, clock, options: { queueTimeout: 1 } });
		await rejectionOf(first.submitting);
		const next = creating({ create: [slow] }, { account, clock, options: { queueTimeout: 1 } });
		const error = await rejectionOf(next.submitting);
		expect(error.message).toBe('Kling took no new task within 60 seconds: slow down');
		expect(error.description).toMatch(/asks for a pause of 24 hours\.$/);
		expect(next.requests).toEqual([]);
	});

	it('with a Retry-After of an hour is awaited for five minutes', async () => {
		const slow = refusal(1302, 429, 'slow', { 'retry-after': '3600' });
		const { submitting, clock } = creating({ create: [slow, running] });
		await submitting;
		expect(clock.pauses).toEqual([300_000]);
	});
});

describe('a task that was accepted', () => {
	it('is what the progress of the item tells from now on', async () => {
		const { submitting, item, ids } = creating({ create: [running] });
		expect(await submitting).toMatchObject({ wasThere: false, task: { taskId } });
		expect(item.progress).toMatchObject({
			taskState: 'created',
			taskId,
			externalTaskId: ids()[0],
			status: 'submitted',
		});
	});

	it('goes out with Raw JSON Fields, and with an External Task ID from there', async () => {
		const extraBody = { negative_prompt: 'x', external_task_id: 'from-extra' };
		const { submitting, item } = creating({ create: [running] }, { options: { extraBody } });
		expect((await submitting).task.externalTaskId).toBe('from-extra');
		expect(item.sent).toEqual([
			{ method: 'POST', url: '/v1/images/editing/expand', body: { prompt: 'p', ...extraBody } },
		]);
	});
});

describe('Stop', () => {
	it('before the create sends nothing', async () => {
		const { submitting, requests, item } = creating({ create: [running] }, { signal: AbortSignal.abort() });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created' });
		expect([requests, item.progress.taskState]).toEqual([[], 'not-created']);
	});

	it('while a lost create is looked up ends there: it may exist, and the item knows its ID', async () => {
		const stop = new AbortController();
		const cut = () => (stop.abort(), networkError('ERR_CANCELED'));
		const script = { create: [networkError('ECONNRESET')], get: [cut] };
		const { submitting, item, ids, requests } = creating(script, { signal: stop.signal });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(item.progress).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0], hasEnded: false });
		expect(requests).toEqual(['create', 'get']);
	});

	it('after a create that was given up in the middle names it', async () => {
		const stop = new AbortController();
		const script = { create: [networkError('ECONNABORTED')], get: [notFound] };
		const { submitting, item, ids } = creating(script, { signal: stop.signal, clock: stoppingAt(stop, 1) });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(item.progress).toMatchObject({ taskState: 'may-exist', externalTaskId: ids()[0] });
		expect(ids()).toHaveLength(1);
	});

	it('while it waits for a slot leaves the line', async () => {
		const stop = new AbortController();
		const given = { signal: stop.signal, clock: stoppingAt(stop, 2) };
		const { submitting, ids } = creating({ create: [refusal(1303, 429)] }, given);
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
