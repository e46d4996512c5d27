import type { IBinaryData, INodeExecutionData } from 'n8n-workflow';

import { asRecord, headOfBase64, normalizeBase64, SHORTEST_BASE64 } from '../util/parse';
import { quote, said } from '../util/text';
import { imageTypeOf } from './formats';

/** Where an image is, found but not loaded: finding is cheap, so mistakes show before anything is loaded. */
export type ImageReference =
	| { kind: 'url'; url: string }
	| { kind: 'base64'; base64: string }
	| { kind: 'path'; path: string }
	| { kind: 'binary'; name: string; binary: IBinaryData };

/** A user's image input that cannot be used: what is wrong, and what to change. */
export class ImageProblem {
	constructor(
		readonly message: string,
		readonly hint: string,
	) {}
}

/** The image fields of one item by name, in field order. */
type BinaryFields = Map<string, IBinaryData>;

/** Most entries of a list; what commas and line feeds separate in a text counts. */
const MOST_ENTRIES = 10_000;

/** What may stand between two entries: a line feed always separates, a comma of either width where an entry begins. */
const SEPARATOR = /[\n,，]/g;

const tooManyEntries = new ImageProblem(
	`there are more than ${MOST_ENTRIES} entries`,
	'Hand over fewer images, or split them over several items.',
);

/** What an image input takes. */
export const IMAGE_INPUT_HINT =
	'Enter an image URL, the name of a binary field of the item, a data URI, or base64 of the image.';

/**
 * Finds the image that one entry names (docs/images.md, What an entry may be). Gives several for `*`. What matches `path`
 * is an image that the service has already.
 * The problem it returns names the value and lists the binary fields of the item.
 */
export function findImages(entry: unknown, fields: BinaryFields, path?: RegExp): ImageReference[] | ImageProblem {
	if (typeof entry !== 'string' || entry.trim() === '') {
		return new ImageProblem('is empty', `${IMAGE_INPUT_HINT} ${listFields(fields)}`);
	}
	const text = entry.trim();
	if (/^https?:\/\//i.test(text)) return [{ kind: 'url', url: text }];
	if (/^data:/i.test(text)) return fromDataUri(text);
	const binary = fields.get(text);
	const named = binary ? { name: text, binary } : soleImage(text, fields);
	if (named) return [{ kind: 'binary', ...named }];
	if (text === '*') return allImages(fields);
	if (path?.test(text)) return [{ kind: 'path', path: text }];
	if (text.length >= SHORTEST_BASE64) {
		const base64 = normalizeBase64(text);
		if (base64 && imageTypeOf(headOfBase64(base64))) return [{ kind: 'base64', base64 }];
		return new ImageProblem(`${quote(text)} is not readable as base64 of an image`, IMAGE_INPUT_HINT);
	}
	return new ImageProblem(
		`${quote(text)} is neither a URL nor a binary field of the item`,
		`${IMAGE_INPUT_HINT} ${listFields(fields)}`,
	);
}

/**
 * Splits a list parameter into entries: an array, or a string with one entry a line or with commas. A comma separates
 * only where a URL, `data:`, `*`, a binary field's name or what matches `path` follows, so that URLs and data URIs keep theirs.
 * Gives a problem for more entries than anybody means.
 */
export function splitEntries(value: unknown, fields: BinaryFields, path?: RegExp): unknown[] | ImageProblem {
	if (typeof value === 'string') return splitText(value, fields, path);
	const list: unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
	return list.length > MOST_ENTRIES ? tooManyEntries : list;
}

/** The binary fields of an item. In n8n's combined mode they are values of the JSON. */
export function binaryFieldsOf(item: INodeExecutionData, combined: boolean): BinaryFields {
	const source = combined ? { ...item.json, ...item.binary } : { ...item.binary };
	return new Map(Object.entries(source).filter((entry): entry is [string, IBinaryData] => isBinaryData(entry[1])));
}

function fromDataUri(text: string): ImageReference[] | ImageProblem {
	const data = base64In(text);
	if (data === undefined) {
		return new ImageProblem(`${quote(text)} is not a base64 data URI`, 'Use data:image/png;base64,… or a URL.');
	}
	const base64 = normalizeBase64(data);
	if (base64 && imageTypeOf(headOfBase64(base64))) return [{ kind: 'base64', base64 }];
	return new ImageProblem(`the data URI ${quote(text)} is not readable as base64 of an image`, IMAGE_INPUT_HINT);
}

/** What follows `;base64,` in a data URI; undefined when nothing does. */
function base64In(uri: string): string | undefined {
	const comma = uri.indexOf(',');
	return /;base64$/i.test(uri.slice(Math.max(0, comma - 7), comma)) ? uri.slice(comma + 1) : undefined;
}

/** The default `data` also means the item's only image, so that nodes chain without a change. */
function soleImage(text: string, fields: BinaryFields): { name: string; binary: IBinaryData } | undefined {
	const images = imagesIn(fields);
	return text === 'data' && images.length === 1 ? images[0] : undefined;
}

function allImages(fields: BinaryFields): ImageReference[] | ImageProblem {
	const images = imagesIn(fields);
	return images.length > 0
		? images.map((image) => ({ kind: 'binary', ...image }))
		: new ImageProblem('"*" stands for all images of the item, and it has none', listFields(fields));
}

function imagesIn(fields: BinaryFields): Array<{ name: string; binary: IBinaryData }> {
	return [...fields]
		.filter(([, binary]) => binary.mimeType.startsWith('image/'))
		.map(([name, binary]) => ({ name, binary }));
}

function listFields(fields: BinaryFields): string {
	if (fields.size === 0) return 'The item has no binary fields.';
	const names = [...fields].map(([name, binary]) => `${quote(name)} (${binary.mimeType})`);
	return `The item has these binary fields: ${said(names.join(', '))}.`;
}

/** Part by part, and not all at once: a text may have 100 million commas. */
function splitText(text: string, fields: BinaryFields, path?: RegExp): string[] | ImageProblem {
	const entries: string[] = [];
	let entryAt = 0;
	let partAt = 0;
	for (let parts = 1; partAt <= text.length; parts += 1) {
		if (parts > MOST_ENTRIES) return tooManyEntries;
		const end = separatorFrom(text, partAt);
		const isNewLine = text.charAt(partAt - 1) === '\n';
		if (partAt > 0 && (isNewLine || opensEntry(text.slice(partAt, end), fields, path))) {
			entries.push(text.slice(entryAt, partAt - 1));
			entryAt = partAt;
		}
		partAt = end + 1;
	}
	entries.push(text.slice(entryAt));
	return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
}

/** The place of the next separator, or the end of the text. */
function separatorFrom(text: string, start: number): number {
	SEPARATOR.lastIndex = start;
	return SEPARATOR.test(text) ? SEPARATOR.lastIndex - 1 : text.length;
}

function opensEntry(part: string, fields: BinaryFields, path?: RegExp): boolean {
	const text = part.trim();
	return /^(https?:\/\/|data:|\*$)/i.test(text) || fields.has(text) || (path?.test(text) ?? false);
}

function isBinaryData(value: unknown): value is IBinaryData {
	const { mimeType, data, id } = asRecord(value);
	return typeof mimeType === 'string' && (typeof data === 'string' || typeof id === 'string');
}
