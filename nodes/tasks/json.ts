/** An integer too long for a JS number, outside of strings: the first alternative skips whole strings. */
const STRINGS_AND_LONG_INTEGERS = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/**
 * Parses JSON without losing digits: integers beyond 2^53 become strings, because task IDs are longer than that
 * (provider-apis.md 0.8). Returns undefined when the text is not JSON.
 */
export function parseJson(text: string): unknown {
	const safe = /\d{16}/.test(text)
		? text.replace(STRINGS_AND_LONG_INTEGERS, (token) =>
				token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`,
			)
		: text;
	try {
		return JSON.parse(safe);
	} catch {
		return undefined;
	}
}

/** A JSON object as a record; anything else as an empty one, so that parsers need no type checks. */
export function asRecord(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Record<string, unknown>)
		: {};
}

/** A non-empty string, or a number as a string; undefined for everything else. */
export function asText(value: unknown): string | undefined {
	if (typeof value === 'number' && Number.isFinite(value)) return String(value);
	return typeof value === 'string' && value !== '' ? value : undefined;
}
