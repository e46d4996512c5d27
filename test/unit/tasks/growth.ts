import { expect } from 'vitest';

/** How much longer than in proportion the work may take; what is quadratic takes 10 and 100 times longer. */
const SLACK = 5;

/** Shorter times say nothing, in ms. */
const SHORTEST_MS = 1;

/** Asserts that work on texts of 10^4, 10^5 and 10^6 characters takes linear time, by the processor's clock. */
export function expectLinear(make: (size: number) => string, work: (text: string) => unknown): void {
	expectLinearIn([10_000, 100_000, 1_000_000], (size) => {
		const text = make(size);
		return Math.min(...[1, 2, 3].map(() => cpuMs(() => work(text))));
	});
}

/** Asserts that the time for `size` pieces, in ms, grows in proportion; the sizes are given in rising order. */
export function expectLinearIn([least = 1, ...sizes]: number[], timeFor: (size: number) => number): void {
	const first = Math.max(SHORTEST_MS, timeFor(least));
	for (const size of sizes) {
		const growth = size / least;
		expect(timeFor(size) / first, `${growth} times as much`).toBeLessThan(SLACK * growth);
	}
}

/** What work costs the processor in ms, whatever else the machine does. */
export function cpuMs(work: () => unknown): number {
	const before = process.cpuUsage();
	work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1_000;
}
