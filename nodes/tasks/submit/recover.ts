import { backoff, refusalOf, type Outcome } from '../http/client';
import { findTask, isUnknown } from '../http/taskApi';
import type { ItemContext } from '../item/context';
import { taskError, type TaskError } from '../model/errors';
import type { Endpoint } from '../model/service';
import { withExternalId, withWarning, type TaskReply } from '../model/task';
import { createError, LAST_SUFFIX, type Unfinished } from './attempt';

/** Rounds of looking up, each with the tries of a read, before the question is given up. */
const LOOK_UPS = 3;

/** Look-ups for a task that the service says is there but does not show yet, and the first pause between them in ms. */
const SHOWN_LOOK_UPS = 4;
const SHOWN_BACKOFF_MS = 1_000;

/** A task created this long before the first try, in ms, is another one's: clocks of one service differ by less. */
const OLDER_MS = 5 * 60_000;

/** The same for a failed task of ours. Nothing is lost when it is misjudged: a failed task is free. */
const FAILED_BEFORE_MS = 5_000;

/**
 * After a create whose answer is lost: the task, or undefined when it surely does not exist, so that the same ID may be
 * sent again, or when the task under it had failed before, so that the next derived ID is to be tried. Throws with
 * `may-exist` when nobody can tell (ARCHITECTURE.md, Money rules).
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
	return use(item, endpoint, unfinished, found);
}

/**
 * Goes on to the next derived ID when the task under this one has failed before: behind it there may be one that is paid.
 * One that has failed after a create of this attempt was lost is that create's.
 */
function triesNext({ clock }: ItemContext, { attempt, derived }: Unfinished, found: TaskReply): boolean {
	if (found.task.status !== 'failed' || !derived || attempt.suffix >= LAST_SUFFIX) return false;
	if (attempt.ambiguous && !wasThereBefore(found, clock.now() - attempt.startedAt, FAILED_BEFORE_MS)) return false;
	attempt.suffix += 1;
	attempt.ambiguous = false;
	return true;
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

/** The task that was found under the ID, or undefined when the next derived ID is to be tried. */
function use(item: ItemContext, endpoint: Endpoint, unfinished: Unfinished, found: TaskReply): TaskReply | undefined {
	if (triesNext(item, unfinished, found)) return undefined;
	const { settings, attempt, externalTaskId, derived, record } = unfinished;
	const task = withExternalId(found.task, externalTaskId);
	if (derived) return { ...found, task };
	const sinceMs = item.clock.now() - (record.sentAt(externalTaskId) ?? attempt.startedAt);
	if (wasThereBefore(found, sinceMs, OLDER_MS) && settings.onDuplicate !== 'returnExisting')
		throw takenError(item, endpoint, unfinished);
	return task.status === 'failed'
		? {
				...found,
				task: withWarning(task, 'The task with this external task ID has failed; a new attempt needs a new ID.'),
			}
		: { ...found, task };
}

/**
 * Whether a task is older, by `marginMs` at least, than work that began `sinceMs` ago. By the service's own clock, which
 * dates its answers: ours may be wrong. Without a date nothing is proven, and the ID is this work's own.
 */
function wasThereBefore({ task, reply }: TaskReply, sinceMs: number, marginMs: number): boolean {
	return Date.parse(task.createdAt ?? '') < Date.parse(reply.headers.date ?? '') - sinceMs - marginMs;
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
		headline: `${service.name} already has a task with this External Task ID`,
		hint: 'Choose another External Task ID, or set the option On Duplicate ID to Return the Existing Task. Nothing was bought.',
		code: refusal?.code,
		httpStatus: refusal?.httpStatus,
		requestId: refusal?.requestId,
		externalTaskId,
		taskState: 'not-created',
		retryable: false,
	});
}
