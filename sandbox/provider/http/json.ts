import { randomUUID } from 'node:crypto';

/** An integer that could be rounded as a JavaScript number. */
export class LongInteger {
	/** `digits` are those that were sent. */
	constructor(readonly digits: string) {}
}

const mark = randomUUID();

/** Reads JSON without losing digits: integers of 16 digits and more become a `LongInteger`. Throws as JSON.parse does. */
export function parseJson(text: string): unknown {
	const marked = withLongIntegersMarked(text);
	if (marked === text) return JSON.parse(text);
	return JSON.parse(marked, (_name, value: unknown) =>
		typeof value === 'string' && value.startsWith(mark) ? new LongInteger(value.slice(mark.length)) : value,
	);
}

/** Long integers become texts that begin with the mark; what is within texts stays as it is. */
function withLongIntegersMarked(text: string): string {
	const parts: string[] = [];
	for (let at = 0; at < text.length;) {
		const opening = text.indexOf('"', at);
		const outside = text.slice(at, opening < 0 ? text.length : opening);
		parts.push(outside.replace(/(?<![\d.eE+-])-?[1-9]\d{15,}(?![\d.eE])/g, `"${mark}$&"`));
		if (opening < 0) break;
		at = endOfText(text, opening);
		parts.push(text.slice(opening, at));
	}
	return parts.join('');
}

/** The place behind the quotation mark that ends a text. */
function endOfText(text: string, opening: number): number {
	for (let closing = text.indexOf('"', opening + 1); closing >= 0; closing = text.indexOf('"', closing + 1)) {
		let before = closing - 1;
		while (text[before] === '\\') before--;
		if ((closing - before) % 2 === 1) return closing + 1;
	}
	return text.length;
}
