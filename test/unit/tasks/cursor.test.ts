import { describe, expect, it } from 'vitest';

import { baseline, beginSweep, completeSweep, putOff, readCursor, storeCursor } from '../../../nodes/tasks/triggers/cursor';
import type { Page } from '../../../nodes/tasks/triggers/happening';
import type { Task } from '../../../nodes/tasks/task';

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;
const LATEST = NOW + 24 * HOUR;

/** A page whose tasks were made and ended at these times, ms before NOW. */
function page(times: Array<[created: number, ended?: number]>, change: Partial<Page> = {}): Page {
	const seen = times.map(([created, ended], index) => {
		const at = (ago: number) => new Date(NOW - ago).toISOString();
		const status = ended === undefined ? 'processing' : 'succeeded';
		const task: Task = { service: 's', resource: 'r', taskId: `${index}`, status, images: [], createdAt: at(created), updatedAt: at(ended ?? created) };
		return { task, raw: {}, page: 1 };
	});
	return { seen, isLast: false, sentAt: NOW, ...change };
}

describe('the baseline', () => {
	it('of a list of one page: its tasks are known by ID, and an end that comes to light with an earlier time is new', () => {
		const cursor = baseline(page([[9, 5], [10, 2]], { isLast: true }), 'ended', LATEST);
		expect(cursor.watermark).toBe(NOW - 2 - HOUR);
		expect([cursor.reported.has('0'), cursor.reported.has('1')]).toEqual([true, true]);
	});

	it('of a list that begins with the newest: the newest time on page 1', () => {
		expect(baseline(page([[9, 5], [10, 2], [20]]), 'ended', LATEST).watermark).toBe(NOW - 2);
	});

	it.each([
		['the oldest', [[200 * HOUR], [100 * HOUR]]],
		['anything', [[100 * HOUR], [200 * HOUR], [50 * HOUR]]],
	] as Array<[string, Array<[number]>]>)('of a list that begins with %s: the date of the answer', (_, times) => {
		expect(baseline(page(times), 'ended', LATEST).watermark).toBe(NOW);
		expect(baseline(page(times, { sentAt: Number.NaN }), 'ended', LATEST).watermark).toBe(NOW - Math.min(...times.map(([time]) => time)));
	});

	it('of an empty account lies in the past, so that no difference of clocks hides the first task', () => {
		expect(baseline(page([], { isLast: true }), 'ended', LATEST).watermark).toBeLessThanOrEqual(NOW - 24 * HOUR);
	});

	it('does not believe in times more than a day ahead', () => {
		expect(baseline(page([[-48 * HOUR, -48 * HOUR], [10, 2]], { isLast: true }), 'ended', LATEST).newest).toBe(NOW - 2);
	});
});

describe('the watermark', () => {
	const begin = () => baseline(page([[0]]), 'ended', LATEST);

	function sweepAt(cursor: ReturnType<typeof begin>, time: number) {
		cursor.newest = time;
		beginSweep(cursor);
		completeSweep(cursor);
	}

	it('lags by one sweep and an hour, and never goes back', () => {
		const cursor = begin();
		const marks = [2, 4, 6, 8, 8].map((hours) => {
			sweepAt(cursor, NOW + hours * HOUR);
			return (cursor.watermark - NOW) / HOUR;
		});
		expect(marks).toEqual([0, 1, 3, 5, 7]);
	});

	it('does not pass a task that was put off, for two sweeps', () => {
		const cursor = begin();
		sweepAt(cursor, NOW + 10 * HOUR);
		cursor.newest = NOW + 20 * HOUR;
		beginSweep(cursor);
		putOff(cursor, NOW + 3 * HOUR);
		completeSweep(cursor);
		expect(cursor.watermark).toBe(NOW + 3 * HOUR);
		sweepAt(cursor, NOW + 30 * HOUR);
		expect(cursor.watermark).toBe(NOW + 3 * HOUR);
		sweepAt(cursor, NOW + 31 * HOUR);
		expect(cursor.watermark).toBe(NOW + 29 * HOUR);
	});

	it('forgets with it what was reported', () => {
		const cursor = begin();
		cursor.reported.add('old', NOW + HOUR);
		for (const hours of [10, 20, 30]) sweepAt(cursor, NOW + hours * HOUR);
		expect(cursor.reported.size).toBe(0);
	});
});

describe('static data', () => {
	it('gives the same cursor back', () => {
		const cursor = baseline(page([[9, 5], [10, 2]], { isLast: true }), 'ended', LATEST);
		expect(readCursor(JSON.parse(JSON.stringify(storeCursor(cursor))), 'ended')).toEqual(cursor);
	});

	it.each([undefined, null, 'x', {}, { happening: 'ended', watermark: 'x' }, { happening: 'ended', watermark: null }])('%j are no cursor', (value) => {
		expect(readCursor(value, 'ended')).toBeUndefined();
	});

	it('for another event are no cursor', () => {
		expect(readCursor(storeCursor(baseline(page([]), 'ended', LATEST)), 'created')).toBeUndefined();
	});
});
