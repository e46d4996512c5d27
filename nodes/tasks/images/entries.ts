import { base64At, headOfBase64 } from '../util/parse';
import type { BinaryFields } from './binaryFields';
import { imageTypeOf } from './formats';
import { ImageProblem } from './reference';

/** Most entries of a list; what commas and line feeds separate in a text counts. */
const MOST_ENTRIES = 10_000;

/** Arrays within one another: what is deeper is no list of images. */
const DEEPEST_LIST = 10;

/** What may stand between two entries. */
const SEPARATOR = /[\n,，]/g;

/** Base64 that is written in lines has them of 64 or 76 characters; mail allows no more than 998 (RFC 5322, 2.1.1). */
const SHORTEST_LINE = 16;
const LONGEST_LINE = 998;

const BASE64 = /^[\w+/-]+={0,2}$/;

const tooManyEntries = new ImageProblem(
	`there are more than ${MOST_ENTRIES} entries`,
	'Hand over fewer images, or split them over several items.',
);

/**
 * Splits a list parameter into entries: an array, also one of arrays, or a string with one entry a line or with commas. A
 * comma separates only where a URL, `data:`, `*`, base64 of an image, a binary field's name or what matches `path`
 * follows, so that URLs and data URIs keep theirs. A line feed within base64 that is written in lines separates nothing.
 * Gives a problem for more entries than anybody means. Linear in the length of the text.
 */
export function splitEntries(value: unknown, fields: BinaryFields, path?: RegExp): unknown[] | ImageProblem {
	if (typeof value === 'string') return new ListText(value, fields, path).entries();
	if (!Array.isArray(value)) return value === undefined || value === null ? [] : [value];
	return flattened(value) ?? tooManyEntries;
}

/** The elements of arrays within arrays; undefined when there are too many. */
function flattened(list: unknown[]): unknown[] | undefined {
	let level = list;
	for (let depth = 0; depth < DEEPEST_LIST && level.length <= MOST_ENTRIES && level.some(Array.isArray); depth += 1)
		level = level.flat();
	return level.length > MOST_ENTRIES ? undefined : level;
}

/** A line of base64 that may go on in the next one. */
interface OpenLine {
	text: string;
	/** Characters of a full line; undefined behind the head of a data URI, where the first line has another length. */
	width?: number;
	/** The first line of the image, and the characters of its lines so far. */
	first: string;
	characters: number;
}

/** A list as a text. Read part by part, and not all at once: a text may have 100 million commas. */
class ListText {
	/** Where the present entry begins. */
	private entryAt = 0;
	/** The line of base64 before, if the next one may go on with it. */
	private line?: OpenLine;

	constructor(
		private readonly text: string,
		private readonly fields: BinaryFields,
		private readonly path?: RegExp,
	) {}

	entries(): string[] | ImageProblem {
		const entries: string[] = [];
		let partAt = 0;
		for (let parts = 0; partAt <= this.text.length;) {
			const end = this.separatorFrom(partAt);
			if (!this.goesOn(partAt, end)) {
				parts += 1;
				if (parts > MOST_ENTRIES) return tooManyEntries;
				if (partAt > 0 && this.opensEntry(partAt, end)) {
					entries.push(this.text.slice(this.entryAt, partAt - 1));
					this.entryAt = partAt;
				}
				this.line = this.firstLine(partAt, end);
			}
			partAt = end + 1;
		}
		entries.push(this.text.slice(this.entryAt));
		return entries.map(withoutSeparators).filter((entry) => entry !== '');
	}

	/** The place of the next separator, or the end of the text. */
	private separatorFrom(start: number): number {
		SEPARATOR.lastIndex = start;
		return SEPARATOR.test(this.text) ? SEPARATOR.lastIndex - 1 : this.text.length;
	}

	/** Whether a part is the next line of the base64 before it. */
	private goesOn(start: number, end: number): boolean {
		const { line } = this;
		if (!line || this.text.charAt(start - 1) !== '\n') return false;
		// Behind the head of a data URI the rest may stand in one line.
		const isFirst = line.text === '';
		if (!isFirst && end - start > LONGEST_LINE + 1) return false;
		const text = this.text.slice(start, Math.min(end, start + LONGEST_LINE + 1)).trim();
		const { width = text.length } = line;
		if (text.length > width || !BASE64.test(text) || this.fields.get(text)) return false;
		if (!isFirst && isNewImage(text, line)) return false;
		// Only the last line is shorter, or padded.
		const isFull =
			end - start <= LONGEST_LINE + 1 && text.length === width && text.length >= SHORTEST_LINE && !text.endsWith('=');
		const characters = line.characters + text.length;
		this.line = isFull ? { text, width, first: line.first || text, characters } : undefined;
		return true;
	}

	/** The part as the first line of base64, if it is one. */
	private firstLine(start: number, end: number): OpenLine | undefined {
		if (end - start > LONGEST_LINE + 1) return undefined;
		const text = this.text.slice(start, end).trim();
		if (text.endsWith('=')) return undefined;
		const line = { text, first: text, characters: text.length };
		if (this.dataAt() === start) return text === '' || BASE64.test(text) ? line : undefined;
		return beginsImage(text) ? { ...line, width: text.length } : undefined;
	}

	/** Whether an entry begins with a part; a line feed always begins one. */
	private opensEntry(start: number, end: number): boolean {
		if (this.text.charAt(start - 1) === '\n') return true;
		const text = this.text.slice(start, end).trim();
		if (/^(?:https?:\/\/|data:|\*$)/i.test(text) || this.fields.get(text) || this.path?.test(text)) return true;
		return beginsImage(text) && this.dataAt() !== start;
	}

	/** Where the base64 of the present entry begins, if it is a data URI. */
	private dataAt(): number | undefined {
		const start = base64At(this.text.slice(this.entryAt));
		return start === undefined ? undefined : this.entryAt + start;
	}
}

/** Whether a text is base64 as far as it is looked at, and begins as an image does. */
function beginsImage(text: string): boolean {
	const line = text.slice(0, LONGEST_LINE);
	return line.length >= SHORTEST_LINE && BASE64.test(line) && imageTypeOf(headOfBase64(line)) !== undefined;
}

/**
 * Whether a line begins another image. The three bytes that begin a JPEG may also stand in the middle of an image: there
 * the image before must be complete.
 */
function isNewImage(line: string, before: OpenLine): boolean {
	if (!beginsImage(line)) return false;
	return imageTypeOf(headOfBase64(line))?.extension !== 'jpg' || isComplete(before);
}

/**
 * Whether the lines so far may be a whole image: the last one holds the end of a JPEG (ITU-T T.81, B.1.1.3) or of a PNG
 * (its specification, 11.2.5), or a WebP is as long as it says (RFC 9649, 2.4). Other formats: true.
 */
function isComplete({ first, text, characters }: OpenLine): boolean {
	const last = Buffer.from(text, 'base64');
	const extension = imageTypeOf(headOfBase64(first))?.extension;
	if (extension === 'jpg') return last.includes('ffd9', 0, 'hex');
	if (extension === 'png') return last.includes('IEND');
	if (extension === 'webp') return Math.floor(characters / 4) * 3 >= Buffer.from(first, 'base64').readUInt32LE(4) + 8;
	return true;
}

/** An entry without white space and separators around it: people end lines with a comma. */
function withoutSeparators(entry: string): string {
	let [start, end] = [0, entry.length];
	while (start < end && isAround(entry.charAt(start))) start += 1;
	while (end > start && isAround(entry.charAt(end - 1))) end -= 1;
	return entry.slice(start, end);
}

function isAround(character: string): boolean {
	return character === ',' || character === '，' || character.trim() === '';
}
