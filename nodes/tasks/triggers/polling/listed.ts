import type { ItemContext } from '../../item/context';
import { outcomeError } from '../../http/errors';
import { readPage, type Listed } from '../../http/taskApi';
import type { TaskError } from '../../model/errors';
import type { Endpoint } from '../../model/service';
import { hasEnded, type Task } from '../../model/task';
import type { Happening } from '../events';

/** A task as it stands in the list. */
export interface ListedTask extends Listed {
	/** Page of the list, from 1. */
	page: number;
}

/** A task to which what is waited for has happened, at `moment` (ms since the epoch). */
export interface NewTask extends ListedTask {
	moment: number;
}

/** A page of the list, as triggers look at it. */
export interface Page {
	tasks: ListedTask[];
	/** True at the end of the list. */
	isLast: boolean;
	/** The `Date` of the answer in ms since the epoch, or NaN. */
	sentAt: number;
}

/** Times further ahead of this machine's clock than this, in ms, are not believed. */
const MOST_AHEAD_MS = 24 * 60 * 60_000;

/** Reads one page of the list, as large as the API allows; gives the error when it cannot be read. */
export async function readTasks(
	item: ItemContext,
	endpoint: Endpoint,
	page: number,
	deadline: number,
): Promise<Page | TaskError> {
	const answer = await readPage(item, endpoint, page, endpoint.service.list?.maxPageSize ?? 0, deadline);
	if (!('tasks' in answer)) {
		const what = 'to list the tasks';
		return await outcomeError(item, endpoint, answer, { taskState: 'not-created', what });
	}
	const { tasks, isLast, reply } = answer;
	return {
		tasks: tasks.filter(({ task }) => task.taskId !== '').map((listed) => ({ ...listed, page })),
		isLast,
		sentAt: Date.parse(reply.headers.date ?? ''),
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
export function newestOf(tasks: ListedTask[], latest: number, otherwise: number): number {
	const times = tasks.flatMap(({ task }) => [task.createdAt, task.updatedAt].map((time) => Date.parse(time ?? '')));
	return times.filter((time) => time <= latest).reduce((newest, time) => Math.max(newest, time), otherwise);
}

/** Whether tasks come in the order of their making, the newest first; false when nothing tells. */
export function beginsWithNewest(tasks: ListedTask[]): boolean {
	const times = tasks.map(({ task }) => Date.parse(task.createdAt ?? ''));
	const created = times.filter((time) => Number.isFinite(time));
	const falls = created.every((time, index) => index === 0 || time <= (created[index - 1] ?? time));
	return falls && (created[0] ?? 0) > (created.at(-1) ?? 0);
}
