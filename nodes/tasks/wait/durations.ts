import { Recent } from '../util/recent';

/** How many tasks count: those created last. Those that ended last would be the slowest of many begun together. */
const REMEMBERED = 20;

/** Tasks needed before the past is trusted. */
const ENOUGH = 3;

/**
 * How long the tasks of one kind took lately, in ms from acceptance to end as the service dates them, so that reads
 * can be spent around the time when an end is plausible. Kept per process.
 */
export class Durations {
	/** Oldest creation first. */
	private readonly last: Array<{ ms: number; createdAt: number }> = [];

	/** Remembers one finished task; `createdAt` in ms since the epoch. */
	add(ms: number, createdAt = 0): void {
		if (!Number.isFinite(ms) || ms <= 0) return;
		this.last.push({ ms, createdAt });
		this.last.sort((one, other) => one.createdAt - other.createdAt);
		if (this.last.length > REMEMBERED) this.last.shift();
	}

	/** The time by which the given share of tasks had ended, in ms; undefined while too little is known. */
	quantile(share: number): number | undefined {
		if (this.last.length < ENOUGH) return undefined;
		const sorted = this.last.map(({ ms }) => ms).sort((a, b) => a - b);
		return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
	}
}

/** Kinds of tasks, each of an account, whose durations are kept in this process. */
const MOST_KINDS = 1_000;

const known = new Recent<Durations>(MOST_KINDS);

/** The durations of one kind of task. */
export function durationsOf(kind: string): Durations {
	return known.ensure(kind, () => new Durations());
}
