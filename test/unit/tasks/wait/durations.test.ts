import { describe, expect, it } from 'vitest';

import { Durations, durationsOf } from '../../../../nodes/tasks/wait/durations';

const of = (...list: number[]) => {
	const durations = new Durations();
	for (const ms of list) durations.add(ms);
	return durations;
};

describe('durations', () => {
	it('say nothing before three tasks were seen', () => {
		expect([of(), of(5), of(5, 6)].map((durations) => durations.quantile(0.5))).toEqual([
			undefined,
			undefined,
			undefined,
		]);
		expect(of(5, 6, 7).quantile(0.5)).toBe(6);
	});

	it('give the share of tasks that had ended, in whatever order they came', () => {
		const ten = of(70, 10, 100, 20, 90, 30, 80, 40, 60, 50);
		expect([0, 0.1, 0.5, 0.9, 1].map((share) => ten.quantile(share))).toEqual([10, 20, 60, 100, 100]);
	});

	it('forget all but the last twenty', () => {
		const durations = of(...Array<number>(20).fill(1000), ...Array<number>(20).fill(5));
		expect(durations.quantile(1)).toBe(5);
	});

	it('of many tasks begun together are not those of the slowest, which end last', () => {
		const durations = new Durations();
		// Two hundred tasks of 10 to 20 s, created in any order of length, are seen in the order of their ends.
		const tasks = Array.from({ length: 200 }, (_, index) => ({
			createdAt: index,
			ms: 10_000 + ((index * 73) % 200) * 50,
		}));
		for (const { ms, createdAt } of tasks.sort((one, other) => one.ms - other.ms)) durations.add(ms, createdAt);
		expect(durations.quantile(0.1)).toBeLessThan(12_500);
		expect(durations.quantile(0.5)).toBeLessThan(17_000);
	});

	it('ignore what is no duration: a clock that went back, a missing time', () => {
		expect(of(5, 6, 0, -3, Number.NaN, Infinity).quantile(0.5)).toBeUndefined();
	});

	it('are kept for each kind of task apart', () => {
		durationsOf('test/a').add(5);
		expect(durationsOf('test/a')).toBe(durationsOf('test/a'));
		expect(durationsOf('test/a')).not.toBe(durationsOf('test/b'));
	});
});
