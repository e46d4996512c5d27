import type { Clock } from './clock';
import { read, taskIn, type ItemExchange, type Outcome } from './exchange';
import type { TaskRequest } from './provider';
import { hasEnded } from './task';

/** From this many waiting tasks on, one list request serves all of them. */
const LIST_FROM = 4;

/** Shortest time between two rounds, in ms; what falls due by half of it later is taken along. */
const SHORTEST_ROUND_MS = 1_000;

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
	/** Not to be repeated after a failed read, in ms since the epoch. */
	deadline: number;
	/** True when the result must come from the task's own answer, because the user wants it whole. */
	wholeReply: boolean;
}

interface Waiter extends Watched {
	exchange: ItemExchange;
	answer(outcome: Outcome): void;
}

/**
 * Reads the tasks of one account and resource for everybody in this process who waits for them (architecture.md,
 * "Waiting"). It lives while somebody waits. A round borrows the context of a living waiter; when that one is stopped
 * meanwhile, another one lends his, and no failed read is counted.
 */
export class Watcher {
	private readonly waiters = new Set<Waiter>();
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
				resolve(outcome);
			};
			const stop = () => {
				leave();
				this.news.abort();
			};
			const waiter: Waiter = { ...watched, exchange, answer: leave };
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
			const due = Math.max(earliest, Math.min(...[...this.waiters].map((waiter) => waiter.due)));
			if (due > this.clock.now()) {
				this.news = new AbortController();
				await this.clock.pause(due - this.clock.now(), this.news.signal);
				continue;
			}
			await this.round();
			earliest = this.waiters.size >= LIST_FROM ? this.clock.now() + SHORTEST_ROUND_MS : 0;
		}
		this.running = false;
	}

	private async round(): Promise<void> {
		const horizon = this.clock.now() + SHORTEST_ROUND_MS / 2;
		const due = new Set([...this.waiters].filter((waiter) => waiter.due <= horizon));
		if (this.waiters.size >= LIST_FROM) await this.readList(due);
		const single = [...due].filter((waiter) => this.waiters.has(waiter));
		const lanes = Array.from({ length: Math.min(READS_AT_ONCE, single.length) }, async () => {
			for (let waiter = single.shift(); waiter; waiter = single.shift()) {
				waiter.answer(await read(waiter.exchange, waiter.request, waiter.deadline));
			}
		});
		await Promise.all(lanes);
	}

	/** One list for all. Who is due and in it has an answer; who has ended has one before it is due. */
	private async readList(due: Set<Waiter>): Promise<void> {
		const [lender] = this.waiters;
		const { list, path } = { ...lender?.exchange.endpoint.provider, ...lender?.exchange.endpoint };
		if (!lender || !list || !path) return;
		const size = Math.min(list.maxPageSize, Math.max(SHORTEST_LIST, this.waiters.size * LIST_PER_TASK));
		const outcome = await read(lender.exchange, { method: 'GET', url: path, qs: list.pageRequest(1, size) });
		if (lender.exchange.signal?.aborted) return await this.readList(due);
		if ('lost' in outcome || !outcome.verdict.ok) return;
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
				if (due.has(waiter)) waiter.answer(one);
			} else if (waiter.wholeReply) due.add(waiter);
			else waiter.answer(one);
		}
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
