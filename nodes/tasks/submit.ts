import type { IDataObject } from 'n8n-workflow';

import { accountOf } from './account';
import { createError, endState, withExternalId, type Attempt } from './attempt';
import { taskError, type TaskError } from './errors';
import { backoff, NOT_STARTED, refusalOf, send, taskIn, type ItemExchange, type Outcome, type TaskReply } from './exchange';
import { deriveExternalId, fingerprintOf } from './externalId';
import { mergeBody } from './fields';
import { Gate } from './gate';
import { loadImageFields, type FoundImages } from './imageFields';
import { asText } from './json';
import { noteTask } from './read';
import { adopt, lookUp } from './recover';
import type { Settings } from './settings';
import { slotsOf, type Lease, type Slots } from './slots';

/** A request that is fit to be sent. */
export interface Prepared {
	settings: Settings;
	/** The declared body, checked, with references in place of images. */
	body: IDataObject;
	images: FoundImages[];
}

/** A task that is there. */
export interface Submitted extends TaskReply {
	/** Gives back what the task holds of the account's room: the task has ended, or nobody watches it any more. */
	release(): void;
	/** True when it was there before: this create has not made it, so it may report to somebody else. */
	wasThere: boolean;
}

/** One create sent. */
interface Sent {
	outcome: Outcome;
	externalTaskId?: string;
	derived: boolean;
}

/** Creates on their way at once in this process: their images are in memory. */
const CREATES_AT_ONCE = 4;

/** Most creates lost for one item, and the first pause between them in ms. */
const MOST_LOSSES = 4;
const RESEND_BACKOFF_MS = 500;

const gate = new Gate(CREATES_AT_ONCE);

/**
 * Submits a task exactly once (architecture.md, "Money rules"): waits for room, sends, and sends again only what was
 * refused or is proven not to exist. Throws a TaskError whose `taskState` says what is known of the paid work.
 */
export async function submit(exchange: ItemExchange, prepared: Prepared): Promise<Submitted> {
	const { clock, signal } = exchange;
	const { settings, body } = prepared;
	const slots = slotsOf(await accountOf(exchange), clock);
	const attempt: Attempt = { startedAt: clock.now(), sends: 0, losses: 0, resigned: false, ambiguous: false, suffix: 1 };
	const turn = {
		weight: exchange.endpoint.slots?.(mergeBody(body, settings.extraBody)) ?? 1,
		mostTasks: settings.maxConcurrentTasks,
		deadline: attempt.startedAt + settings.queueTimeoutMs,
	};
	for (;;) {
		const lease = await slots.take({ ...turn, again: attempt.sends > 0 }, signal);
		if (!lease) throw noRoomError(exchange, prepared, attempt);
		const [tried] = await Promise.allSettled([trySend(exchange, prepared, attempt, { slots, lease })]);
		if (tried.status === 'fulfilled' && 'found' in tried.value) {
			const { found } = tried.value;
			slots.accept(lease);
			noteTask(exchange, found.task);
			return { ...found, wasThere: tried.value.wasThere, release: () => slots.release(lease) };
		}
		slots.release(lease);
		if (tried.status === 'rejected') throw tried.reason;
		// Not even a turn of the event loop without need: the refused one is the next in line.
		if ('pauseMs' in tried.value && tried.value.pauseMs > 0) await clock.pause(tried.value.pauseMs, signal);
	}
}

/** The task, or that the create may be sent again after a pause. */
type Tried = { found: TaskReply; wasThere: boolean } | { pauseMs: number };

/** Sends once, and finds out what became of it. Throws when it may not be sent again. */
async function trySend(
	exchange: ItemExchange,
	prepared: Prepared,
	attempt: Attempt,
	{ slots, lease }: { slots: Slots; lease: Lease },
): Promise<Tried> {
	const { clock, signal } = exchange;
	const { settings } = prepared;
	const sent = await gate.pass(async () => await sendCreate(exchange, prepared, attempt), signal);
	const { outcome, externalTaskId, derived } = sent ?? { outcome: NOT_STARTED, externalTaskId: undefined, derived: false };
	const submitted = taskIn(exchange, outcome);
	if (submitted) return { found: { ...submitted, task: withExternalId(submitted.task, externalTaskId) }, wasThere: false };
	const refusal = refusalOf(outcome);
	if (refusal?.resend === 'noRoom' || refusal?.resend === 'later') {
		if (refusal.resend === 'noRoom') slots.refuse(lease, refusal.retryAfterMs);
		else slots.slowDown(lease, refusal.retryAfterMs);
		attempt.noRoom = refusal;
		return { pauseMs: 0 };
	}
	if (refusal?.resend === 'resign' && !attempt.resigned) {
		attempt.resigned = true;
		return { pauseMs: 0 };
	}
	// Only now, so that a refusal is known before the next create goes.
	slots.answer(lease);
	if (refusal?.meaning === 'duplicate' && externalTaskId) {
		const found = await adopt(exchange, { settings, attempt, outcome, externalTaskId, derived });
		// An answer that was lost may have been this very create's.
		return found ? { found, wasThere: !attempt.ambiguous } : { pauseMs: 0 };
	}
	const state = stateAfter(outcome);
	const unsent = 'lost' in outcome && outcome.lost.kind === 'unsent' && !outcome.lost.final;
	if (signal?.aborted || (state === 'not-created' && !unsent) || (state === 'may-exist' && !externalTaskId)) {
		throw createError(exchange, outcome, state === 'not-created' ? endState(attempt) : state, externalTaskId ?? attempt.late);
	}
	if (state === 'may-exist' && externalTaskId) {
		attempt.ambiguous = true;
		const found = await lookUp(exchange, { settings, attempt, outcome, externalTaskId, derived });
		if (found) return { found, wasThere: false };
	}
	// Proven not to exist, or never sent: the same ID once more.
	attempt.losses += 1;
	// What was given up in the middle may come into being after the look-up.
	if ('lost' in outcome && outcome.lost.kind === 'late') attempt.late = externalTaskId;
	if (attempt.losses >= MOST_LOSSES) throw createError(exchange, outcome, endState(attempt), externalTaskId);
	return { pauseMs: backoff(clock, attempt.losses, RESEND_BACKOFF_MS) };
}

/** Loads the images, builds the body and sends it. Nothing of the body outlives this function. */
async function sendCreate(
	exchange: ItemExchange,
	{ settings, body: checked, images }: Prepared,
	attempt: Attempt,
): Promise<Sent> {
	const { itemIndex, run } = exchange;
	const { idempotency } = exchange.endpoint.provider;
	const body = mergeBody(await loadImageFields(exchange, checked, images), settings.extraBody);
	let derived = false;
	if (idempotency) {
		const { field } = idempotency;
		// An ID in Extra Body is the user's as well.
		const own = settings.externalTaskId || asText(body[field]);
		derived = own === undefined;
		body[field] = own ?? derivedId(exchange, settings, body, attempt);
	}
	const externalTaskId = idempotency && asText(body[idempotency.field]);
	attempt.sends += 1;
	run.note({ itemIndex, externalTaskId, state: 'may exist', ended: false });
	return { outcome: await send(exchange, { body }), externalTaskId, derived };
}

/** The ID of this very work; after failed tasks under it with a number behind. */
function derivedId(exchange: ItemExchange, settings: Settings, body: IDataObject, { suffix }: Attempt): string {
	const { context, endpoint } = exchange;
	const { idempotency, callbackField } = endpoint.provider;
	const fingerprint = fingerprintOf({ path: endpoint.path, ...body }, [idempotency?.field, callbackField]);
	const id = deriveExternalId(context, settings.externalTaskIdPrefix, fingerprint);
	return suffix > 1 ? `${id}-${suffix}` : id;
}

/** What a create without a usable answer left behind. */
function stateAfter(outcome: Outcome): TaskError['taskState'] {
	if ('lost' in outcome) return outcome.lost.kind === 'unsent' ? 'not-created' : 'may-exist';
	const refusal = refusalOf(outcome);
	return refusal === undefined || refusal.resend === 'ambiguous' ? 'may-exist' : 'not-created';
}

function noRoomError(exchange: ItemExchange, { settings }: Prepared, attempt: Attempt): TaskError {
	const { context, endpoint, itemIndex, run, signal } = exchange;
	const { noRoom, late } = attempt;
	const taskState = endState(attempt);
	if (signal?.aborted) return createError(exchange, NOT_STARTED, taskState, late);
	if (!late) run.forget(itemIndex);
	const { name } = endpoint.provider;
	const minutes = settings.queueTimeoutMs / 60_000;
	const why = noRoom ? `: ${noRoom.cause}${noRoom.reason ? ` (${noRoom.reason})` : ''}` : ', because earlier tasks are still running';
	return taskError(context.getNode(), {
		itemIndex,
		message: `${name} had no room for the task within ${minutes} minutes${why}`,
		hint: noRoom?.hint ?? 'Raise Queue Timeout or Max Concurrent Tasks.',
		code: noRoom?.code,
		httpStatus: noRoom?.httpStatus,
		requestId: noRoom?.requestId,
		externalTaskId: late,
		taskState,
		retryable: true,
	});
}
