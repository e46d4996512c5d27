import { backoff, refusalOf, type Outcome } from '../http/client';
import { findTask, isUnknown } from '../http/taskApi';
import type { ItemContext } from '../item/context';
import { taskError, type TaskError } from '../model/errors';
import type { Endpoint } from '../model/service';
import { withExternalId, withWarning, type TaskReply } from '../model/task';
import { quote } from '../util/text';
import { createError, type Unfinished } from './attempt';

/** Rounds of looking up, each with the tries of a read, before the question is given up. */
const LOOK_UPS = 3;

/** Look-ups for a task that the service says is there but does not show yet, and the first pause between them in ms. */
const SHOWN_LOOK_UPS = 4;
const SHOWN_BACKOFF_MS = 1_000;

/** Last number behind a derived ID: the task and four more after failed ones. */
const LAST_SUFFIX = 5;

/** A task created this long before the first try, in ms, is another one's: clocks of one service differ by less. */
const OLDER_MS = 5 * 60_000;

/**
 * After a create whose answer is lost: the task, or undefined when it surely does not exist, so that the same ID may be
 * sent again. Throws with `may-exist` when nobody can tell (ARCHITECTURE.md, Money rules).
 */
export async function lookUp(
	item: ItemContext,
	endpoint: Endpoint,
	unfinished: Unfinished,
): Promise<TaskReply | undefined> {
	const { outcome, externalTaskId } = unfinished;
	for (let round = 1; round <= LOOK_UPS && !item.signal?.aborted; round += 1) {
		const found = await findTask(item, endpoint, externalTaskId);
		if ('task' in found) return use(item, endpoint, unfinished, found);
		// Sending again does no harm where the service refuses a second task under the same ID.
		const meaning = refusalOf(found)?.meaning;
		if (meaning === 'notFound' || meaning === 'notListed') return undefined;
	}
	throw await createError(item, endpoint, outcome, 'may-exist', externalTaskId);
}

/**
 * The external ID is taken. Under an ID of ours, or one that this very work has sent before, that is this work; under
 * another one of the user's it is what the user's option says. Gives the task, or undefined when the next derived ID is
 * to be tried.
 */
export async function adopt(
	item: ItemContext,
	endpoint: Endpoint,
	unfinished: Unfinished,
): Promise<TaskReply | undefined> {
	const { settings, attempt, outcome, externalTaskId, derived, record } = unfinished;
	const isOurs = derived || attempt.ambiguous || record.sentAt(externalTaskId) !== undefined;
	if (!isOurs && settings.onDuplicate !== 'returnExisting') throw takenError(item, endpoint, unfinished);
	const found = await findExisting(item, endpoint, externalTaskId);
	// The service says that it exists, so it is not gone; it only cannot be read now.
	if (!('task' in found)) throw await createError(item, endpoint, outcome, 'created', externalTaskId);
	if (found.task.status === 'failed' && derived && !attempt.ambiguous && attempt.suffix < LAST_SUFFIX) {
		attempt.suffix += 1;
		return undefined;
	}
	return use(item, endpoint, unfinished, found);
}

/** A task that is known to exist: a list may show it only after a while. */
async function findExisting(
	item: ItemContext,
	endpoint: Endpoint,
	externalTaskId: string,
): Promise<TaskReply | Outcome> {
	const { clock, signal } = item;
	for (let round = 1; ; round += 1) {
		const found = await findTask(item, endpoint, externalTaskId);
		if ('task' in found || !isUnknown(found) || round >= SHOWN_LOOK_UPS || signal?.aborted) return found;
		await clock.pause(backoff(clock, round, SHOWN_BACKOFF_MS), signal);
	}
}

function use(item: ItemContext, endpoint: Endpoint, unfinished: Unfinished, found: TaskReply): TaskReply {
	const { settings, attempt, externalTaskId, derived, record } = unfinished;
	const task = withExternalId(found.task, externalTaskId);
	if (derived) return { ...found, task };
	const sinceMs = item.clock.now() - (record.sentAt(externalTaskId) ?? attempt.startedAt);
	if (wasThereBefore(found, sinceMs) && settings.onDuplicate !== 'returnExisting')
		throw takenError(item, endpoint, unfinished);
	return task.status === 'failed'
		? {
				...found,
				task: withWarning(task, 'The task with this external task ID has failed; a new attempt needs a new ID.'),
			}
		: { ...found, task };
}

/**
 * Whether a task is older than work that began `sinceMs` ago. By the service's own clock, which dates its answers: ours may
 * be wrong. Without a date nothing is proven, and the ID is this work's own.
 */
function wasThereBefore({ task, reply }: TaskReply, sinceMs: number): boolean {
	return Date.parse(task.createdAt ?? '') < Date.parse(reply.headers.date ?? '') - sinceMs - OLDER_MS;
}

function takenError(
	{ node, itemIndex, progress }: ItemContext,
	{ service }: Endpoint,
	unfinished: Unfinished,
): TaskError {
	const { outcome, externalTaskId } = unfinished;
	const refusal = refusalOf(outcome);
	progress.refused();
	return taskError(node, {
		itemIndex,
		message: `External Task ID is ${quote(externalTaskId)}, but ${service.name} already has a task with it`,
		hint: 'Choose another External Task ID, or set the option On Duplicate ID to Return the Existing Task. Nothing was bought.',
		code: refusal?.code,
		httpStatus: refusal?.httpStatus,
		requestId: refusal?.requestId,
		externalTaskId,
		taskState: 'not-created',
		retryable: false,
	});
}
