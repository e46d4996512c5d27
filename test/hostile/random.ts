/** Chance that can be repeated: the same seed, the same draws. */

/** More rounds with `npm run hostile`; HOSTILE_ROUNDS sets their number. */
export const ROUNDS = Number(
	process.env.HOSTILE_ROUNDS ?? (process.env.npm_lifecycle_event === 'hostile' ? 5_000 : 600),
);

/** The same rounds at every run; HOSTILE_SEED looks for others. */
export const SEED = Number(process.env.HOSTILE_SEED ?? 20_261_128);

/** Draws from a seed and a number beside it. */
export class Random {
	private state: number;

	constructor(seed: number, number = 0) {
		this.state = (seed ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0;
	}

	/** In [0, 1) (mulberry32). */
	next(): number {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from `low` to `high`, both included. */
	integer(low: number, high: number): number {
		return low + Math.floor(this.next() * (high - low + 1));
	}

	chance(share: number): boolean {
		return this.next() < share;
	}

	pick<T>(list: readonly T[]): T {
		return list[this.integer(0, list.length - 1)] as T;
	}

	/** One of a list by its weights. */
	weighted<T extends { weight: number }>(list: readonly T[]): T {
		let left = this.next() * list.reduce((sum, { weight }) => sum + weight, 0);
		return list.find(({ weight }) => (left -= weight) < 0) ?? (list[0] as T);
	}

	bytes(length: number): Buffer {
		return Buffer.from(Array.from({ length }, () => this.integer(0, 255)));
	}
}
