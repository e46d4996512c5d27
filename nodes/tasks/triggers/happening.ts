import type { IDataObject } from 'n8n-workflow';

import { outcomeError } from '../errors';
import { read, type ItemExchange } from '../exchange';
import { hasEnded, type Task } from '../task';

/** What a trigger waits for: tasks to end, or tasks to appear. */
export type Happening = 'ended' | 'created';

/** A task of the list. */
export interface Seen {
	task: Task;
	/** The element as received. */
	raw: IDataObject;
	/** Page of the list, from 1. */
	page: number;
}

/** A task for which it has happened, at `moment` (ms since the epoch). */
export interface Happened extends Seen {
	moment: number;
}

/** A page of the list as it was read. */
export interface Page {
	seen: Seen[];
	/** True at the end of the list. */
	isLast: boolean;
	/** The `Date` of the answer in ms since the epoch, or NaN. */
	sentAt: number;
}

/** Times further ahead of this machine's clock than this, in ms, are not believed. */
const MOST_AHEAD_MS = 24 * 60 * 60_000;

/** Reads one page of the list, as large as the API allows; throws a TaskError when it cannot be read. */
export async function readPage(exchange: ItemExchange, page: number, deadline: number): Promise<Page> {
	const { provider, resource, path } = exchange.endpoint;
	const { pageRequest, maxPageSize = 0, lastPage = 0 } = provider.list ?? {};
	const outcome = await read(exchange, { method: 'GET', url: path, qs: pageRequest?.(page, maxPageSize) }, deadline);
	if ('lost' in outcome || !outcome.verdict.ok) {
		throw outcomeError(exchange, outcome, { taskState: 'not-created', what: `page ${page} of the list of ${resource}` });
	}
	const { data } = outcome.verdict;
	const elements = Array.isArray(data) ? data : [];
	const seen = elements.map((raw) => ({ raw: raw as IDataObject, task: provider.readTask(raw, resource), page }));
	return {
		seen: seen.filter(({ task }) => task.taskId !== ''),
		isLast: elements.length < maxPageSize || page >= lastPage,
		sentAt: Date.parse(outcome.reply.headers.date ?? ''),
	};
}

/** When it happened to a task, in ms since the epoch; undefined when it has not. */
export function momentOf(task: Task, happening: Happening): number | undefined {
	const { createdAt, updatedAt } = task;
	if (happening === 'ended' && !hasEnded(task)) return undefined;
	const time = happening === 'ended' ? (updatedAt ?? createdAt) : (createdAt ?? updatedAt);
	return time === undefined ? undefined : Date.parse(time);
}

/** The latest time that is believed, in ms since the epoch. `now` is this machine's. */
export function latestBelieved(now: number): number {
	return now + MOST_AHEAD_MS;
}

/** The newest time among tasks, or `otherwise`, in ms since the epoch; times after `latest` do not count. */
export function newestOf(seen: Seen[], latest: number, otherwise: number): number {
	const times = seen.flatMap(({ task: { createdAt, updatedAt } }) => [createdAt, updatedAt].map((time) => Date.parse(time ?? '')));
	return times.filter((time) => time <= latest).reduce((newest, time) => Math.max(newest, time), otherwise);
}

/** Whether tasks come in the order of their making, the newest first; false when nothing tells. */
export function beginsWithNewest(seen: Seen[]): boolean {
	const created = seen.map(({ task }) => Date.parse(task.createdAt ?? '')).filter((time) => Number.isFinite(time));
	const falls = created.every((time, index) => index === 0 || time <= (created[index - 1] ?? time));
	return falls && (created[0] ?? 0) > (created.at(-1) ?? 0);
}
