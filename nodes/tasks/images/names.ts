import type { ImageType } from './formats';
import type { ImageReference } from './reference';

/** Longest name of a file, in characters, and in bytes: file systems take 255, and whoever stores it may add some. */
const LONGEST_NAME = 100;
const LONGEST_NAME_BYTES = 200;

/** Longest part of a name that is looked at. */
const LOOKED_AT = 2_000;

/** What would end a line or a text, in whatever receives the name. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** What the names of images end with, whatever they hold. */
const IMAGE_ENDING = /\.(?:png|jpe?g|jfif|webp|gif|bmp|tiff?|hei[cf]|avif)$/i;

/**
 * A name that stays a name wherever it is written: no path, no control character, at most 100 characters and 200 bytes,
 * of which the ending stays. Letters of all scripts stay as they are.
 */
export function safeName(text: string): string {
	const plain = text.slice(-LOOKED_AT).replace(CONTROLS, ' ').replace(/[/\\]/g, '_');
	const ending = /\.\w{1,5}$/.exec(plain)?.[0] ?? '';
	const name = Array.from(plain.slice(0, plain.length - ending.length)).slice(0, LONGEST_NAME - ending.length);
	while (Buffer.byteLength(name.join('')) > LONGEST_NAME_BYTES - ending.length) name.pop();
	return name.join('') + ending;
}

/**
 * The name of an image for somebody else's disk: the words of `text` with the ending of the true type, or `fallback` where
 * it has none. Nothing that another system could read as more than a name stays: no path, space, quote or line end.
 */
export function imageName(text: string, { extension }: ImageType, fallback: string): string {
	// An ending that is not true is dropped, also of two as in `me.jpg.heic`.
	const bare = toLastWord(text.slice(0, LOOKED_AT)).replace(IMAGE_ENDING, '').replace(IMAGE_ENDING, '');
	return safeName(`${toLastWord(wordsOf(bare)) || fallback}.${extension}`);
}

/** A text up to its last letter or digit. */
function toLastWord(text: string): string {
	const characters = Array.from(text);
	while (characters.length > 0 && !/[\p{L}\p{M}\p{N}]/u.test(characters.at(-1) ?? '')) characters.pop();
	return characters.join('');
}

/** The last part of a URL's path, decoded; '' when it ends in a slash. */
export function lastPartOf(url: string): string {
	const [path = ''] = url.split(/[?#]/, 1);
	// Bytes that are no UTF-8 are no error here.
	return path
		.slice(path.lastIndexOf('/') + 1)
		.slice(0, LOOKED_AT)
		.replace(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString());
}

/**
 * A text as the beginning of a name: letters of all scripts, digits, `.`, `_` and `-`, and no way up; '' when it has no
 * letter or digit.
 */
export function wordsOf(text: string): string {
	const words = text
		.slice(0, LOOKED_AT)
		.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '_')
		.replace(/\.{2,}/g, '.')
		.replace(/^[._-]+/, '');
	return /[\p{L}\p{N}]/u.test(words) ? words : '';
}

/** What some disk refuses in a name, and what would turn its letters around: each becomes one `_`. */
const NOT_ON_DISKS =
	/[<>:"/\\|?*\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** The ending of a file's name: one to five letters and digits, not digits alone, as in `v1.2`. */
const ANY_ENDING = /\.(?=\d*[a-z])[a-z\d]{1,5}$/i;

/**
 * The name of a result without number and ending: what the user has entered, else the name of the input, else the ID of
 * the task. Letters of all scripts, spaces and signs stay as far as every disk takes them; no path, no control character,
 * no dot or dash at its beginning.
 */
export function resultStem(entered: string, taskId: string): string {
	return stemOf(entered.trim().replace(IMAGE_ENDING, '')) || stemOf(taskId) || 'image';
}

/** A result's name: at most 100 characters and 200 bytes, of which number and ending stay. */
export function resultName(stem: string, suffix: string, { extension }: ImageType): string {
	const end = `${suffix}.${extension}`;
	const name = Array.from(stem).slice(0, LONGEST_NAME - end.length);
	while (Buffer.byteLength(name.join('')) > LONGEST_NAME_BYTES - end.length) name.pop();
	return name.join('').trimEnd() + end;
}

/** The name of an input image without its ending: that of its file, or the last part of its URL or path; '' without one. */
export function nameOfInput(image: ImageReference | undefined): string {
	return ownName(image).replace(ANY_ENDING, '');
}

function ownName(image: ImageReference | undefined): string {
	if (image?.kind === 'url') return lastPartOf(image.url);
	if (image?.kind === 'path') return lastSegment(image.path);
	return image?.kind === 'binary' ? lastSegment(image.binary.fileName ?? '') : '';
}

function lastSegment(path: string): string {
	const end = path.slice(-LOOKED_AT);
	return end.slice(Math.max(end.lastIndexOf('/'), end.lastIndexOf('\\')) + 1);
}

function stemOf(text: string): string {
	const name = text
		.slice(0, LOOKED_AT)
		.replace(NOT_ON_DISKS, '_')
		.replace(/\.{2,}/g, '.')
		.replace(/^[\s._-]+/, '')
		.trimEnd();
	return /[\p{L}\p{N}\p{S}]/u.test(name) ? name : '';
}
