import { describe, expect, it } from 'vitest';

import type { Task } from '../../../../../nodes/tasks/model/task';
import {
	baseline,
	beginScan,
	completeScan,
	isOfAccount,
	putOff,
	readCursor,
	storeCursor,
	type CursorKind,
} from '../../../../../nodes/tasks/triggers/polling/cursor';
import type { Page } from '../../../../../nodes/tasks/triggers/polling/listed';

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;
const LATEST = NOW + 24 * HOUR;
const KIND: CursorKind = { account: 'mark', happening: 'ended' };

/** A page whose tasks were made and ended at these times, ms before NOW. */
function page(times: Array<[created: number, ended?: number]>, change: Partial<Page> = {}): Page {
	const tasks = times.map(([created, ended], index) => {
		const at = (ago: number) => new Date(NOW - ago).toISOString();
		const status = ended === undefined ? 'processing' : 'succeeded';
		const times = { createdAt: at(created), updatedAt: at(ended ?? created) };
		const task: Task = { service: 's', resource: 'r', taskId: `${index}`, status, images: [], ...times };
		return { task, raw: {}, page: 1 };
	});
	return { tasks, isLast: false, sentAt: NOW, ...change };
}

describe('the baseline', () => {
	it('of a list of one page: its tasks are known by ID, and an end that comes to light with an earlier time is new', () => {
		const cursor = baseline(
			page(
				[
					[9, 5],
					[10, 2],
				],
				{ isLast: true },
			),
			KIND,
			LATEST,
		);
		expect(cursor.watermark).toBe(NOW - 2 - HOUR);
		expect([cursor.seen.has('0'), cursor.seen.has('1')]).toEqual([true, true]);
	});

	it('of a list that begins with the newest: the newest time on page 1', () => {
		expect(baseline(page([[9, 5], [10, 2], [20]]), KIND, LATEST).watermark).toBe(NOW - 2);
	});

	it.each([
		['the oldest', [[200 * HOUR], [100 * HOUR]]],
		['anything', [[100 * HOUR], [200 * HOUR], [50 * HOUR]]],
	] as Array<[string, Array<[number]>]>)('of a list that begins with %s: the date of the answer', (_, times) => {
		expect(baseline(page(times), KIND, LATEST).watermark).toBe(NOW);
		expect(baseline(page(times, { sentAt: Number.NaN }), KIND, LATEST).watermark).toBe(
			NOW - Math.min(...times.map(([time]) => time)),
		);
	});

	it('of an empty account lies in the past, so that no difference of clocks hides the first task', () => {
		expect(baseline(page([], { isLast: true }), KIND, LATEST).watermark).toBeLessThanOrEqual(NOW - 24 * HOUR);
	});

	it('does not believe in times more than a day ahead', () => {
		expect(
			baseline(
				page(
					[
						[-48 * HOUR, -48 * HOUR],
						[10, 2],
					],
					{ isLast: true },
				),
				KIND,
				LATEST,
			).newest,
		).toBe(NOW - 2);
	});
});

describe('the watermark', () => {
	const begin = () => baseline(page([[0]]), KIND, LATEST);

	function scanAt(cursor: ReturnType<typeof begin>, time: number) {
		cursor.newest = time;
		beginScan(cursor);
		completeScan(cursor);
	}

	it('lags by one scan and an hour, and never goes back', () => {
		const cursor = begin();
		const marks = [2, 4, 6, 8, 8].map((hours) => {
			scanAt(cursor, NOW + hours * HOUR);
			return (cursor.watermark - NOW) / HOUR;
		});
		expect(marks).toEqual([0, 1, 3, 5, 7]);
	});

	it('does not pass a task that was put off, for two scans', () => {
		const cursor = begin();
		scanAt(cursor, NOW + 10 * HOUR);
		cursor.newest = NOW + 20 * HOUR;
		beginScan(cursor);
		putOff(cursor, NOW + 3 * HOUR);
		completeScan(cursor);
		expect(cursor.watermark).toBe(NOW + 3 * HOUR);
		scanAt(cursor, NOW + 30 * HOUR);
		expect(cursor.watermark).toBe(NOW + 3 * HOUR);
		scanAt(cursor, NOW + 31 * HOUR);
		expect(cursor.watermark).toBe(NOW + 29 * HOUR);
	});

	it('forgets with it what was reported', () => {
		const cursor = begin();
		cursor.seen.add('old', NOW + HOUR);
		for (const hours of [10, 20, 30]) scanAt(cursor, NOW + hours * HOUR);
		expect(cursor.seen.size).toBe(0);
	});
});

describe('static data', () => {
	it('gives the same cursor back', () => {
		const cursor = baseline(
			page(
				[
					[9, 5],
					[10, 2],
				],
				{ isLast: true },
			),
			KIND,
			LATEST,
		);
		expect(readCursor(JSON.parse(JSON.stringify(storeCursor(cursor))), 'ended')).toEqual(cursor);
	});

	const whole = storeCursor(baseline(page([]), KIND, LATEST));
	it.each([
		undefined,
		null,
		'x',
		{},
		{ ...whole, watermark: 'x' },
		{ ...whole, watermark: null },
		{ ...whole, page: undefined },
		{ ...whole, account: undefined },
	])('%j are no cursor', (value) => {
		expect(readCursor(value, 'ended')).toBeUndefined();
	});

	it('for another event are no cursor', () => {
		expect(readCursor(whole, 'ended')).toEqual(baseline(page([]), KIND, LATEST));
		expect(readCursor(whole, 'created')).toBeUndefined();
	});
});

describe('a cursor belongs to the account', () => {
	const cursor = baseline(
		page(
			[
				[9, 5],
				[10, 2],
			],
			{ isLast: true },
		),
		KIND,
		LATEST,
	);

	it('whose mark it has, whatever the list holds', () => {
		expect(isOfAccount(cursor, 'mark', [])).toBe(true);
	});

	it('that has one of its tasks, under whatever mark', () => {
		const { tasks } = page([[9, 5]]);
		expect(isOfAccount(cursor, 'other', tasks)).toBe(true);
		expect(
			isOfAccount(
				cursor,
				'other',
				tasks.map((one) => ({ ...one, task: { ...one.task, taskId: 'x' } })),
			),
		).toBe(false);
		expect(isOfAccount(cursor, 'other', [])).toBe(false);
	});
});
