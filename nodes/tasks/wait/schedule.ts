import type { Endpoint } from '../model/service';
import type { Task } from '../model/task';
import { systemClock, type Clock } from '../util/clock';
import type { Durations } from './durations';

/** The first read without experience, the shortest and the longest interval, in ms. */
const FIRST_READ_MS = 2_000;
const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 15_000;

/** An interval grows with the time already waited, so that an end is seen at most this share of it late. */
const GROWTH = 0.2;

/** The same share where a create waits for the end of a task: then every moment that an end goes unseen is lost. */
const WANTED_GROWTH = 0.05;

/**
 * From the earliest usual end on, a read comes after this share of the time left until the latest one: the first
 * steps, which every task pays for, are the longest. At least this share of the whole spread apart, and this long in ms.
 */
const STEP_OF_REST = 0.5;
const STEP_OF_SPREAD = 1 / 8;
const SHORTEST_STEP_MS = 300;

/** Part of an interval that jitter may take away. */
const JITTER = 0.1;

/** What decides when a task is read. */
export interface ReadOptions {
	/** The user's fixed interval between reads in ms; 0 chooses it by the time the task takes. */
	intervalMs: number;
	/** True when the task was accepted just now; one that was there before may end at any time. */
	isNew: boolean;
	/** Whether a create waits for the end of the task. */
	isSlotWanted?(): boolean;
	waiting?: Endpoint['waiting'];
}

/**
 * The pause before the next read of a task in ms, `elapsedMs` after the wait began. With experience, nothing is read
 * before the earliest usual end, then in steps that become smaller until the latest usual one.
 */
export function pauseBeforeRead(
	elapsedMs: number,
	options: ReadOptions,
	durations: Durations,
	clock: Clock = systemClock,
): number {
	const { intervalMs, isNew, waiting = {} } = options;
	if (intervalMs > 0) return intervalMs;
	if (isHurried(options)) return Math.max(plausibleAfter(options, durations) - elapsedMs, hurriedInterval(elapsedMs));
	const { shortestIntervalMs = SHORTEST_INTERVAL_MS } = waiting;
	const jitter = 1 - JITTER * clock.random();
	const early = isNew ? durations.quantile(0.1) : undefined;
	const late = durations.quantile(0.9);
	if (early !== undefined && late !== undefined && elapsedMs < late) {
		const from = Math.max(early, elapsedMs);
		const step = Math.max((late - from) * STEP_OF_REST, (late - early) * STEP_OF_SPREAD);
		const shortest = waiting.shortestIntervalMs ?? SHORTEST_STEP_MS;
		return from - elapsedMs + clamp(step, shortest, LONGEST_INTERVAL_MS) * jitter;
	}
	// Where reads may be billed, jitter makes an interval longer.
	const spread = shortestIntervalMs > SHORTEST_INTERVAL_MS ? 2 - jitter : jitter;
	const firstReadMs = isNew ? (waiting.firstReadMs ?? FIRST_READ_MS) : Math.max(FIRST_READ_MS, shortestIntervalMs);
	if (elapsedMs < firstReadMs) return (firstReadMs - elapsedMs) * spread;
	return clamp(elapsedMs * GROWTH, shortestIntervalMs, Math.max(shortestIntervalMs, LONGEST_INTERVAL_MS)) * spread;
}

/** Whether a create waits for the end of the task, where reads are free and as often as we like. */
export function isHurried({ intervalMs, waiting, isSlotWanted }: ReadOptions): boolean {
	return intervalMs === 0 && waiting?.shortestIntervalMs === undefined && isSlotWanted?.() === true;
}

/** How far apart reads are then, in ms, so long after the wait began. */
export function hurriedInterval(elapsedMs: number): number {
	return clamp(elapsedMs * WANTED_GROWTH, SHORTEST_STEP_MS, LONGEST_INTERVAL_MS);
}

/** How long after the beginning of the wait an end is plausible, in ms; never for a task with a fixed interval. */
export function plausibleAfter({ intervalMs, isNew, waiting }: ReadOptions, durations: Durations): number {
	if (intervalMs > 0) return Infinity;
	return isNew ? (durations.quantile(0.1) ?? waiting?.firstReadMs ?? FIRST_READ_MS) : 0;
}

/** Remembers how long an ended task took. */
export function rememberDuration(durations: Durations, { createdAt, updatedAt }: Task): void {
	if (!createdAt || !updatedAt) return;
	const created = Date.parse(createdAt);
	durations.add(Date.parse(updatedAt) - created, created);
}

export function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
