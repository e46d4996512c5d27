import type { IDataObject } from 'n8n-workflow';

import { beginsWithNewest, momentOf, newestOf, type Happening, type Page } from './happening';
import { asRecord } from '../json';
import { Reported } from './reported';

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
 * A sweep is one reading of the whole list, a few pages a poll. `watermark` stays behind the sweep before the last one
 * that was completed, so that a task which pages that shift hid from one sweep still counts as new in the next.
 */
export interface Cursor {
	happening: Happening;
	/** ms since the epoch. What happened before is old; what happened later is new unless it is in `reported`. */
	watermark: number;
	/** The newest time that was seen in the data, ms since the epoch. */
	newest: number;
	/** Page of the list that the sweep reads next; 1 when the next poll begins a new one. */
	page: number;
	/** What happened before this and was in the list is dealt with once the running sweep is through. */
	floor: number;
	/** The floor of the sweep before. */
	previousFloor: number;
	reported: Reported;
}

/**
 * Where a trigger starts: what there is on page 1 is old and remembered. For the tasks of other pages a time has to
 * serve: the newest of page 1 if the list begins with the newest, otherwise the date of the answer.
 */
export function baseline({ seen, isLast, sentAt }: Page, happening: Happening, latest: number): Cursor {
	const dated = Number.isFinite(sentAt) ? sentAt : 0;
	// An empty account has nothing old, so a day's difference between clocks does no harm.
	const newest = newestOf(seen, latest, seen.length === 0 ? dated - LONGEST_DIFFERENCE_MS : 0);
	const otherwise = beginsWithNewest(seen) ? newest : Math.max(newest, dated);
	const watermark = isLast ? newest - LATENESS_MS : otherwise;
	const cursor: Cursor = { happening, watermark, newest, page: 1, floor: watermark, previousFloor: watermark, reported: new Reported() };
	for (const { task } of seen) {
		const moment = momentOf(task, happening);
		if (moment !== undefined && moment >= watermark) cursor.reported.add(task.taskId, moment);
	}
	return cursor;
}

/** The cursor in n8n's static data; undefined when there is none, or none for what is waited for now. */
export function readCursor(stored: unknown, happening: Happening): Cursor | undefined {
	const { reported, ...rest } = asRecord(stored);
	const { watermark, newest, page, floor, previousFloor } = rest;
	const numbers = [watermark, newest, page, floor, previousFloor];
	if (rest.happening !== happening || !numbers.every((value) => typeof value === 'number' && Number.isFinite(value))) return undefined;
	return { ...(rest as unknown as Omit<Cursor, 'reported'>), reported: new Reported(reported) };
}

/** As n8n keeps it. */
export function storeCursor({ reported, ...rest }: Cursor): IDataObject {
	return { ...rest, reported: reported.toJson() };
}

/** A new sweep begins: what has happened up to now, and is old enough to be in the list, is in it. */
export function beginSweep(cursor: Cursor): void {
	cursor.floor = cursor.newest - LATENESS_MS;
	cursor.page = 2;
}

/** The sweep has come to the end of the list. */
export function completeSweep(cursor: Cursor): void {
	cursor.watermark = Math.max(cursor.watermark, Math.min(cursor.previousFloor, cursor.floor));
	cursor.previousFloor = cursor.floor;
	cursor.page = 1;
	cursor.reported.forgetBefore(cursor.watermark);
}

/** A task was left for a later poll, so the watermark must not pass it. */
export function putOff(cursor: Cursor, moment: number): void {
	cursor.floor = Math.min(cursor.floor, moment);
}
