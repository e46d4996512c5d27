import type { IDataObject } from 'n8n-workflow';

import {
	asRecord,
	asText,
	exactFlag,
	isoTime,
	outcomeError,
	read,
	refusalOf,
	taskError,
	withoutUndefined,
	type ItemContext,
	type Outcome,
} from '../../tasks';
import { decimalIn, kling } from '../api';
import { klingConnection } from '../auth';
import { listIn } from './lists';

/** The ledgers by the stored value of the parameter, and their paths (docs/services/kling.md, Account). */
export const LEDGERS = { units: '/account/billing/package', money: '/account/billing/balance' } as const;

export type Ledger = keyof typeof LEDGERS;

/** The largest page that the API takes. */
const LARGEST_PAGE = 500;

/** Pages of one window that are read at most, so that nothing reads forever. */
export const MOST_PAGES = 400;

/** Which rows are asked for. Times are ms since the epoch, of the creation of the tasks. */
export interface Wanted {
	ledger: Ledger;
	from: number;
	to: number;
	/** Most rows. */
	limit: number;
	/** Only rows of these tasks. */
	taskIds?: Set<string>;
}

/** What a task has cost, as one row of a ledger tells it. Keys that the row lacks are absent. */
export interface Deduction extends IDataObject {
	taskId?: string;
	/** The service's name of what was done, such as "Text to Image". */
	function?: string;
	modelName?: string;
	/** Units, or money in `currency` after the discount. */
	amount?: number;
	currency?: string;
	productType?: string;
	/** ISO 8601. */
	deductedAt?: string;
	warnings?: string[];
}

/**
 * The rows of a ledger, in the service's order, as many as are wanted. Where there are more pages than are read, the last
 * row has a warning. Throws a TaskError.
 */
export async function listDeductions(item: ItemContext, wanted: Wanted): Promise<Deduction[]> {
	const { from: start_time, to: end_time, limit, taskIds } = wanted;
	const size = taskIds ? LARGEST_PAGE : Math.min(LARGEST_PAGE, limit);
	const first = { start_time, end_time, limit: size };
	const cursors = new Set<string>();
	const rows: Deduction[] = [];
	let cursor: string | undefined;
	for (let page = 1; page <= MOST_PAGES; page += 1) {
		const answer = await readPage(item, wanted.ledger, cursor === undefined ? first : { ...first, cursor });
		for (const row of answer.rows) if (!taskIds || taskIds.has(row.taskId ?? '')) rows.push(row);
		// One task may have several rows, so that all pages are read for it.
		if (rows.length >= limit || answer.next === undefined || cursors.has(answer.next)) return rows.slice(0, limit);
		cursor = answer.next;
		cursors.add(cursor);
	}
	return cut(item, rows, wanted);
}

interface Page {
	rows: Deduction[];
	/** The cursor of the next page, if there is one. */
	next?: string;
}

async function readPage(item: ItemContext, ledger: Ledger, body: IDataObject): Promise<Page> {
	const outcome = await read(item, kling, { method: 'POST', url: LEDGERS[ledger], body });
	const data = 'verdict' in outcome && outcome.verdict.ok ? outcome.verdict.data : undefined;
	const listed = listIn(data, 'result', 'detail');
	if (listed) {
		const { next_cursor, has_more } = asRecord(data);
		return { rows: listed.map(deductionOf), next: exactFlag(has_more) ? asText(next_cursor) : undefined };
	}
	const told = await withNeededKey(item, outcome);
	throw await outcomeError(item, { service: kling }, told, {
		taskState: 'not-created',
		what: 'to list the deductions',
	});
}

function deductionOf(raw: Record<string, unknown>): Deduction {
	return withoutUndefined<Deduction>({
		taskId: asText(raw.task_id),
		function: asText(raw.product_function),
		modelName: asText(raw.model_name),
		amount: decimalIn(raw.deduction_amount),
		currency: asText(raw.currency),
		listPrice: decimalIn(raw.list_price),
		productType: asText(raw.product_type),
		resolution: asText(raw.resolution),
		duration: asText(raw.duration),
		deductedAt: isoTime(raw.deduction_time),
		packId: asText(raw.package_id),
		unitsBefore: decimalIn(raw.unit_before_deduction),
		unitsAfter: decimalIn(raw.unit_after_deduction),
		balanceType: asText(raw.cash_type),
		balanceBefore: decimalIn(raw.balance_before_deduction),
		balanceAfter: decimalIn(raw.balance_after_deduction),
		apiKeyName: asText(raw.api_key_name),
	});
}

/** The code for a key that is not accepted. */
const KEY_REFUSED = 1002;

/**
 * A ledger refuses every access key and secret key, with the code for a wrong key (docs/services/kling.md, Account).
 * What is wrong is then the kind of the key.
 */
async function withNeededKey(item: ItemContext, outcome: Outcome): Promise<Outcome> {
	const refusal = refusalOf(outcome);
	if (!('verdict' in outcome) || refusal?.code !== KEY_REFUSED) return outcome;
	const { credential } = await item.account(klingConnection);
	const isNamed = refusal.reason.toLowerCase().includes('does not support ak/sk');
	if (credential.authentication !== 'accessKey' && !isNamed) return outcome;
	const told = {
		...refusal,
		cause: 'this request needs an API key',
		hint: 'It takes no access key and secret key. Make an API key in the Kling console, and choose API Key as Authentication in a credential.',
	};
	return { ...outcome, verdict: { ok: false, refusal: told } };
}

function cut({ node, itemIndex }: ItemContext, rows: Deduction[], { from, to }: Wanted): Deduction[] {
	const warning = `Only the first ${MOST_PAGES} pages of the ledger were read; it has more rows between ${isoTime(from)} and ${isoTime(to)}. Choose a shorter time with From and To.`;
	const last = rows.at(-1);
	if (last) return [...rows.slice(0, -1), { ...last, warnings: [warning] }];
	throw taskError(node, {
		headline: 'None of the tasks is in the part of the ledger that could be read',
		hint: warning,
		itemIndex,
		taskState: 'not-created',
		retryable: false,
	});
}
