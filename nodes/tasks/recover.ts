import { createError, withExternalId, type Unfinished } from './attempt';
import { taskError } from './errors';
import { backoff, refusalOf, type ItemExchange, type Outcome, type TaskReply } from './exchange';
import { findTask } from './read';
import { withWarning } from './task';

/** Rounds of looking up, each with the retries of a read, before the question is given up. */
const LOOK_UPS = 3;

/** Look-ups for a task that the service says is there but does not show yet, and the first pause between them in ms. */
const SHOWN_LOOK_UPS = 4;
const SHOWN_BACKOFF_MS = 1_000;

/** Last number behind a derived ID: the task and four more after failed ones (architecture.md, money rule 1). */
const LAST_SUFFIX = 5;

/** A task created this long before the first try, in ms, is another one's: clocks differ by less. */
const OLDER_MS = 5 * 60_000;

/**
 * After a create whose answer is lost: the task, or undefined when it surely does not exist, so that the same ID may be
 * sent again. Throws with `may-exist` when nobody can tell (architecture.md, money rule 2).
 */
export async function lookUp(exchange: ItemExchange, unfinished: Unfinished): Promise<TaskReply | undefined> {
	const { outcome, externalTaskId } = unfinished;
	for (let round = 1; round <= LOOK_UPS && !exchange.signal?.aborted; round += 1) {
		const found = await findTask(exchange, externalTaskId);
		if ('task' in found) return use(exchange, unfinished, found);
		// Sending again does no harm where the service refuses a second task under the same ID.
		const meaning = refusalOf(found)?.meaning;
		if (meaning === 'notFound' || meaning === 'notListed') return undefined;
	}
	throw createError(exchange, outcome, 'may-exist', externalTaskId);
}

/**
 * The external ID is taken. Under an ID of ours that is this very work, submitted before; under the user's it is what
 * the user's option says. Gives the task, or undefined when the next derived ID is to be tried.
 */
export async function adopt(exchange: ItemExchange, unfinished: Unfinished): Promise<TaskReply | undefined> {
	const { settings, attempt, outcome, externalTaskId, derived } = unfinished;
	if (!derived && settings.onDuplicate !== 'returnExisting' && !attempt.ambiguous) throw takenError(exchange, unfinished);
	const found = await findExisting(exchange, externalTaskId);
	// The service says that it exists, so it is not gone; it only cannot be read now.
	if (!('task' in found)) throw createError(exchange, outcome, 'created', externalTaskId);
	if (found.task.status === 'failed' && derived && !attempt.ambiguous && attempt.suffix < LAST_SUFFIX) {
		attempt.suffix += 1;
		return undefined;
	}
	return use(exchange, unfinished, found);
}

/** A task that is known to exist: a list may show it only after a while. */
async function findExisting(exchange: ItemExchange, externalTaskId: string): Promise<TaskReply | Outcome> {
	const { clock, signal } = exchange;
	for (let round = 1; ; round += 1) {
		const found = await findTask(exchange, externalTaskId);
		if ('task' in found || refusalOf(found)?.meaning !== 'notFound' || round >= SHOWN_LOOK_UPS || signal?.aborted) return found;
		await clock.pause(backoff(clock, round, SHOWN_BACKOFF_MS), signal);
	}
}

function use(exchange: ItemExchange, unfinished: Unfinished, found: TaskReply): TaskReply {
	const { settings, attempt, externalTaskId, derived } = unfinished;
	const task = withExternalId(found.task, externalTaskId);
	if (derived) return { ...found, task };
	const older = task.createdAt !== undefined && Date.parse(task.createdAt) < attempt.startedAt - OLDER_MS;
	if (older && settings.onDuplicate !== 'returnExisting') throw takenError(exchange, unfinished);
	return task.status === 'failed'
		? { ...found, task: withWarning(task, `The task with the external task ID ${externalTaskId} has failed; a new attempt needs a new ID.`) }
		: { ...found, task };
}

function takenError({ context, itemIndex, endpoint, run }: ItemExchange, { outcome, externalTaskId }: Unfinished) {
	const refusal = refusalOf(outcome);
	run.forget(itemIndex);
	return taskError(context.getNode(), {
		itemIndex,
		message: `${endpoint.provider.name} already has a task with the external task ID ${externalTaskId}`,
		hint: 'Choose another External Task ID, or set the option On Duplicate ID to Return the Existing Task. Nothing was bought.',
		code: refusal?.code,
		httpStatus: refusal?.httpStatus,
		requestId: refusal?.requestId,
		externalTaskId,
		taskState: 'not-created',
		retryable: false,
	});
}
