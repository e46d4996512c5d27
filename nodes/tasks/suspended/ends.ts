import { emptyAsUnknown } from '../emptyReply';
import { read, refusalOf, taskIn, type ItemExchange, type Outcome, type TaskReply } from '../exchange';
import { requestFor } from '../read';
import { hasEnded } from '../task';

/** A task whose end is looked for. */
export interface Awaited {
	taskId: string;
	/** True when the result must be the task's own answer, because the user wants it whole. */
	wholeReply: boolean;
}

/** From so many tasks on one list is asked for them all. */
const LIST_FROM = 4;

/** Tasks asked for in the list for each one looked for: others of the account stand between them. */
const LIST_PER_TASK = 2;
const SHORTEST_LIST = 30;

/**
 * Looks whether all tasks have ended, with as few requests as that takes: the list once, where there is one, then
 * single tasks, the latest first, until one has not ended. What has ended goes to `ended`, by task ID, and is not asked for
 * again. Gives `unread` when the service could not be asked.
 */
export async function lookForEnds(
	exchange: ItemExchange,
	tasks: Awaited[],
	ended: Map<string, TaskReply>,
): Promise<'all' | 'running' | 'unread'> {
	const open = () => tasks.filter(({ taskId }) => !ended.has(taskId));
	if (open().length >= LIST_FROM && (await isOneRunning(exchange, open(), ended))) return 'running';
	for (const { taskId } of open().reverse()) {
		const outcome = emptyAsUnknown(exchange, await read(exchange, requestFor(exchange, taskId)));
		const found = taskIn(exchange, outcome, taskId);
		// A task that is not there (yet) does not end, whatever is asked for it.
		if (!found) return refusalOf(outcome)?.meaning === 'notFound' ? 'running' : 'unread';
		if (!hasEnded(found.task)) return 'running';
		ended.set(taskId, found);
	}
	return 'all';
}

/** Reads the list once; true when it shows one of the tasks running. A list that cannot be read shows nothing. */
async function isOneRunning(exchange: ItemExchange, tasks: Awaited[], ended: Map<string, TaskReply>): Promise<boolean> {
	const { provider, path } = exchange.endpoint;
	if (!provider.list) return false;
	const size = Math.min(provider.list.maxPageSize, Math.max(SHORTEST_LIST, tasks.length * LIST_PER_TASK));
	const outcome = await read(exchange, { method: 'GET', url: path, qs: provider.list.pageRequest(1, size) });
	if ('lost' in outcome || !outcome.verdict.ok) return false;
	const { data, requestId } = outcome.verdict;
	let isRunning = false;
	for (const element of Array.isArray(data) ? data : []) {
		const one: Outcome = { reply: outcome.reply, verdict: { ok: true, data: element, requestId } };
		const found = taskIn(exchange, one);
		const awaited = found && tasks.find(({ taskId }) => taskId === found.task.taskId);
		if (!awaited) continue;
		if (!hasEnded(found.task)) isRunning = true;
		// Not the whole page with each of them: it would stay in memory as long as the last one runs.
		else if (!awaited.wholeReply) ended.set(awaited.taskId, { ...found, reply: { ...found.reply, body: undefined } });
	}
	return isRunning;
}
