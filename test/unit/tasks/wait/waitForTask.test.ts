/** The wait of one item: how it ends, and what is no end. */
import { describe, expect, it } from 'vitest';

import { psTask } from '../../../../nodes/PsTask/api';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import type { Task, TaskReply } from '../../../../nodes/tasks/model/task';
import { waitForTask, type KnownTask, type WaitSettings } from '../../../../nodes/tasks/wait/waitForTask';
import { endpoint, itemOf, networkError, refusal, rejectionOf, taskAnswer, type Answer, type Given } from '../support';

const MINUTE = 60_000;
const TASK_ID = '930810057590833241';
const running = taskAnswer('processing');
const done = taskAnswer('succeed');
const notFound = refusal(1201, 400, 'Task not found by id/external id: 1');

const submitted: Task = { service: 'kling', resource: endpoint.resource, taskId: '1', status: 'submitted', images: [] };
const seen: TaskReply = { task: submitted, reply: { status: 200, headers: {}, body: {} } };

/** Waits for a task that was submitted just now, unless the test says otherwise. */
function wait(given: Given, known: Partial<KnownTask> = {}, settings: Partial<WaitSettings> = {}) {
	const item = itemOf(given);
	const start = item.clock.now();
	const waiting = waitForTask(
		item,
		endpoint,
		{ id: '1', isNew: true, seen, ...known },
		{ timeoutMs: 15 * MINUTE, intervalMs: 0, simplify: true, ...settings },
	);
	waiting.catch(() => undefined);
	/** Pauses between reads, without the turn that lets others join. */
	const pauses = () => item.clock.pauses.filter((ms) => ms > 0);
	return { waiting, item, pauses, elapsed: () => item.clock.now() - start };
}

describe('a wait ends', () => {
	it('with the task, as soon as a read shows that it has ended', async () => {
		const { waiting, item } = wait({ answers: [running, running, done] });
		expect(await waiting).toMatchObject({ timedOut: false, task: { status: 'succeeded', taskId: TASK_ID } });
		expect(item.sent).toHaveLength(3);
	});

	it('and meanwhile the progress of the item tells the last state', async () => {
		const states: unknown[] = [];
		const answers = [running, taskAnswer('submitted'), done];
		const { waiting, item } = wait({
			answers: (sent) => (states.push(item.progress.status), answers[sent - 1] ?? done),
		});
		await waiting;
		expect([...states, item.progress.status]).toEqual([undefined, 'processing', 'submitted', 'succeeded']);
		expect(item.progress).toMatchObject({ taskState: 'created', taskId: TASK_ID, hasEnded: true });
	});

	it('with a failed task as a result, not as an error', async () => {
		const { waiting } = wait({ answers: [taskAnswer('failed', { task_status_msg: 'Image pixel is invalid' })] });
		const task = { status: 'failed', statusMessage: 'Image pixel is invalid' };
		expect(await waiting).toMatchObject({ timedOut: false, task });
	});

	it('at the timeout with the last state, which is not a failure', async () => {
		const { waiting, elapsed } = wait({ answers: () => running }, {}, { timeoutMs: MINUTE });
		expect(await waiting).toMatchObject({ timedOut: true, task: { status: 'processing' } });
		expect(elapsed()).toBe(MINUTE);
	});

	it('never after the timeout, however long the interval is', async () => {
		const { waiting, item, elapsed } = wait({ answers: () => running }, {}, { timeoutMs: 3_000, intervalMs: 50_000 });
		expect(await waiting).toMatchObject({ timedOut: true });
		expect(elapsed()).toBe(3_000);
		expect(item.sent).toHaveLength(1);
	});

	it('in time for a task that ends in the cut last interval', async () => {
		const { waiting, elapsed } = wait({ answers: [running, done] }, {}, { timeoutMs: 15_000, intervalMs: 10_000 });
		expect(await waiting).toMatchObject({ timedOut: false, task: { status: 'succeeded' } });
		expect(elapsed()).toBe(15_000);
	});

	it('at the timeout from its beginning, not from the first read', async () => {
		const { waiting, elapsed } = wait({ answers: () => running }, {}, { timeoutMs: MINUTE, intervalMs: 50_000 });
		await waiting;
		expect(elapsed()).toBe(MINUTE);
	});

	it('with the first read of a task not seen yet: it may have ended long ago', async () => {
		const { waiting, elapsed } = wait({ answers: [done] }, { isNew: false, seen: undefined });
		expect(await waiting).toMatchObject({ task: { status: 'succeeded' } });
		expect(elapsed()).toBe(0);
	});
});

describe('what says nothing about the task is not its end', () => {
	it.each<[string, Answer]>([
		['a lost connection', networkError('ECONNRESET')],
		['a refused connection', networkError('ECONNREFUSED')],
		['an HTML page with 502', { body: '<html>', status: 502 }],
		['a 200 that is not JSON', { body: '<html>' }],
		['an internal error', refusal(5000, 500)],
		['throttling', refusal(1302, 429)],
		['an answer without a task', { body: { code: 0, data: null } }],
	])('%s is read again', async (_, trouble) => {
		const { waiting } = wait({ answers: (sent) => (sent < 9 ? trouble : done) });
		expect(await waiting).toMatchObject({ timedOut: false, task: { status: 'succeeded' } });
	});

	it('nothing but trouble until the timeout returns what was seen', async () => {
		const { waiting, elapsed } = wait({ answers: () => refusal(5001, 503) }, {}, { timeoutMs: MINUTE });
		expect(await waiting).toMatchObject({ timedOut: true, task: { taskId: '1', status: 'submitted' } });
		expect(elapsed()).toBeLessThanOrEqual(MINUTE);
	});

	it('nothing but trouble about a task never seen is an error that names it', async () => {
		const unseen = { seen: undefined, id: '55', isNew: false };
		const { waiting } = wait({ answers: () => refusal(5001, 503) }, unseen, { timeoutMs: MINUTE });
		const facts = { code: 5001, taskId: '55', taskState: 'created', retryable: true };
		expect(await rejectionOf(waiting)).toMatchObject(facts);
	});

	it.each(['reviewing', 'QUEUED', ''])('the unknown status %j is still running', async (status) => {
		const { waiting } = wait({ answers: [taskAnswer(status), taskAnswer(status), done] });
		expect(await waiting).toMatchObject({ task: { status: 'succeeded' } });
	});
});

describe('a task that cannot be found', () => {
	it('is awaited in the first 10 s after its creation', async () => {
		const { waiting, elapsed } = wait({ answers: [notFound, notFound, running, done] });
		expect(await waiting).toMatchObject({ task: { status: 'succeeded' } });
		expect(elapsed()).toBeLessThan(10_000);
	});

	it('is an error after that', async () => {
		const { waiting, elapsed } = wait({ answers: () => notFound });
		expect(await rejectionOf(waiting)).toMatchObject({ code: 1201, taskState: 'created', taskId: '1' });
		expect(elapsed()).toBeGreaterThanOrEqual(10_000);
		expect(elapsed()).toBeLessThan(15_000);
	});

	it('is an error at once when it was not created just now: it was not created, unless it was seen', async () => {
		const unseen = wait({ answers: () => notFound }, { isNew: false, seen: undefined });
		expect(await rejectionOf(unseen.waiting)).toMatchObject({ code: 1201, taskState: 'not-created', taskId: '1' });
		expect([unseen.item.sent.length, unseen.elapsed()]).toEqual([1, 0]);
		const gone = wait({ answers: (sent) => (sent === 1 ? running : notFound) }, { isNew: false, seen: undefined });
		expect(await rejectionOf(gone.waiting)).toMatchObject({ code: 1201, taskState: 'created', taskId: TASK_ID });
		expect(gone.item.sent).toHaveLength(2);
	});
});

describe('a refusal that waiting cannot change ends the wait at once', () => {
	it.each([
		[1001, 401],
		[1100, 429],
		[1101, 429],
		[1102, 429],
		[1103, 403],
		[1304, 429],
	])('%i (HTTP %i)', async (code, status) => {
		const { waiting, item } = wait({ answers: () => refusal(code, status) });
		const facts = { code, httpStatus: status, taskState: 'created', taskId: '1' };
		expect(await rejectionOf(waiting)).toMatchObject(facts);
		expect(item.sent).toHaveLength(1);
	});

	it('a refused signature is renewed once', async () => {
		const { waiting, item } = wait({ answers: () => refusal(1004, 401) });
		expect(await rejectionOf(waiting)).toMatchObject({ code: 1004 });
		expect(item.sent).toHaveLength(2);
	});

	it('an address that redirects', async () => {
		const headers = { location: 'https://other.test/' };
		const { waiting, item } = wait({ answers: () => ({ body: '', status: 308, headers }) });
		const facts = {
			message: expect.stringContaining('other.test'),
			taskState: 'created',
			taskId: '1',
			retryable: false,
		};
		expect(await rejectionOf(waiting)).toMatchObject(facts);
		expect(item.sent).toHaveLength(1);
	});

	it('a credential that cannot be used, before anything is sent', async () => {
		const item = itemOf();
		item.account = async () => await Promise.reject(new Error('The field API Key of the credential is empty.'));
		const settings = { timeoutMs: MINUTE, intervalMs: 0, simplify: true };
		const waiting = waitForTask(item, endpoint, { id: '1', isNew: false }, settings);
		expect(await rejectionOf(waiting)).toMatchObject({ message: 'The field API Key of the credential is empty.' });
		expect(item.sent).toEqual([]);
	});
});

describe('Stop', () => {
	it('before the first read ends the wait without a request', async () => {
		const { waiting, item } = wait({ answers: [], signal: AbortSignal.abort() });
		expect(await rejectionOf(waiting)).toMatchObject({
			message: 'The execution was stopped',
			taskState: 'created',
			taskId: '1',
		});
		expect(item.sent).toEqual([]);
	});

	it('during a read ends the wait', async () => {
		const stop = new AbortController();
		const answers = () => (stop.abort(), networkError('ERR_CANCELED'));
		const { waiting, item } = wait({ answers, signal: stop.signal });
		expect((await rejectionOf(waiting)).message).toBe('The execution was stopped');
		expect(item.sent).toHaveLength(1);
	});
});

describe('what finished tasks took', () => {
	it('is learnt for the next of the same account and kind', async () => {
		const answers = () => taskAnswer('succeed', { updated_at: 1_700_000_030_000 });
		for (let task = 0; task < 3; task += 1) await wait({ answers, account: 'learning' }).waiting;
		const next = wait({ answers, account: 'learning' });
		await next.waiting;
		expect(next.pauses()).toEqual([30_300]);
		const other = wait({ answers });
		await other.waiting;
		expect(other.pauses()).toEqual([2_000]);
	});
});

describe('a service that says the same of an unknown task and of a breakdown', () => {
	const of: Endpoint = { service: psTask, resource: 'task', path: '/ps_tasks/submit' };
	const broken: Answer = { body: { code: 500, msg: 'Internal error', data: {} }, status: 500 };
	const ended: Answer = { body: { code: 200, data: { status: 'completed', image_url: 'https://x/1.jpg' } } };
	const settings = { timeoutMs: 15 * MINUTE, intervalMs: 0, simplify: true };
	const waitFor = (answers: Given['answers'], known: object) => {
		const item = itemOf({ answers });
		const start = item.clock.now();
		const waiting = waitForTask(item, of, { id: 'a1b2', isNew: false, ...known }, settings);
		return { waiting, elapsed: () => item.clock.now() - start };
	};

	it('is believed after 30 s that it does not know a task that was never seen', async () => {
		const { waiting, elapsed } = waitFor(() => broken, { isClaimed: true });
		const error = await rejectionOf(waiting);
		expect(error.message).toBe('PS Task does not know the task, or is broken: Internal error');
		expect(error).toMatchObject({ taskId: 'a1b2', taskState: 'may-exist', retryable: true, code: 500 });
		expect(elapsed()).toBeGreaterThanOrEqual(30_000);
		expect(elapsed()).toBeLessThan(MINUTE);
	});

	it.each([
		['that this node has made', { isNew: true }],
		['that an earlier run of the node has made', {}],
	])('is asked on for a task %s', async (_, known) => {
		const { waiting, elapsed } = waitFor((sent) => (sent < 60 ? broken : ended), known);
		expect(await waiting).toMatchObject({ task: { status: 'succeeded' } });
		expect(elapsed()).toBeGreaterThan(MINUTE);
	});

	it('is asked on for a task that was seen, or while it is not reached', async () => {
		const running: Answer = { body: { code: 200, data: { status: 'processing' } } };
		const seen = waitFor((sent) => (sent === 1 ? running : sent < 60 ? broken : ended), { isClaimed: true });
		expect(await seen.waiting).toMatchObject({ task: { status: 'succeeded' } });
		const gateway: Answer = { body: '<html>', status: 502 };
		const cut = waitFor((sent) => (sent < 60 ? gateway : ended), { isClaimed: true });
		expect(await cut.waiting).toMatchObject({ task: { status: 'succeeded' } });
	});
});
