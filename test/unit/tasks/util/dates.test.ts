import { describe, expect, it } from 'vitest';

import { readTime } from '../../../../nodes/tasks/util/dates';

const iso = (value: unknown, zone = 'UTC', edge: 'first' | 'last' = 'first') => {
	const ms = readTime(value, zone, edge);
	return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('a time', () => {
	it.each<[unknown, string, string]>([
		['2026-11-21T08:00:00', 'Asia/Shanghai', '2026-11-21T00:00:00.000Z'],
		['2026-11-21T08:00:00', 'America/New_York', '2026-11-21T13:00:00.000Z'],
		['2026-07-21T08:00', 'America/New_York', '2026-07-21T12:00:00.000Z'],
		['2026-11-21 08:00:00', 'Asia/Kolkata', '2026-11-21T02:30:00.000Z'],
		['2026-11-21T00:00:00', 'Asia/Shanghai', '2026-11-20T16:00:00.000Z'],
	])('%j without an offset is one of %s: %s', (value, zone, expected) => {
		expect(iso(value, zone)).toBe(expected);
	});

	it.each<[unknown, string]>([
		['2026-11-21T08:00:00Z', '2026-11-21T08:00:00.000Z'],
		['2026-11-21T08:00:00.123+08:00', '2026-11-21T00:00:00.123Z'],
		['2026-11-21T08:00:00-0330', '2026-11-21T11:30:00.000Z'],
		['2026-11-21T08:00:00+08', '2026-11-21T00:00:00.000Z'],
		[1_795_248_000_000, '2026-11-21T08:00:00.000Z'],
		['1795248000000', '2026-11-21T08:00:00.000Z'],
		[1_795_248_000, '2026-11-21T08:00:00.000Z'],
		[' 1795248000 ', '2026-11-21T08:00:00.000Z'],
		[1_795_248_000.5, '2026-11-21T08:00:00.500Z'],
		[new Date('2026-11-21T08:00:00Z'), '2026-11-21T08:00:00.000Z'],
		[{ toMillis: () => 1_795_248_000_000 }, '2026-11-21T08:00:00.000Z'],
	])('%j is the same in every zone', (value, expected) => {
		for (const zone of ['UTC', 'Asia/Shanghai', 'America/New_York']) expect(iso(value, zone)).toBe(expected);
	});

	it('that is a date alone is its first moment, or its last', () => {
		expect(iso('2026-11-21', 'Asia/Shanghai')).toBe('2026-11-20T16:00:00.000Z');
		expect(iso('2026-11-21', 'Asia/Shanghai', 'last')).toBe('2026-11-21T15:59:59.999Z');
		// A day of 25 hours.
		expect(iso('2026-10-25', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z');
		expect(iso('2026-10-25', 'Europe/Berlin', 'last')).toBe('2026-10-25T22:59:59.999Z');
	});

	it('that the clocks show twice is the first or the last; one that they leave out is as much later', () => {
		expect(iso('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
		expect(iso('2026-10-25T02:30:00', 'Europe/Berlin', 'last')).toBe('2026-10-25T01:30:00.000Z');
		expect(iso('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
		expect(iso('2026-03-29T02:30:00', 'Europe/Berlin', 'last')).toBe('2026-03-29T01:30:00.000Z');
	});

	it.each([
		['yesterday'],
		['21.11.2026'],
		['11/21/2026'],
		['2026-02-30'],
		['2026-13-01'],
		['2026-11-21T24:00:00'],
		['2026-11-21T08:60'],
		['Invalid DateTime'],
		['1795248000000000'],
		[20261121],
		[0],
		[true],
		[{}],
		[[1_795_248_000_000]],
		[new Date('x')],
		[{ toMillis: () => Number.NaN }],
		[''],
		[null],
	])('%j is none', (value) => {
		expect(readTime(value, 'UTC', 'first')).toBeUndefined();
	});

	it('of a zone that nobody knows is not guessed', () => {
		expect(readTime('2026-11-21T08:00:00', 'Mars/Olympus', 'first')).toBeUndefined();
		expect(readTime('2026-11-21T08:00:00Z', 'Mars/Olympus', 'first')).toBe(1_795_248_000_000);
	});
});
