import { exactNumber } from './values';

/** Which end of a time is meant that is not one moment: a whole day, or an hour that a clock shows twice. */
export type Edge = 'first' | 'last';

const DAY_MS = 86_400_000;

/** A number with ten digits counts seconds, one with thirteen milliseconds: from 2001 to 2286. */
const SECONDS = { low: 1e9, high: 1e10 };

/** A date, as ISO 8601 writes it; hours and offset may be missing. */
const ISO =
	/^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s?(Z|[+-]\d\d(?::?\d\d)?))?)?$/i;

/**
 * A point in time as ms since the epoch: from a text in ISO 8601, a Date, a DateTime of Luxon, or a number of s or ms,
 * also as text. A time without an offset is one of `zone` (IANA): where the clocks go back it is the first or the last of
 * the two, and one that they leave out is as much later. A date alone is the whole day. Undefined for anything else, and
 * when the zone is not known.
 */
export function readTime(value: unknown, zone: string, edge: Edge): number | undefined {
	if (typeof value === 'object' && value !== null) return finite(millisecondsOf(value));
	const number = exactNumber(value);
	if (number !== undefined) return fromNumber(number);
	const match = typeof value === 'string' ? ISO.exec(value.trim()) : null;
	return match ? fromParts(match, zone, edge) : undefined;
}

/** A Date or a DateTime. n8n's expressions run in a realm of their own, so that `instanceof` knows neither. */
function millisecondsOf(value: object): number {
	if ('toMillis' in value && typeof value.toMillis === 'function') return Number(value.toMillis());
	return Object.prototype.toString.call(value) === '[object Date]' ? Number(value) : Number.NaN;
}

function fromNumber(number: number): number | undefined {
	const { low, high } = SECONDS;
	if (number >= low && number < high) return Math.round(number * 1_000);
	return number >= low * 1_000 && number < high * 1_000 ? Math.round(number) : undefined;
}

function fromParts(match: RegExpExecArray, zone: string, edge: Edge): number | undefined {
	const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
		.slice(1, 7)
		.map((part) => Number(part ?? 0));
	const fraction = Number(`0.${match[7] ?? '0'}`) * 1_000;
	const midnight = Date.UTC(year, month - 1, day);
	// Date.UTC takes the 30th of February for the 2nd of March.
	const isDay = new Date(midnight).getUTCMonth() === month - 1 && new Date(midnight).getUTCDate() === day;
	if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined;
	const offset = match[8];
	const isWholeDay = match[4] === undefined;
	const wall = Date.UTC(year, month - 1, day, hour, minute, second, Math.floor(fraction));
	if (offset !== undefined) return wall - offsetIn(offset);
	if (!isWholeDay || edge === 'first') return inZone(wall, zone, edge);
	const next = inZone(wall + DAY_MS, zone, 'first');
	return next === undefined ? undefined : next - 1;
}

/** `+08:00`, `+0800`, `+08` or `Z`, in ms. */
function offsetIn(text: string): number {
	if (text.toUpperCase() === 'Z') return 0;
	const [hours = 0, minutes = 0] = [text.slice(1, 3), text.slice(3).replace(':', '')].map(Number);
	return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** The moment at which the clocks of a zone show a time, which is written as if it were UTC. */
function inZone(wall: number, zone: string, edge: Edge): number | undefined {
	const [before, after] = [wall - DAY_MS, wall + DAY_MS].map((at) => zoneOffset(at, zone));
	if (before === undefined || after === undefined) return undefined;
	const shown = [wall - before, wall - after].filter((at) => at + (zoneOffset(at, zone) ?? 0) === wall);
	// A time that the clocks leave out is counted on from before.
	if (shown.length === 0) return wall - before;
	return edge === 'first' ? Math.min(...shown) : Math.max(...shown);
}

/** How much the clocks of a zone are ahead of UTC at a moment, in ms; undefined when the zone is not known. */
function zoneOffset(at: number, zone: string): number | undefined {
	try {
		const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...NUMERIC });
		const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
		const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
		return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
	} catch {
		return undefined;
	}
}

const NUMERIC = {
	year: 'numeric',
	month: 'numeric',
	day: 'numeric',
	hour: 'numeric',
	minute: 'numeric',
	second: 'numeric',
} as const;

function finite(ms: number): number | undefined {
	return Number.isFinite(ms) ? ms : undefined;
}
