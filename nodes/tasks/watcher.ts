import type { Clock } from './clock';
import { read, taskIn, type ItemExchange, type Outcome } from './exchange';
import { Gate } from './gate';
import type { TaskRequest } from './provider';
import { hasEnded } from './task';

/** From this many waiting tasks on, one list request serves all of them. */
const LIST_FROM = 4;

/** From so many on, a look at the list costs a twentieth of asking each of them: it is taken more often. */
const MANY = 20;

/** Shortest time between two rounds, in ms; what falls due by half of it later is taken along. */
const SHORTEST_ROUND_MS = 1_000;

/** Longest time spent on one list, and time that it has although somebody's deadline is nearer, in ms. */
const LIST_BUDGET_MS = 120_000;
const LIST_GRACE_MS = 5_000;

/** Single reads on their way at once. */
const READS_AT_ONCE = 6;

/** Shortest list asked for, and how many tasks of others may stand between two of ours. */
const SHORTEST_LIST = 30;
const LIST_PER_TASK = 3;

/** What somebody waits for. */
export interface Watched {
	taskId: string;
	/** The request that reads this task alone. */
	request: TaskRequest;
	/** Not to be read before, in ms since the epoch. */
	due: number;
	/** When a list that serves many is worth a look; not after `due`. */
	dueAmongMany: number;
	/** Not to be repeated after a failed read, in ms since the epoch. */
	deadline: number;
	/** True when the result must come from the task's own answer, because the user wants it whole. */
	wholeReply: boolean;
}

interface Waiter extends Watched {
	exchange: ItemExchange;
	/** It is being read by itself: a read that hangs holds up nobody else. */
	alone: boolean;
	answer(outcome: Outcome): void;
}

/**
 * Reads the tasks of one account and resource for everybody in this process who waits for them (architecture.md,
 * "Waiting"). It lives while somebody waits. A round borrows the context of a living waiter; when that one is stopped
 * meanwhile, another one lends his, and no failed read is counted.
 */
export class Watcher {
	private readonly waiters = new Set<Waiter>();
	private readonly single = new Gate(READS_AT_ONCE);
	private news = new AbortController();
	private running = false;

	constructor(private readonly clock: Clock) {}

	/** The next reading of a task; undefined once the waiter's own signal is aborted. */
	async next(exchange: ItemExchange, watched: Watched): Promise<Outcome | undefined> {
		const { signal } = exchange;
		return await new Promise<Outcome | undefined>((resolve) => {
			const leave = (outcome?: Outcome) => {
				this.waiters.delete(waiter);
				signal?.removeEventListener('abort', stop);
				this.news.abort();
				resolve(outcome);
			};
			const stop = () => leave();
			const waiter: Waiter = { ...watched, exchange, alone: false, answer: leave };
			if (signal?.aborted) return resolve(undefined);
			signal?.addEventListener('abort', stop);
			this.waiters.add(waiter);
			this.news.abort();
			if (!this.running) void this.run();
		});
	}

	/** Never rejects: reads give outcomes. */
	private async run(): Promise<void> {
		this.running = true;
		let earliest = 0;
		while (this.waiters.size > 0) {
			const due = Math.max(earliest, this.nextDue());
			if (due > this.clock.now()) {
				this.news = new AbortController();
				await this.sleep(due - this.clock.now(), this.news.signal);
				continue;
			}
			await this.round();
			earliest = this.waiters.size >= LIST_FROM ? this.clock.now() + SHORTEST_ROUND_MS : 0;
		}
		this.running = false;
	}

	/** Until there is news, or for `ms`; without a timer when everybody is being read by himself. */
	private async sleep(ms: number, news: AbortSignal): Promise<void> {
		if (ms < Infinity) await this.clock.pause(ms, news);
		else await new Promise((wake) => news.addEventListener('abort', wake));
	}

	/** When somebody is to be read, or so many may be that one list is cheap. */
	private nextDue(): number {
		const open = this.open();
		const many = open.map(({ dueAmongMany }) => dueAmongMany).sort((one, other) => one - other);
		return Math.min(...open.map(({ due }) => due), many[MANY - 1] ?? Infinity);
	}

	private async round(): Promise<void> {
		const horizon = this.clock.now() + SHORTEST_ROUND_MS / 2;
		const due = new Set(this.open().filter((waiter) => waiter.due <= horizon));
		const many = new Set(this.open().filter(({ dueAmongMany }) => dueAmongMany <= horizon));
		const told = many.size >= MANY ? many : due;
		if (this.waiters.size >= LIST_FROM) await this.readList(due, told);
		// Whom this list did not serve, the next one would not either.
		for (const waiter of told) waiter.dueAmongMany = Infinity;
		for (const waiter of due) if (this.waiters.has(waiter) && !waiter.alone) void this.readAlone(waiter);
	}

	/** Those who are not being read by themselves. */
	private open(): Waiter[] {
		return [...this.waiters].filter(({ alone }) => !alone);
	}

	/** Never rejects. */
	private async readAlone(waiter: Waiter): Promise<void> {
		const { exchange, request, deadline } = waiter;
		waiter.alone = true;
		const outcome = await this.single.pass(async () => await read(exchange, request, deadline), exchange.signal);
		if (outcome) waiter.answer(outcome);
	}

	/** One list for all. Those of `told` who are in it have an answer; who has ended has one in any case. */
	private async readList(due: Set<Waiter>, told: Set<Waiter>): Promise<void> {
		const [lender] = this.waiters;
		const { list, path } = { ...lender?.exchange.endpoint.provider, ...lender?.exchange.endpoint };
		if (!lender || !list || !path) return;
		const size = Math.min(list.maxPageSize, Math.max(SHORTEST_LIST, this.waiters.size * LIST_PER_TASK));
		const outcome = await this.inTime(lender.exchange, { method: 'GET', url: path, qs: list.pageRequest(1, size) });
		if (lender.exchange.signal?.aborted) return await this.readList(due, told);
		if (!outcome || 'lost' in outcome || !outcome.verdict.ok) {
			for (const waiter of this.open()) if (waiter.due <= this.clock.now()) due.add(waiter);
			return;
		}
		const { data, requestId } = outcome.verdict;
		const elements = new Map<string, Outcome>();
		for (const element of Array.isArray(data) ? data : []) {
			const one: Outcome = { reply: outcome.reply, verdict: { ok: true, data: element, requestId } };
			const taskId = taskIn(lender.exchange, one)?.task.taskId;
			if (taskId) elements.set(taskId, one);
		}
		for (const waiter of [...this.waiters]) {
			const one = elements.get(waiter.taskId);
			const task = one && taskIn(waiter.exchange, one)?.task;
			if (!one || !task) continue;
			if (!hasEnded(task)) {
				if (told.has(waiter)) waiter.answer(one);
			} else if (waiter.wholeReply) due.add(waiter);
			else waiter.answer(one);
		}
	}

	/** Reads for all, but holds nobody up for longer than he waits: undefined when the first one's time is over. */
	private async inTime(exchange: ItemExchange, request: TaskRequest): Promise<Outcome | undefined> {
		const now = this.clock.now();
		const deadline = Math.min(now + LIST_BUDGET_MS, ...[...this.waiters].map((waiter) => waiter.deadline));
		const over = new AbortController();
		const outcome = await Promise.race([
			read(exchange, request, deadline),
			this.clock.pause(Math.max(LIST_GRACE_MS, deadline - now), over.signal).then(() => undefined),
		]);
		over.abort();
		return outcome;
	}
}

const watchers = new WeakMap<Clock, Map<string, Watcher>>();

/** The watcher of an account and resource in this process. */
export function watcherOf(key: string, clock: Clock): Watcher {
	const known = watchers.get(clock) ?? new Map<string, Watcher>();
	watchers.set(clock, known);
	const watcher = known.get(key) ?? new Watcher(clock);
	known.set(key, watcher);
	return watcher;
}
