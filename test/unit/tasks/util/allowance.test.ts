import { describe, expect, it } from 'vitest';

import { Allowance } from '../../../../nodes/tasks/util/allowance';

const NOW = 1_700_000_000_000;
/** How many of a hundred tries succeed. */
const taken = (allowance: Allowance, now: number) =>
	Array.from({ length: 100 }, () => allowance.take(now)).filter(Boolean).length;

describe('an allowance', () => {
	it('is used up at once, and comes back with time up to its size', () => {
		const allowance = new Allowance(10, 6);
		expect(taken(allowance, NOW)).toBe(10);
		expect(taken(allowance, NOW + 9_000)).toBe(0);
		expect(taken(allowance, NOW + 30_000)).toBe(3);
		expect(taken(allowance, NOW + 86_400_000)).toBe(10);
	});

	it('that is given back can be taken again, but is never larger than it was', () => {
		const allowance = new Allowance(2, 6);
		allowance.giveBack();
		expect(taken(allowance, NOW)).toBe(2);
		allowance.giveBack();
		expect(taken(allowance, NOW)).toBe(1);
	});

	it('that is reserved tells how long it takes to be there', () => {
		const allowance = new Allowance(2, 6);
		expect([1, 2, 3, 4].map(() => allowance.reserve(NOW))).toEqual([0, 0, 10_000, 20_000]);
		expect(allowance.reserve(NOW + 30_000)).toBe(0);
	});

	it('does not grow when the clock is set back', () => {
		const allowance = new Allowance(5, 6);
		expect(taken(allowance, NOW)).toBe(5);
		expect(taken(allowance, NOW - 3_600_000)).toBe(0);
		expect(taken(allowance, NOW - 3_600_000 + 10_000)).toBe(1);
	});
});
