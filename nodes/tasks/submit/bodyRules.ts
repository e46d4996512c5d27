import type { IDataObject } from 'n8n-workflow';

import { setAt, valueAt } from '../util/bodyPath';
import { readId } from '../util/ids';
import { DEEPEST, isTooDeep } from '../util/parse';
import { refused } from '../util/text';
import { exactFlag, exactNumber, isEmpty, kindOf, numberWithin, rangeText, type NumberRange } from '../util/values';

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
	return numberRule({ low, high, whole: true });
}

/** A number from `low` to `high`. */
export function numberBetween(low: number, high: number): Rule {
	return numberRule({ low, high });
}

function numberRule(range: NumberRange): Rule {
	return {
		normalize: (value) => exactNumber(value) ?? value,
		problem: (value) => (numberWithin(value, range) === undefined ? `must be ${rangeText(range)}` : undefined),
	};
}

/** True or false; as text too. */
export const trueOrFalse: Rule = {
	normalize: (value) => exactFlag(value) ?? value,
	problem: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
};

/** The same rule for a field that is sent only when it is set. */
export function optional({ normalize, problem }: Rule): Rule {
	return { normalize, problem: (value) => (value === undefined ? undefined : problem(value)) };
}

/** A text, which may be empty: then it is not sent. A number is one. */
export const anyText: Rule = {
	normalize: (value) => (isEmpty(value) ? undefined : typeof value === 'number' ? String(value) : value),
	problem: (value) =>
		value === undefined || typeof value === 'string' ? undefined : `must be a text, not ${kindOf(value)}`,
};

/** The same of at most `most` characters, counted in code points as the services do. */
export function textUpTo(most: number): Rule {
	return {
		...anyText,
		problem(value) {
			if (typeof value !== 'string') return anyText.problem(value);
			const length = codePointsIn(value);
			return length <= most ? undefined : `has ${length} characters (at most ${most})`;
		},
	};
}

/** Counted one by one: an array of them is too large for a text of 100 MB. */
function codePointsIn(text: string): number {
	let count = 0;
	for (let at = 0; at < text.length; count += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
	return count;
}

/** A text that is not empty; `what` says what it is, as in "must be …". */
export function nonEmptyText(what: string): Rule {
	return {
		normalize: (value) =>
			typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : value,
		problem(value) {
			if (typeof value === 'string' && value !== '') return undefined;
			return isEmpty(value) ? `must be ${what}` : `must be ${what}, not ${kindOf(value)}`;
		},
	};
}

/** An ID, which may be missing; the one rule is in util/ids. */
export const anyId: Rule = {
	normalize(value) {
		const read = readId(value);
		return 'id' in read ? read.id || undefined : value;
	},
	problem(value) {
		const read = readId(value);
		return 'problem' in read ? read.problem : undefined;
	},
};

/** An ID that must be there; `what` says whose, as in "must be …". */
export function idOf(what: string): Rule {
	return {
		...anyId,
		problem(value) {
			const problem = anyId.problem(value);
			return problem ?? (value === undefined ? `must be ${what}` : undefined);
		},
	};
}

/** Always this value, whatever is declared. */
export function always(value: string): Rule {
	return { normalize: () => value, problem: () => undefined };
}

/** One of the given values. */
export function oneOf(values: readonly string[]): Rule {
	return {
		normalize: (value) => (typeof value === 'string' ? value.trim() : value),
		problem: (value) =>
			typeof value === 'string' && values.includes(value) ? undefined : `must be ${values.join(', ')}`,
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
		const given = valueAt(declared, field);
		const value = rule.normalize ? rule.normalize(given) : given;
		const problem = rule.problem(value);
		if (problem) {
			return {
				problem: {
					message: refused(label, given, problem),
					hint: `Change ${label} and run the node again. Nothing was sent.`,
				},
			};
		}
		setAt(body, field, value);
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
