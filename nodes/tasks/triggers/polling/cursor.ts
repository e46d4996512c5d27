import type { IDataObject } from 'n8n-workflow';

import { asRecord, asText } from '../../util/parse';
import type { Happening } from '../events';
import { beginsWithNewest, momentOf, newestOf, type ListedTask, type Page } from './listed';
import { SeenIds } from './seenIds';

/**
 * How long before the newest time that the data holds something may still turn up, in ms: servers whose clocks
 * differ, lists that are behind.
 */
const LATENESS_MS = 60 * 60_000;

/** How far a gateway's clock and that of the tasks may differ, in ms. */
const LONGEST_DIFFERENCE_MS = 24 * 60 * 60_000;

/**
 * How far a trigger has come with the tasks of one resource. All times are the service's own, from its tasks: the clock
 * of this machine takes no part.
 *
 * A scan is one reading of the whole list, a few pages a poll. `watermark` stays behind the scan before the last one
 * that was completed, so that a task which pages that shift hid from one scan still counts as new in the next.
 */
export interface Cursor {
	/** Mark of the account whose tasks these are (accountMark). */
	account: string;
	happening: Happening;
	/** ms since the epoch. What happened before is old; what happened later is new unless it is in `seen`. */
	watermark: number;
	/** The newest time that was seen in the data, ms since the epoch. */
	newest: number;
	/** Page of the list that the scan reads next; 1 when the next poll begins a new one. */
	page: number;
	/** What happened before this and was in the list is dealt with once the running scan is through. */
	floor: number;
	/** The floor of the scan before. */
	previousFloor: number;
	/** Tasks that are dealt with. */
	seen: SeenIds;
}

/** What a cursor is made for: the account that is asked, and what is waited for. */
export type CursorKind = Pick<Cursor, 'account' | 'happening'>;

/**
 * Where a trigger starts: what there is on page 1 is old and remembered. For the tasks of other pages a time has to
 * serve: the newest of page 1 if the list begins with the newest, otherwise the date of the answer.
 */
export function baseline({ tasks, isLast, sentAt }: Page, { account, happening }: CursorKind, latest: number): Cursor {
	const dated = Number.isFinite(sentAt) ? sentAt : 0;
	// An empty account has nothing old, so a day's difference between clocks does no harm.
	const newest = newestOf(tasks, latest, tasks.length === 0 ? dated - LONGEST_DIFFERENCE_MS : 0);
	const otherwise = beginsWithNewest(tasks) ? newest : Math.max(newest, dated);
	const watermark = isLast ? newest - LATENESS_MS : otherwise;
	const seen = new SeenIds();
	for (const { task } of tasks) {
		const moment = momentOf(task, happening);
		if (moment !== undefined && moment >= watermark) seen.add(task.taskId, moment);
	}
	return { account, happening, watermark, newest, page: 1, floor: watermark, previousFloor: watermark, seen };
}

/**
 * Whether a cursor belongs to the account whose page 1 this is. The same tasks under another mark are the same account:
 * its key was replaced, or another field of its credential was changed.
 */
export function isOfAccount(cursor: Cursor, account: string, tasks: ListedTask[]): boolean {
	return cursor.account === account || tasks.some(({ task }) => cursor.seen.has(task.taskId));
}

/** The cursor in n8n's static data; undefined when there is none, or none for what is waited for now. */
export function readCursor(value: unknown, happening: Happening): Cursor | undefined {
	const stored = asRecord(value);
	const account = asText(stored.account);
	const number = (name: keyof Cursor) => (typeof stored[name] === 'number' ? stored[name] : Number.NaN);
	const numbers = {
		watermark: number('watermark'),
		newest: number('newest'),
		page: number('page'),
		floor: number('floor'),
		previousFloor: number('previousFloor'),
	};
	if (stored.happening !== happening || account === undefined) return undefined;
	if (!Object.values(numbers).every(Number.isFinite)) return undefined;
	return { account, happening, ...numbers, seen: new SeenIds(stored.seen) };
}

/** As n8n keeps it. */
export function storeCursor({ seen, ...rest }: Cursor): IDataObject {
	return { ...rest, seen: seen.toJson() };
}

/** A new scan begins: what has happened up to now, and is old enough to be in the list, is in it. */
export function beginScan(cursor: Cursor): void {
	cursor.floor = cursor.newest - LATENESS_MS;
	cursor.page = 2;
}

/** The scan has come to the end of the list. */
export function completeScan(cursor: Cursor): void {
	cursor.watermark = Math.max(cursor.watermark, Math.min(cursor.previousFloor, cursor.floor));
	cursor.previousFloor = cursor.floor;
	cursor.page = 1;
	cursor.seen.forgetBefore(cursor.watermark);
}

/** A task was left for a later poll, so the watermark must not pass it. */
export function putOff(cursor: Cursor, moment: number): void {
	cursor.floor = Math.min(cursor.floor, moment);
}
