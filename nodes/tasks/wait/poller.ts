import { NOT_STARTED, obeyed, refusalOf, type Outcome } from '../http/client';
import { outcomeError } from '../http/errors';
import { findInList, findTask } from '../http/taskApi';
import type { ItemContext } from '../item/context';
import type { TaskState } from '../model/errors';
import type { Endpoint } from '../model/service';
import { hasEnded, type Task, type TaskReply, type Waited } from '../model/task';
import type { Clock } from '../util/clock';
import { Recent } from '../util/recent';
import { durationsOf, type Durations } from './durations';
import {
	clamp,
	hurriedInterval,
	isHurried,
	pauseBeforeRead,
	plausibleAfter,
	rememberDuration,
	type ReadOptions,
} from './schedule';

/** From this many waiting tasks on, one list request serves all of them. */
const LIST_FROM = 4;

/** From this many on, the list is also read on its own time: it costs each of them next to nothing. */
const LIST_OFTEN_FROM = 20;

/** Then an end is seen at most this share of the time waited late; at least and at most so far apart, in ms. */
const LIST_GROWTH = 0.05;
const SHORTEST_LIST_INTERVAL_MS = 1_000;
const LONGEST_LIST_INTERVAL_MS = 15_000;

/** Who is due within this time, in ms, is taken along, unless reads may be billed. */
const TAKEN_ALONG_MS = 500;

/** A task created just now may be unknown for a moment (docs/services/README.md, Tasks just created), in ms. */
const UNKNOWN_AT_FIRST_MS = 10_000;

/** A task that was never seen counts as unknown when the service has only broken down over it for so long, in ms. */
const IN_DOUBT_MS = 30_000;

/** A task that somebody waits for. */
export interface Waiter extends ReadOptions {
	item: ItemContext;
	/** The task's ID, or its external ID. */
	id: string;
	/** When the wait began, and when it is given up, in ms since the epoch. */
	start: number;
	deadline: number;
	/** True when the result must come from the task's own answer, because the user wants it whole. */
	wholeReply: boolean;
	/** True when only the user says that there is such a task. */
	isClaimed?: boolean;
	/** The task as it was last seen, so that a wait without one answer still has a result. */
	seen?: TaskReply;
	/** Told of each state that was read. What it throws ends the wait. */
	onSeen(task: Task): void;
}

/** A waiter in the poller. */
interface Entry extends Waiter {
	/** When it is read next, in ms since the epoch. */
	due: number;
	/** It is being read by itself, so the next round leaves it out. */
	isBeingRead: boolean;
	/** The last list did not show it. */
	isUnlisted: boolean;
	/** Since when its reads have all been answered as those of an unknown task may be, in ms since the epoch. */
	inDoubtSince?: number;
	resolve(waited: Waited): void;
	reject(error: unknown): void;
}

/**
 * Reads the tasks of one account and endpoint for everybody in this process who waits for them. It lives while somebody
 * waits.
 *
 * A round comes when somebody is due. With at least four waiters it reads the list, which brings news of all of them at
 * once. Who is due and not in the list is read alone; that holds up nobody else.
 */
export class Poller {
	private readonly waiters = new Set<Entry>();
	private readonly durations: Durations;
	private isRunning = false;
	private lastListAt = 0;
	/** When the next round comes, in ms since the epoch, and what calls it earlier. */
	private nextRoundAt = 0;
	private alarm = new AbortController();

	constructor(
		private readonly endpoint: Endpoint,
		private readonly clock: Clock,
		key: string,
	) {
		this.durations = durationsOf(key);
	}

	/**
	 * Waits until a task has ended, or until its time is up, which is not a failure of the task. A read that fails says
	 * nothing about the task; an unknown status counts as running. Throws a TaskError when the service refuses for good,
	 * or when the execution is stopped.
	 */
	async wait(waiter: Waiter): Promise<Waited> {
		const { signal } = waiter.item;
		return await new Promise<Waited>((resolve, reject) => {
			const leave =
				<Value>(then: (value: Value) => void) =>
				(value: Value) => {
					this.remove(entry);
					signal?.removeEventListener('abort', stop);
					then(value);
				};
			const entry: Entry = {
				...waiter,
				due: 0,
				isBeingRead: false,
				isUnlisted: false,
				resolve: leave(resolve),
				reject: leave(reject),
			};
			const stop = () => this.fail(entry, NOT_STARTED);
			this.waiters.add(entry);
			if (signal?.aborted) return stop();
			signal?.addEventListener('abort', stop);
			// A task not seen yet may have ended long ago: it is read at once.
			entry.due = waiter.seen ? this.dueAfter(entry) : this.clock.now();
			this.callRound(entry.due);
		});
	}

	/** Nothing is left running when nobody waits. */
	private remove(waiter: Entry): void {
		this.waiters.delete(waiter);
		if (this.waiters.size === 0) this.alarm.abort();
	}

	/** Sees to it that a round comes by `at`. */
	private callRound(at: number): void {
		if (at < this.nextRoundAt) this.alarm.abort();
		if (!this.isRunning) void this.run();
	}

	/** Never rejects: reads give outcomes. */
	private async run(): Promise<void> {
		this.isRunning = true;
		// Those who begin to wait at the same moment share the first round.
		await this.clock.pause(0);
		while (this.waiters.size > 0) {
			this.nextRoundAt = this.roundAt();
			if (this.nextRoundAt > this.clock.now()) await this.sleep(this.nextRoundAt);
			else await this.round();
		}
		this.isRunning = false;
	}

	private async sleep(until: number): Promise<void> {
		this.alarm = new AbortController();
		const { signal } = this.alarm;
		if (until < Infinity) await this.clock.pause(until - this.clock.now(), signal);
		else await new Promise((wake) => signal.addEventListener('abort', wake));
	}

	/** When somebody is due, or the list on its own time; two lists are at least so far apart. */
	private roundAt(): number {
		let due = Infinity;
		for (const waiter of this.waiters) if (!waiter.isBeingRead) due = Math.min(due, waiter.due);
		const at = Math.min(due, this.listAt());
		return this.usesList ? Math.max(at, this.lastListAt + this.listsApartMs()) : at;
	}

	/** A second, or less while a create waits for the end of one of the tasks. */
	private listsApartMs(): number {
		const hurried = [...this.waiters].find(isHurried);
		if (!hurried) return SHORTEST_LIST_INTERVAL_MS;
		return Math.min(SHORTEST_LIST_INTERVAL_MS, hurriedInterval(this.clock.now() - hurried.start));
	}

	/** When so many tasks may have ended since the last list that another one is worth it. */
	private listAt(): number {
		if (!this.usesList || this.waiters.size < LIST_OFTEN_FROM) return Infinity;
		const listed = [...this.waiters].filter(({ isUnlisted }) => !isUnlisted);
		const plausible = listed.map((waiter) => ({ start: waiter.start, at: this.plausibleAt(waiter) }));
		const last = plausible.sort((one, other) => one.at - other.at)[LIST_OFTEN_FROM - 1];
		if (!last) return Infinity;
		const waited = Math.max(last.at, this.lastListAt) - last.start;
		const interval = clamp(waited * LIST_GROWTH, SHORTEST_LIST_INTERVAL_MS, LONGEST_LIST_INTERVAL_MS);
		return Math.max(last.at, this.lastListAt) + interval;
	}

	private plausibleAt(waiter: Entry): number {
		return waiter.start + plausibleAfter(waiter, this.durations);
	}

	private get usesList(): boolean {
		return this.endpoint.service.list !== undefined && this.waiters.size >= LIST_FROM;
	}

	private async round(): Promise<void> {
		const takenAlongMs = this.endpoint.waiting?.shortestIntervalMs ? 0 : TAKEN_ALONG_MS;
		const latest = this.clock.now() + takenAlongMs;
		const alone = new Set([...this.waiters].filter(({ isBeingRead, due }) => !isBeingRead && due <= latest));
		if (this.usesList) await this.readList(alone);
		for (const waiter of alone) if (this.waiters.has(waiter)) void this.readAlone(waiter);
	}

	/** One list for all; it borrows the n8n of somebody who waits. Whom it serves need not be read `alone`. */
	private async readList(alone: Set<Entry>): Promise<void> {
		const waiting = [...this.waiters];
		const [lender] = waiting;
		if (!lender) return;
		const found = await this.inList(lender.item, waiting);
		this.lastListAt = this.clock.now();
		for (const waiter of waiting.filter((each) => this.waiters.has(each))) {
			const reply = found.get(waiter.id);
			waiter.isUnlisted = reply === undefined;
			if (!reply) continue;
			const needsWhole = hasEnded(reply.task) && waiter.wholeReply;
			if (!needsWhole) this.see(waiter, reply);
			else if (!waiter.isBeingRead) alone.add(waiter);
			if (!needsWhole) alone.delete(waiter);
		}
	}

	private async inList(item: ItemContext, waiting: Entry[]): Promise<Map<string, TaskReply>> {
		try {
			return await findInList(item, this.endpoint, new Set(waiting.map(({ id }) => id)));
		} catch {
			// The lender's credential cannot be used: its own read will tell.
			return new Map();
		}
	}

	/** Never rejects. */
	private async readAlone(waiter: Entry): Promise<void> {
		waiter.isBeingRead = true;
		const askedAt = this.clock.now();
		try {
			const found = await findTask(waiter.item, this.endpoint, waiter.id, waiter.deadline);
			if (this.waiters.has(waiter)) this.take(waiter, found, askedAt);
		} catch (error) {
			waiter.reject(error);
		}
		waiter.isBeingRead = false;
		waiter.isUnlisted = false;
		if (this.waiters.has(waiter)) this.callRound(waiter.due);
	}

	private take(waiter: Entry, found: TaskReply | Outcome, askedAt: number): void {
		// Who is read alone though there is a list must not make up for it in requests.
		if ('task' in found) return this.see(waiter, found, this.usesList);
		const isDoubtful = refusalOf(found)?.meaning === 'mayBeUnknown';
		waiter.inDoubtSince = isDoubtful ? (waiter.inDoubtSince ?? askedAt) : undefined;
		const isLate = this.clock.now() >= waiter.deadline;
		if (waiter.item.signal?.aborted || this.isFinal(waiter, found) || (isLate && !waiter.seen))
			this.fail(waiter, found);
		else if (isLate && waiter.seen) waiter.resolve({ ...waiter.seen, timedOut: true });
		else waiter.due = this.dueAfterRead(calm(waiter), obeyed(refusalOf(found)?.retryAfterMs ?? 0));
	}

	/** A state was read: the wait is over, or goes on, without hurry if so wished. */
	private see(waiter: Entry, reply: TaskReply, isCalm = false): void {
		const { task } = reply;
		waiter.seen = reply;
		waiter.id = task.taskId;
		try {
			waiter.onSeen(task);
		} catch (error) {
			return waiter.reject(error);
		}
		if (hasEnded(task)) {
			rememberDuration(this.durations, task);
			waiter.resolve({ ...reply, timedOut: false });
		} else if (this.clock.now() >= waiter.deadline) waiter.resolve({ ...reply, timedOut: true });
		else waiter.due = this.dueAfterRead(isCalm ? calm(waiter) : waiter);
	}

	/** The last wait is cut, so that a task that ends in time is seen in time. */
	private dueAfter(waiter: Entry): number {
		const now = this.clock.now();
		return Math.min(waiter.deadline, now + pauseBeforeRead(now - waiter.start, waiter, this.durations, this.clock));
	}

	/**
	 * Reads that may be billed are so far apart, wherever the wait began; a fixed interval is the user's own. `askedMs` is
	 * the pause that the service asks for.
	 */
	private dueAfterRead(waiter: Entry, askedMs = 0): number {
		const apartMs = Math.max(askedMs, waiter.intervalMs > 0 ? 0 : (waiter.waiting?.shortestIntervalMs ?? 0));
		return Math.min(waiter.deadline, Math.max(this.dueAfter(waiter), this.clock.now() + apartMs));
	}

	/** Whether a failed read ends the wait: a refusal that waiting cannot change. */
	private isFinal({ start, isNew, isClaimed, seen, inDoubtSince }: Entry, outcome: Outcome): boolean {
		if (isClaimed && !seen && inDoubtSince !== undefined && this.clock.now() - inDoubtSince >= IN_DOUBT_MS) return true;
		const refusal = refusalOf(outcome);
		if (refusal?.meaning === 'notFound') return !isNew || this.clock.now() - start >= UNKNOWN_AT_FIRST_MS;
		if (refusal?.meaning === 'notListed') return true;
		return 'lost' in outcome
			? outcome.lost.final === true
			: refusal?.retry === 'no' || refusal?.retry === 'withNewSignature';
	}

	private fail(waiter: Entry, outcome: Outcome): void {
		// Its error takes a moment, in which it must not be read again.
		this.remove(waiter);
		const { item, id, seen } = waiter;
		const { taskId = id, externalTaskId } = seen?.task ?? {};
		const taskState = this.stateAfter(waiter, outcome);
		const facts = { taskId, externalTaskId, taskState, what: 'to show the task' };
		outcomeError(item, this.endpoint, outcome, facts).then(waiter.reject, waiter.reject);
	}

	/** What a failed wait says about the task's being there. */
	private stateAfter({ isNew, isClaimed, seen }: Entry, outcome: Outcome): TaskState {
		const meaning = refusalOf(outcome)?.meaning;
		if (meaning === 'notFound' && !isNew && !seen) return 'not-created';
		return meaning === 'mayBeUnknown' && isClaimed && !seen ? 'may-exist' : 'created';
	}
}

/** A waiter as if nobody waited for the slot of its task. */
function calm(waiter: Entry): Entry {
	return { ...waiter, isSlotWanted: undefined };
}

/** Pollers kept in this process; one that somebody waits for is kept by those who wait. */
const MOST_POLLERS = 1_000;

const pollers = new WeakMap<Clock, Recent<Poller>>();

/** The poller of an account and endpoint in this process. */
export function pollerOf(account: string, endpoint: Endpoint, clock: Clock): Poller {
	const known = pollers.get(clock) ?? new Recent<Poller>(MOST_POLLERS);
	pollers.set(clock, known);
	const key = account + endpoint.path + endpoint.resource;
	return known.ensure(key, () => new Poller(endpoint, clock, key));
}
