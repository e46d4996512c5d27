import { expect, it } from 'vitest';

import { growth, isTelling, type Sample } from '../../soak/setup/memory';

/** A sample each 5 s for so many minutes, 60 executions a minute; `held` in MB by the number of executions. */
function samples(minutes: number, held: (executions: number, index: number) => number): Sample[] {
	return Array.from({ length: minutes * 12 }, (_, index) => {
		const heldMb = held(5 * index, index);
		return { atMs: index * 5_000, executions: 5 * index, heldMb, residentMb: 2 * heldMb };
	});
}

/** Garbage that is collected each 15 s, and in some minutes 40 MB that running executions hold. */
const noise = (index: number) => (index % 3) * 25 + (Math.floor(index / 12) % 4 === 1 ? 40 : 0);

it('finds a leak of 8 MB for each 1,000 executions among garbage and load', () => {
	const { held, resident } = growth(
		samples(25, (executions, index) => 200 + 0.008 * executions + noise(index)),
		0,
	);
	expect(held.growth).toBeCloseTo(8, 0);
	expect(resident.growth).toBeCloseTo(16, 0);
	expect(held.leastMb).toHaveLength(25);
});

it('takes garbage and load for no leak, and what grows in the first minutes neither', () => {
	const { held, executions } = growth(
		samples(25, (done, index) => (index < 60 ? 100 + done : 400) + noise(index)),
		5 * 60_000,
	);
	expect(Math.abs(held.growth)).toBeLessThan(1);
	expect(executions).toBe(5 * (25 * 12 - 1) - 5 * 60);
});

it('says when a run was too short to tell', () => {
	const flat = (minutes: number) =>
		growth(
			samples(minutes, () => 200),
			0,
		);
	expect(isTelling(flat(3))).toBe(false);
	expect(isTelling(flat(20))).toBe(true);
	expect(isTelling(growth([], 0))).toBe(false);
});
