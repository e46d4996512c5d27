import type { IBinaryData } from 'n8n-workflow';

import { asRecord, DEEPEST } from '../util/parse';
import { count, quote, said } from '../util/text';

/** Where an image stands in an object: of this package's own `images`, and of other services (docs/images.md). */
const IMAGE_KEYS = ['url', 'image_url', 'imageUrl', 'b64_json', 'base64', 'data'];

/** Most keys of an object that a message names. */
const MOST_KEYS = 8;

/**
 * The key and the text of an image in an object, also one within its key; what it is instead where that is no text;
 * undefined without such a key.
 */
export function imageTextIn(value: object, isWithin = false): ImageText | undefined {
	const fields = asRecord(value);
	const key = IMAGE_KEYS.find((name) => fields[name] !== undefined && fields[name] !== null && fields[name] !== '');
	if (key === undefined) return undefined;
	const inner = onlyElement(fields[key]);
	if (typeof inner === 'string') return { key, text: inner };
	const image = isWithin || typeof inner !== 'object' || inner === null ? undefined : imageTextIn(inner, true);
	return image ? { ...image, key } : { key, other: inner };
}

type ImageText = { key: string; text: string } | { key: string; other: unknown };

/** Whether a value is a file as n8n hands it out. */
export function isBinary(value: unknown): value is IBinaryData {
	const { mimeType, data, id } = asRecord(value);
	if (typeof mimeType !== 'string') return false;
	// Other services have IDs and data as well; those of n8n's storage begin with its name, such as `filesystem-v2:`.
	if (typeof id === 'string' && /^[\w-]+:/.test(id)) return true;
	return typeof data === 'string' && !/^\s*(?:data:|https?:)/i.test(data);
}

/** Also a file without its bytes: n8n leaves them out of `$binary` where it keeps them in memory. */
export function isFile(value: unknown): value is Partial<IBinaryData> {
	if (isBinary(value)) return true;
	const { mimeType, fileType, fileSize, fileExtension, fileName } = asRecord(value);
	const isDescribed = [fileType, fileSize, fileExtension, fileName].some((fact) => fact !== undefined);
	return typeof mimeType === 'string' && isDescribed && imageTextIn(asRecord(value)) === undefined;
}

/** The bytes in a value: a buffer, or one as JSON writes it; undefined when it is neither. */
export function bytesIn(value: object): Buffer | undefined {
	if (value instanceof Uint8Array) return Buffer.from(value);
	const { type, data } = asRecord(value);
	return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]) : undefined;
}

/** The only element of an array of one, also within another one; every other value as it is. */
export function onlyElement(value: unknown): unknown {
	let element = value;
	for (let depth = 0; depth < DEEPEST && Array.isArray(element) && element.length === 1; depth += 1)
		element = (element as unknown[])[0];
	return element;
}

/** What kind of value stands where an image should be, as in "is a number (12)"; without a text of the user's. */
export function kindOf(value: unknown): string {
	if (value === undefined || value === null) return 'empty';
	if (typeof value === 'number' || typeof value === 'boolean') return `a ${typeof value} (${value})`;
	if (typeof value === 'string') return 'a text';
	if (Array.isArray(value))
		return value.length === 0 ? 'an empty array' : `an array of ${count(value.length, 'element')}`;
	if (typeof value !== 'object') return `a ${typeof value}`;
	if (isFile(value)) return `a file (${quote(value.mimeType)})`;
	const keys = Object.keys(value);
	if (keys.length === 0) return 'an object without fields';
	const named = keys.slice(0, MOST_KEYS).map((key) => key.slice(0, 40));
	return `an object with the fields ${said(named.join(', '))}${keys.length > MOST_KEYS ? ' …' : ''}`;
}
