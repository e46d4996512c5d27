/** One reader for many who wait: which requests it sends, when, and for whom. */
import { afterEach, describe, expect, it, vi } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import { settle } from '../manualClock';
import { refusal, rejectionOf, type Answer } from '../support';
import { endRequestsBy, HOUR, SECOND, stateOf, world, type World } from './pollerSupport';

const succeeded = (count: number) => Array<string>(count).fill('succeeded');
const never = () => new Promise<Answer>(() => undefined);

afterEach(() => vi.restoreAllMocks());

describe('who is asked for', () => {
	it('three tasks are read one by one', async () => {
		const { clock, waitAll, asked, end } = world(3);
		const ended = waitAll(3);
		end();
		await clock.advance(SECOND);
		expect(await ended).toEqual(succeeded(3));
		expect(asked()).toEqual(['task-0', 'task-1', 'task-2']);
	});

	it.each([4, 200])('%i tasks cost one list', async (count) => {
		const { clock, waitAll, asked, end } = world(count);
		const ended = waitAll(count);
		end();
		await clock.advance(SECOND);
		expect(await ended).toEqual(succeeded(count));
		expect(asked()).toEqual(['list']);
	});

	it('more than 500 tasks cost as many pages as show them all', async () => {
		const { clock, waitAll, asked, end } = world(1_200);
		const ended = waitAll(1_200);
		end();
		await clock.advance(SECOND);
		expect(await ended).toEqual(succeeded(1_200));
		expect(asked()).toEqual(['list', 'list', 'list']);
	});

	it('a task that the list does not show is read alone', async () => {
		const { clock, waitAll, asked, end, hide } = world(5);
		hide('task-3');
		end();
		const ended = waitAll(5);
		await clock.advance(SECOND);
		expect(await ended).toEqual(succeeded(5));
		expect(asked()).toEqual(['list', 'task-3']);
	});

	it('who wants the whole answer gets the end from the task itself, not from the list', async () => {
		const { clock, wait, waitAll, asked, end } = world(5);
		const whole = wait(2, { simplify: false });
		const others = waitAll([0, 1, 3, 4]);
		end();
		await clock.advance(SECOND);
		expect((await whole).reply.body).toMatchObject({ data: { task_id: 'task-2' } });
		expect(await others).toEqual(succeeded(4));
		expect(asked()).toEqual(['list', 'task-2']);
	});

	it('an end that the list shows is handed on before it is due', async () => {
		const { clock, wait, waitAll, end } = world(5);
		const late = wait(4, { intervalMs: 60 * SECOND });
		void waitAll(4);
		end('task-4');
		await clock.advance(SECOND);
		expect(await stateOf(late)).toMatchObject({ timedOut: false, task: { taskId: 'task-4', status: 'succeeded' } });
	});

	it('who begins to wait earlier than the others are due is not made to wait for them', async () => {
		const { clock, wait, asked, end } = world(2);
		void wait(0, { intervalMs: 600 * SECOND });
		await clock.advance(10 * SECOND);
		end('task-1');
		const soon = wait(1, { intervalMs: 5 * SECOND });
		await clock.advance(5 * SECOND);
		expect(await stateOf(soon)).toMatchObject({ task: { status: 'succeeded' } });
		expect(asked()).toEqual(['task-1']);
	});

	it('tasks that were there before are looked at once, with one list', async () => {
		const { clock, waitAll, asked, end } = world(100);
		end();
		const ended = waitAll(100, { isNew: false });
		await clock.advance(0);
		expect(await stateOf(ended)).toEqual(succeeded(100));
		expect(asked()).toEqual(['list']);
	});
});

describe('one execution and the others', () => {
	it('stopping one disturbs nobody, even in the middle of the request that serves all', async () => {
		const { clock, wait, waitAll, end, spoil, asked } = world(5);
		const stop = new AbortController();
		// The first one lends its n8n, and is stopped while the list is on its way.
		spoil((what) => {
			if (what === 'list') stop.abort();
			return undefined;
		});
		const stopped = rejectionOf(wait(0, { signal: stop.signal }));
		const others = waitAll([1, 2, 3, 4]);
		end();
		await clock.advance(SECOND);
		expect(await stopped).toMatchObject({
			message: 'The execution was stopped',
			taskState: 'created',
			taskId: 'task-0',
		});
		expect(await stateOf(others)).toEqual(succeeded(4));
		expect(asked()).toEqual(['list']);
	});

	it('a credential that cannot be used any more disturbs nobody else', async () => {
		const { clock, wait, waitAll, end } = world(5);
		let isBroken = false;
		const broken = rejectionOf(wait(0, { isBroken: () => isBroken }));
		await settle();
		const others = waitAll([1, 2, 3, 4]);
		await settle();
		isBroken = true;
		end();
		await clock.advance(SECOND);
		expect(await broken).toMatchObject({ message: 'The credential is gone', taskId: 'task-0', taskState: 'created' });
		expect(await stateOf(others)).toEqual(succeeded(4));
	});

	it.each([3, 7])('a single read that hangs holds up nobody but its own task (%i tasks)', async (count) => {
		const { clock, wait, waitAll, spoil, hide, end } = world(count);
		hide('task-0');
		let answer: (answer: Answer) => void = () => undefined;
		const slow = new Promise<Answer>((resolve) => (answer = resolve));
		spoil((what) => (what === 'task-0' ? slow : undefined));
		const hanging = wait(0);
		const others = waitAll(Array.from({ length: count - 1 }, (_, index) => index + 1));
		await clock.advance(5 * SECOND);
		end();
		await clock.advance(2 * SECOND);
		expect(await stateOf(others)).toEqual(succeeded(count - 1));
		answer({ body: { code: 0, data: { task_id: 'task-0', task_status: 'succeed' } } });
		expect(await stateOf(hanging)).toMatchObject({ task: { status: 'succeeded' } });
		expect(clock.pending).toBe(0);
	});

	it('500 that wait without a list are at most 16 reads at once; another account is not held up', async () => {
		const { clock, waitAll, spoil, end } = world(500, { ...kling, list: undefined });
		let now = 0;
		let most = 0;
		spoil((what) => {
			most = Math.max(most, (now += 1));
			const answer = { body: { code: 0, data: { task_id: what, task_status: 'succeed' } } };
			return clock.pause(100).then(() => ((now -= 1), answer));
		});
		const ended = waitAll(500, { isNew: false });
		await clock.advance(SECOND);
		const other = world(1, { ...kling, list: undefined });
		other.end();
		const free = other.waitAll(1, { isNew: false });
		await other.clock.advance(0);
		expect(await stateOf(free)).toEqual(['succeeded']);
		end();
		await clock.advance(3 * SECOND);
		expect(await stateOf(ended)).toEqual(succeeded(500));
		expect(most).toBe(16);
	});
});

describe('from twenty on the list is read on its own time', () => {
	/** How late the list came at most, as a share of the time waited, from 40 s to 120 s. */
	async function latest({ clock, lists }: World): Promise<number> {
		await clock.advance(120 * SECOND);
		const from = lists().filter((at) => at >= 40);
		return Math.max(...from.slice(1).map((at, index) => (at - (from[index] ?? 0)) / (from[index] ?? 0)));
	}

	it('an end is then seen at most a twentieth late', async () => {
		const all = world(20);
		void all.waitAll(20, { intervalMs: 0 });
		expect(await latest(all)).toBeLessThanOrEqual(0.051);
	});

	it('with nineteen it comes when somebody is due', async () => {
		const all = world(19);
		void all.waitAll(19, { intervalMs: 0 });
		expect(await latest(all)).toBeGreaterThan(0.15);
	});

	it('but at most once a second', async () => {
		const { clock, waitAll, lists } = world(30);
		void waitAll(30, { intervalMs: 0 });
		await clock.advance(30 * SECOND);
		const gaps = lists()
			.slice(1)
			.map((at, index) => at - (lists()[index] ?? 0));
		expect(Math.round(Math.min(...gaps) * SECOND)).toBeGreaterThanOrEqual(SECOND);
	});

	it.each([5, 30])(
		'while a create waits for the end of one of %i, it comes as often as a twentieth of their time',
		async (count) => {
			const { clock, waitAll, lists, end } = world(count);
			let isWanted = true;
			const ended = waitAll(count, { intervalMs: 0, isSlotWanted: () => isWanted });
			await clock.advance(30 * SECOND);
			const gapsFrom = (from: number) =>
				lists()
					.slice(1)
					.flatMap((at, index) => (at > from ? [Math.round((at - lists()[index]!) * SECOND)] : []));
			expect(Math.min(...gapsFrom(0))).toBeGreaterThanOrEqual(300);
			expect(Math.max(...gapsFrom(3))).toBeLessThanOrEqual(1_500);
			isWanted = false;
			await clock.advance(5 * SECOND);
			const later = lists().length;
			await clock.advance(10 * SECOND);
			expect(lists().length - later).toBeLessThanOrEqual(10);
			end();
			await clock.advance(15 * SECOND);
			expect(await ended).toEqual(succeeded(count));
		},
	);

	it('who has a fixed interval does not make it come', async () => {
		const { clock, waitAll, lists } = world(40);
		void waitAll(40, { intervalMs: 60 * SECOND });
		await clock.advance(59 * SECOND);
		expect(lists()).toEqual([]);
		await clock.advance(SECOND);
		expect(lists()).toEqual([60]);
	});

	it('nor does who cannot have ended yet, by what tasks took so far', async () => {
		const { clock, waitAll, lists, end, statuses, spoil } = world(43);
		// Three tasks that took 40 s.
		spoil((what) =>
			what === 'list'
				? undefined
				: {
						body: {
							code: 0,
							data: { task_id: what, task_status: 'succeed', created_at: 1e12, updated_at: 1e12 + 40_000 },
						},
					},
		);
		await Promise.all([waitAll([40, 41, 42], { isNew: false }), clock.advance(0)]);
		const begun = lists().length;
		for (const id of ['task-40', 'task-41', 'task-42']) statuses.delete(id);
		void waitAll(40, { intervalMs: 0 });
		await clock.advance(39 * SECOND);
		expect(lists()).toHaveLength(begun);
		end();
		await clock.advance(4 * SECOND);
		expect(lists()).toHaveLength(begun + 1);
	});

	it('nor do tasks that it does not show', async () => {
		const all = world(25);
		all.hide(...all.statuses.keys());
		void all.waitAll(25, { intervalMs: 0 });
		expect(await latest(all)).toBeGreaterThan(0.15);
	});
});

describe('a list that cannot be had', () => {
	it('that hangs is given up after 5 s, then left alone for 30 s; single reads answer meanwhile', async () => {
		const { clock, waitAll, spoil, asked, lists, end } = world(5);
		endRequestsBy(clock);
		spoil((what) => (what === 'list' ? never() : undefined));
		const ended = waitAll(4);
		await clock.advance(5.9 * SECOND);
		expect(asked()).toEqual(['list']);
		await clock.advance(0.1 * SECOND);
		expect(asked()).toEqual(['list', 'task-0', 'task-1', 'task-2', 'task-3']);
		await clock.advance(29 * SECOND);
		expect(lists()).toEqual([1]);
		expect(asked().filter((what) => what === 'task-0').length).toBeGreaterThan(20);
		await clock.advance(2 * SECOND);
		expect(lists()).toEqual([1, 36]);
		end();
		spoil(() => undefined);
		await clock.advance(10 * SECOND);
		expect(await stateOf(ended)).toEqual(succeeded(4));
	});

	it('that fails is left alone for 30 s: who is due is read alone at once', async () => {
		const { clock, waitAll, spoil, asked, lists, end } = world(4);
		spoil((what) => (what === 'list' ? refusal(5000, 500) : undefined));
		const ended = waitAll(4);
		await clock.advance(SECOND);
		expect(asked()).toEqual(['list', 'task-0', 'task-1', 'task-2', 'task-3']);
		await clock.advance(29 * SECOND);
		expect(lists()).toEqual([1]);
		await clock.advance(2 * SECOND);
		expect(lists()).toEqual([1, 31]);
		end();
		await clock.advance(SECOND);
		expect(await stateOf(ended)).toEqual(succeeded(4));
	});

	it.each([
		['the list', 5],
		['every read', 2],
	])('a service that refuses %s is not asked more often because a create waits', async (what, count) => {
		const readsOf = async (isWanted: boolean) => {
			const { clock, waitAll, spoil, requests } = world(count);
			spoil((asked) => (what === 'every read' || asked === 'list' ? refusal(1302, 429) : undefined));
			void waitAll(count, { intervalMs: 0, isSlotWanted: () => isWanted });
			await clock.advance(60 * SECOND);
			return requests.length;
		};
		expect(await readsOf(true)).toBeLessThanOrEqual((await readsOf(false)) + count);
	});

	it('holds nobody up for more than 5 s beyond his timeout', async () => {
		const { clock, wait, waitAll, spoil } = world(4);
		endRequestsBy(clock);
		spoil((what) => (what === 'list' ? never() : undefined));
		const short = wait(0, { timeoutMs: 3 * SECOND });
		void waitAll([1, 2, 3]);
		await clock.advance(6 * SECOND);
		expect(await stateOf(short)).toMatchObject({ timedOut: true, task: { status: 'processing' } });
	});
});

describe('when nobody waits any more', () => {
	it('nothing is left running after the last end', async () => {
		const { clock, waitAll, end, requests } = world(10);
		const ended = waitAll(10, { intervalMs: 0 });
		await clock.advance(20 * SECOND);
		end();
		await clock.advance(10 * SECOND);
		expect(await stateOf(ended)).toEqual(succeeded(10));
		const { length } = requests;
		expect(clock.pending).toBe(0);
		await clock.advance(HOUR);
		expect(requests).toHaveLength(length);
	});

	it('nor after a stop, and who comes later is served', async () => {
		const { clock, wait, waitAll, end } = world(2);
		const stop = new AbortController();
		const stopped = [0, 1].map(
			async (index) => await rejectionOf(wait(index, { signal: stop.signal, intervalMs: HOUR })),
		);
		await settle();
		expect(clock.pending).toBe(1);
		stop.abort();
		for (const error of await Promise.all(stopped)) expect(error.message).toBe('The execution was stopped');
		expect(clock.pending).toBe(0);
		end();
		const later = waitAll(2);
		await clock.advance(SECOND);
		expect(await stateOf(later)).toEqual(succeeded(2));
	});
});
