import type { IDataObject } from 'n8n-workflow';

import { emptyAsUnknown } from './emptyReply';
import { inputError, outcomeError, quote, taskError, type TaskError } from './errors';
import { read, refusalOf, taskIn, type ItemExchange, type Outcome, type TaskReply } from './exchange';
import { asRecord } from './json';
import { toItems } from './items';
import type { Operation } from './operation';
import type { Refusal, TaskRequest } from './provider';
import { resultItems } from './result';
import { readSettings, type Settings } from './settings';
import { hasEnded, type Task } from './task';
import { waitForTask, type Waited } from './wait';

interface Prepared {
	taskId: string;
	settings: Settings;
}

/** Pages of the list searched for an external ID that cannot be asked for directly. */
const PAGES_SEARCHED = 4;

/** Longest ID that is asked for, in characters; what is longer is a picture or a text in the wrong field. */
const LONGEST_ID = 500;

/** Reads one task. A failed task is an item, not an error. */
export const getTask: Operation<Prepared> = {
	pays: false,
	prepare: prepareTaskId,
	async perform(exchange, { taskId, settings }) {
		const found = await findTask(exchange, taskId);
		if (!('task' in found)) throw unreadTask(exchange, found, taskId);
		refuseOtherResource(exchange, found.task);
		const downloadImages = exchange.context.getNodeParameter('downloadImages', false) === true;
		return await toItems(exchange, withItemFields(exchange, found), { ...settings, downloadImages }, { item: exchange.itemIndex });
	},
};

/** Waits for a task that exists already. */
export const waitForExistingTask: Operation<Prepared> = {
	pays: false,
	prepare: prepareTaskId,
	async perform(exchange, { taskId, settings }) {
		const waited = await waitForTaskOf(exchange, taskId, settings);
		return await resultItems(exchange, withItemFields(exchange, waited), settings, { item: exchange.itemIndex });
	},
};

/** Waits for the end of a task by its ID, which is read at once. Throws a TaskError for an unknown one. */
export async function waitForTaskOf(exchange: ItemExchange, taskId: string, settings: Settings): Promise<Waited> {
	const found = await findTask(exchange, taskId);
	// Only an unknown task ends here; every other failed read is a matter of waiting.
	if (!('task' in found) && NOT_THERE.has(refusalOf(found)?.meaning)) throw unreadTask(exchange, found, taskId);
	const seen = 'task' in found ? found : undefined;
	if (seen) refuseOtherResource(exchange, seen.task);
	if (seen) noteTask(exchange, seen.task);
	if (seen && hasEnded(seen.task)) return { ...seen, timedOut: false };
	return await waitForTask(exchange, {
		request: requestFor(exchange, seen?.task.taskId ?? taskId),
		taskId: seen?.task.taskId ?? taskId,
		wholeReply: !settings.simplify,
		timeoutMs: settings.timeoutMs,
		intervalMs: settings.intervalMs,
		seen,
		onProgress: (task) => noteTask(exchange, task),
	});
}

/** What waiting does not change, when the task was not made just now. */
const NOT_THERE = new Set<Refusal['meaning']>(['notFound', 'notListed']);

/**
 * Reads a task by its ID or external ID; where the API cannot look an external ID up directly, the list is searched.
 * No pause between two tries goes beyond `deadline` (ms since the epoch).
 */
export async function findTask(exchange: ItemExchange, id: string, deadline?: number): Promise<TaskReply | Outcome> {
	const { endpoint } = exchange;
	const outcome = emptyAsUnknown(exchange, await read(exchange, requestFor(exchange, id), deadline));
	const found = taskIn(exchange, outcome, id);
	if (found) return found;
	if (refusalOf(outcome)?.meaning !== 'notFound' || !endpoint.externalIdOnlyInList) return outcome;
	return await searchList(exchange, id, outcome);
}

/** A task of another resource would be read as something that it is not. */
function refuseOtherResource({ context, itemIndex, endpoint }: ItemExchange, { taskId, resource }: Task): void {
	if (resource === endpoint.resource) return;
	throw taskError(context.getNode(), {
		itemIndex,
		message: `Task ${taskId} belongs to the resource ${quote(resource)}, not to ${quote(endpoint.resource)}`,
		hint: `Choose the resource ${quote(resource)} in the node, or hand over another task ID.`,
		taskId,
		taskState: 'created',
		retryable: false,
	});
}

/** The task with what only the item knows that it was asked for with. */
function withItemFields<Reply extends TaskReply>({ context, endpoint }: ItemExchange, found: Reply): Reply {
	const item = asRecord(asRecord(context.getInputData(0)).json);
	if (!endpoint.fromItem || String(item.taskId) !== found.task.taskId) return found;
	const own = endpoint.fromItem.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]);
	return { ...found, task: { ...(Object.fromEntries(own) as IDataObject), ...found.task } };
}

/** Tells the run what is known of this item's task. */
export function noteTask({ run, itemIndex, endpoint }: ItemExchange, task: Task): void {
	const { taskId, externalTaskId, status } = task;
	const also = (endpoint.fromItem ?? []).filter((key) => typeof task[key] === 'string').map((key) => `${key}: ${String(task[key])}`);
	run.note({
		itemIndex,
		taskId,
		externalTaskId,
		also: also.length > 0 ? also.join(', ') : undefined,
		state: status,
		ended: hasEnded(task),
	});
}

/** The request that reads one task. */
export function requestFor({ endpoint }: ItemExchange, id: string): TaskRequest {
	return endpoint.provider.taskRequest(endpoint.path, id);
}

/** The task with this external ID, read by its own ID; or `unknown`, the answer that made the list be searched. */
async function searchList(exchange: ItemExchange, externalTaskId: string, unknown: Outcome): Promise<TaskReply | Outcome> {
	const { provider, path, resource } = exchange.endpoint;
	if (!provider.list) return unknown;
	const { pageRequest, maxPageSize } = provider.list;
	for (let page = 1; page <= PAGES_SEARCHED; page += 1) {
		const outcome = await read(exchange, { method: 'GET', url: path, qs: pageRequest(page, maxPageSize) });
		// An unread list proves nothing.
		if ('lost' in outcome || !outcome.verdict.ok) return outcome;
		const elements = Array.isArray(outcome.verdict.data) ? outcome.verdict.data : [];
		const found = elements
			.map((element) => provider.readTask(element, resource))
			.find((task) => task.externalTaskId === externalTaskId);
		if (found) return await findTask(exchange, found.taskId);
		if (elements.length < maxPageSize) return unknown;
	}
	const refusal = refusalOf(unknown);
	return 'verdict' in unknown && refusal
		? { ...unknown, verdict: { ok: false, refusal: { ...refusal, meaning: 'notListed' } } }
		: unknown;
}

/** The error for a task that could not be read. */
export function unreadTask(exchange: ItemExchange, outcome: Outcome, taskId: string): TaskError {
	const taskState = refusalOf(outcome)?.meaning === 'notFound' ? 'not-created' : 'may-exist';
	return outcomeError(exchange, outcome, { taskState, taskId, what: `task ${quote(taskId)}` });
}

function prepareTaskId(exchange: ItemExchange): Prepared {
	const { context, itemIndex } = exchange;
	const value = context.getNodeParameter('taskId', '');
	const taskId = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
	if (taskId === '') {
		throw inputError(
			context.getNode(),
			itemIndex,
			'Task ID is empty',
			`Enter a task ID or an external task ID, or hand over items with a field taskId. ${fieldsOf(exchange)}`,
		);
	}
	if (typeof value === 'number' && !Number.isSafeInteger(value)) {
		throw inputError(
			context.getNode(),
			itemIndex,
			`Task ID ${value} is a number that has lost its last digits`,
			'Hand task IDs over as text: they are longer than numbers can hold.',
		);
	}
	if (taskId.length > LONGEST_ID) {
		const message = `Task ID ${quote(taskId)} has ${taskId.length} characters, so it is no ID`;
		throw inputError(context.getNode(), itemIndex, message, 'Enter a task ID or an external task ID.');
	}
	return { taskId, settings: readSettings(exchange) };
}

function fieldsOf({ context }: ItemExchange): string {
	const names = Object.keys(asRecord(asRecord(context.getInputData(0)).json));
	return names.length > 0 ? `The item has the fields: ${names.join(', ')}.` : 'The item has no fields.';
}
