import { expect } from 'vitest';

/** How much longer than in proportion the work may take; what is quadratic takes 10 and 100 times longer. */
const SLACK = 8;

/** Shorter times say nothing, in ms. */
const SHORTEST_MS = 2;

/** The garbage of others is collected at any time, so that a long time is measured again. */
const TRIES = 3;

/** Asserts that work on texts of 10^4, 10^5 and 10^6 characters takes linear time, by the processor's clock. */
export function expectLinear(make: (size: number) => string, work: (text: string) => unknown): void {
	expectLinearIn([10_000, 100_000, 1_000_000], (size) => {
		const text = make(size);
		return cpuMs(() => work(text));
	});
}

/** Asserts that the time for `size` pieces, in ms, grows in proportion; the sizes are given in rising order. */
export function expectLinearIn([least = 1, ...sizes]: number[], timeFor: (size: number) => number): void {
	const first = Math.max(SHORTEST_MS, timeFor(least));
	for (const size of sizes) {
		const growth = size / least;
		let took = Infinity;
		for (let tries = 0; tries < TRIES && took >= first * SLACK * growth; tries += 1)
			took = Math.min(took, timeFor(size));
		expect(took / first, `${growth} times as much`).toBeLessThan(SLACK * growth);
	}
}

/** What work costs the processor in ms, whatever else the machine does. */
export function cpuMs(work: () => unknown): number {
	const before = process.cpuUsage();
	work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1_000;
}
