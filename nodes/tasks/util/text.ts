import { isTooDeep, partsOf } from './parse';

/** Longest value of the user's that a message repeats, in characters: images and prompts are longer. */
const LONGEST_QUOTE = 60;

/** Longest text of a service that an error repeats, in characters. */
const LONGEST_SAID = 300;

/** Unbroken text of this length is no word: it is a key, a token or an image. */
const UNBROKEN = /[\w+/=-]{64}[\w+/=-]*/g;

/** Characters of an unbroken text that stay, so that it can be recognised. */
const KEPT_CHARACTERS = 12;

/** Longest text that is looked at; what follows is cut anyhow. */
const LOOKED_AT = 2_000;

/** A value for a message: quoted and cut, without base64, query strings and passwords in URLs. */
export function quote(value: unknown): string {
	const text = typeof value === 'string' ? value : jsonOf(value);
	const bare = withoutSecrets(text.slice(0, LOOKED_AT));
	return `"${cut(bare, LONGEST_QUOTE)}"`;
}

/** A value as JSON writes it; in short what JSON cannot write, because it is too deep for example. */
export function jsonOf(value: unknown): string {
	try {
		return JSON.stringify(value) ?? String(value);
	} catch {
		return typeof value === 'object' ? '{…}' : String(value);
	}
}

function withoutSecrets(text: string): string {
	if (/^data:/i.test(text)) return `${cut(text.slice(0, Math.max(5, text.indexOf(',') + 1)), 46)}…`;
	if (!/^https?:\/\//i.test(text)) return withoutUnbroken(text);
	const [scheme = '', rest = ''] = text.split(/:\/\/(.*)/s);
	const end = rest.search(/[?#]/);
	const address = end < 0 ? rest : `${rest.slice(0, end)}?…`;
	const host = address.split('/')[0] ?? '';
	return `${scheme}://${address.slice(host.lastIndexOf('@') + 1)}`;
}

/** What a service says, for an error: without anything that looks like a key or an image, at most 300 characters. */
export function said(text: string): string {
	return cut(withoutUnbroken(text.slice(0, LOOKED_AT)), LONGEST_SAID);
}

function withoutUnbroken(text: string): string {
	return text.replace(UNBROKEN, (token) => `${token.slice(0, KEPT_CHARACTERS)}…`);
}

/** A text in which the values of a credential are masked, also as JSON writes them: a service may echo what it was sent. */
export function masked(text: string, secrets: string[]): string {
	// The longest first: one may be the beginning of another.
	const written = secrets
		.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
		.sort((a, b) => b.length - a.length);
	return written.reduce((rest, secret) => (rest.includes(secret) ? rest.split(secret).join('***') : rest), text);
}

/** A text of at most `most` characters, with "…" where it was cut. */
export function cut(text: string, most: number): string {
	return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** Host and port of an address: a base URL may hold a secret in its path or in its user part. */
export function hostOf(url: string): string {
	return URL.canParse(url) && new URL(url).host !== '' ? new URL(url).host : `${quote(url)}, which is not a URL`;
}

/** "1 image", "2 images". */
export function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** What went wrong, in words. */
export function textOfError(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** A text without codes such as ENOSPC, at most 300 characters: n8n rewords messages in which it finds one. */
export function withoutCodes(text: string): string {
	return cut(text, LONGEST_SAID).replace(/\b(?:E[A-Z]{4}[A-Z]*|EAI_AGAIN|getaddrinfo)\b:?\s*/g, '');
}

/** Values longer than this, in characters, are not kept for all items: they are resolved again when they are sent. */
const LONGEST_KEPT = 64 * 1024;

/** Whether the texts in a value are too long to be kept for all items; what is too deep counts as long. */
export function isLong(value: unknown): boolean {
	return isTooDeep(value) || lengthOf(value) > LONGEST_KEPT;
}

/**
 * Bytes, or characters of all texts in a value, which is nearly its size in a request: images are all that counts. The
 * value must not be too deep.
 */
export function lengthOf(value: unknown): number {
	if (Buffer.isBuffer(value) || typeof value === 'string') return value.length;
	if (typeof value !== 'object' || value === null) return 0;
	return partsOf(value).reduce<number>((sum, part) => sum + lengthOf(part), 0);
}
