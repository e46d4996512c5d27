/** Lets something happen so many times at once; what is used up comes back with time, so many a minute. */
export class Allowance {
	private left: number;
	private countedAt?: number;

	constructor(
		private readonly most: number,
		private readonly perMinute: number,
	) {
		this.left = most;
	}

	/** Takes one; false when none is left. `now` in ms since the epoch. */
	take(now: number): boolean {
		if (this.leftAt(now) < 1) return false;
		this.left -= 1;
		return true;
	}

	/** Takes one in any case, and gives the ms from `now` (ms since the epoch) until it is there. */
	reserve(now: number): number {
		this.left = this.leftAt(now) - 1;
		return Math.max(0, (-this.left * 60_000) / this.perMinute);
	}

	/** Gives back one that was taken. */
	giveBack(): void {
		this.left = Math.min(this.most, this.left + 1);
	}

	private leftAt(now: number): number {
		const passedMs = Math.max(0, now - (this.countedAt ?? now));
		this.countedAt = now;
		this.left = Math.min(this.most, this.left + (passedMs * this.perMinute) / 60_000);
		return this.left;
	}
}
