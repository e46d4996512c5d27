/** Longest text that is read as a number, in characters. */
const LONGEST_NUMBER = 40;

/** Plain decimal notation: `0x10` and `1e3` are rather codes than counts. */
const DECIMAL = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)$/;

/** Characters that show nowhere: marks of direction, joiners, spaces of no width. */
const INVISIBLE = /\p{Cf}/gu;

/** Which numbers are taken; without `high` there is no upper end. */
export interface NumberRange {
	low: number;
	high?: number;
	whole?: boolean;
}

/**
 * The one rule for numbers: a finite number, or a text that is exactly one in plain decimal notation, with white space
 * around it. Everything else is undefined: true is not 1, and `[3]` and `3 images` are not 3.
 */
export function exactNumber(value: unknown): number | undefined {
	const isText = typeof value === 'string' && value.length <= LONGEST_NUMBER && DECIMAL.test(value.trim());
	const number = isText ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The same within a range. */
export function numberWithin(value: unknown, { low, high = Infinity, whole = false }: NumberRange): number | undefined {
	const number = exactNumber(value);
	if (number === undefined || (whole && !Number.isInteger(number))) return undefined;
	return number >= low && number <= high ? number : undefined;
}

/** "a whole number from 1 to 9". */
export function rangeText({ low, high = Infinity, whole = false }: NumberRange): string {
	const end = Number.isFinite(high) && high !== Number.MAX_SAFE_INTEGER ? ` to ${high}` : '';
	return `a ${whole ? 'whole ' : ''}number from ${low}${end}`;
}

/** The one rule for switches: true, false, or exactly one of the two as text. The text "false" is not true. */
export function exactFlag(value: unknown): boolean | undefined {
	if (value === 'true') return true;
	return value === 'false' ? false : typeof value === 'boolean' ? value : undefined;
}

/** Whether there is nothing in a value: an empty cell, or one with white space alone. */
export function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** What a value is, as in "a list". */
export function kindOf(value: unknown): string {
	if (isEmpty(value)) return 'nothing';
	if (typeof value === 'boolean') return 'true or false';
	if (Array.isArray(value)) return 'a list';
	return typeof value === 'string' ? 'a text' : typeof value === 'number' ? 'a number' : 'an object';
}

/** A text without the characters that show nowhere, and without white space around it. */
export function withoutInvisible(text: string): string {
	return text.replace(INVISIBLE, '').trim();
}
