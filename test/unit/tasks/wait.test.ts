import { describe, expect, it } from 'vitest';

import { Durations } from '../../../nodes/tasks/durations';
import { pauseAmongMany, pauseBeforeRead, waitForTask, type WaitOptions } from '../../../nodes/tasks/wait';
import type { Task } from '../../../nodes/tasks/task';
import { exchangeOf, FakeClock, networkError, refusal, rejectionOf, taskAnswer, type Answer, type Given } from './support';

const MINUTE = 60_000;
let kinds = 0;

/** Waits for a task of a kind nobody has waited for before, so that no test knows what another one learnt. */
async function wait(given: Given & { answers: Answer[] | ((sent: number) => Answer) }, options: Partial<WaitOptions> = {}) {
	const exchange = exchangeOf(given);
	exchange.endpoint = { ...exchange.endpoint, path: `/${options.taskId ?? `kind-${++kinds}`}` };
	const start = exchange.clock.now();
	const progress: Task[] = [];
	const waiting = waitForTask(exchange, {
		request: { method: 'GET', url: '/task' },
		acceptedAt: start,
		timeoutMs: 15 * MINUTE,
		intervalMs: 0,
		taskId: '1',
		wholeReply: false,
		seen: seenTask(),
		onProgress: (task) => progress.push(task),
		...options,
	});
	return { waiting, exchange, progress, elapsed: () => exchange.clock.now() - start };
}

function seenTask() {
	const task: Task = { service: 'kling', resource: 'r', taskId: '1', status: 'submitted', images: [] };
	return { task, reply: { status: 200, headers: {}, body: {} } };
}

const running = taskAnswer('processing');
const done = taskAnswer('succeed');

describe('a wait ends', () => {
	it('with the task, as soon as a read shows that it has ended', async () => {
		const { waiting, exchange, progress } = await wait({ answers: [running, running, done] });
		expect(await waiting).toMatchObject({ timedOut: false, task: { status: 'succeeded', taskId: '930810057590833241' } });
		expect(exchange.sent).toHaveLength(3);
		expect(progress.map(({ status }) => status)).toEqual(['processing', 'processing', 'succeeded']);
	});

	it('with a failed task as a result, not as an error', async () => {
		const { waiting } = await wait({ answers: [taskAnswer('failed', { task_status_msg: 'Image pixel is invalid' })] });
		expect(await waiting).toMatchObject({ timedOut: false, task: { status: 'failed', statusMessage: 'Image pixel is invalid' } });
	});

	it('at the deadline with the last state, which is not a failure', async () => {
		const { waiting, elapsed } = await wait({ answers: () => running }, { timeoutMs: MINUTE });
		expect(await waiting).toMatchObject({ timedOut: true, task: { status: 'processing' } });
		expect(elapsed()).toBe(MINUTE);
	});

	it('never after the deadline, however long the interval is', async () => {
		const { waiting, exchange, elapsed } = await wait({ answers: () => running }, { timeoutMs: 3_000, intervalMs: 50_000 });
		expect(await waiting).toMatchObject({ timedOut: true });
		expect(elapsed()).toBe(3_000);
		expect(exchange.sent).toHaveLength(1);
	});

	it('in time for a task that ends in the cut last interval', async () => {
		const { waiting, elapsed } = await wait({ answers: [running, done] }, { timeoutMs: 15_000, intervalMs: 10_000 });
		expect(await waiting).toMatchObject({ timedOut: false, task: { status: 'succeeded' } });
		expect(elapsed()).toBe(15_000);
	});

	it('is counted from acceptance, not from the first read', async () => {
		const clock = new FakeClock();
		const acceptedAt = clock.now() - 50_000;
		const { waiting } = await wait({ answers: () => running, clock }, { acceptedAt, timeoutMs: MINUTE });
		await waiting;
		expect(clock.now()).toBe(acceptedAt + MINUTE);
	});
});

describe('what says nothing about the task is not its end', () => {
	it.each<[string, Answer]>([
		['a lost connection', networkError('ECONNRESET')],
		['a refused connection', networkError('ECONNREFUSED')],
		['an HTML page with 502', { body: undefined, status: 502 }],
		['a 200 that is not JSON', { body: undefined }],
		['an internal error', refusal(5000, 500)],
		['throttling', refusal(1302, 429)],
		['an answer without a task', { body: { code: 0, data: null } }],
	])('%s is read again', async (_, trouble) => {
		const { waiting } = await wait({ answers: (sent) => (sent < 9 ? trouble : done) });
		expect(await waiting).toMatchObject({ timedOut: false, task: { status: 'succeeded' } });
	});

	it('nothing but trouble until the deadline returns what was seen', async () => {
		const { waiting, elapsed } = await wait({ answers: () => refusal(5001, 503) }, { timeoutMs: MINUTE });
		expect(await waiting).toMatchObject({ timedOut: true, task: { taskId: '1', status: 'submitted' } });
		expect(elapsed()).toBeLessThanOrEqual(MINUTE);
	});

	it('nothing but trouble about a task never seen is an error that names it', async () => {
		const { waiting } = await wait({ answers: () => refusal(5001, 503) }, { timeoutMs: MINUTE, seen: undefined, taskId: '55' });
		expect(await rejectionOf(waiting)).toMatchObject({ code: 5001, taskId: '55', taskState: 'created', retryable: true });
	});

	it.each(['reviewing', 'QUEUED', ''])('the unknown status %j is still running', async (status) => {
		const { waiting } = await wait({ answers: [taskAnswer(status), taskAnswer(status), done] });
		expect(await waiting).toMatchObject({ task: { status: 'succeeded' } });
	});
});

describe('a task that cannot be found', () => {
	const notFound = refusal(1201, 400, 'Task not found by id/external id: 1');

	it('is awaited in the first 10 s after its creation', async () => {
		const { waiting, elapsed } = await wait({ answers: [notFound, notFound, running, done] });
		expect(await waiting).toMatchObject({ task: { status: 'succeeded' } });
		expect(elapsed()).toBeLessThan(10_000);
	});

	it('is an error after that', async () => {
		const { waiting, elapsed } = await wait({ answers: () => notFound });
		expect(await rejectionOf(waiting)).toMatchObject({ code: 1201, taskState: 'created', taskId: '1' });
		expect(elapsed()).toBeGreaterThanOrEqual(10_000);
		expect(elapsed()).toBeLessThan(15_000);
	});
});

describe('a refusal that waiting cannot change ends the wait at once', () => {
	it.each([
		[1001, 401], [1100, 429], [1101, 429], [1102, 429], [1103, 403], [1304, 429],
	])('%i (HTTP %i)', async (code, status) => {
		const { waiting, exchange } = await wait({ answers: () => refusal(code, status) });
		expect(await rejectionOf(waiting)).toMatchObject({ code, httpStatus: status, taskState: 'created', taskId: '1' });
		expect(exchange.sent).toHaveLength(1);
	});

	it('a refused signature is renewed once', async () => {
		const { waiting, exchange } = await wait({ answers: () => refusal(1004, 401) });
		expect(await rejectionOf(waiting)).toMatchObject({ code: 1004 });
		expect(exchange.sent).toHaveLength(2);
	});

	it('Stop ends it without another request', async () => {
		const stop = new AbortController();
		stop.abort();
		const { waiting, exchange } = await wait({ answers: [], signal: stop.signal });
		expect((await rejectionOf(waiting)).message).toContain('the execution was stopped');
		expect(exchange.sent).toEqual([]);
	});
});

describe('when to read', () => {
	const clock = new FakeClock();
	const pause = (elapsed: number, known: number[] = [], interval = 0, acceptedAt: number | undefined = 0) => {
		const durations = new Durations();
		for (const ms of known) durations.add(ms);
		return pauseBeforeRead(elapsed, { intervalMs: interval, acceptedAt }, durations, clock);
	};

	it('first after 2 s, then at growing intervals between 1 s and 15 s', () => {
		expect([0, 1_500, 2_000, 4_000, 8_000, 40_000, 60_000, 600_000].map((elapsed) => pause(elapsed))).toEqual([
			2_000, 500, 1_000, 1_000, 1_600, 8_000, 12_000, 15_000,
		]);
	});

	it('a fixed interval is kept to the millisecond', () => {
		expect([0, 5_000, 700_000].map((elapsed) => pause(elapsed, [100, 100, 100], 7_300))).toEqual([7_300, 7_300, 7_300]);
	});

	it('with experience nothing before the earliest usual end, then a few reads in steps that shrink until the latest', () => {
		// The earliest usual end is 22 s, the latest one 40 s.
		const known = [20_000, 22_000, 24_000, 26_000, 28_000, 30_000, 32_000, 34_000, 36_000, 40_000];
		const reads: number[] = [];
		for (let at = 0; at < 40_000; ) reads.push((at += pause(at, known)));
		const steps = reads.map((at, index) => at - (reads[index - 1] ?? 22_000));
		expect(reads.length).toBeLessThanOrEqual(6);
		expect(steps[0]).toBeGreaterThan(1_000);
		expect(steps).toEqual([...steps].sort((a, b) => b - a));
		// Whenever the item comes to wait, the first read is the same.
		expect(10_000 + pause(10_000, known)).toBe(reads[0]);
		// Later than usual it is as without experience.
		expect(pause(44_000, known)).toBe(8_800);
	});

	it('tasks that always take the same are read 300 ms after their end, never faster', () => {
		expect(pause(0, [6_000, 6_000, 6_000])).toBe(6_300);
		expect(pause(5_990, [6_000, 6_000, 6_000])).toBe(310);
	});

	it('experience says nothing about a task of unknown age', () => {
		expect(pauseBeforeRead(0, { intervalMs: 0, acceptedAt: undefined }, new Durations(), clock)).toBe(2_000);
	});

	it('jitter takes away at most a tenth', () => {
		clock.chance = 0.999_999;
		const shortest = [0, 2_000, 60_000].map((elapsed) => Math.round(pause(elapsed)));
		clock.chance = 0;
		expect(shortest).toEqual([1_800, 900, 10_800]);
	});

	it('a task is seen at most a fifth of its time late', () => {
		for (let elapsed = 5_000; elapsed < 60_000; elapsed += 500) {
			expect(pause(elapsed)).toBeLessThanOrEqual(elapsed / 5);
		}
	});

	it('among many, whom one list serves, an end is seen at most a twentieth late, or a second', () => {
		const known = new Durations();
		for (const ms of [10_000, 40_000, 50_000]) known.add(ms);
		const options = { intervalMs: 0, acceptedAt: 0 };
		expect([0, 2_000, 30_000, 60_000, 900_000].map((elapsed) => pauseAmongMany(elapsed, options, new Durations()))).toEqual([3_000, 1_000, 1_500, 3_000, 15_000]);
		// Not before the earliest usual end.
		expect([0, 10_000, 45_000].map((elapsed) => pauseAmongMany(elapsed, options, known))).toEqual([11_000, 1_000, 2_250]);
		// Of a task of unknown age experience says nothing; a fixed interval is kept.
		expect(pauseAmongMany(0, { intervalMs: 0 }, known)).toBe(1_000);
		expect(pauseAmongMany(0, { intervalMs: 7_300, acceptedAt: 0 }, known)).toBe(7_300);
	});

	it('what finished tasks took is learnt for the next', async () => {
		const answers = () => taskAnswer('succeed', { updated_at: 1_700_000_030_000 });
		for (let task = 0; task < 3; task += 1) await (await wait({ answers }, { taskId: 'learnt' })).waiting;
		const next = await wait({ answers }, { taskId: 'learnt' });
		await next.waiting;
		expect(next.exchange.clock.pauses).toEqual([30_300]);
	});
});
