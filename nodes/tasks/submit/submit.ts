import type { IDataObject } from 'n8n-workflow';

import { accountOf } from '../http/account';
import { backoff, NOT_STARTED, refusalOf, send, type Outcome } from '../http/client';
import { taskIn } from '../http/taskApi';
import type { FoundImages } from '../images/fields';
import { loadImageFields } from '../images/load';
import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import { fingerprintOf } from '../item/fingerprint';
import { taskError, type TaskError, type TaskState } from '../model/errors';
import type { Endpoint, Refusal } from '../model/service';
import { withExternalId, type TaskReply } from '../model/task';
import { asText } from '../util/parse';
import { capitalized, lengthInWords, said } from '../util/text';
import { createError, endState, withSuffix, type Attempt } from './attempt';
import { mergeBody } from './bodyRules';
import { slotsOf, type Lease, type Slots } from './concurrency';
import { adopt, lookUp } from './recover';
import { earlierResult, type SharedId } from './reuse';
import { askedBody } from './workFingerprint';

/** A request that is fit to be sent. */
export interface CreateRequest {
	/** The declared body, checked, with references in place of images. */
	body: IDataObject;
	images: FoundImages[];
	/** Fields as the user has asked for them, where others are sent: by them the work is known again. */
	asked?: IDataObject;
}

/** A task that is there. */
export interface Submitted extends TaskReply {
	/** Gives back the task's slot: the task has ended, or nobody waits for it any more. */
	release(): void;
	/** Whether another create waits for the task's slot; without it nobody does. */
	isSlotWanted?(): boolean;
	/** True when it was there before: this create has not made it, so it may call somebody else back. */
	wasThere: boolean;
}

/** One create sent. */
interface Sent {
	outcome: Outcome;
	externalTaskId?: string;
	/** True when the ID is derived, so that a task under it is this very work. */
	derived: boolean;
	fingerprint: string;
}

/** Most creates lost for one item, and the first pause between them in ms. */
const MOST_LOSSES = 4;
const RETRY_BACKOFF_MS = 500;

/**
 * Submits a task exactly once (ARCHITECTURE.md, Money rules): waits for a slot, sends, and sends again only what was
 * refused or is proven not to exist. `request` is asked for when a slot is there, so that nothing large is held before.
 * Throws a TaskError whose `taskState` says what is known of the paid work.
 */
export async function submit(
	item: ItemContext,
	endpoint: Endpoint,
	settings: Settings,
	request: () => CreateRequest | Promise<CreateRequest>,
): Promise<Submitted> {
	const earlier = await earlierResult(item, endpoint, settings, request);
	if (earlier && 'found' in earlier) return { ...earlier.found, wasThere: true, release: () => undefined };
	return await buy(item, endpoint, settings, request, earlier);
}

/** Submits it under its own ID, or under one that all executions share. */
async function buy(
	item: ItemContext,
	endpoint: Endpoint,
	settings: Settings,
	request: () => CreateRequest | Promise<CreateRequest>,
	shared?: SharedId,
): Promise<Submitted> {
	const { clock, signal } = item;
	const { key } = await accountOf(item, endpoint.service);
	const slots = slotsOf(key, clock);
	const attempt: Attempt = {
		startedAt: clock.now(),
		sends: 0,
		losses: 0,
		isSignedAnew: false,
		ambiguous: false,
		sharedId: shared?.id,
		suffix: shared?.suffix ?? 1,
	};
	const merged = mergeBody((await request()).body, settings.extraBody);
	const concerns = concernsOf(endpoint, merged);
	const turn = {
		weight: endpoint.slots?.(merged) ?? 1,
		mostTasks: settings.maxConcurrentTasks,
		from: attempt.startedAt,
		patienceMs: settings.queueTimeoutMs,
	};
	for (;;) {
		await refuseKnown(item, endpoint, concerns, attempt);
		const lease = await slots.acquire({ ...turn, again: attempt.sends > 0 }, signal);
		if (!lease)
			throw await noSlotError(item, endpoint, settings, { ...attempt, noSlot: attempt.noSlot ?? slots.whyNot });
		const tried = await heldSlot(
			slots,
			lease,
			trySend(item, endpoint, { settings, request, concerns, attempt, slots, lease }),
		);
		if ('found' in tried) {
			item.progress.saw(tried.found.task, endpoint.facts);
			const { found, wasThere } = tried;
			return { ...found, wasThere, release: () => slots.release(lease), isSlotWanted: () => slots.isWanted };
		}
		// Not even a turn of the event loop without need: the refused one is the next in line.
		if (tried.pauseMs > 0) await clock.pause(tried.pauseMs, signal);
	}
}

/** Holds the slot for the task that a try gives; without one it is free again. */
async function heldSlot(slots: Slots, lease: Lease, trying: Promise<Tried>): Promise<Tried> {
	let tried: Tried | undefined;
	try {
		tried = await trying;
	} finally {
		if (tried && 'found' in tried) slots.accept(lease);
		else slots.release(lease);
	}
	return tried;
}

/** The task, or that the create may be sent again after a pause. */
type Tried = { found: TaskReply; wasThere: boolean } | { pauseMs: number };

interface Try {
	settings: Settings;
	request: () => CreateRequest | Promise<CreateRequest>;
	concerns: string[];
	attempt: Attempt;
	slots: Slots;
	lease: Lease;
}

/** Sends once, and finds out what became of it. Throws when it may not be sent again. */
async function trySend(item: ItemContext, endpoint: Endpoint, trying: Try): Promise<Tried> {
	const { settings, request, concerns, attempt, slots, lease } = trying;
	const { clock, signal, run } = item;
	await refuseKnown(item, endpoint, concerns, attempt);
	const { fingerprint, ...sent } = await sendCreate(item, endpoint, settings, await request(), attempt);
	const { outcome, externalTaskId, derived } = sent;
	const record = run.work.of(item.itemIndex, fingerprint);
	const keepOwnId = () => {
		if (externalTaskId && !derived) record.keepOwnId(externalTaskId, attempt.startedAt);
	};
	const submitted = taskIn(endpoint, outcome);
	if (submitted) {
		keepOwnId();
		return { found: { ...submitted, task: withExternalId(submitted.task, externalTaskId) }, wasThere: false };
	}
	const refusal = refusalOf(outcome);
	if (refusal?.retry === 'noSlot' || refusal?.retry === 'later') {
		if (refusal.retry === 'noSlot') slots.refuse(lease, refusal);
		else slots.slowDown(lease, refusal);
		attempt.noSlot = refusal;
		if (attempt.late === undefined) item.progress.refused();
		return { pauseMs: 0 };
	}
	if (refusal?.retry === 'withNewSignature' && !attempt.isSignedAnew) {
		attempt.isSignedAnew = true;
		// With the slot that it has: whoever got it would meet with the same refusal.
		return await trySend(item, endpoint, trying);
	}
	if (refusal?.concerns) run.refusedFor(concerns[refusal.concerns === 'model' ? 1 : 0] ?? '', refusal);
	// Only now, so that a refusal is known before the next create goes.
	slots.answer(lease);
	if (refusal?.meaning === 'duplicate' && externalTaskId) {
		const found = await adopt(item, endpoint, { settings, attempt, outcome, externalTaskId, derived, record });
		// An answer that was lost may have been this very create's.
		return found ? { found, wasThere: !attempt.ambiguous } : { pauseMs: 0 };
	}
	const state = stateAfter(outcome);
	const unsent = 'lost' in outcome && outcome.lost.kind === 'unsent' && !outcome.lost.final;
	if (state === 'may-exist') keepOwnId();
	if (signal?.aborted || (state === 'not-created' && !unsent) || (state === 'may-exist' && !externalTaskId)) {
		const known = externalTaskId ?? attempt.late;
		throw await createError(item, endpoint, outcome, state === 'not-created' ? endState(attempt) : state, known);
	}
	if (state === 'may-exist' && externalTaskId) {
		attempt.ambiguous = true;
		const { suffix } = attempt;
		const found = await lookUp(item, endpoint, { settings, attempt, outcome, externalTaskId, derived, record });
		if (found) return { found, wasThere: false };
		if (attempt.suffix > suffix) return { pauseMs: 0 };
	}
	// Proven not to exist, or never sent: the same ID once more.
	attempt.losses += 1;
	// What was given up in the middle may come into being after the look-up.
	if ('lost' in outcome && outcome.lost.kind === 'late') attempt.late = externalTaskId;
	if (attempt.losses >= MOST_LOSSES)
		throw await createError(item, endpoint, outcome, endState(attempt), externalTaskId);
	return { pauseMs: backoff(clock, attempt.losses, RETRY_BACKOFF_MS) };
}

/** Loads the images, builds the body and sends it. Nothing of the body outlives this function. */
async function sendCreate(
	item: ItemContext,
	endpoint: Endpoint,
	settings: Settings,
	request: CreateRequest,
	attempt: Attempt,
): Promise<Sent> {
	const { service, path } = endpoint;
	const { idempotency, callbackField } = service;
	if (item.signal?.aborted) return { outcome: NOT_STARTED, derived: false, fingerprint: '' };
	const loaded = { ...request, body: await loadImageFields(item, request.body, request.images) };
	const body = mergeBody(loaded.body, settings.extraBody);
	const asked = askedBody(loaded, settings.extraBody);
	const fingerprint = fingerprintOf({ path, ...asked }, [idempotency?.field, callbackField]);
	let derived = false;
	if (idempotency) {
		const { field } = idempotency;
		// An ID in Raw JSON Fields is the user's as well.
		const own = settings.externalTaskId || asText(body[field]);
		derived = own === undefined;
		body[field] = own ?? derivedId(item, settings, fingerprint, attempt);
	}
	const externalTaskId = idempotency && asText(body[idempotency.field]);
	attempt.sends += 1;
	item.progress.sending(externalTaskId);
	const outcome = await send(item, service, { method: 'POST', url: path, body });
	return { outcome, externalTaskId, derived, fingerprint };
}

/** The ID of this very work; after failed tasks under it with a number behind. */
function derivedId(item: ItemContext, settings: Settings, fingerprint: string, { suffix, sharedId }: Attempt): string {
	const own = () => settings.externalTaskIdPrefix + item.run.work.externalId(item.itemIndex, fingerprint);
	return withSuffix(sharedId ?? own(), suffix);
}

/** What a refusal may concern: the account, and all requests for the same model. */
function concernsOf({ service, path }: Endpoint, body: IDataObject): string[] {
	return ['account', `model ${path} ${asText(body[service.modelField ?? '']) ?? ''}`];
}

/** Another item of this run has met with a refusal that concerns this one too: it fails without a request. */
async function refuseKnown(item: ItemContext, endpoint: Endpoint, concerns: string[], attempt: Attempt): Promise<void> {
	const refusal = item.run.refusalFor(concerns);
	if (!refusal) return;
	const outcome: Outcome = {
		reply: { status: refusal.httpStatus, headers: {}, body: undefined },
		verdict: { ok: false, refusal },
	};
	throw await createError(item, endpoint, outcome, endState(attempt), attempt.late);
}

/** What a create without a usable answer left behind. */
function stateAfter(outcome: Outcome): TaskState {
	if ('lost' in outcome) return outcome.lost.kind === 'unsent' ? 'not-created' : 'may-exist';
	const refusal = refusalOf(outcome);
	return refusal === undefined || refusal.retry === 'ambiguous' ? 'may-exist' : 'not-created';
}

async function noSlotError(
	item: ItemContext,
	endpoint: Endpoint,
	settings: Settings,
	attempt: Attempt,
): Promise<TaskError> {
	const { noSlot, late } = attempt;
	const taskState = endState(attempt);
	if (item.signal?.aborted) return await createError(item, endpoint, NOT_STARTED, taskState, late);
	if (!late) item.progress.refused();
	const within = `within ${lengthInWords(settings.queueTimeoutMs)}`;
	const { name } = endpoint.service;
	const isSlow = noSlot?.retry === 'later';
	return taskError(item.node, {
		itemIndex: item.itemIndex,
		headline: `${name} ${isSlow ? 'took no new task' : 'had no free slot'} ${within}${noSlot ? '' : STILL_RUNNING}`,
		said: noSlot?.reason,
		hint: noSlot ? whyNoSlot(noSlot) : 'Raise Queue Timeout or Max Concurrent Tasks.',
		code: noSlot?.code,
		httpStatus: noSlot?.httpStatus,
		requestId: noSlot?.requestId,
		externalTaskId: late,
		taskState,
		retryable: true,
	});
}

const STILL_RUNNING = ': earlier tasks are still running';

function whyNoSlot({ cause, hint, retryAfterMs }: Refusal): string {
	const asked = retryAfterMs ? ` The service asks for a pause of ${lengthInWords(retryAfterMs)}.` : '';
	return `${capitalized(cause)}. ${said(hint)}${asked}`;
}
