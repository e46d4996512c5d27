import { isTaskError, type TaskError } from '../../model/errors';
import type { Endpoint } from '../../model/service';
import type { Happening } from '../events';
import { baseline, beginScan, completeScan, isOfAccount, putOff, readCursor, type Cursor } from './cursor';
import { latestBelieved, momentOf, newestOf, readTasks, type ListedTask, type NewTask } from './listed';
import { accountMark, type Poll } from './poll';

/** Most pages of the list that one poll reads of a resource: the first one, and five of the scan. */
export const PAGES_PER_POLL = 6;

/** What one poll has read of a resource. */
export interface ScanPart {
	cursor: Cursor;
	/** New, each task once, in the order of the list. */
	found: NewTask[];
	/** Page that comes next; undefined when the list was read to its end. */
	nextPage?: number;
	/** Why the scan ended before its time. */
	problem?: TaskError;
}

/**
 * Reads page 1, where new tasks usually are, and goes on with the scan through the other pages from where the last poll
 * stopped. `stored` is the cursor as n8n keeps it; without one, or with that of another account, it makes one, and what
 * there is is old. Throws a TaskError when page 1 cannot be read.
 */
export async function scan(
	{ item, deadline }: Poll,
	endpoint: Endpoint,
	stored: unknown,
	happening: Happening,
): Promise<ScanPart> {
	const { clock } = item;
	const head = await readTasks(item, endpoint, 1, deadline);
	if (isTaskError(head)) throw head;
	const latest = latestBelieved(clock.now());
	const account = await accountMark(item, endpoint.service);
	const known = readCursor(stored, happening);
	if (!known || !isOfAccount(known, account, head.tasks)) {
		// The baseline begins no scan: the next poll does.
		return { cursor: baseline(head, { account, happening }, latest), found: [], nextPage: 1 };
	}
	const cursor: Cursor = { ...known, account };
	let all: ListedTask[] = [];
	const take = (tasks: ListedTask[]) => {
		all = all.concat(tasks);
		cursor.newest = newestOf(tasks, latest, cursor.newest);
	};
	const stop = (nextPage?: number, problem?: TaskError): ScanPart => {
		return { cursor, nextPage, problem, found: newAmong(all, cursor, latest) };
	};
	take(head.tasks);
	// A list that has become short ends the running scan without completing it: this poll is a whole one.
	if (cursor.page <= 1 || head.isLast) beginScan(cursor);
	if (head.isLast) return stop();
	const end = cursor.page + PAGES_PER_POLL - 1;
	for (let page = cursor.page; page < end; page += 1) {
		if (clock.now() >= deadline) return stop(page);
		const part = await readTasks(item, endpoint, page, deadline);
		if (isTaskError(part)) return stop(page, part);
		take(part.tasks);
		if (part.isLast) return stop();
	}
	return stop(end);
}

/**
 * Moves the cursor on. `done` are the tasks dealt with; `left` those that a later poll has to report. False when so
 * many are remembered that the oldest had to be forgotten, and ends may have been passed over.
 */
export function advance({ cursor, nextPage }: ScanPart, done: NewTask[], left: NewTask[]): boolean {
	for (const { task, moment } of done) cursor.seen.add(task.taskId, moment);
	for (const { moment } of left) putOff(cursor, moment);
	// The scan waits at the first page with a task that was left; page 1 is read by every poll.
	const pages = left.map((one) => one.page).filter((number) => number > 1);
	const page = pages.reduce((first, other) => Math.min(first, other), nextPage ?? Infinity);
	if (page === Infinity) completeScan(cursor);
	else cursor.page = page;
	const forgotten = cursor.seen.shrink();
	if (forgotten !== undefined) cursor.watermark = Math.max(cursor.watermark, forgotten);
	return forgotten === undefined;
}

function newAmong(all: ListedTask[], { watermark, seen, happening }: Cursor, latest: number): NewTask[] {
	const found = new Map<string, NewTask>();
	for (const listed of all) {
		const { taskId } = listed.task;
		const moment = Math.min(momentOf(listed.task, happening) ?? Number.NaN, latest);
		const isNew = moment >= watermark && !seen.has(taskId) && !found.has(taskId);
		if (isNew) found.set(taskId, { ...listed, moment });
	}
	return [...found.values()];
}
