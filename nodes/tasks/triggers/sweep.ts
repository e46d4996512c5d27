import { baseline, beginSweep, completeSweep, putOff, type Cursor } from './cursor';
import type { TaskError } from '../errors';
import type { ItemExchange } from '../exchange';
import { latestBelieved, momentOf, newestOf, readPage, type Happened, type Happening, type Seen } from './happening';

/** Most pages of the list that one poll reads of a resource: the first one, and five of the sweep. */
export const PAGES_PER_POLL = 6;

/** What one poll has read of a resource. */
export interface Sweep {
	cursor: Cursor;
	/** New, each task once, in the order of the list. */
	happened: Happened[];
	/** Page that comes next; undefined when the list was read to its end. */
	nextPage?: number;
	/** Why the sweep ended before its time. */
	problem?: TaskError;
}

/**
 * Reads page 1, where new tasks usually are, and goes on with the sweep through the other pages from where the last
 * poll stopped. Throws a TaskError when page 1 cannot be read. Without a cursor it makes one, and what there is is old.
 */
export async function sweep(exchange: ItemExchange, known: Cursor | undefined, happening: Happening, deadline: number): Promise<Sweep> {
	const { clock } = exchange;
	const head = await readPage(exchange, 1, deadline);
	const latest = latestBelieved(clock.now());
	// The baseline begins no sweep: the next poll does.
	if (!known) return { cursor: baseline(head, happening, latest), happened: [], nextPage: 1 };
	const cursor = known;
	const all: Seen[] = [];
	const take = (seen: Seen[]) => {
		all.push(...seen);
		cursor.newest = newestOf(seen, latest, cursor.newest);
	};
	const stop = (nextPage?: number, problem?: TaskError): Sweep => ({
		cursor,
		nextPage,
		problem,
		happened: newAmong(all, cursor, happening, latest),
	});
	take(head.seen);
	// A list that has become short ends the running sweep without completing it: this poll is a whole one.
	if (cursor.page <= 1 || head.isLast) beginSweep(cursor);
	if (head.isLast) return stop();
	const end = cursor.page + PAGES_PER_POLL - 1;
	for (let page = cursor.page; page < end; page += 1) {
		if (clock.now() >= deadline) return stop(page);
		const [part] = await Promise.allSettled([readPage(exchange, page, deadline)]);
		if (part.status === 'rejected') return stop(page, part.reason as TaskError);
		take(part.value.seen);
		if (part.value.isLast) return stop();
	}
	return stop(end);
}

/**
 * Moves the cursor on. `done` are the tasks dealt with; `left` those that a later poll has to report. False when so
 * many are remembered that the oldest had to be forgotten, and ends may have been passed over.
 */
export function advance({ cursor, nextPage }: Sweep, done: Happened[], left: Happened[]): boolean {
	for (const { task, moment } of done) cursor.reported.add(task.taskId, moment);
	for (const { moment } of left) putOff(cursor, moment);
	// The sweep waits at the first page with a task that was left; page 1 is read by every poll.
	const page = Math.min(nextPage ?? Infinity, ...left.map((one) => one.page).filter((number) => number > 1));
	if (page === Infinity) completeSweep(cursor);
	else cursor.page = page;
	const forgotten = cursor.reported.shrink();
	if (forgotten !== undefined) cursor.watermark = Math.max(cursor.watermark, forgotten);
	return forgotten === undefined;
}

function newAmong(all: Seen[], { watermark, reported }: Cursor, happening: Happening, latest: number): Happened[] {
	const found = new Map<string, Happened>();
	for (const seen of all) {
		const { taskId } = seen.task;
		const moment = Math.min(momentOf(seen.task, happening) ?? Number.NaN, latest);
		const isNew = moment >= watermark && !reported.has(taskId) && !found.has(taskId);
		if (isNew) found.set(taskId, { ...seen, moment });
	}
	return [...found.values()];
}
