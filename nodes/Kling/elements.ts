import type { IDataObject } from 'n8n-workflow';

import { anyId, asRecord, isEmpty, kindOf, parseJson, type Rule } from '../tasks';
import { field } from './fields';

/** The API takes them as numbers of 64 bits (docs/services/kling.md, Elements). */
const ELEMENT_ID = /^[1-9]\d{0,18}$/;

/** Longest list as a text, in characters: ten IDs are 200. */
const LONGEST_LIST = 2_000;

/** Element IDs as text, to the digit; or what is wrong with them. */
function readElements(value: unknown): { ids: string[] } | { problem: string } {
	const ids: string[] = [];
	for (const entry of entriesOf(value)) {
		const id = idOf(entry);
		if (typeof id !== 'string') return id;
		ids.push(id);
	}
	return { ids };
}

/** The entries of a list: a text with commas or lines, JSON, or an array. */
function entriesOf(value: unknown): unknown[] {
	if (Array.isArray(value)) return value.flat();
	if (typeof value !== 'string' || value.length > LONGEST_LIST) return isEmpty(value) ? [] : [value];
	const listed = value.trim().startsWith('[') ? parseJson(value) : undefined;
	return Array.isArray(listed) ? listed : value.split(/[\n,，]/).filter((entry) => !isEmpty(entry));
}

/** One ID, also that of an element's task or as the API writes it. */
function idOf(entry: unknown): string | { problem: string } {
	const { elementId, element_id } = asRecord(entry);
	const given = typeof entry === 'object' ? (elementId ?? element_id) : entry;
	if (isEmpty(given)) return { problem: `holds ${kindOf(entry)} without an element ID` };
	if (typeof given === 'number' && given > Number.MAX_SAFE_INTEGER)
		return { problem: 'has lost digits: keep the IDs as text' };
	const problem = anyId.problem(given);
	if (problem) return { problem };
	const id = String(anyId.normalize?.(given) ?? '');
	return ELEMENT_ID.test(id) ? id : { problem: 'must hold element IDs of 1 to 19 digits' };
}

/** `[{ element_id }]` with the IDs as text; the service gets them as numbers (`exactIntegers`). */
const elementList: Rule = {
	normalize(value) {
		const read = readElements(value);
		if ('problem' in read) return value;
		return read.ids.length > 0 ? read.ids.map((id) => ({ element_id: id })) : undefined;
	},
	problem(value) {
		const read = readElements(value);
		return 'problem' in read ? read.problem : undefined;
	},
};

export const elementIds = field(
	{
		displayName: 'Element IDs',
		name: 'elementIds',
		type: 'string',
		default: '',
		placeholder: 'e.g. 829836802793406551',
		description:
			'Elements that the image should show, separated by commas or new lines. Keep the IDs as text: they are longer than numbers can hold.',
	},
	'element_list',
	elementList,
);

/** The elements of a checked request. */
export function elementsIn({ element_list }: IDataObject): string[] {
	const listed = Array.isArray(element_list) ? element_list : [];
	return listed.map((element) => String(asRecord(element).element_id));
}

/** Most images and elements of one request together (docs/services/kling.md, Elements). */
export const MOST_REFERENCES = 10;
