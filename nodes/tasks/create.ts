import type { IDataObject } from 'n8n-workflow';

import { isTaskError, refuseInput, taskError, type TaskError } from './errors';
import type { ItemExchange } from './exchange';
import { checkBody, type BodyRule, type FieldRule } from './fields';
import { bodyValue, findImageFields, takesAllItems, type FoundImages, type ImageField } from './imageFields';
import type { ImageReference } from './images';
import { toItems } from './items';
import type { Operation } from './operation';
import { noteTask, requestFor } from './read';
import { rememberedFor, type Remembered } from './remembered';
import { resultItems } from './result';
import { pairing } from './run';
import { readSettings, type Settings } from './settings';
import { submit, type Prepared, type Submitted } from './submit';
import { hasEnded } from './task';
import { waitForTask, type Waited } from './wait';

/** What a create takes, beyond what the node declares. */
export interface CreateSpec {
	images: ImageField[];
	rules?: FieldRule[];
	bodyRules?: BodyRule[];
	/** Looks at more than the body. Throws a TaskError. */
	check?(exchange: ItemExchange, body: IDataObject): void;
	/**
	 * Brings pictures to the service before the create, where they do not go with it; gives what stands for each in the
	 * body. Throws a TaskError.
	 */
	upload?(exchange: ItemExchange, references: ImageReference[]): Promise<string[]>;
	/** Tells in an error what exists already; `known` is the task, or what `complete` makes of none. */
	tell?(error: TaskError, known: IDataObject): TaskError;
	/** Adds what the answer to the create, or the request itself, tells about the task. */
	complete?(task: Submitted['task'], body: IDataObject): Submitted['task'];
}

/** Submits a paid task and, if the user wants, waits for its pictures. */
export function createTask(spec: CreateSpec): Operation<Prepared | undefined> {
	return {
		pays: true,
		prepare: (exchange) =>
			takesAllItems(exchange) && exchange.itemIndex > 0 ? undefined : prepareCreate(exchange, spec, exchange.declared.options.body as IDataObject),
		async perform(exchange, prepared) {
			// With the pictures of all items in one task, the first item stands for all.
			if (!prepared) return [];
			const { settings } = prepared;
			const pairedItem = pairing(exchange.context, exchange.itemIndex, takesAllItems(exchange));
			if (!settings.waitForCompletion) {
				const submitted = await submitOnce(exchange, spec, prepared);
				submitted.release();
				return await toItems(exchange, submitted, { ...settings, downloadImages: false }, pairedItem);
			}
			const waited = await createAndWait(exchange, spec, prepared);
			return await telling(spec, waited.task, resultItems(exchange, waited, settings, pairedItem));
		},
	};
}

/** Checks an item's request without sending anything. Throws a TaskError that names field and value. */
export function prepareCreate(exchange: ItemExchange, spec: CreateSpec, declared: IDataObject): Prepared {
	const settings = readSettings(exchange);
	const checked = checkBody(declared, spec.rules ?? [], spec.bodyRules ?? []);
	if ('problem' in checked) refuseInput(exchange, checked.problem.message, checked.problem.hint);
	const { body } = checked;
	spec.check?.(exchange, body);
	return { settings, body, images: findImageFields(exchange, body, spec.images) };
}

/** Submits a task and waits for its end, or until its time is up. Its room at the provider is free again afterwards. */
export async function createAndWait(exchange: ItemExchange, spec: CreateSpec, prepared: Prepared): Promise<Waited> {
	return await waitForOnce(exchange, spec, prepared, await submitOnce(exchange, spec, prepared));
}

/** Waits for a task that `submitOnce` has given. */
export async function waitForOnce(exchange: ItemExchange, spec: CreateSpec, prepared: Prepared, submitted: SubmittedOnce): Promise<Waited> {
	try {
		const waited = await telling(spec, submitted.task, waitForSubmitted(exchange, prepared.settings, submitted));
		if (waited.task.status === 'failed') submitted.fail();
		return waited;
	} finally {
		submitted.release();
	}
}

/** A task, new or remembered. */
export interface SubmittedOnce extends Submitted {
	/** True when an earlier run of the node has submitted it, so that it may have ended already. */
	isRemembered?: boolean;
	/** Tells that the task has failed, so that the same work may be bought again. */
	fail(): void;
}

/**
 * Submits a task exactly once. Where the service refuses a repeat, its key does that; elsewhere what this work became
 * before is remembered. Throws a TaskError.
 */
export async function submitOnce(exchange: ItemExchange, spec: CreateSpec, prepared: Prepared): Promise<SubmittedOnce> {
	if (exchange.endpoint.provider.idempotency) {
		return { ...(await submit(exchange, prepared)), fail: () => undefined };
	}
	const { body, images, settings } = prepared;
	const remembered = await rememberedFor(exchange, { ...body, ...settings.extraBody }, images);
	return await remembered.alone(async () => await submitRemembered(exchange, spec, prepared, remembered));
}

async function submitRemembered(
	exchange: ItemExchange,
	spec: CreateSpec,
	prepared: Prepared,
	remembered: Remembered,
): Promise<SubmittedOnce> {
	const fail = () => remembered.fail();
	const { found } = remembered;
	if (found) {
		noteTask(exchange, found.task);
		return { ...found, fail, isRemembered: true, wasThere: true, release: () => undefined };
	}
	if (remembered.isLost) throw lostBefore(exchange);
	const sendable = spec.upload ? await uploaded(exchange, spec.upload, prepared, remembered) : prepared;
	const [sent] = await Promise.allSettled([submit(exchange, sendable)]);
	if (sent.status === 'rejected') {
		if (isTaskError(sent.reason) && sent.reason.taskState === 'may-exist') remembered.lose();
		const known = spec.complete?.({} as Submitted['task'], sendable.body) ?? {};
		return await telling(spec, known, Promise.reject(sent.reason));
	}
	const { task, reply, release, wasThere } = sent.value;
	const whole = { task: spec.complete?.(task, sendable.body) ?? task, reply };
	noteTask(exchange, whole.task);
	remembered.keep(whole);
	return { ...whole, fail, release, wasThere };
}

/** A create was lost in this execution; n8n's Retry On Fail must not buy a second task in its place. */
function lostBefore({ context, endpoint, itemIndex }: ItemExchange): TaskError {
	const { name, afterLostCreate = '' } = endpoint.provider;
	return taskError(context.getNode(), {
		itemIndex,
		message: `The answer of ${name} to an earlier try was lost, so the task was not sent again`,
		hint: `The task may exist and may be charged. ${afterLostCreate}`.trim(),
		taskState: 'may-exist',
		retryable: false,
	});
}

/** What is thrown says what exists already. */
async function telling<Result>({ tell }: CreateSpec, known: IDataObject, work: Promise<Result>): Promise<Result> {
	const [ended] = await Promise.allSettled([work]);
	if (ended.status === 'fulfilled') return ended.value;
	throw tell && isTaskError(ended.reason) ? tell(ended.reason, known) : ended.reason;
}

/** The same request with what the service calls its pictures. A second run of the node uploads nothing again. */
async function uploaded(
	exchange: ItemExchange,
	upload: (exchange: ItemExchange, references: ImageReference[]) => Promise<string[]>,
	prepared: Prepared,
	remembered: Remembered,
): Promise<Prepared> {
	const names = remembered.uploaded ?? (await uploadAll(exchange, upload, prepared.images));
	remembered.keepUploaded(names);
	const values = prepared.images.map(({ field }, index) => [field.field, bodyValue(field, names[index] ?? [])]);
	return { ...prepared, body: { ...prepared.body, ...Object.fromEntries(values) as IDataObject }, images: [] };
}

async function uploadAll(
	exchange: ItemExchange,
	upload: (exchange: ItemExchange, references: ImageReference[]) => Promise<string[]>,
	images: FoundImages[],
): Promise<string[][]> {
	const names: string[][] = [];
	for (const { references } of images) names.push(await upload(exchange, references));
	return names;
}

/** Waits for a task that was accepted just now, or that an earlier run of the node has left. */
async function waitForSubmitted(exchange: ItemExchange, settings: Settings, submitted: SubmittedOnce): Promise<Waited> {
	if (hasEnded(submitted.task)) return { ...submitted, timedOut: false };
	const { taskId, externalTaskId } = submitted.task;
	const waited = await waitForTask(exchange, {
		request: requestFor(exchange, taskId),
		acceptedAt: exchange.clock.now(),
		timeoutMs: settings.timeoutMs,
		intervalMs: settings.intervalMs,
		taskId,
		externalTaskId,
		wholeReply: !settings.simplify,
		seen: submitted.isRemembered ? undefined : submitted,
		onProgress: (task) => noteTask(exchange, { ...submitted.task, ...task }),
	});
	// The answer to the create, and what it was made of, tell more than later answers.
	return { ...waited, task: { ...submitted.task, ...waited.task } };
}
