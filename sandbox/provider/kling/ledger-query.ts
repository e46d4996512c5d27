import { Fields } from '../http/fields';
import { invalid } from './errors';
import type { KlingSettings } from './settings';

/** The ledgers of an account: units of packs, and money. */
export type LedgerKind = 'package' | 'balance';

/** One condition; without values it is none. */
export interface Filter {
	key: string;
	values: string[];
}

/** What is asked of a ledger; a cursor holds it too. Times are server time in ms. */
export interface LedgerQuery {
	/** Of the creation of tasks. */
	from: number;
	to: number;
	filters: Filter[];
	limit: number;
	/** Rows before this page. */
	offset: number;
	/** Rows that were taken later are not in its pages, so that pages do not shift. */
	asOf: number;
}

const most = 500;
const productTypes = ['video', 'image', 'try-on'];
const keys = {
	package: ['api_key_name', 'product_type', 'package_name', 'package_id'],
	balance: ['api_key_name'],
};

/** Reads the body of a request to a ledger (docs/services/kling.md, Account). A cursor overrides all else. */
export function readLedgerQuery(body: unknown, kind: LedgerKind, now: number, settings: KlingSettings): LedgerQuery {
	const fields = new Fields(body, ['start_time', 'end_time', 'limit', 'cursor', 'filters'], invalid);
	const cursor = fields.text('cursor');
	if (cursor !== '') {
		const query = readCursor(cursor, kind);
		return settings.ledgerCursorLimit === 'first' ? query : { ...query, limit: most };
	}
	const [from, to] = [time(fields, 'start_time'), time(fields, 'end_time')];
	if (from >= to) throw invalid('start_time must be before end_time');
	const { ledgerMaxWindowMs } = settings;
	if (ledgerMaxWindowMs !== 'none' && to - from > ledgerMaxWindowMs) throw invalid('The time range is too long');
	const limit = fields.integer('limit', 1, most, most);
	return { from, to, filters: readFilters(fields, kind), limit, offset: 0, asOf: now };
}

/** A cursor for a page of a ledger. */
export function cursorOf(query: LedgerQuery, kind: LedgerKind): string {
	return Buffer.from(JSON.stringify({ kind, query })).toString('base64url');
}

/** Whether a row with these values meets the filters. */
export function meets(
	row: Readonly<Record<string, string>>,
	filters: readonly Filter[],
	{ ledgerFilterLogic }: KlingSettings,
): boolean {
	const conditions = filters.filter(({ values }) => values.length > 0);
	const met = ({ key, values }: Filter) => values.map((value) => row[key] === value);
	if (ledgerFilterLogic === 'sameOr') return conditions.every((filter) => met(filter).includes(true));
	return conditions.length === 0 || conditions.some((filter) => !met(filter).includes(false));
}

function time(fields: Fields, name: string): number {
	const value = fields.optionalInteger(name);
	if (value === undefined) throw invalid(`${name} is required without cursor`);
	return value;
}

function readFilters(fields: Fields, kind: LedgerKind): Filter[] {
	const filters = (fields.optionalList('filters', 100, ['key', 'values']) ?? []).map((entry) => {
		const key = entry.requiredText('key');
		if (!keys[kind].includes(key)) throw invalid(`${entry.named('key')} value '${key}' is invalid`);
		const values = entry.requiredTexts('values', 0, 100);
		const unknown = key === 'product_type' ? values.find((value) => !productTypes.includes(value)) : undefined;
		if (unknown !== undefined) throw invalid(`product_type value '${unknown}' is invalid`);
		return { key, values };
	});
	const used = filters.filter(({ values }) => values.length > 0).map(({ key }) => key);
	if (used.includes('package_name') && used.includes('package_id')) {
		throw invalid('package_name and package_id cannot be used together');
	}
	return filters;
}

function readCursor(cursor: string, kind: LedgerKind): LedgerQuery {
	try {
		const read = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { kind: LedgerKind; query: LedgerQuery };
		if (read.kind === kind) return read.query;
	} catch {
		// Refused below.
	}
	throw invalid(`cursor '${cursor}' is invalid`);
}
