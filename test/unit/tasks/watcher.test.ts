import { describe, expect, test } from 'vitest';

import type { ItemExchange } from '../../../nodes/tasks/exchange';
import { taskIn } from '../../../nodes/tasks/exchange';
import { Watcher } from '../../../nodes/tasks/watcher';
import { ManualClock, settle } from './manualClock';
import { exchangeOf, type Answer } from './support';

const PATH = '/v1/images/editing/expand';

/** An account at the provider: what each task's status is, and which requests came. */
function world(count: number) {
	const clock = new ManualClock();
	const watcher = new Watcher(clock);
	const statuses = new Map(Array.from({ length: count }, (_, index) => [`task-${index}`, 'processing']));
	const requests: string[] = [];
	let hidden = new Set<string>();
	let spoilt: ((url: string) => Answer | Promise<Answer> | undefined) | undefined;
	const element = (id: string) => ({ task_id: id, task_status: statuses.get(id), created_at: 1, updated_at: 2 });
	const envelope = (data: unknown): Answer => ({ body: { code: 0, message: 'SUCCEED', data } });
	const exchange = (signal?: AbortSignal): ItemExchange => {
		const made = exchangeOf({
			signal,
			answers: () => {
				const url = String(made.sent[made.sent.length - 1]?.url);
				requests.push(url);
				const id = url.slice(PATH.length + 1);
				const list = [...statuses.keys()].filter((known) => !hidden.has(known)).map(element);
				return spoilt?.(url) ?? envelope(id === '' ? list : element(id));
			},
		});
		return Object.assign(made, { clock });
	};
	const watch = (index: number, options: { dueIn?: number; dueAmongManyIn?: number; deadlineIn?: number; signal?: AbortSignal; wholeReply?: boolean } = {}) => {
		const used = exchange(options.signal);
		const taskId = `task-${index}`;
		const { dueIn = 1_000, dueAmongManyIn = dueIn, deadlineIn = Infinity, wholeReply = false } = options;
		const [due, dueAmongMany, deadline] = [dueIn, dueAmongManyIn, deadlineIn].map((ms) => clock.now() + ms) as [number, number, number];
		const watched = { taskId, request: { method: 'GET' as const, url: `${PATH}/${taskId}` }, due, dueAmongMany, deadline, wholeReply };
		return watcher.next(used, watched).then((outcome) => outcome && taskIn(used, outcome)?.task.status);
	};
	return {
		clock,
		watch,
		requests,
		statuses,
		hide: (...ids: string[]) => (hidden = new Set(ids)),
		spoil: (rule: typeof spoilt) => (spoilt = rule),
	};
}

test('three tasks are asked for one by one', async () => {
	const { clock, watch, requests } = world(3);
	const answers = Promise.all([0, 1, 2].map((index) => watch(index)));
	await clock.advance(1_000);
	expect(await answers).toEqual(['processing', 'processing', 'processing']);
	expect(requests.sort()).toEqual([`${PATH}/task-0`, `${PATH}/task-1`, `${PATH}/task-2`]);
});

test('two hundred tasks cost one list request', async () => {
	const { clock, watch, requests } = world(200);
	const answers = Promise.all(Array.from({ length: 200 }, (_, index) => watch(index)));
	await clock.advance(1_000);
	expect(new Set(await answers)).toEqual(new Set(['processing']));
	expect(requests).toEqual([PATH]);
});

test('a task that the list does not show is asked for singly', async () => {
	const { clock, watch, requests, hide } = world(5);
	hide('task-3');
	const answers = Promise.all([0, 1, 2, 3, 4].map((index) => watch(index)));
	await clock.advance(1_000);
	await answers;
	expect(requests).toEqual([PATH, `${PATH}/task-3`]);
});

test('an end that the list shows is handed on before it is due', async () => {
	const { clock, watch, statuses } = world(5);
	statuses.set('task-4', 'succeed');
	const late = watch(4, { dueIn: 60_000 });
	const others = Promise.all([0, 1, 2, 3].map((index) => watch(index)));
	await clock.advance(1_000);
	expect(await late).toBe('succeeded');
	expect(await others).toHaveLength(4);
});

test('who wants the whole answer gets the end from the task itself, not from the list', async () => {
	const { clock, watch, statuses, requests } = world(5);
	statuses.set('task-2', 'succeed');
	const whole = watch(2, { wholeReply: true });
	void Promise.all([0, 1, 3, 4].map((index) => watch(index)));
	await clock.advance(1_000);
	expect(await whole).toBe('succeeded');
	expect(requests).toEqual([PATH, `${PATH}/task-2`]);
});

test('stopping one execution does not disturb the others, even in the middle of its request', async () => {
	const { clock, watch, spoil, requests } = world(5);
	const stop = new AbortController();
	// The first waiter lends its context, and is stopped while the list is on its way.
	spoil((url) => {
		if (url !== PATH || stop.signal.aborted) return undefined;
		stop.abort();
		return new Error('canceled');
	});
	const stopped = watch(0, { signal: stop.signal });
	const others = Promise.all([1, 2, 3, 4].map((index) => watch(index)));
	await clock.advance(1_000);
	expect(await stopped).toBeUndefined();
	expect(await others).toEqual(['processing', 'processing', 'processing', 'processing']);
	expect(requests).toEqual([PATH, PATH]);
});

test.each([3, 7])('a single read that hangs holds up nobody but its own task (%i tasks)', async (count) => {
	const { clock, watch, spoil, hide } = world(count);
	hide('task-0');
	let answer: (answer: Answer) => void = () => undefined;
	const slow = new Promise<Answer>((resolve) => (answer = resolve));
	spoil((url) => (url.endsWith('/task-0') ? slow : undefined));
	const hanging = watch(0);
	for (let round = 0; round < 3; round += 1) {
		const others = Promise.all(Array.from({ length: count - 1 }, (_, index) => watch(index + 1)));
		await clock.advance(2_000);
		expect(await within(others)).toEqual(Array(count - 1).fill('processing'));
	}
	answer({ body: { code: 0, message: 'SUCCEED', data: { task_id: 'task-0', task_status: 'succeed' } } });
	expect(await hanging).toBe('succeeded');
	await settle();
	expect(clock.pending).toBe(0);
});

describe('from twenty on, one list is taken more often than each would be read', () => {
	const early = { dueIn: 10_000, dueAmongManyIn: 1_000 };
	const watchAll = (count: number, watch: ReturnType<typeof world>['watch']) =>
		Promise.all(Array.from({ length: count }, (_, index) => watch(index, early)));

	test('twenty are served early', async () => {
		const { clock, watch, requests } = world(20);
		const answers = watchAll(20, watch);
		await clock.advance(1_000);
		expect(await within(answers)).toEqual(Array(20).fill('processing'));
		expect(requests).toEqual([PATH]);
	});

	test('nineteen are not', async () => {
		const { clock, watch, requests } = world(19);
		const answers = watchAll(19, watch);
		await clock.advance(9_000);
		expect([await within(answers), requests]).toEqual(['still waiting', []]);
		await clock.advance(1_000);
		expect(requests).toEqual([PATH]);
	});

	test('twenty who do not want to know yet do not make it come', async () => {
		const { clock, watch, requests } = world(39);
		void watchAll(19, watch);
		void Promise.all(Array.from({ length: 20 }, (_, index) => watch(19 + index, { dueIn: 10_000 })));
		await clock.advance(9_000);
		expect(requests).toEqual([]);
	});

	test.each<[string, (of: ReturnType<typeof world>) => void]>([
		['fails', ({ spoil }) => spoil((url) => (url === PATH ? { body: { code: 1200, message: 'no' }, status: 400 } : undefined))],
		['does not show them', ({ hide }) => hide(...Array.from({ length: 20 }, (_, index) => `task-${index}`))],
	])('a list that %s is not asked for again before they are due', async (_, spoil) => {
		const all = world(20);
		spoil(all);
		const answers = watchAll(20, all.watch);
		await all.clock.advance(9_000);
		expect([await within(answers), all.requests]).toEqual(['still waiting', [PATH]]);
		await all.clock.advance(1_000);
		expect(await within(answers)).toEqual(Array(20).fill('processing'));
		expect(all.requests.filter((url) => url === PATH)).toHaveLength(2);
	});
});

describe('a list that hangs', () => {
	const hang = (url: string) => (url === PATH ? new Promise<Answer>(() => undefined) : undefined);

	test('holds nobody up beyond his deadline', async () => {
		const { clock, watch, spoil, requests } = world(5);
		spoil(hang);
		const first = watch(0, { deadlineIn: 20_000 });
		void Promise.all([1, 2, 3, 4].map((index) => watch(index, { dueIn: 60_000, deadlineIn: 90_000 })));
		await clock.advance(19_000);
		expect(await within(first)).toBe('still waiting');
		await clock.advance(1_000);
		expect(await within(first)).toBe('processing');
		expect(requests).toEqual([PATH, `${PATH}/task-0`]);
	});

	test('has five seconds even so, and who is due by then is read without it', async () => {
		const { clock, watch, spoil, requests } = world(4);
		spoil(hang);
		const answers = Promise.all([0, 1, 2, 3].map((index) => watch(index, { dueIn: 1_000 + index * 1_000, deadlineIn: 1_000 + index * 1_000 })));
		await clock.advance(5_900);
		expect(await within(answers)).toBe('still waiting');
		await clock.advance(100);
		expect(await within(answers)).toEqual(Array(4).fill('processing'));
		expect(requests.filter((url) => url === PATH)).toHaveLength(1);
		expect(clock.pending).toBe(0);
	});

	test('is given up after two minutes, however long they would wait', async () => {
		const { clock, watch, spoil } = world(4);
		spoil(hang);
		const answers = Promise.all([0, 1, 2, 3].map((index) => watch(index)));
		await clock.advance(121_000);
		expect(await within(answers)).toEqual(Array(4).fill('processing'));
	});
});

test('a list that fails falls back to single requests', async () => {
	const { clock, watch, spoil } = world(4);
	spoil((url) => (url === PATH ? { body: { code: 1200, message: 'no' }, status: 400 } : undefined));
	const answers = Promise.all([0, 1, 2, 3].map((index) => watch(index)));
	await clock.advance(1_000);
	expect(await answers).toEqual(['processing', 'processing', 'processing', 'processing']);
});

test('when nobody waits any more no timer is left', async () => {
	const { clock, watch } = world(2);
	const stop = new AbortController();
	const stopped = Promise.all([watch(0, { signal: stop.signal }), watch(1, { signal: stop.signal })]);
	await settle();
	expect(clock.pending).toBe(1);
	stop.abort();
	expect(await stopped).toEqual([undefined, undefined]);
	await settle();
	expect(clock.pending).toBe(0);
});

/** What a promise has come to by now. */
async function within<T>(promise: Promise<T>): Promise<T | 'still waiting'> {
	return await Promise.race([promise, settle().then(() => 'still waiting' as const)]);
}
