/** What the engine does for services whose status requests may be billed, and that tell less than others. */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../nodes/AliyunPortrait/provider';
import { endpoint as portrait } from '../../../nodes/AliyunPortrait/resources/portrait/endpoint';
import { endpoint as userModel } from '../../../nodes/AliyunPortrait/resources/userModel/endpoint';
import { Durations } from '../../../nodes/tasks/durations';
import { factsOf } from '../../../nodes/tasks/errors';
import type { TaskEndpoint } from '../../../nodes/tasks/provider';
import { getTask, requestFor, waitForExistingTask } from '../../../nodes/tasks/read';
import { readSettings } from '../../../nodes/tasks/settings';
import { pauseBeforeRead, waitForTask } from '../../../nodes/tasks/wait';
import { exchangeOf, FakeClock, rejectionOf, type Answer, type Given } from './support';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
let places = 0;

function exchangeAt(endpoint: TaskEndpoint, given: Given) {
	const exchange = exchangeOf(given);
	exchange.endpoint = endpoint;
	exchange.declared.options = { method: 'POST', url: endpoint.path, baseURL: `https://keyless-${++places}` };
	return exchange;
}

/** The times of the reads in s after acceptance, of a task that takes `taskMs`. */
async function readsOf(endpoint: TaskEndpoint, taskMs: number, { chance = 0, intervalMs = 0, timeoutMs = 90 * MINUTE } = {}): Promise<number[]> {
	const clock = new FakeClock();
	clock.chance = chance;
	const start = clock.now();
	const times: number[] = [];
	const answers = (): Answer => {
		times.push((clock.now() - start) / SECOND);
		return { body: { ret: 0, body: { id: 'T1', state: clock.now() - start >= taskMs ? 3 : 2, tsk_type: endpoint.resource === 'userModel' ? 1 : 2, result_paths: [] } } };
	};
	const exchange = exchangeAt(endpoint, { answers, clock });
	const seen = { task: aliyunPortrait.readTask({ task_id: 'T1' }, endpoint.resource), reply: { status: 200, headers: {}, body: {} } };
	await waitForTask(exchange, { request: requestFor(exchange, 'T1'), acceptedAt: start, timeoutMs, intervalMs, taskId: 'T1', wholeReply: false, seen, onProgress: () => undefined });
	return times;
}

describe('status requests that may be billed', () => {
	it('of a portrait come after 15 s, then 15 s apart; jitter only makes them later, by a tenth at most', async () => {
		expect(await readsOf(portrait, 40 * SECOND)).toEqual([15, 30, 45]);
		const late = await readsOf(portrait, 40 * SECOND, { chance: 0.999_999 });
		expect(late.map(Math.round)).toEqual([16, 33, 49]);
		expect(late[0]).toBeLessThanOrEqual(16.5);
	});

	it('of a training come after 60 s, then 15 s apart', async () => {
		expect(await readsOf(userModel, 100 * SECOND)).toEqual([60, 75, 90, 105]);
	});

	it.each([
		['portrait', portrait, 10, 1], ['portrait', portrait, 20, 2], ['portrait', portrait, 30, 2], ['portrait', portrait, 45, 3], ['portrait', portrait, 60, 4], ['portrait', portrait, 120, 8],
		['training', userModel, 60, 1], ['training', userModel, 5 * 60, 17], ['training', userModel, 10 * 60, 37], ['training', userModel, 30 * 60, 117],
	] as const)('a %s of %3$i s costs %4$i (the README says so)', async (_, endpoint, seconds, count) => {
		expect(await readsOf(endpoint, seconds * SECOND)).toHaveLength(count);
	});

	it("the user's interval wins, shorter or longer", async () => {
		expect(await readsOf(portrait, 9 * SECOND, { intervalMs: 2 * SECOND })).toEqual([2, 4, 6, 8, 10]);
		expect(await readsOf(userModel, 100 * SECOND, { intervalMs: 120 * SECOND })).toEqual([120]);
	});

	it('the last one comes at the timeout, so that what ends in time is seen in time', async () => {
		expect(await readsOf(portrait, 100 * SECOND, { timeoutMs: 20 * SECOND })).toEqual([15, 20]);
		expect(await readsOf(userModel, 100 * SECOND, { timeoutMs: 20 * SECOND })).toEqual([20]);
	});

	it('of a task of unknown age are 15 s apart after the first, and experience makes them no denser', () => {
		const clock = new FakeClock();
		const experienced = new Durations();
		for (const ms of [20, 20, 21, 22, 40]) experienced.add(ms * SECOND);
		for (const durations of [new Durations(), experienced]) {
			expect(pauseBeforeRead(0, { intervalMs: 0, acceptedAt: undefined, ...portrait.waiting }, durations, clock)).toBeGreaterThanOrEqual(15 * SECOND);
			for (const elapsed of [15, 25, 39, 60]) expect(pauseBeforeRead(elapsed * SECOND, { intervalMs: 0, acceptedAt: 0, ...portrait.waiting }, durations, clock)).toBeGreaterThanOrEqual(15 * SECOND);
		}
	});

	it('a training has 60 minutes, a portrait 15, unless the user says otherwise', () => {
		const settings = (endpoint: TaskEndpoint, options: IDataObject = {}) => readSettings(exchangeAt(endpoint, { parameters: { options } }));
		expect([settings(userModel).timeoutMs, settings(portrait).timeoutMs, settings(userModel, { timeout: 5 }).timeoutMs]).toEqual([60 * MINUTE, 15 * MINUTE, 5 * MINUTE]);
	});
});

describe('a result in part', () => {
	it('of a training is an error, whatever the options say; of a portrait as they say', () => {
		const onPartial = (endpoint: TaskEndpoint, options: IDataObject) => readSettings(exchangeAt(endpoint, { parameters: { options } })).onPartial;
		expect([{}, { onPartial: 'return' }, { onPartial: 'error' }].map((options) => [onPartial(userModel, options), onPartial(portrait, options)])).toEqual([['error', 'return'], ['error', 'return'], ['error', 'error']]);
	});
});

describe('a read', () => {
	const answer = (body: unknown): Answer => ({ body: { ret: 0, body } });
	const given = (json: IDataObject, answers: Answer[], parameters: IDataObject = {}): Given => ({ answers, items: [{ json }], parameters: { taskId: 'T1', ...parameters } });

	async function get(endpoint: TaskEndpoint, how: Given) {
		const exchange = exchangeAt(endpoint, how);
		const items = await getTask.perform(exchange, getTask.prepare(exchange));
		return { items, exchange };
	}

	it('takes from the item what only the create told, for that very task', async () => {
		const state = { id: 'T1', state: 3, tsk_type: 1, result_paths: [] };
		const { items } = await get(userModel, given({ taskId: 'T1', userId: 'U1', paths: ['a'], style: 's' }, [answer(state)]));
		expect(items[0]?.json).toMatchObject({ taskId: 'T1', userId: 'U1', paths: ['a'] });
		expect(items[0]?.json).not.toHaveProperty('style');
		const { items: other } = await get(userModel, given({ taskId: 'T2', userId: 'U2' }, [answer(state)]));
		expect(other[0]?.json).not.toHaveProperty('userId');
	});

	it("what the service tells wins over the item's", async () => {
		const { items } = await get(userModel, given({ taskId: 'T1', userId: 'U-old', status: 'failed' }, [answer({ id: 'T1', state: 3, tsk_type: 1, user_id: 'U1' })]));
		expect(items[0]?.json).toMatchObject({ userId: 'U1', status: 'succeeded' });
	});

	it('of a task of another resource says which, at Get and at Wait', async () => {
		for (const operation of [getTask, waitForExistingTask]) {
			const exchange = exchangeAt(portrait, given({}, [answer({ id: 'T1', state: 2, tsk_type: 1 })]));
			const error = await rejectionOf(Promise.resolve(operation.perform(exchange, operation.prepare(exchange))));
			expect(error.message).toBe('Task T1 belongs to the resource "userModel", not to "portrait"');
			expect(factsOf(error as never)).toMatchObject({ taskId: 'T1', taskState: 'created', retryable: false });
		}
	});

	it.each([[null], [''], [undefined], [{}]])('answered with success and %j is an unknown task, at Get and at Wait', async (body) => {
		for (const operation of [getTask, waitForExistingTask]) {
			const exchange = exchangeAt(portrait, given({}, [answer(body)]));
			const error = await rejectionOf(Promise.resolve(operation.perform(exchange, operation.prepare(exchange))));
			expect(error.message).toContain('the task is unknown');
			expect(error.taskState).toBe('not-created');
			expect(exchange.sent).toHaveLength(1);
		}
	});

	it.each([[[]], [7], ['text'], [true], [[{ id: 'T1', state: 3 }]]])('answered with success and %j is a clear error, too', async (body) => {
		const exchange = exchangeAt(portrait, given({}, [answer(body)]));
		const error = await rejectionOf(Promise.resolve(getTask.perform(exchange, getTask.prepare(exchange))));
		expect(error.name).toBe('NodeApiError');
		expect(error.message).toContain('task "T1"');
	});

	it('that finds a task unknown later, when it was seen before, does not wait for ever', async () => {
		const exchange = exchangeAt(portrait, { ...given({}, []), answers: (sent) => answer(sent === 1 ? { id: 'T1', state: 2, tsk_type: 2 } : null) });
		const error = await rejectionOf(Promise.resolve(waitForExistingTask.perform(exchange, waitForExistingTask.prepare(exchange))));
		expect(error.message).toContain('the task is unknown');
		expect(exchange.sent.length).toBeLessThanOrEqual(3);
	});
});
