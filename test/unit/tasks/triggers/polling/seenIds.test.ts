import { describe, expect, it } from 'vitest';

import { SeenIds } from '../../../../../nodes/tasks/triggers/polling/seenIds';

const MINUTE = 60_000;
const NOW = 1_700_000_000_000;
const stored = (seen: SeenIds) => JSON.parse(JSON.stringify(seen.toJson())) as unknown;

describe('what a trigger remembers of the tasks it is done with', () => {
	it('survives the database', () => {
		const seen = new SeenIds();
		seen.add('930810057590833241', NOW);
		const again = new SeenIds(stored(seen));
		expect([again.has('930810057590833241'), again.has('930810057590833242'), again.size]).toEqual([true, false, 1]);
	});

	it('takes 8 bytes a task, and a few for each ten minutes', () => {
		const seen = new SeenIds();
		for (let task = 0; task < 10_000; task += 1) seen.add(`task-${task}`, NOW + task * 100);
		expect(JSON.stringify(seen.toJson()).length).toBeLessThan(80_000 + 200);
		expect(seen.size).toBe(10_000);
	});

	it('forgets what was before a moment, in whole periods: never something after it', () => {
		const seen = new SeenIds();
		for (let minute = 0; minute < 60; minute += 1) seen.add(`${minute}`, NOW + minute * MINUTE);
		seen.forgetBefore(NOW + 30 * MINUTE);
		expect(Array.from({ length: 30 }, (_, minute) => seen.has(`${minute + 30}`))).not.toContain(false);
		expect(seen.has('10')).toBe(false);
		expect(new SeenIds(stored(seen)).size).toBe(seen.size);
	});

	it('an ID added again under another time is one task', () => {
		const seen = new SeenIds();
		seen.add('a', NOW);
		seen.add('a', NOW + 100 * MINUTE);
		expect(seen.size).toBe(1);
	});

	it('is bounded: the oldest periods go, and it says up to which moment', () => {
		const seen = new SeenIds();
		for (let task = 0; task < 100; task += 1) seen.add(`${task}`, NOW + task * 10 * MINUTE);
		expect(seen.shrink(100)).toBeUndefined();
		const end = seen.shrink(40) ?? 0;
		expect(seen.size).toBe(40);
		expect([seen.has('59'), seen.has('60')]).toEqual([false, true]);
		expect(end).toBeLessThanOrEqual(NOW + 600 * MINUTE);
		expect(end).toBeGreaterThan(NOW + 590 * MINUTE);
	});

	it.each([undefined, null, 'x', [1], { 5: 'short' }, { x: 'aaaaaaaa' }, { 5: 7 }])(
		'malformed static data %j are none',
		(value) => {
			expect(new SeenIds(value).size).toBe(0);
		},
	);
});
