/** The longest run of digits that every JavaScript number holds exactly. */
const SAFE_DIGITS = 15;

/**
 * Parses JSON without losing digits: integers beyond 2^53 become strings, because task IDs are longer than that
 * (docs/services/README.md, Task IDs). Linear in the length of the text. Gives undefined when the text is not JSON.
 */
export function parseJson(text: string): unknown {
	let parsed: unknown;
	try {
		parsed = JSON.parse(text);
	} catch {
		return undefined;
	}
	return /\d{16}/.test(text) ? (JSON.parse(withLongIntegersQuoted(text)) as unknown) : parsed;
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

/** Characters decoded to look at the first bytes; a multiple of 4. */
const HEAD_CHARACTERS = 64;

/**
 * Plain base64 without white space, from standard or URL-safe base64; undefined when it is neither. Services take
 * only the raw form (docs/services/README.md, Images in requests).
 */
export function normalizeBase64(text: string): string | undefined {
	const compact = text.replace(/\s+/g, '').replace(/-/g, '+').replace(/_/g, '/');
	const bare = compact.slice(0, endWithoutPadding(compact));
	// A remainder of one character cannot come from whole bytes.
	if (bare === '' || bare.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(bare)) return undefined;
	return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

function endWithoutPadding(text: string): number {
	let end = text.length;
	while (end > 0 && text.charAt(end - 1) === '=') end -= 1;
	return end;
}

/** The first bytes of plain base64. */
export function headOfBase64(base64: string): Buffer {
	return Buffer.from(base64.slice(0, HEAD_CHARACTERS), 'base64');
}

/** A service's code or state: a number where it reads as one. */
export function asCode<Text extends string | undefined>(text: Text): Text | number {
	return text !== undefined && Number.isFinite(Number(text)) ? Number(text) : text;
}
