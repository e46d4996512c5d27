import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { readId } from '../util/ids';
import { quote } from '../util/text';
import { exactFlag, isEmpty, kindOf, numberWithin, rangeText, type NumberRange } from '../util/values';
import { refuseInput, type ItemContext } from './context';

/** Reading what users hand over, which expressions make anything of: each kind has one rule. All throw a TaskError. */

/** A number. */
export function numberIn(item: ItemContext, label: string, value: unknown, range: NumberRange): number {
	const number = numberWithin(value, range);
	return number ?? refuseInput(item, `${label} is ${shown(value)}, but it must be ${rangeText(range)}`, change(label));
}

/** A switch. */
export function flagIn(item: ItemContext, label: string, value: unknown): boolean {
	return (
		exactFlag(value) ?? refuseInput(item, `${label} is ${shown(value)}, but it must be true or false`, change(label))
	);
}

/** One of the values that a property offers. */
export function choiceIn(item: ItemContext, { displayName, options }: INodeProperties, value: unknown): string {
	const values = (options as INodePropertyOptions[]).map((option) => option.value);
	const choice = typeof value === 'string' ? value.trim() : '';
	if (values.includes(choice)) return choice;
	const message = `${displayName} is ${shown(value)}, but it must be one of ${values.join(', ')}`;
	return refuseInput(item, message, change(displayName));
}

/** A text; '' where there is none. A number is one. */
export function textIn(item: ItemContext, label: string, value: unknown): string {
	if (isEmpty(value)) return '';
	if (typeof value === 'string') return value;
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	const message = `${label} is ${shown(value)}, but it must be a text, not ${kindOf(value)}`;
	return refuseInput(item, message, change(label));
}

/** An ID that the service can be asked for; '' where there is none. `hint` says which ID to enter. */
export function idIn(item: ItemContext, label: string, value: unknown, hint: string): string {
	const read = readId(value);
	if ('id' in read) return read.id;
	return refuseInput(item, `${label} ${quote(value)} ${read.problem}`, `${hint} ${LONG_IDS}`);
}

const LONG_IDS =
	'IDs are longer than numbers can hold: keep them as text, in a spreadsheet by formatting the column before they are entered.';

function shown(value: unknown): string {
	return value === undefined || value === null || value === '' ? 'empty' : quote(value);
}

function change(label: string): string {
	return `Change ${label} and run the node again. Nothing was sent.`;
}
