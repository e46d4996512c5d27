import { expect, it } from 'vitest';

import { EVERY_UNTIL_MS, troubles } from '../../soak/setup/trouble';

const MINUTE = 60_000;

it('the same seed brings the same troubles, another one others', () => {
	expect(troubles(7, 30, 2)).toEqual(troubles(7, 30, 2));
	expect(troubles(8, 30, 2)).not.toEqual(troubles(7, 30, 2));
});

it('five minutes have every kind of trouble, whatever the seed, and all within their time', () => {
	for (let seed = 1; seed <= 200; seed++) {
		for (const lane of Object.values(troubles(seed, 5, 2))) {
			expect(lane.length).toBeGreaterThan(0);
			expect(lane.every(({ atMs }) => atMs < 5 * MINUTE)).toBe(true);
		}
	}
});

it('every worker is killed, but after the first minutes all but the first live', () => {
	for (let seed = 1; seed <= 50; seed++) {
		const kills = troubles(seed, 30, 2).kill.flatMap((one) => (one.kind === 'kill' ? [one] : []));
		expect(new Set(kills.map(({ worker }) => worker))).toEqual(new Set([0, 1]));
		const late = kills.filter(({ atMs }) => atMs >= EVERY_UNTIL_MS);
		expect(late.length).toBeGreaterThan(12);
		expect(late.every(({ worker }) => worker === 0)).toBe(true);
	}
});
