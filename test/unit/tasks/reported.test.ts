import { describe, expect, it } from 'vitest';

import { Reported } from '../../../nodes/tasks/triggers/reported';

const MINUTE = 60_000;
const NOW = 1_700_000_000_000;
const stored = (reported: Reported) => JSON.parse(JSON.stringify(reported.toJson())) as unknown;

describe('what a trigger remembers of the tasks it is done with', () => {
	it('survives the database', () => {
		const reported = new Reported();
		reported.add('930810057590833241', NOW);
		const again = new Reported(stored(reported));
		expect([again.has('930810057590833241'), again.has('930810057590833242'), again.size]).toEqual([true, false, 1]);
	});

	it('takes 8 bytes a task, and a few for each ten minutes', () => {
		const reported = new Reported();
		for (let task = 0; task < 10_000; task += 1) reported.add(`task-${task}`, NOW + task * 100);
		expect(JSON.stringify(reported.toJson()).length).toBeLessThan(80_000 + 200);
		expect(reported.size).toBe(10_000);
	});

	it('forgets what was before a moment, in whole periods: never something after it', () => {
		const reported = new Reported();
		for (let minute = 0; minute < 60; minute += 1) reported.add(`${minute}`, NOW + minute * MINUTE);
		reported.forgetBefore(NOW + 30 * MINUTE);
		expect(Array.from({ length: 30 }, (_, minute) => reported.has(`${minute + 30}`))).not.toContain(false);
		expect(reported.has('10')).toBe(false);
		expect(new Reported(stored(reported)).size).toBe(reported.size);
	});

	it('a task reported again under another time is one task', () => {
		const reported = new Reported();
		reported.add('a', NOW);
		reported.add('a', NOW + 100 * MINUTE);
		expect(reported.size).toBe(1);
	});

	it('is bounded: the oldest periods go, and it says up to which moment', () => {
		const reported = new Reported();
		for (let task = 0; task < 100; task += 1) reported.add(`${task}`, NOW + task * 10 * MINUTE);
		expect(reported.shrink(100)).toBeUndefined();
		const end = reported.shrink(40) ?? 0;
		expect(reported.size).toBe(40);
		expect([reported.has('59'), reported.has('60')]).toEqual([false, true]);
		expect(end).toBeLessThanOrEqual(NOW + 600 * MINUTE);
		expect(end).toBeGreaterThan(NOW + 590 * MINUTE);
	});

	it.each([undefined, null, 'x', [1], { 5: 'short' }, { x: 'aaaaaaaa' }, { 5: 7 }])('malformed static data %j are none', (value) => {
		expect(new Reported(value).size).toBe(0);
	});
});
