import { readUpTo } from '../http/behind';
import { findInList, isUnknown, readTask } from '../http/taskApi';
import type { ItemContext } from '../item/context';
import type { Endpoint } from '../model/service';
import { hasEnded, isWhole, type Task, type TaskReply } from '../model/task';

/** A task whose end is looked for. */
export interface Awaited {
	taskId: string;
	/** True when the result must be the task's own answer, because the user wants it whole. */
	wholeReply: boolean;
}

/** From this many tasks on one list is asked for them all. */
const LIST_FROM = 4;

/** What a callback has told, and what is done before a pause, because the service waits for an answer. */
export interface Told {
	task: Task;
	onBehind(): void;
}

/**
 * Looks whether all tasks have ended, with as few requests as that takes: the list once, where there is one, then single
 * tasks, the latest first, until one has not ended. What has ended goes to `ended`, by task ID, and is not asked for
 * again. A task that a callback has told to have ended (`told`) is read again while the service is behind its own
 * callback. Gives `unread` when the service could not be asked.
 */
export async function lookForEnds(
	item: ItemContext,
	endpoint: Endpoint,
	tasks: Awaited[],
	ended: Map<string, TaskReply>,
	told?: Told,
): Promise<'all' | 'running' | 'unread'> {
	const open = () => tasks.filter(({ taskId }) => !ended.has(taskId));
	if (open().length >= LIST_FROM && (await isOneRunning(item, endpoint, open(), ended, told))) return 'running';
	for (const { taskId } of open().reverse()) {
		const found = await readUntilTold(item, endpoint, taskId, told);
		// A task that is not there (yet) does not end, whatever is asked for it.
		if (!('task' in found)) return isUnknown(found) ? 'running' : 'unread';
		if (!hasEnded(found.task)) return 'running';
		ended.set(taskId, found);
	}
	return 'all';
}

async function readUntilTold(item: ItemContext, endpoint: Endpoint, taskId: string, told?: Told) {
	if (told?.task.taskId !== taskId) return await readTask(item, endpoint, taskId);
	return await readUpTo(item, endpoint, told.task, undefined, told.onBehind);
}

/**
 * Reads the list once; true when it shows one of the tasks running that no callback has told of. A list that cannot be
 * read shows nothing.
 */
async function isOneRunning(
	item: ItemContext,
	endpoint: Endpoint,
	tasks: Awaited[],
	ended: Map<string, TaskReply>,
	told?: Told,
): Promise<boolean> {
	const found = await findInList(item, endpoint, new Set(tasks.map(({ taskId }) => taskId)));
	let isRunning = false;
	for (const { taskId, wholeReply } of tasks) {
		const reply = found.get(taskId);
		if (!reply) continue;
		if (!hasEnded(reply.task)) isRunning ||= taskId !== told?.task.taskId;
		// An element of a list may leave out the result.
		else if (!wholeReply && isWhole(endpoint, reply.task)) ended.set(taskId, reply);
	}
	return isRunning;
}
