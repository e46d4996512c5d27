/** Lists of IDs and times, whatever expressions make of them. */
import { describe, expect, it } from 'vitest';

import { idListIn, timeIn } from '../../../../nodes/tasks/item/values';
import { expectLinear } from '../growth';
import { itemOf } from '../support';

const ID = '831922345678901234';
const item = itemOf({ timeZone: 'Asia/Shanghai' });
const idsIn = (value: unknown) => idListIn(item, 'Task IDs:', value, 'Enter IDs.');

describe('a list of IDs', () => {
	it.each<[string, unknown, string[]]>([
		['a text with all kinds of separators, each ID once', ' a,b；c\n，a', ['a', 'b', 'c']],
		['an array of texts and numbers', ['a, b', 1042], ['a', 'b', '1042']],
		['an array in JSON, as agents write it', `["${ID}","b"]`, [ID, 'b']],
		['tasks', [{ taskId: ID, images: [] }, { taskId: 'b' }], [ID, 'b']],
		['items', [{ json: { taskId: ID }, pairedItem: 0 }], [ID]],
		['one task', { taskId: ID }, [ID]],
		['one number', 1042, ['1042']],
		['holes', [null, '', ID], [ID]],
	])('%s', (_, value, ids) => {
		expect(idsIn(value)).toEqual(ids);
	});

	it.each([undefined, null, '', ' ,\n', []])('%j holds none', (value) => {
		expect(idsIn(value)).toEqual([]);
	});

	it.each([[[true]], [{}], [['8.3e17']], [831922345678901200]])('%j is refused by name', (value) => {
		expect(() => idsIn(value)).toThrow(/^Task IDs: /);
	});

	it('is read in linear time', () => {
		for (const part of ['1,', ' ', '1', '[', '["1",']) {
			expectLinear(
				(size) => part.repeat(size / part.length),
				(text) => {
					try {
						idsIn(text);
					} catch {
						// A long text is no ID.
					}
				},
			);
		}
	});
});

describe('a time', () => {
	it.each([
		['2026-11-21', 'first', '2026-11-20T16:00:00.000Z'],
		['2026-11-21', 'last', '2026-11-21T15:59:59.999Z'],
		['2026-11-21T08:00:00Z', 'first', '2026-11-21T08:00:00.000Z'],
	] as const)('%s (%s) is one of the time zone', (value, edge, iso) => {
		expect(timeIn(item, 'From', value, edge)).toBe(Date.parse(iso));
	});

	it('may be missing', () => {
		expect(['', ' ', null, undefined].map((value) => timeIn(item, 'From', value, 'first'))).toEqual(
			Array.from({ length: 4 }, () => undefined),
		);
	});

	it('that is none is refused by name and value, with the time zone', () => {
		expect(() => timeIn(item, 'From', 'last week', 'first')).toThrow('From is "last week", which is not a date');
	});
});
