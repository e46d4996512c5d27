import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { readTime, type Edge } from '../util/dates';
import { readId } from '../util/ids';
import { parseJson } from '../util/parse';
import { naming, refused } from '../util/text';
import { exactFlag, isEmpty, kindOf, numberWithin, rangeText, type NumberRange } from '../util/values';
import { refuseInput, type ItemContext } from './context';

/** Reading what users hand over, which expressions make anything of: each kind has one rule. All throw a TaskError. */

/** A number. */
export function numberIn(item: ItemContext, label: string, value: unknown, range: NumberRange): number {
	const number = numberWithin(value, range);
	return number ?? refuseInput(item, refused(label, value, `must be ${rangeText(range)}`), change(label));
}

/** A switch. */
export function flagIn(item: ItemContext, label: string, value: unknown): boolean {
	return exactFlag(value) ?? refuseInput(item, refused(label, value, 'must be true or false'), change(label));
}

/** One of the values that a property offers. */
export function choiceIn(item: ItemContext, { displayName, options }: INodeProperties, value: unknown): string {
	const values = (options as INodePropertyOptions[]).map((option) => option.value);
	const choice = typeof value === 'string' ? value.trim() : '';
	if (values.includes(choice)) return choice;
	return refuseInput(item, refused(displayName, value, `must be one of ${values.join(', ')}`), change(displayName));
}

/** A text; '' where there is none. A number is one. */
export function textIn(item: ItemContext, label: string, value: unknown): string {
	if (isEmpty(value)) return '';
	if (typeof value === 'string') return value;
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	return refuseInput(item, refused(label, value, `must be a text, not ${kindOf(value)}`), change(label));
}

/** An ID that the service can be asked for; '' where there is none. `hint` says which ID to enter. */
export function idIn(item: ItemContext, label: string, value: unknown, hint: string): string {
	const read = readId(value);
	if ('id' in read) return read.id;
	return refuseInput(
		item,
		naming(value, (shown) => `${label} ${shown} ${read.problem}`),
		`${hint} ${LONG_IDS}`,
	);
}

/**
 * IDs, each one once: a text with commas, semicolons or white space between them, also a JSON array; or an array, of
 * tasks and items too. Linear in the length of the text.
 */
export function idListIn(item: ItemContext, label: string, value: unknown, hint: string): string[] {
	const entries = (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((entry) =>
		typeof entry === 'string' ? idsInText(entry) : [entry],
	);
	const ids = entries.map((entry) => idIn(item, label, entry, hint));
	return [...new Set(ids.filter((id) => id !== ''))];
}

function idsInText(text: string): unknown[] {
	const list = text.trimStart().startsWith('[') ? parseJson(text) : undefined;
	if (Array.isArray(list)) return list;
	const ids = new Set<string>();
	// One by one: an array of all parts of a long text takes many times its room.
	for (const [id] of text.matchAll(/[^\s,，;；]+/g)) ids.add(id);
	return [...ids];
}

/** A time as ms since the epoch; undefined where there is none. `edge` says which end of a whole day is meant. */
export function timeIn(item: ItemContext, label: string, value: unknown, edge: Edge): number | undefined {
	if (isEmpty(value)) return undefined;
	const hint = `Enter a date such as 2026-11-21 or 2026-11-21T08:00:00, which is read in the workflow's time zone (${item.timeZone}), or with an offset as in 2026-11-21T08:00:00+08:00. Seconds and milliseconds since 1970 are understood as well.`;
	return (
		readTime(value, item.timeZone, edge) ??
		refuseInput(
			item,
			naming(value, (shown) => `${label} is ${shown}, which is not a date`),
			hint,
		)
	);
}

const LONG_IDS =
	'IDs are longer than numbers can hold: keep them as text, in a spreadsheet by formatting the column before they are entered.';

function change(label: string): string {
	return `Change ${label} and run the node again. Nothing was sent.`;
}
