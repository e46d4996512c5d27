/** When a task is read, without experience and with it. */
import { describe, expect, it } from 'vitest';

import { Durations } from '../../../../nodes/tasks/wait/durations';
import {
	pauseBeforeRead,
	plausibleAfter,
	rememberDuration,
	type ReadOptions,
} from '../../../../nodes/tasks/wait/schedule';
import { FakeClock } from '../support';

const clock = new FakeClock();

function knowing(...ms: number[]): Durations {
	const durations = new Durations();
	for (const one of ms) durations.add(one);
	return durations;
}

const pause = (elapsed: number, known: number[] = [], options: Partial<ReadOptions> = {}) =>
	pauseBeforeRead(elapsed, { intervalMs: 0, isNew: true, ...options }, knowing(...known), clock);

describe('when to read', () => {
	it('first after 2 s, then at growing intervals between 1 s and 15 s', () => {
		const elapsed = [0, 1_500, 2_000, 4_000, 8_000, 40_000, 60_000, 600_000];
		expect(elapsed.map((ms) => pause(ms))).toEqual([2_000, 500, 1_000, 1_000, 1_600, 8_000, 12_000, 15_000]);
	});

	it('a fixed interval is kept to the millisecond', () => {
		const pauses = [0, 5_000, 700_000].map((elapsed) => pause(elapsed, [100, 100, 100], { intervalMs: 7_300 }));
		expect(pauses).toEqual([7_300, 7_300, 7_300]);
	});

	it('with experience nothing before the earliest usual end, then a few reads in steps that shrink until the latest', () => {
		// The earliest usual end is 22 s, the latest one 40 s.
		const known = [20_000, 22_000, 24_000, 26_000, 28_000, 30_000, 32_000, 34_000, 36_000, 40_000];
		const reads: number[] = [];
		for (let at = 0; at < 40_000;) reads.push((at += pause(at, known)));
		const steps = reads.map((at, index) => at - (reads[index - 1] ?? 22_000));
		expect(reads.length).toBeLessThanOrEqual(6);
		expect(steps[0]).toBeGreaterThan(1_000);
		expect(steps).toEqual([...steps].sort((a, b) => b - a));
		// Whenever the item comes to wait, the first read is the same.
		expect(10_000 + pause(10_000, known)).toBe(reads[0]);
		// Later than usual it is as without experience.
		expect(pause(44_000, known)).toBe(8_800);
	});

	it('tasks that always take the same are read 300 ms after their end, never faster', () => {
		expect(pause(0, [6_000, 6_000, 6_000])).toBe(6_300);
		expect(pause(5_990, [6_000, 6_000, 6_000])).toBe(310);
	});

	it('experience says nothing about a task of unknown age', () => {
		const known = [60_000, 60_000, 60_000];
		expect(pause(0, known, { isNew: false })).toBe(2_000);
		expect(pause(0, known)).toBe(60_300);
	});

	it('jitter takes away at most a tenth', () => {
		clock.chance = 0.999_999;
		const shortest = [0, 2_000, 60_000].map((elapsed) => Math.round(pause(elapsed)));
		clock.chance = 0;
		expect(shortest).toEqual([1_800, 900, 10_800]);
	});

	it('where a create waits for the end, a task is seen at most a twentieth of its time late, but read no faster than every 300 ms', () => {
		const wanted = { isSlotWanted: () => true };
		const elapsed = [0, 1_500, 2_000, 10_000, 40_000, 600_000];
		expect(elapsed.map((ms) => pause(ms, [], wanted))).toEqual([2_000, 500, 300, 500, 2_000, 15_000]);
		// From the earliest usual end on.
		const known = [20_000, 22_000, 24_000, 26_000, 28_000, 30_000, 32_000, 34_000, 36_000, 40_000];
		expect([0, 21_900, 24_000, 60_000].map((ms) => pause(ms, known, wanted))).toEqual([22_000, 1_095, 1_200, 3_000]);
		expect(pause(24_000, known, { isSlotWanted: () => false })).toBe(pause(24_000, known));
	});

	it('but not where reads may be billed, or where the user wants a fixed interval', () => {
		const wanted = { isSlotWanted: () => true };
		const billed = { waiting: { shortestIntervalMs: 5_000 } };
		expect(pause(20_000, [], { ...billed, ...wanted })).toBe(pause(20_000, [], billed));
		expect(pause(20_000, [], { intervalMs: 7_300, ...wanted })).toBe(7_300);
	});

	it('a task is seen at most a fifth of its time late', () => {
		for (let elapsed = 5_000; elapsed < 60_000; elapsed += 500) expect(pause(elapsed)).toBeLessThanOrEqual(elapsed / 5);
	});
});

describe('when an end is plausible', () => {
	const plausible = (options: Partial<ReadOptions>, ...known: number[]) =>
		plausibleAfter({ intervalMs: 0, isNew: true, ...options }, knowing(...known));

	it('is from the earliest usual end on, or from the first read', () => {
		expect(plausible({})).toBe(2_000);
		expect(plausible({ waiting: { firstReadMs: 15_000 } })).toBe(15_000);
		expect(plausible({}, 10_000, 40_000, 50_000)).toBe(10_000);
	});

	it('is at any time for a task of unknown age', () => {
		expect(plausible({ isNew: false }, 10_000, 40_000, 50_000)).toBe(0);
	});

	it('says nothing where the user wants a fixed interval', () => {
		expect(plausible({ intervalMs: 7_300 }, 10_000, 40_000, 50_000)).toBe(Infinity);
	});
});

describe('what an ended task took', () => {
	const task = { service: 's', resource: 'r', taskId: '1', status: 'succeeded' as const, images: [] };
	const at = (ms: number) => new Date(ms).toISOString();

	it('is remembered as the service dates it', () => {
		const durations = new Durations();
		for (const ms of [5_000, 6_000, 7_000])
			rememberDuration(durations, { ...task, createdAt: at(1_000), updatedAt: at(1_000 + ms) });
		expect(durations.quantile(0.5)).toBe(6_000);
	});

	it('is not where the service does not date it', () => {
		const durations = new Durations();
		for (let count = 0; count < 3; count += 1) rememberDuration(durations, { ...task, createdAt: at(1_000) });
		expect(durations.quantile(0.5)).toBeUndefined();
	});
});
