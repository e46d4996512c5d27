import { describe, expect, it } from 'vitest';

import { readId } from '../../../../nodes/tasks/util/ids';

const ID = '831922345678901234';

describe('an ID', () => {
	it.each<[unknown, string]>([
		[ID, ID],
		[` ${ID}\n`, ID],
		[`\u200B${ID}\uFEFF`, ID],
		[`\u00A0${ID}`, ID],
		[`'${ID}`, ID],
		[`’${ID}`, ID],
		[`‘${ID}’`, ID],
		[`"${ID}"`, ID],
		[[ID], ID],
		[[[ID]], ID],
		[`["${ID}"]`, ID],
		[`[${ID}]`, ID],
		[{ taskId: ID, images: [] }, ID],
		[[{ taskId: ID }], ID],
		[{ json: { taskId: ID }, pairedItem: { item: 0 } }, ID],
		[42, '42'],
		['order-1042', 'order-1042'],
		["o'clock", "o'clock"],
		['5e10', '5e10'],
		['', ''],
		['  ', ''],
		[null, ''],
		[undefined, ''],
		[[], ''],
		[[null], ''],
	])('%j is %j', (value, id) => {
		expect(readId(value)).toEqual({ id });
	});

	it.each([
		['8.31922345678901E+17'],
		['8,31922345678901E+17'],
		['8.3e17'],
		['8E+17'],
		["'8.31E+17"],
		['831922345678901000.0'],
		[831922345678901200],
		[[831922345678901200]],
	])('%j has lost its digits', (value) => {
		expect(readId(value)).toEqual({ problem: 'has lost its digits: format the column as text' });
	});

	it.each<[unknown, string]>([
		[['1', '2'], 'holds 2 values where one ID is needed'],
		['["1","2"]', 'holds 2 values where one ID is needed'],
		[{}, 'is an object, not an ID'],
		[{ taskId: {} }, 'is an object, not an ID'],
		[true, 'is true or false, not an ID'],
		[[[[[['1']]]]], 'is a list, not an ID'],
		['..', 'is no ID'],
		['a\ud800', 'is no ID'],
		['x'.repeat(501), 'has 501 characters, so it is no ID'],
	])('%j is none', (value, problem) => {
		expect(readId(value)).toEqual({ problem });
	});
});
