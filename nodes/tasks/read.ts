import { inputError, outcomeError, quote, type TaskError } from './errors';
import { read, refusalOf, taskIn, type ItemExchange, type Outcome, type TaskReply } from './exchange';
import { asRecord } from './json';
import { toItems } from './items';
import type { Operation } from './operation';
import type { Refusal, TaskRequest } from './provider';
import { resultItems } from './result';
import { readSettings, type Settings } from './settings';
import { hasEnded, type Task } from './task';
import { waitForTask } from './wait';

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
		const found = await findTask(exchange, taskId, AS_DECLARED);
		if (!('task' in found)) throw unreadTask(exchange, found, taskId);
		const downloadImages = exchange.context.getNodeParameter('downloadImages', false) === true;
		return await toItems(exchange, found, { ...settings, downloadImages }, { item: exchange.itemIndex });
	},
};

/** Waits for a task that exists already. */
export const waitForExistingTask: Operation<Prepared> = {
	pays: false,
	prepare: prepareTaskId,
	async perform(exchange, { taskId, settings }) {
		const found = await findTask(exchange, taskId, AS_DECLARED);
		const seen = 'task' in found ? found : undefined;
		if (seen) noteTask(exchange, seen.task);
		// Only an unknown task ends here; every other failed read is a matter of waiting.
		else if (NOT_THERE.has(refusalOf(found as Outcome)?.meaning)) throw unreadTask(exchange, found as Outcome, taskId);
		const waited =
			seen && hasEnded(seen.task)
				? { ...seen, timedOut: false }
				: await waitForTask(exchange, {
						request: requestFor(exchange, seen?.task.taskId ?? taskId),
						taskId: seen?.task.taskId ?? taskId,
						wholeReply: !settings.simplify,
						timeoutMs: settings.timeoutMs,
						intervalMs: settings.intervalMs,
						seen,
						onProgress: (task) => noteTask(exchange, task),
					});
		return await resultItems(exchange, waited, settings, { item: exchange.itemIndex });
	},
};

/** What waiting does not change, when the task was not made just now. */
const NOT_THERE = new Set<Refusal['meaning']>(['notFound', 'notListed']);

/** The request that the operation declares. */
const AS_DECLARED = {};

/**
 * Reads a task by its ID or external ID; where the API cannot look an external ID up directly, the list is searched.
 */
export async function findTask(
	exchange: ItemExchange,
	id: string,
	request: Partial<TaskRequest> = requestFor(exchange, id),
): Promise<TaskReply | Outcome> {
	const { endpoint } = exchange;
	const outcome = await read(exchange, request);
	const found = taskIn(exchange, outcome);
	if (found) return found;
	if (refusalOf(outcome)?.meaning !== 'notFound' || !endpoint.externalIdOnlyInList) return outcome;
	return await searchList(exchange, id, outcome);
}

/** Tells the run what is known of this item's task. */
export function noteTask({ run, itemIndex }: ItemExchange, task: Task): void {
	const { taskId, externalTaskId, status } = task;
	run.note({
		itemIndex,
		taskId,
		externalTaskId,
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

function unreadTask(exchange: ItemExchange, outcome: Outcome, taskId: string): TaskError {
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
