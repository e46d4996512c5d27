import { accountOf } from './account';
import { systemClock, type Clock } from './clock';
import { durationsOf, type Durations } from './durations';
import { emptyAsUnknown } from './emptyReply';
import { outcomeError, type TaskError } from './errors';
import { NOT_STARTED, taskIn, type ItemExchange, type Outcome, type TaskReply } from './exchange';
import type { TaskEndpoint, TaskRequest } from './provider';
import { hasEnded, type Task } from './task';
import { watcherOf } from './watcher';

/** How a wait ended. */
export interface Waited extends TaskReply {
	timedOut: boolean;
}

/** What to wait for, and how long. */
export interface WaitOptions {
	/** The request that reads the task. */
	request: TaskRequest;
	/** ms since the epoch when the task was accepted; undefined for a task that was there before. */
	acceptedAt?: number;
	/** Longest wait in ms, from acceptance or from now. */
	timeoutMs: number;
	/** Fixed interval between reads in ms; 0 chooses it by the time the task takes. */
	intervalMs: number;
	taskId: string;
	externalTaskId?: string;
	/** True when the result must come from the task's own answer, because the user wants it whole. */
	wholeReply: boolean;
	/** The task as it was last seen, so that a wait without one answer still has a result. */
	seen?: TaskReply;
	/** Told of each state that was read. */
	onProgress(task: Task): void;
}

/** The first read without experience, the shortest and the longest interval, in ms. */
const FIRST_READ_MS = 2_000;
const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 15_000;

/** An interval grows with the time already waited, so that an end is seen at most this share of it late. */
const GROWTH = 0.2;

/**
 * From the earliest usual end on, a read comes after this share of the time left until the latest one: the first
 * steps, which every task pays for, are the longest. At least this share of the whole spread apart, and this long in ms.
 */
const STEP_OF_REST = 0.5;
const STEP_OF_SPREAD = 1 / 8;
const SHORTEST_STEP_MS = 300;

/** The same share where one list serves many, so that a look costs each of them little. */
const GROWTH_AMONG_MANY = 0.05;

/** Part of an interval that jitter may take away. */
const JITTER = 0.1;

/** A task just created may be unknown for a moment (provider-apis.md 2.2 a), in ms. */
const UNKNOWN_AT_FIRST_MS = 10_000;

/**
 * Waits until a task has ended, or until its time is up, which is not a failure of the task. Reads at growing
 * intervals; a read that fails is repeated and says nothing about the task; an unknown status counts as running.
 * Throws a TaskError when the provider refuses for good, or when the execution is stopped.
 */
export async function waitForTask(exchange: ItemExchange, options: WaitOptions): Promise<Waited> {
	const { clock, endpoint, signal } = exchange;
	const { waiting } = endpoint;
	const start = options.acceptedAt ?? clock.now();
	const deadline = start + options.timeoutMs;
	const key = `${await accountOf(exchange)}${endpoint.path}`;
	const durations = durationsOf(key);
	const watcher = watcherOf(key, clock);
	let seen = options.seen;
	// A task not seen yet may have ended long ago: it is read at once.
	let due = clock.now() + (seen ? pauseBeforeRead(clock.now() - start, { ...options, ...waiting }, durations, clock) : 0);
	for (;;) {
		const dueAmongMany = clock.now() + pauseAmongMany(clock.now() - start, { ...options, ...waiting }, durations);
		// The last wait is cut, so that a task that ends in time is seen in time.
		const watched = { ...options, due: Math.min(due, deadline), dueAmongMany: Math.min(due, dueAmongMany, deadline), deadline };
		const outcome = emptyAsUnknown(exchange, (await watcher.next(exchange, watched)) ?? NOT_STARTED);
		const result = taskIn(exchange, outcome, options.taskId);
		const left = deadline - clock.now();
		if (result) {
			seen = result;
			options.onProgress(result.task);
			if (hasEnded(result.task)) {
				remember(durations, result.task);
				return { ...result, timedOut: false };
			}
		} else if (signal?.aborted || isFinal(outcome, clock.now() - start) || (left <= 0 && !seen)) {
			throw waitError(exchange, outcome, options);
		}
		if (left <= 0 && seen) return { ...seen, timedOut: true };
		due = clock.now() + pauseBeforeRead(clock.now() - start, { ...options, ...waiting }, durations, clock);
	}
}

/** What decides when a task is read. */
type ReadOptions = Pick<WaitOptions, 'intervalMs' | 'acceptedAt'> & TaskEndpoint['waiting'];

/**
 * The pause before the next read in ms, `elapsedMs` after acceptance. With experience, nothing is read before the
 * earliest usual end, then in steps that become smaller until the latest usual one.
 */
export function pauseBeforeRead(
	elapsedMs: number,
	options: ReadOptions,
	durations: Durations,
	clock: Clock = systemClock,
): number {
	const { intervalMs, acceptedAt, shortestIntervalMs = SHORTEST_INTERVAL_MS } = options;
	// A task that was there before may end at any time.
	const firstReadMs = acceptedAt === undefined ? Math.max(FIRST_READ_MS, shortestIntervalMs) : (options.firstReadMs ?? FIRST_READ_MS);
	if (intervalMs > 0) return intervalMs;
	const early = acceptedAt === undefined ? undefined : durations.quantile(0.1);
	const late = durations.quantile(0.9);
	const jitter = 1 - JITTER * clock.random();
	if (early !== undefined && late !== undefined && elapsedMs < late) {
		const from = Math.max(early, elapsedMs);
		const step = Math.max((late - from) * STEP_OF_REST, (late - early) * STEP_OF_SPREAD);
		return from - elapsedMs + clamp(step, options.shortestIntervalMs ?? SHORTEST_STEP_MS, LONGEST_INTERVAL_MS) * jitter;
	}
	// Where reads may be billed, jitter makes an interval longer.
	const spread = shortestIntervalMs > SHORTEST_INTERVAL_MS ? 2 - jitter : jitter;
	if (elapsedMs < firstReadMs) return (firstReadMs - elapsedMs) * spread;
	return clamp(elapsedMs * GROWTH, shortestIntervalMs, Math.max(shortestIntervalMs, LONGEST_INTERVAL_MS)) * spread;
}

/** The pause before a list that serves many is worth a look, in ms: shorter, from the earliest usual end on. */
export function pauseAmongMany(
	elapsedMs: number,
	{ intervalMs, acceptedAt, firstReadMs = FIRST_READ_MS, shortestIntervalMs = SHORTEST_INTERVAL_MS }: ReadOptions,
	durations: Durations,
): number {
	if (intervalMs > 0) return intervalMs;
	const early = acceptedAt === undefined ? 0 : (durations.quantile(0.1) ?? firstReadMs);
	const from = Math.max(early, elapsedMs);
	return from - elapsedMs + clamp(from * GROWTH_AMONG_MANY, shortestIntervalMs, Math.max(shortestIntervalMs, LONGEST_INTERVAL_MS));
}

/** Whether a failed read ends the wait: a refusal that waiting cannot change. */
function isFinal(outcome: Outcome, elapsedMs: number): boolean {
	if ('lost' in outcome || outcome.verdict.ok) return false;
	const { resend, meaning } = outcome.verdict.refusal;
	if (meaning === 'notFound') return elapsedMs >= UNKNOWN_AT_FIRST_MS;
	return resend === 'no' || resend === 'resign';
}

function waitError(exchange: ItemExchange, outcome: Outcome, { taskId, externalTaskId }: WaitOptions): TaskError {
	return outcomeError(exchange, outcome, { taskId, externalTaskId, taskState: 'created', what: `the state of task ${taskId}` });
}

function remember(durations: Durations, task: Task): void {
	if (!task.createdAt || !task.updatedAt) return;
	const createdAt = Date.parse(task.createdAt);
	durations.add(Date.parse(task.updatedAt) - createdAt, createdAt);
}

function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
