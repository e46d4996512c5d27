import type { IBinaryData } from 'n8n-workflow';

import { base64At, headOfBase64, normalizeBase64, SHORTEST_BASE64 } from '../util/parse';
import { count, quote } from '../util/text';
import type { BinaryFields, NamedBinary } from './binaryFields';
import { imageTypeOf } from './formats';
import { bytesIn, imageTextIn, isBinary, isFile, kindOf, onlyElement } from './objects';
import { IMAGE_INPUT_HINT, ImageProblem, type ImageReference } from './reference';
import { encodedUrl, LONGEST_URL } from './url';

type Found = ImageReference[] | ImageProblem;

/**
 * Finds the image that one entry names (docs/images.md, What an entry may be). Gives several for `*`, for a list of files
 * and for an object of files. What matches `path` is an image that the service has already. Nothing is loaded but the first
 * bytes of stored files whose label says nothing.
 * The problem it returns names the value, or its kind, and lists the binary fields of the item.
 */
export async function findImages(given: unknown, fields: BinaryFields, path?: RegExp): Promise<Found> {
	const entry = onlyElement(given);
	if (typeof entry === 'object' && entry !== null && !Array.isArray(entry)) return await inObject(entry, fields, path);
	const hint = `${IMAGE_INPUT_HINT} ${fields.listed()}`;
	if (typeof entry !== 'string' || entry.trim() === '') {
		return problemOf(typeof entry === 'string' ? 'empty' : kindOf(entry), hint);
	}
	const text = entry.trim();
	const addressed = inAddress(text);
	if (addressed) return addressed;
	const named = fields.get(text);
	if (named) return named.map(asReference);
	if (text === 'data') {
		// The default also means the item's only image, so that nodes chain without a change.
		const sole = await fields.soleImage();
		if (sole) return [asReference(sole)];
	}
	if (text === '*') {
		const images = await fields.images();
		if (images.length > 0) return images.map(asReference);
		return new ImageProblem('"*" stands for all images of the item, and it has none', `${NO_IMAGE} ${fields.listed()}`);
	}
	if (path?.test(text)) return [{ kind: 'path', path: text }];
	if (text.length >= SHORTEST_BASE64) return inBase64(text, text);
	return ImageProblem.of(text, (shown) => `${shown} is neither a URL nor a binary field of the item`, hint);
}

/** A URL or a data URI; undefined for every other text. */
function inAddress(text: string): Found | undefined {
	if (/^data:/i.test(text)) return inDataUri(text);
	if (!/^https?:\/\//i.test(text)) return undefined;
	const isTooLong = text.length > LONGEST_URL;
	const url = isTooLong ? undefined : encodedUrl(text);
	if (url !== undefined) return [{ kind: 'url', url }];
	const problem = isTooLong ? `has ${text.length} characters, so it is no URL` : 'is not a whole URL';
	return ImageProblem.of(text, (shown) => `${shown} ${problem}`, 'Check the address in a browser. Nothing was sent.');
}

function inDataUri(text: string): Found {
	const start = base64At(text);
	if (start === undefined) {
		const hint = 'Use data:image/png;base64,… or a URL.';
		return ImageProblem.of(text, (shown) => `${shown} is not a base64 data URI`, hint);
	}
	return inBase64(text.slice(start), text);
}

/** `given` is what the message repeats; `place` is where it stands. */
function inBase64(text: string, given: string, place = ''): Found {
	const base64 = normalizeBase64(text);
	if (base64 && imageTypeOf(headOfBase64(base64))) return [{ kind: 'base64', base64 }];
	return ImageProblem.of(given, (shown) => `${shown}${place} is not readable as base64 of an image`, IMAGE_INPUT_HINT);
}

/** A file as n8n hands it out, several of them by name, bytes, or an object that says where its image is. */
async function inObject(value: object, fields: BinaryFields, path?: RegExp): Promise<Found> {
	const bytes = bytesIn(value);
	if (bytes) {
		if (imageTypeOf(bytes)) return [{ kind: 'base64', base64: bytes.toString('base64') }];
		return new ImageProblem(`is a buffer of ${bytes.length} bytes, which hold no image`, IMAGE_INPUT_HINT);
	}
	if (isFile(value)) return inFile(value, fields);
	const parts = Object.entries(value);
	if (parts.length > 0 && parts.every(([, part]) => isFile(part))) return await inFiles(parts, fields);
	const image = imageTextIn(value);
	if (!image) return problemOf(kindOf(value), `${OBJECT_HINT} ${fields.listed()}`);
	if ('other' in image) {
		return problemOf(`an object whose field ${image.key} is ${kindOf(image.other)}`, OBJECT_HINT);
	}
	const text = image.text.trim();
	const addressed = inAddress(text);
	if (addressed) return addressed;
	if (path?.test(text)) return [{ kind: 'path', path: text }];
	return inBase64(text, text, ` in ${image.key}`);
}

/** `what` is given instead of an image, as in "a number (12)". */
function problemOf(what: string, hint: string): ImageProblem {
	return ImageProblem.holding(what, (part) => `is ${part}`, hint);
}

const OBJECT_HINT =
	'Hand over a file, or an object with a URL or base64 in url, image_url, imageUrl, b64_json, base64 or data.';

const NO_IMAGE = 'Hand over images in binary fields, or enter their URLs.';

function inFile(value: Partial<IBinaryData>, fields: BinaryFields): Found {
	const own = fields.like(value);
	const [first] = own;
	if (isBinary(value)) return [first ? asReference(first) : asForeign(value)];
	if (!first) {
		const hint = `n8n leaves the content out of this expression. Enter the name of the binary field, or use {{ $('Node').item.binary.data }}. ${fields.listed()}`;
		return new ImageProblem('is a file without its content', hint);
	}
	if (own.every(({ binary }) => binary.data === first.binary.data)) return [asReference(first)];
	const names = own.map(({ name }) => quote(name)).join(' or ');
	return problemOf(`a file that may be ${names}`, 'n8n does not tell which one it is. Enter its name.');
}

/** All images in an object of files, such as `$binary`. */
async function inFiles(parts: Array<[string, unknown]>, fields: BinaryFields): Promise<Found> {
	const files: NamedBinary[] = [];
	for (const [name, part] of parts) {
		const own = fields.like(part as object).find((file) => file.name === name);
		if (own) files.push(own);
		else if (isBinary(part)) files.push({ name, binary: part });
		else return inFile(part as Partial<IBinaryData>, fields);
	}
	const images = await fields.imagesAmong(files);
	if (images.length > 0)
		return images.map((file) => (fields.all.includes(file) ? asReference(file) : asForeign(file.binary, file.name)));
	return new ImageProblem(
		`is an object of ${count(files.length, 'file')}, none of which is an image`,
		`${NO_IMAGE} ${fields.listed()}`,
	);
}

function asReference({ name, binary }: NamedBinary): ImageReference {
	return { kind: 'binary', name, binary };
}

/** A file of another item or node. */
function asForeign(binary: IBinaryData, name = binary.fileName ?? 'file'): ImageReference {
	return { kind: 'binary', name, binary, isForeign: true };
}
