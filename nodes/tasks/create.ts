import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { inputError, outcomeError, type TaskError } from './errors';
import { backoff, refusalOf, send, NOT_STARTED, taskIn, type ItemExchange, type Outcome, type TaskReply } from './exchange';
import { deriveExternalId, fingerprintOf } from './externalId';
import { checkBody, mergeBody, type BodyRule, type FieldRule } from './fields';
import { Gate } from './gate';
import { findImageFields, loadImageFields, takesAllItems, type FoundImages, type ImageField } from './imageFields';
import { toItems } from './items';
import { asText } from './json';
import type { Operation } from './operation';
import { findTask, noteTask, requestFor } from './read';
import { resultItems } from './result';
import { inputItems } from './run';
import { readSettings, type Settings } from './settings';
import { hasEnded, type Task } from './task';
import { waitForTask } from './wait';

/** What a create takes, beyond what the node declares. */
export interface CreateSpec {
	images: ImageField[];
	rules?: FieldRule[];
	bodyRules?: BodyRule[];
}

interface Prepared {
	settings: Settings;
	/** The declared body, checked, with references in place of images. */
	body: IDataObject;
	images: FoundImages[];
}

/** Creates on their way at once in this process: their images are in memory. */
const CREATES_AT_ONCE = 4;

/** The first pause after a refusal for lack of room, in ms (provider-apis.md 2.3). */
const NO_ROOM_BACKOFF_MS = 1_000;

const gate = new Gate(CREATES_AT_ONCE);

/** Submits a paid task and, if the user wants, waits for its pictures. */
export function createTask(spec: CreateSpec): Operation<Prepared | undefined> {
	return {
		pays: true,
		prepare(exchange) {
			if (takesAllItems(exchange) && exchange.itemIndex > 0) return undefined;
			const { context, declared, itemIndex } = exchange;
			const settings = readSettings(exchange);
			const checked = checkBody(declared.options.body as IDataObject, spec.rules ?? [], spec.bodyRules ?? []);
			if ('problem' in checked) {
				throw inputError(context.getNode(), itemIndex, checked.problem, 'Change the field and run the node again. Nothing was sent.');
			}
			const { body } = checked;
			return { settings, body, images: findImageFields(exchange, body, spec.images) };
		},
		async perform(exchange, prepared) {
			// With the pictures of all items in one task, the first item stands for all.
			if (!prepared) return [];
			const { settings } = prepared;
			const submitted = await submit(exchange, prepared);
			const acceptedAt = exchange.clock.now();
			const pairedItem = pairing(exchange);
			if (!settings.waitForCompletion) {
				return await toItems(exchange, submitted, { ...settings, downloadImages: false }, pairedItem);
			}
			const waited = hasEnded(submitted.task)
				? { ...submitted, timedOut: false }
				: await waitForTask(exchange, {
						request: requestFor(exchange, submitted.task.taskId),
						acceptedAt,
						timeoutMs: settings.timeoutMs,
						intervalMs: settings.intervalMs,
						taskId: submitted.task.taskId,
						externalTaskId: submitted.task.externalTaskId,
						seen: submitted,
						onProgress: (task) => noteTask(exchange, withExternalId(task, submitted.task.externalTaskId)),
					});
			const task = withExternalId(waited.task, submitted.task.externalTaskId);
			return await resultItems(exchange, { ...waited, task }, settings, pairedItem);
		},
	};
}

/** Submits once, and again only after a refusal that proves that nothing was done. */
async function submit(exchange: ItemExchange, prepared: Prepared): Promise<TaskReply> {
	const { clock, signal } = exchange;
	const { settings } = prepared;
	const giveUpAt = clock.now() + settings.queueTimeoutMs;
	let resigned = false;
	for (let attempt = 1; ; attempt += 1) {
		const sent = await gate.pass(async () => await sendCreate(exchange, prepared), signal);
		const { outcome, externalTaskId } = sent ?? { outcome: NOT_STARTED, externalTaskId: undefined };
		if ('verdict' in outcome && outcome.verdict.ok) return accepted(exchange, outcome, externalTaskId);
		const refusal = refusalOf(outcome);
		if (refusal?.resend === 'resign' && !resigned) {
			resigned = true;
			continue;
		}
		if (refusal?.meaning === 'duplicate' && !settings.externalTaskId && externalTaskId) {
			return await existing(exchange, outcome, externalTaskId);
		}
		const pause = backoff(clock, attempt, NO_ROOM_BACKOFF_MS, refusal?.retryAfterMs);
		if (refusal?.resend !== 'later' || clock.now() + pause > giveUpAt || signal?.aborted) {
			throw createError(exchange, outcome, externalTaskId);
		}
		await clock.pause(pause, signal);
	}
}

/** Loads the images, builds the body and sends it. Nothing of the body outlives this function. */
async function sendCreate(
	exchange: ItemExchange,
	{ settings, body: checked, images }: Prepared,
): Promise<{ outcome: Outcome; externalTaskId?: string }> {
	const { context, endpoint } = exchange;
	const { idempotency } = endpoint.provider;
	const loaded = await loadImageFields(exchange, checked, images);
	const body = mergeBody(loaded, settings.extraBody);
	if (idempotency && asText(body[idempotency.field]) === undefined) {
		const { field, ignored } = idempotency;
		const fingerprint = fingerprintOf({ path: endpoint.path, ...body }, [field, ...ignored]);
		body[field] = settings.externalTaskId || deriveExternalId(context, settings.externalTaskIdPrefix, fingerprint);
	}
	const externalTaskId = idempotency && asText(body[idempotency.field]);
	exchange.run.note({ itemIndex: exchange.itemIndex, externalTaskId, state: 'may exist', ended: false });
	return { outcome: await send(exchange, { body }), externalTaskId };
}

function accepted(exchange: ItemExchange, outcome: Outcome, externalTaskId?: string): TaskReply {
	const submitted = taskIn(exchange, outcome);
	if (!submitted) throw createError(exchange, outcome, externalTaskId);
	const task = withExternalId(submitted.task, externalTaskId);
	noteTask(exchange, task);
	return { ...submitted, task };
}

/** Our own derived ID is taken: that is this very work, submitted before (architecture.md, money rule 1). */
async function existing(exchange: ItemExchange, refused: Outcome, externalTaskId: string): Promise<TaskReply> {
	const found = await findTask(exchange, externalTaskId);
	if (!('task' in found)) throw createError(exchange, refused, externalTaskId);
	noteTask(exchange, found.task);
	return { ...found, task: withExternalId(found.task, externalTaskId) };
}

function createError(exchange: ItemExchange, outcome: Outcome, externalTaskId?: string): TaskError {
	const { run, itemIndex } = exchange;
	const taskState = stateAfter(outcome);
	if (taskState === 'not-created') run.forget(itemIndex);
	return outcomeError(exchange, outcome, { taskState, externalTaskId, what: 'the task' });
}

/** What a create without a usable answer left behind. */
function stateAfter(outcome: Outcome): TaskError['taskState'] {
	if ('lost' in outcome) return outcome.lost.kind === 'unsent' ? 'not-created' : 'may-exist';
	const refusal = refusalOf(outcome);
	return refusal === undefined || refusal.resend === 'ambiguous' ? 'may-exist' : 'not-created';
}

/** The answer to a create lacks the external ID that was sent (provider-apis.md K11). */
function withExternalId(task: Task, externalTaskId: string | undefined): Task {
	return task.externalTaskId === undefined && externalTaskId ? { ...task, externalTaskId } : task;
}

function pairing(exchange: ItemExchange): INodeExecutionData['pairedItem'] {
	if (!takesAllItems(exchange)) return { item: exchange.itemIndex };
	return inputItems(exchange.context).map((_, item) => ({ item }));
}
