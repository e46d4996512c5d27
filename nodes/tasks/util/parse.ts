/** The longest run of digits that every JavaScript number holds exactly. */
const SAFE_DIGITS = 15;

/** Most objects and arrays within one another: what is deeper overflows the stack of whoever walks through it. */
export const DEEPEST = 100;

/**
 * Parses JSON without losing digits: integers beyond 2^53 become strings, because task IDs are longer than that
 * (docs/services/README.md, Task IDs). Linear in the length of the text. Gives undefined when the text is not JSON, or
 * when it is too deep.
 */
export function parseJson(text: string): unknown {
	if (isWrittenTooDeep(text)) return undefined;
	try {
		const parsed: unknown = JSON.parse(text);
		return /\d{16}/.test(text) ? (JSON.parse(withLongIntegersQuoted(text)) as unknown) : parsed;
	} catch {
		return undefined;
	}
}

/** The same as isTooDeep, of a text: JSON.parse would take 100 bytes and more for each bracket. */
function isWrittenTooDeep(text: string): boolean {
	let depth = 0;
	for (let at = 0; at < text.length && depth <= DEEPEST;) {
		const character = text.charAt(at);
		if (character === '[' || character === '{') depth += 1;
		else if (character === ']' || character === '}') depth -= 1;
		at = character === '"' ? endOfString(text, at) : at + 1;
	}
	return depth > DEEPEST;
}

/** Whether more than DEEPEST objects and arrays stand within one another; also when they do so in a circle. */
export function isTooDeep(value: unknown): boolean {
	let level = new Set([value].filter(isObject));
	for (let depth = 0; level.size > 0; depth += 1) {
		if (depth === DEEPEST) return true;
		const below = new Set<object>();
		for (const one of level) for (const part of partsOf(one)) if (isObject(part)) below.add(part);
		level = below;
	}
	return false;
}

/** What an object or an array holds. An array as it is: a copy of millions of elements takes room. */
export function partsOf(value: object): unknown[] {
	return Array.isArray(value) ? value : Object.values(value);
}

function isObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}

/** Puts quotes around long integers outside of strings. The text must be valid JSON. */
function withLongIntegersQuoted(json: string): string {
	const parts: string[] = [];
	let copied = 0;
	for (let at = 0; at < json.length;) {
		const character = json.charAt(at);
		if (character === '"') at = endOfString(json, at);
		else if (character === '-' || isDigit(character)) {
			const end = endOfNumber(json, at);
			const number = json.slice(at, end);
			if (number.length > SAFE_DIGITS && /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number))) {
				parts.push(json.slice(copied, at), `"${number}"`);
				copied = end;
			}
			at = end;
		} else at += 1;
	}
	return parts.join('') + json.slice(copied);
}

/** The place behind a string that begins at `start`. */
function endOfString(json: string, start: number): number {
	let at = start + 1;
	while (at < json.length && json.charAt(at) !== '"') at += json.charAt(at) === '\\' ? 2 : 1;
	return at + 1;
}

function endOfNumber(json: string, start: number): number {
	let at = start + 1;
	while (at < json.length && (isDigit(json.charAt(at)) || '.eE+-'.includes(json.charAt(at)))) at += 1;
	return at;
}

function isDigit(character: string): boolean {
	return character >= '0' && character <= '9';
}

/** A JSON object as a record; anything else as an empty one, so that parsers need no type checks. */
export function asRecord(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A non-empty string, or a number as a string; undefined for everything else. */
export function asText(value: unknown): string | undefined {
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	return typeof value === 'string' && value !== '' ? value : undefined;
}

/** From this length on a bare string may be base64; below it `data` or `photo123` would be valid base64 too. */
export const SHORTEST_BASE64 = 100;

/** Longest head of a data URI, in characters. */
const LONGEST_HEAD = 1_000;

/**
 * Where the base64 of a data URI begins; undefined when it has none. Parameters may stand before `;base64,`, also such
 * with a comma.
 */
export function base64At(uri: string): number | undefined {
	const begin = uri.slice(0, LONGEST_HEAD);
	const head = /^\s*data:/i.test(begin) ? /;base64,/i.exec(begin) : undefined;
	return head ? head.index + head[0].length : undefined;
}

/** Characters decoded to look at the first bytes; a multiple of 4. */
const HEAD_CHARACTERS = 64;

/**
 * Plain base64 without white space, from standard or URL-safe base64; undefined when it is neither. Services take
 * only the raw form (docs/services/README.md, Images in requests).
 */
export function normalizeBase64(text: string): string | undefined {
	const bare = text.slice(0, endWithoutPadding(text));
	if (/[^\w+/\s-]/.test(bare)) return undefined;
	const hasSpaces = /\s/.test(bare);
	const length = hasSpaces ? lengthWithoutSpaces(bare) : bare.length;
	// A remainder of one character cannot come from whole bytes.
	if (length === 0 || length % 4 === 1) return undefined;
	// Replacing millions of characters by an expression takes a minute and many times the room.
	if (hasSpaces || /[-_]/.test(bare)) return Buffer.from(bare, 'base64').toString('base64');
	return bare.padEnd(Math.ceil(length / 4) * 4, '=');
}

function endWithoutPadding(text: string): number {
	let end = text.length;
	while (end > 0 && (text.charAt(end - 1) === '=' || isSpace(text.charAt(end - 1)))) end -= 1;
	return end;
}

function lengthWithoutSpaces(text: string): number {
	let length = 0;
	for (let at = 0; at < text.length; at += 1) if (!isSpace(text.charAt(at))) length += 1;
	return length;
}

function isSpace(character: string): boolean {
	return character.trim() === '';
}

/** The first bytes of plain base64. */
export function headOfBase64(base64: string): Buffer {
	return Buffer.from(base64.slice(0, HEAD_CHARACTERS), 'base64');
}

/** A service's code or state: a number where it reads as one. */
export function asCode<Text extends string | undefined>(text: Text): Text | number {
	return text !== undefined && Number.isFinite(Number(text)) ? Number(text) : text;
}
