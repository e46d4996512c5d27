import type { IDataObject } from 'n8n-workflow';

import { DEEPEST, isTooDeep } from '../util/parse';
import { fitsInPath, LONGEST_ID, quote } from '../util/text';

/** What a value must be. */
export interface Rule {
	/** The value as it is sent; expressions often give numbers as text. */
	normalize?(value: unknown): unknown;
	/** What is wrong with the normalized value, to follow "but it …"; undefined when nothing is. */
	problem(value: unknown): string | undefined;
}

/** A rule for one field of a request body, known before anything is sent. */
export interface FieldRule {
	/** Field of the body. */
	field: string;
	/** Name of the parameter as the user sees it. */
	label: string;
	rule: Rule;
}

/** What is wrong, naming field and value, and what to change. */
export interface Problem {
	message: string;
	hint: string;
}

/** A rule for several fields together. */
export type BodyRule = (body: IDataObject) => Problem | undefined;

/** A whole number from `low` to `high`. */
export function wholeNumber(low: number, high: number): Rule {
	return {
		normalize: toNumber,
		problem: (value) =>
			typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
				? undefined
				: `must be a whole number from ${low} to ${high}`,
	};
}

/** A number from `low` to `high`. */
export function numberBetween(low: number, high: number): Rule {
	return {
		normalize: toNumber,
		problem: (value) =>
			typeof value === 'number' && value >= low && value <= high
				? undefined
				: `must be a number from ${low} to ${high}`,
	};
}

/** A text of at most `most` characters, counted in code points as the services do. */
export function textUpTo(most: number): Rule {
	return {
		problem(value) {
			if (value === undefined) return undefined;
			if (typeof value !== 'string') return 'must be a text';
			const length = codePointsIn(value);
			return length <= most ? undefined : `has ${length} characters, and at most ${most} are allowed`;
		},
	};
}

/** Counted one by one: an array of them is too large for a text of 100 MB. */
function codePointsIn(text: string): number {
	let count = 0;
	for (const _ of text) count += 1;
	return count;
}

/** A text that is not empty; `what` says what it is, as in "must be …". */
export function nonEmptyText(what: string): Rule {
	return {
		normalize: (value) =>
			typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : value,
		problem: (value) => (typeof value === 'string' && value !== '' ? undefined : `must be ${what}`),
	};
}

/** An ID; `what` says whose, as in "must be …". */
export function idOf(what: string): Rule {
	const { normalize, problem } = nonEmptyText(what);
	return {
		normalize,
		problem(value) {
			if (typeof value !== 'string') return problem(value);
			if (value.length > LONGEST_ID) return `must be ${what}, which has at most ${LONGEST_ID} characters`;
			return fitsInPath(value) ? problem(value) : `must be ${what}`;
		},
	};
}

/** One of the given values. */
export function oneOf(values: readonly string[]): Rule {
	return {
		problem: (value) =>
			typeof value === 'string' && values.includes(value) ? undefined : `must be one of ${values.join(', ')}`,
	};
}

/**
 * A declared body without its empty fields (the service takes an absent field for its default), normalized by the
 * rules; or the first rule that it breaks.
 */
export function checkBody(
	declared: IDataObject,
	rules: FieldRule[],
	bodyRules: BodyRule[],
): { body: IDataObject } | { problem: Problem } {
	const filled = Object.entries(declared).filter(([, value]) => value !== undefined && value !== null && value !== '');
	const deep = filled.find(([, value]) => isTooDeep(value));
	if (deep) return { problem: tooDeep(rules.find(({ field }) => field === deep[0])?.label ?? deep[0]) };
	const body: IDataObject = Object.fromEntries(filled);
	for (const { field, label, rule } of rules) {
		const value = rule.normalize ? rule.normalize(body[field]) : body[field];
		const problem = rule.problem(value);
		if (problem) {
			const given = declared[field];
			const isEmpty = given === undefined || given === null || given === '';
			const message = `${label} is ${isEmpty ? 'empty' : quote(given)}, but it ${problem}`;
			return { problem: { message, hint: `Change ${label} and run the node again. Nothing was sent.` } };
		}
		if (value !== undefined) body[field] = value as IDataObject[string];
	}
	for (const rule of bodyRules) {
		const problem = rule(body);
		if (problem) return { problem };
	}
	return { body };
}

function tooDeep(label: string): Problem {
	return {
		message: `${label} has more than ${DEEPEST} levels of brackets`,
		hint: `Change ${label} and run the node again. Nothing was sent.`,
	};
}

function toNumber(value: unknown): unknown {
	return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** `extra` merged into `body`, objects key by key; arrays and values replace. */
export function mergeBody(body: IDataObject, extra: IDataObject): IDataObject {
	const merged: IDataObject = { ...body };
	for (const [key, value] of Object.entries(extra)) {
		const own = merged[key];
		merged[key] = isObject(own) && isObject(value) ? mergeBody(own, value) : value;
	}
	return merged;
}

function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
