import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import type { TaskError } from '../model/errors';
import type { Endpoint, Refusal, Reply } from '../model/service';
import type { Task, TaskReply } from '../model/task';
import { Recent } from '../util/recent';
import { asRecord } from '../util/parse';
import { fitsInPath } from '../util/text';
import { obeyed, read, readOnce, refusalOf, UNREAD, type Outcome } from './client';
import { outcomeError } from './errors';

/** A task of a list. */
export interface Listed {
	task: Task;
	/** The element as received. */
	raw: IDataObject;
}

/** A page of the list as it was read. */
export interface ListPage {
	tasks: Listed[];
	/** True at the end of the list. */
	isLast: boolean;
	/** The whole answer. */
	reply: Reply;
	requestId?: string;
}

/** Pages of the list searched for an external ID that cannot be asked for directly. */
const PAGES_SEARCHED = 4;

/** A list that serves many is tried for so long, in ms; while it fails or hangs it is left alone for so long. */
const LIST_TIMEOUT_MS = 5_000;
const LIST_PAUSE_MS = 30_000;

/** Shortest list asked for, how many tasks of others may stand between two of ours, and the most pages of one look. */
const SHORTEST_LIST = 30;
const LIST_PER_TASK = 3;
const MOST_PAGES = 10;

/** Accounts and endpoints whose list failed lately: until when it is left alone, in ms since the epoch. */
const listPauses = new Recent<number>(1_000);

/**
 * The task in an answer; undefined when the answer holds none, or none that can be read. `askedFor` is the ID that the
 * request named.
 */
export function taskIn(endpoint: Endpoint, outcome: Outcome, askedFor?: string): TaskReply | undefined {
	if ('lost' in outcome || !outcome.verdict.ok) return undefined;
	const { data, requestId } = outcome.verdict;
	const task = taskOf(endpoint, data, askedFor);
	if (!task || task.taskId === '') return undefined;
	return { task: withRequestId(task, requestId), reply: outcome.reply };
}

/** The task in a payload; undefined for what our own reader fails with: the paid work behind it must not be lost. */
function taskOf(endpoint: Endpoint, data: unknown, askedFor?: string): Task | undefined {
	try {
		return endpoint.service.readTask(data, endpoint, askedFor);
	} catch {
		return undefined;
	}
}

function withRequestId(task: Task, requestId?: string): Task {
	return requestId ? { ...task, requestId } : task;
}

/** The outcome of asking for a task by what cannot be an ID: nothing is sent, and nothing is proven. */
const NO_ID: Outcome = {
	lost: {
		kind: 'unsent',
		final: true,
		isSentence: true,
		reason: 'The ID of the task cannot be asked for',
		hint: 'Check the ID: it is not "." or "..", and holds no broken characters.',
	},
};

/** Reads one task by its own ID, with tries. Gives the outcome when there is no task in the answer. */
export async function readTask(
	item: ItemContext,
	endpoint: Endpoint,
	id: string,
	deadline?: number,
): Promise<TaskReply | Outcome> {
	const { service, path } = endpoint;
	if (!fitsInPath(id)) return NO_ID;
	const answered = await read(item, service, service.taskRequest(path, id), deadline);
	const outcome = emptyAsUnknown(endpoint, answered);
	return taskIn(endpoint, outcome, id) ?? outcome;
}

/**
 * Reads a task by its ID or external ID; where the API cannot look an external ID up directly, the list is searched.
 * No pause between two tries goes beyond `deadline` (ms since the epoch).
 */
export async function findTask(
	item: ItemContext,
	endpoint: Endpoint,
	id: string,
	deadline?: number,
): Promise<TaskReply | Outcome> {
	const found = await readTask(item, endpoint, id, deadline);
	if ('task' in found || !isUnknown(found) || !endpoint.externalIdOnlyInList) return found;
	return await searchList(item, endpoint, id, found);
}

/** True when the answer says that there is no such task. */
export function isUnknown(outcome: Outcome): boolean {
	return refusalOf(outcome)?.meaning === 'notFound';
}

/** The error for a task that could not be read. */
export async function unreadTask(
	item: ItemContext,
	endpoint: Endpoint,
	outcome: Outcome,
	taskId: string,
): Promise<TaskError> {
	const taskState = isUnknown(outcome) ? 'not-created' : 'may-exist';
	return await outcomeError(item, endpoint, outcome, { taskState, taskId, what: 'to show the task' });
}

/** Reads one page of the list, with tries; gives the outcome when it cannot be read. */
export async function readPage(
	item: ItemContext,
	endpoint: Endpoint,
	page: number,
	pageSize: number,
	deadline?: number,
): Promise<ListPage | Outcome> {
	const outcome = await read(item, endpoint.service, pageRequest(endpoint, page, pageSize), deadline);
	return pageIn(endpoint, page, pageSize, outcome);
}

/**
 * Looks for several tasks in the list, which costs one request for many: as many pages as that takes. Gives those that
 * were found, by the ID that was asked for: a task ID or an external one. A list that fails or hangs is given up quickly
 * and left alone for a while: then the tasks have to be read one by one.
 */
export async function findInList(
	item: ItemContext,
	endpoint: Endpoint,
	ids: Set<string>,
): Promise<Map<string, TaskReply>> {
	const found = new Map<string, TaskReply>();
	const { list, connection } = endpoint.service;
	if (!list) return found;
	const { key } = await item.account(connection);
	const paused = listPauses.get(key + endpoint.path) ?? 0;
	if (paused > item.clock.now()) return found;
	const wanted = Math.max(SHORTEST_LIST, ids.size * LIST_PER_TASK);
	const pageSize = Math.min(list.maxPageSize, wanted);
	const pages = Math.min(MOST_PAGES, list.lastPage, Math.ceil(wanted / pageSize));
	for (let page = 1; page <= pages && found.size < ids.size; page += 1) {
		const answer = await listOnce(item, endpoint, page, pageSize);
		if (!('tasks' in answer)) {
			const askedMs = obeyed(refusalOf(answer)?.retryAfterMs ?? 0);
			listPauses.set(key + endpoint.path, item.clock.now() + Math.max(LIST_PAUSE_MS, askedMs));
			break;
		}
		// Not the whole page with each of them: it would stay in memory as long as the last one runs.
		const reply: Reply = { ...answer.reply, body: undefined };
		for (const { task } of answer.tasks) {
			const id = [task.taskId, task.externalTaskId ?? ''].find((known) => ids.has(known));
			if (id !== undefined) found.set(id, { task: withRequestId(task, answer.requestId), reply });
		}
		if (answer.isLast) break;
	}
	return found;
}

/** One short try. It serves others too, so the end of this execution does not end it. */
async function listOnce(
	item: ItemContext,
	endpoint: Endpoint,
	page: number,
	pageSize: number,
): Promise<ListPage | Outcome> {
	const options = { signal: new AbortController().signal, timeoutMs: LIST_TIMEOUT_MS };
	const outcome = await readOnce(item, endpoint.service, pageRequest(endpoint, page, pageSize), options);
	return pageIn(endpoint, page, pageSize, outcome);
}

function pageRequest({ service, path }: Endpoint, page: number, pageSize: number) {
	return { method: 'GET' as const, url: path, qs: service.list?.pageRequest(page, pageSize) };
}

function pageIn(endpoint: Endpoint, page: number, pageSize: number, outcome: Outcome): ListPage | Outcome {
	if ('lost' in outcome || !outcome.verdict.ok) return outcome;
	const { data, requestId } = outcome.verdict;
	const elements = Array.isArray(data) ? data : [];
	const tasks = elements.map((raw) => ({ raw: asRecord(raw) as IDataObject, task: taskOf(endpoint, raw) }));
	// A page with holes would pass for one that was read.
	if (!tasks.every(isRead)) return UNREAD;
	const isLast = elements.length < pageSize || page >= (endpoint.service.list?.lastPage ?? 1);
	return { tasks, isLast, reply: outcome.reply, requestId };
}

function isRead<Element extends { task?: Task }>(element: Element): element is Element & { task: Task } {
	return element.task !== undefined;
}

/** The task with this external ID, read by its own ID; or `unknown`, the answer that made the list be searched. */
async function searchList(
	item: ItemContext,
	endpoint: Endpoint,
	externalTaskId: string,
	unknown: Outcome,
): Promise<TaskReply | Outcome> {
	const { list } = endpoint.service;
	if (!list) return unknown;
	for (let page = 1; page <= PAGES_SEARCHED; page += 1) {
		const answer = await readPage(item, endpoint, page, list.maxPageSize);
		// An unread list proves nothing.
		if (!('tasks' in answer)) return answer;
		const found = answer.tasks.find(({ task }) => task.externalTaskId === externalTaskId);
		if (found) return await readTask(item, endpoint, found.task.taskId);
		if (answer.isLast) return unknown;
	}
	const refusal = refusalOf(unknown);
	return 'verdict' in unknown && refusal ? withRefusal(unknown.reply, { ...refusal, meaning: 'notListed' }) : unknown;
}

/** The outcome of reading a task: some services answer with success and nothing where there is no such task. */
function emptyAsUnknown({ service }: Endpoint, outcome: Outcome): Outcome {
	if (!service.emptyMeansUnknown || !('verdict' in outcome) || !outcome.verdict.ok) return outcome;
	const { data, requestId } = outcome.verdict;
	if (Object.keys(asRecord(data)).length > 0) return outcome;
	const { status } = outcome.reply;
	const words = { reason: '', cause: 'the task is unknown', hint: '' };
	return withRefusal(outcome.reply, { httpStatus: status, requestId, ...words, retry: 'no', meaning: 'notFound' });
}

function withRefusal(reply: Reply, refusal: Refusal): Outcome {
	return { reply, verdict: { ok: false, refusal } };
}
