import { asRecord, parseJson } from './parse';
import { fitsInPath, LONGEST_ID } from './text';
import { isEmpty, kindOf, withoutInvisible } from './values';

/** An ID, or what is wrong with what was given, to follow the name of its field and its value. */
export type ReadId = { id: string } | { problem: string };

/** What spreadsheets and numbers make of a long ID: `8.31922345678901E+17`, and with a point behind all its digits. */
const EXPONENT = /^[-+]?(?:\d(?:[.,]\d+)?e\+\d{1,3}|\d[.,]\d+e\d{1,3})$/i;
const LONG_DECIMAL = /^\d{16,400}[.,]0+$/;

/** What a sheet puts before a number that is to stay a text, as it is written and as editors make it; and quotes. */
const QUOTE = /^['‘’‛′´`"“”„]/;
const QUOTES = /^['‘’‛′´`"“”„]+|['‘’‛′´`"“”„]$/g;

/** Lists within one another that are opened. */
const MOST_LISTS = 3;

/**
 * The one rule for IDs, wherever one is read: '' where there is none. White space and what shows nowhere is dropped, so
 * are the apostrophe and the quotes of a sheet; a list of one is that one, and a task or an item of a node stands for its `taskId`.
 * An ID that has lost its digits is refused: they cannot be got back (docs/services/README.md, Task IDs).
 */
export function readId(value: unknown, lists = 0): ReadId {
	if (isEmpty(value)) return { id: '' };
	if (Array.isArray(value)) {
		if (value.length > 1) return { problem: `holds ${value.length} values where one ID is needed` };
		return lists < MOST_LISTS ? readId(value[0], lists + 1) : { problem: 'is a list, not an ID' };
	}
	if (typeof value === 'number') {
		return Number.isInteger(value) && !Number.isSafeInteger(value) ? LOST_DIGITS : { id: String(value) };
	}
	if (typeof value === 'string') return idInText(value, lists);
	const { json, taskId = asRecord(json).taskId } = asRecord(value);
	return isEmpty(taskId) || typeof taskId === 'object'
		? { problem: `is ${kindOf(value)}, not an ID` }
		: readId(taskId, lists);
}

const LOST_DIGITS = { problem: 'has lost its digits: format the column as text' };

function idInText(text: string, lists: number): ReadId {
	if (text.length > LONGEST_ID) return { problem: `has ${text.length} characters, so it is no ID` };
	const bare = withoutInvisible(text);
	const list = bare.startsWith('[') ? parseJson(bare) : undefined;
	if (Array.isArray(list)) return readId(list, lists + 1);
	const id = QUOTE.test(bare) ? bare.replace(QUOTES, '').trim() : bare;
	if (EXPONENT.test(id) || LONG_DECIMAL.test(id)) return LOST_DIGITS;
	return fitsInPath(id) ? { id } : { problem: 'is no ID' };
}
