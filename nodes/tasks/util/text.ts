import { asText, isTooDeep, partsOf } from './parse';

/** Longest value of the user's that a message repeats, in characters: images and prompts are longer. */
const LONGEST_QUOTE = 60;

/** Shortest part of a value that says which one it is, in characters. */
const SHORTEST_QUOTE = 6;

/** Longest text of a service that an error repeats, in characters. */
const LONGEST_SAID = 300;

/** Longest headline of an error, in characters: what happened, without what the service says of it. */
export const LONGEST_HEADLINE = 90;

/** Unbroken text from `LONGEST_WORD` on is no word: it is a key, a token or an image. Shorter, it may also be a path. */
const UNBROKEN = /[\w+/=-]{40}[\w+/=-]*/g;
const LONGEST_WORD = 64;

/** A part of base64, unlike one of a path or a UUID, mixes all kinds of characters. */
const SHORTEST_PART = 12;
const KINDS = [/[a-z]/, /[A-Z]/, /\d/];

/** Characters of an unbroken text that stay, so that it can be recognised. */
const KEPT_CHARACTERS = 12;

/** Longest text that is looked at, in characters; what follows is cut anyhow. */
const LOOKED_AT = 2_000;

/** What follows a scheme of authentication, and a JSON Web Token. */
const AUTHORIZATION = /\b(bearer|appcode|basic)(["':=\s]+)([^\s"',;<>:=][^\s"',;<>]*)/gi;
const JSON_WEB_TOKEN = /\beyJ[\w-]*\.[\w.-]*/g;

/** What stands before the host of an address, where it holds a password; behind a user's name the password alone. */
const PASSWORD = /(?<=:[/][/])[^\s/?#"]{1,500}@|(?<=[^\s/?#@":]:)[^\s/?#"]{1,250}@/g;

/** Half of a character: it cannot be encoded, and databases refuse it. */
const LONE_SURROGATE = /\p{Surrogate}/gu;
const HALF_AT_END = /[\ud800-\udbff]$/;

/** Codes of the network and of the file system, as Node.js says them. */
const CODE =
	/\b(?:E(?:ACCES|ADDRINUSE|ADDRNOTAVAIL|AGAIN|AI_[A-Z]+|BADF|BUSY|CONN(?:ABORTED|REFUSED|RESET)|DQUOT|EXIST|FBIG|HOSTDOWN|HOSTUNREACH|INVAL|IO|ISDIR|LOOP|MFILE|NAMETOOLONG|NET(?:DOWN|RESET|UNREACH)|NFILE|NOBUFS|NODEV|NOENT|NOMEM|NOSPC|NOTCONN|NOTDIR|NOTEMPTY|NOTFOUND|PERM|PIPE|PROTO|ROFS|TIMEDOUT|XDEV)|ERR_\w+|getaddrinfo)\b:?\s*/gi;

/**
 * In which n8n sees a code wherever they stand, also within a word such as "serviceAccess" (docs/n8n.md, Errors and the
 * error output).
 */
const SEEN_AS_CODE =
	/ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|ERRADDRINUSE|EADDRNOTAVAIL|ECONNABORTED|EHOSTUNREACH|EAI_AGAIN|ENOENT|EISDIR|ENOTDIR|EACCES|EEXIST|EPERM|GETADDRINFO/gi;

/** What stands in the place of a secret. */
const MASK = '***';

/** A value for a message: quoted and cut, without base64, query strings and passwords in addresses. */
export function quote(value: unknown): string {
	return quoteUpTo(value, LONGEST_QUOTE);
}

/** The same of at most so many characters, without the quotes. */
export function quoteUpTo(value: unknown, most: number): string {
	const bare = withoutSecrets(start(typeof value === 'string' ? value : jsonOf(value), LOOKED_AT));
	return `"${cut(bare, most)}"`;
}

/** A headline that names a value, which is cut so that the headline keeps its length. */
export function naming(value: unknown, headline: (shown: string) => string): string {
	const room = LONGEST_HEADLINE - headline('""').length - 1;
	return headline(quoteUpTo(value, Math.max(SHORTEST_QUOTE, Math.min(LONGEST_QUOTE, room))));
}

/** A headline about a value that is not taken; `problem` follows "but it". */
export function refused(label: string, value: unknown, problem: string): string {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '')
		? `${label} is empty, but it ${problem}`
		: naming(value, (shown) => `${label} is ${shown}, but it ${problem}`);
}

/** A headline that holds a text of any length, such as a host, which is cut so that the headline keeps its length. */
export function holding(text: string, headline: (part: string) => string): string {
	return headline(clip(text, Math.max(SHORTEST_QUOTE, LONGEST_HEADLINE - headline('').length)));
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
	if (!/^https?:\/\//i.test(text)) return withoutUnbroken(withoutPasswords(text));
	const [scheme = '', rest = ''] = text.split(/:\/\/(.*)/s);
	const end = rest.search(/[?#]/);
	const address = end < 0 ? rest : `${rest.slice(0, end)}?…`;
	const host = address.split('/')[0] ?? '';
	return `${scheme}://${address.slice(host.lastIndexOf('@') + 1)}`;
}

/**
 * What a service says, for an error or an item: without anything that looks like a key, a token, a password or an image,
 * at most 300 characters.
 */
export function said(text: string): string {
	const bare = start(text, LOOKED_AT)
		.replace(LONE_SURROGATE, '\ufffd')
		.replace(JSON_WEB_TOKEN, MASK)
		.replace(AUTHORIZATION, (all: string, scheme: string, between: string, word: string) =>
			isWord(word) ? all : `${scheme}${between}${MASK}`,
		);
	return cut(withoutUnbroken(withoutPasswords(bare)), LONGEST_SAID);
}

/** As in "the bearer token is missing". */
function isWord(text: string): boolean {
	return /^[A-Za-z]?[a-z]{1,15}[.!?)]?$/.test(text);
}

/** The same for a value in a service's answer; undefined when it is no text. */
export function saidIn(value: unknown): string | undefined {
	const text = asText(value);
	return text === undefined ? undefined : said(text);
}

function withoutPasswords(text: string): string {
	return text.replace(PASSWORD, `${MASK}@`);
}

function withoutUnbroken(text: string): string {
	return text.replace(UNBROKEN, (token) => {
		const isSecret = token.length >= LONGEST_WORD || token.split(/[/_-]/).some(isMixed);
		return isSecret ? `${token.slice(0, KEPT_CHARACTERS)}…` : token;
	});
}

function isMixed(part: string): boolean {
	return part.length >= SHORTEST_PART && KINDS.every((kind) => kind.test(part));
}

/** Makes of a text one in which the values of a credential are masked, however a service writes what it was sent. */
function masker(secrets: string[]): (text: string) => string {
	// The longest first: one may be the beginning of another.
	const written = secrets.flatMap(spellings).sort((a, b) => b.length - a.length);
	const pieces = secrets.flatMap(base64Inside);
	return (text) => {
		const mask = (rest: string, secret: string) => (rest.includes(secret) ? rest.split(secret).join(MASK) : rest);
		return pieces.reduce(withoutRuns, written.reduce(mask, text));
	};
}

/** A text in which the values of a credential are masked. */
export function masked(text: string, secrets: string[]): string {
	return masker(secrets)(text);
}

/**
 * A parsed answer in which the values of a credential are masked, whatever escapes JSON had for them. Undefined when it is
 * nested more deeply than anything a service has to say.
 */
export function maskedJson(value: unknown, secrets: string[]): unknown {
	if (isTooDeep(value)) return undefined;
	const masked = masker(secrets);
	const mask = (part: unknown): unknown => {
		if (typeof part === 'string') return masked(part);
		if (typeof part === 'number') return secrets.includes(String(part)) ? MASK : part;
		if (Array.isArray(part)) return part.map(mask);
		if (typeof part !== 'object' || part === null) return part;
		return Object.fromEntries(Object.entries(part).map(([key, inner]) => [masked(key), mask(inner)]));
	};
	return secrets.length === 0 ? value : mask(value);
}

/** A value as it is, within JSON and within an address. */
function spellings(secret: string): string[] {
	const json = JSON.stringify(secret).slice(1, -1);
	const inAddress = encodeURIComponent(secret.replace(LONE_SURROGATE, '\ufffd'));
	return [...new Set([secret, json, json.replace(/[/]/g, '\\/'), inAddress, inAddress.replace(/%20/g, '+')])];
}

/** Shorter pieces of base64 may stand in any word. */
const SHORTEST_PIECE = 8;

/** What of a value is the same in base64, plain and for URLs, whatever stands before it: in Basic, or in a token. */
function base64Inside(secret: string): string[] {
	const bytes = Buffer.from(secret);
	const pieces = [0, 1, 2].flatMap((skipped) => {
		const whole = bytes.subarray(skipped, bytes.length - ((bytes.length - skipped) % 3));
		return [whole.toString('base64'), whole.toString('base64url')];
	});
	return [...new Set(pieces)].filter(({ length }) => length >= SHORTEST_PIECE);
}

/** Masks every unbroken run of base64 that holds a piece. */
function withoutRuns(text: string, piece: string): string {
	if (!text.includes(piece)) return text;
	const parts: string[] = [];
	let copied = 0;
	for (let at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, copied)) {
		let from = at;
		let to = at + piece.length;
		while (from > copied && isOfRun(text.charAt(from - 1))) from -= 1;
		while (to < text.length && isOfRun(text.charAt(to))) to += 1;
		parts.push(text.slice(copied, from), MASK);
		copied = to;
	}
	return parts.join('') + text.slice(copied);
}

/** Of base64, or between the parts of a token. */
function isOfRun(character: string): boolean {
	return /[\w+/=.-]/.test(character);
}

/** A text of at most `most` characters (code points), with "…" where it was cut. */
export function cut(text: string, most: number): string {
	const begun = start(text, most);
	return begun.length < text.length ? `${begun}…` : text;
}

/** A text of at most `most` characters as JavaScript counts them, with "…" among them where it was cut. */
export function clip(text: string, most: number): string {
	return text.length > most ? `${text.slice(0, most - 1).replace(HALF_AT_END, '')}…` : text;
}

/** As many whole sentences of a text as fit into `most` characters; the beginning of the first where that is too long. */
export function sentencesWithin(text: string, most: number): string {
	if (text.length <= most) return text;
	const end = text.slice(0, most + 1).lastIndexOf('. ');
	return end > 0 ? text.slice(0, end + 1) : clip(text, most);
}

/** A clause as the beginning of a sentence. */
export function capitalized(clause: string): string {
	return clause.charAt(0).toUpperCase() + clause.slice(1);
}

/** The first characters (code points) of a text. */
function start(text: string, most: number): string {
	return text.length > most ? [...text.slice(0, 2 * most)].slice(0, most).join('') : text;
}

/** Host and port of an address: a base URL may hold a secret in its path or in its user part. */
export function hostOf(url: string): string {
	return URL.canParse(url) && new URL(url).host !== '' ? new URL(url).host : `${quote(url)}, which is not a URL`;
}

/** Longest ID, in characters; what is longer is an image or a text in the wrong field. */
export const LONGEST_ID = 500;

/**
 * Whether an ID can stand in an address: `.` and `..` would lead to another one, and half a character cannot be encoded.
 */
export function fitsInPath(id: string): boolean {
	return id !== '.' && id !== '..' && !/\p{Surrogate}/u.test(id);
}

/** "1 image", "2 images". */
export function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** "45 seconds", "5 minutes", "24 hours": a length of time in ms, in the unit in which it is a short number. */
export function lengthInWords(ms: number): string {
	const [size, unit] = ms < 90_000 ? [1_000, 'second'] : ms < 90 * 60_000 ? [60_000, 'minute'] : [3_600_000, 'hour'];
	return count(Math.round((10 * ms) / size) / 10, unit);
}

/** What went wrong, in words. */
export function textOfError(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/**
 * A text without codes such as ENOSPC, and without what n8n takes for one, since it rewords a message in which it finds
 * one. At most 300 characters.
 */
export function withoutCodes(text: string): string {
	return cut(text, LONGEST_SAID)
		.replace(CODE, '')
		.replace(SEEN_AS_CODE, (found) => `${found.charAt(0)}-${found.slice(1)}`);
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
