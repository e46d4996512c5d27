/** Longest name of a file, in characters. */
const LONGEST_NAME = 100;

/** Longest part of a name that is looked at. */
const LOOKED_AT = 2_000;

/** What would end a line or a text, in whatever receives the name. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/**
 * A name that stays a name wherever it is written: no path, no control character, at most 100 characters, of which the
 * ending stays. Letters of all scripts stay as they are.
 */
export function safeName(text: string): string {
	const plain = text.slice(-LOOKED_AT).replace(CONTROLS, ' ').replace(/[/\\]/g, '_');
	const ending = /\.\w{1,5}$/.exec(plain)?.[0] ?? '';
	const name = Array.from(plain.slice(0, plain.length - ending.length));
	return name.slice(0, LONGEST_NAME - ending.length).join('') + ending;
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

/** A text as the beginning of a name: letters of all scripts, digits, `.`, `_` and `-`; '' when it has no letter or digit. */
export function wordsOf(text: string): string {
	const words = text
		.slice(0, LOOKED_AT)
		.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '_')
		.replace(/^[._]+/, '');
	return /[\p{L}\p{N}]/u.test(words) ? words : '';
}
