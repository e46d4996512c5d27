import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { mayExistHint } from '../http/errors';
import { findTask, unreadTask } from '../http/taskApi';
import { checksImages, refuseUnfitImages } from '../images/check';
import { findImageFields, takesAllItems, type ImageField } from '../images/fields';
import { bodyValue } from '../images/load';
import { nameOfInput } from '../images/names';
import type { ImageReference } from '../images/reference';
import { refuseInput, type ItemContext } from '../item/context';
import type { Fit, Operation } from '../item/runItems';
import { readSettings, type Settings } from '../item/settings';
import type { LostCreate, WorkRecord } from '../item/workRecord';
import { isTaskError, taskError, type TaskError } from '../model/errors';
import type { Endpoint } from '../model/service';
import { hasEnded, withoutUndefined, type Task, type TaskReply, type Waited } from '../model/task';
import { checkBody, type BodyRule, type FieldRule } from '../submit/bodyRules';
import { refuseAboveLimit } from '../submit/limit';
import { submit, type CreateRequest, type Submitted } from '../submit/submit';
import { fingerprintWithImages } from '../submit/workFingerprint';
import { setAt, valueAt } from '../util/bodyPath';
import { asText } from '../util/parse';
import { isLong, textOfError } from '../util/text';
import { waitForTask } from '../wait/waitForTask';
import { resultItems } from './completion';
import { tellCost } from './cost';
import { pairing, toItems } from './output';
import { sizedRequest, type SizedRequest } from './sized';
import { tellUnfinished } from './unfinished';

/** What a create takes, beyond what the node declares. */
export interface CreateSpec {
	images: ImageField[];
	rules?: FieldRule[];
	bodyRules?: BodyRule[];
	/** Looks at more than the body. Throws a TaskError. */
	check?(item: ItemContext, body: IDataObject): void;
	/**
	 * The request as it is sent, where that depends on the images found; `count` gives how many a field of the body has.
	 * Throws a TaskError.
	 */
	complete?(item: ItemContext, body: IDataObject, count: (field: string) => number): IDataObject;
	/** For requests that depend on the size of an image. */
	sized?: SizedRequest;
	/** Field of the body that says where the input image is, where that is all the service takes. */
	addressField?: string;
	/** How images come to the service before the create, where they do not go with it. */
	upload?: {
		/** What the task object calls them. */
		fact: string;
		/** Gives what stands for each image in the body. Throws a TaskError. */
		send(item: ItemContext, references: ImageReference[]): Promise<string[]>;
	};
	/** What the request tells about the task, by its names in the task object. */
	factsIn?(body: IDataObject): IDataObject;
}

/** An item that is fit to be sent. */
export interface PreparedCreate {
	settings: Settings;
	/** Settled when the check is over, where it reads a link; rejected with a TaskError that belongs to the check. */
	checking?: Promise<unknown>;
	/** The checked request; made again each time when it is too large to be kept for all items. */
	request(): CreateRequest | Promise<CreateRequest>;
}

/** Submits a paid task and, if the user wants, waits for its images. */
export function createTask(endpoint: Endpoint, spec: CreateSpec): Operation<PreparedCreate | undefined> {
	return {
		isListed: endpoint.service.list !== undefined,
		isKeyless: endpoint.service.idempotency === undefined,
		prepare: (item) => prepareCreate(item, endpoint, spec),
		settle: async (prepared) => await prepared?.checking,
		admit: async (fit) => await admitCreates(endpoint, fit),
		conclude: (run) => {
			tellUnfinished(run);
			if (endpoint.price) tellCost(run);
		},
		async perform(item, prepared) {
			// With the images of all items in one task, the first item stands for all.
			if (!prepared) return [];
			const { settings } = prepared;
			const pairedItem = pairing(item, takesAllItems(item));
			if (!settings.waitForCompletion) return await submittedItems(item, endpoint, spec, prepared, pairedItem);
			const waited = await createAndWait(item, endpoint, spec, prepared);
			return await resultItems(item, endpoint, waited, settings, pairedItem);
		},
	};
}

/**
 * Checks an item's request without sending anything. Throws a TaskError that names field and value. Gives undefined for
 * all items but the first when one task takes the images of all.
 */
export async function prepareCreate(
	item: ItemContext,
	endpoint: Endpoint,
	spec: CreateSpec,
	declared = () => item.declaredRequest().body,
): Promise<PreparedCreate | undefined> {
	if (takesAllItems(item) && item.itemIndex > 0) return undefined;
	const settings = readSettings(item, endpoint);
	const make = async () => await checkedRequest(item, spec, declared());
	const made = await make();
	if (checksImages(item)) await refuseUnfitImages(item, made.images);
	settings.fileName ||= nameOfInput(inputOf(spec, made));
	const request = isLong([made.body, made.images]) ? make : () => made;
	return spec.sized?.isWanted(made.body)
		? { settings, ...(await sizedRequest(item, endpoint, settings, spec.sized, made, request)) }
		: { settings, request };
}

/** The first input image of a request. */
function inputOf({ addressField = '' }: CreateSpec, { body, images }: CreateRequest): ImageReference | undefined {
	const [first] = images.flatMap(({ references }) => references.slice(0, 1));
	const address = valueAt(body, addressField);
	if (first || typeof address !== 'string') return first;
	return /^https?:/i.test(address) ? { kind: 'url', url: address } : { kind: 'path', path: address };
}

/** Refuses all items of a run when they may cost more than the user allows. */
export async function admitCreates(endpoint: Endpoint, fit: Array<Fit<PreparedCreate | undefined>>): Promise<void> {
	const candidates = fit.flatMap(({ item, prepared }) => (prepared ? [{ item, ...prepared }] : []));
	await refuseAboveLimit(endpoint, candidates);
}

async function checkedRequest(item: ItemContext, spec: CreateSpec, declared: IDataObject): Promise<CreateRequest> {
	const checked = checkBody(declared, spec.rules ?? [], spec.bodyRules ?? []);
	if ('problem' in checked) refuseInput(item, checked.problem.message, checked.problem.hint);
	const { body } = checked;
	spec.check?.(item, body);
	const images = await findImageFields(item, body, spec.images);
	const count = (name: string) => images.find(({ field }) => field.field === name)?.references.length ?? 0;
	return { body: spec.complete?.(item, body, count) ?? body, images };
}

/** The task as it was submitted. Nobody waits for it, so its slot is free again at once. */
async function submittedItems(
	item: ItemContext,
	endpoint: Endpoint,
	spec: CreateSpec,
	prepared: PreparedCreate,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<INodeExecutionData[]> {
	const { settings } = prepared;
	const submitted = await submitOnce(item, endpoint, spec, prepared);
	noteBought(item, settings, submitted, submitted.task);
	submitted.release();
	const shown =
		submitted.isRemembered && !settings.simplify ? await readAgain(item, endpoint, submitted.task) : submitted;
	return await toItems(item, endpoint, shown, { ...settings, downloadImages: false }, pairedItem);
}

/** A task that is only remembered has no answer to show. */
async function readAgain(item: ItemContext, endpoint: Endpoint, { taskId }: Task): Promise<TaskReply> {
	const found = await findTask(item, endpoint, taskId);
	if ('task' in found) return found;
	throw await unreadTask(item, endpoint, found, taskId);
}

/** Submits a task and waits for its end, or until its time is up. Its slot is free again afterwards. */
export async function createAndWait(
	item: ItemContext,
	endpoint: Endpoint,
	spec: CreateSpec,
	prepared: PreparedCreate,
): Promise<Waited> {
	return await waitForSubmitted(item, endpoint, prepared.settings, await submitOnce(item, endpoint, spec, prepared));
}

/** A task, new or remembered. */
export interface SubmittedOnce extends Submitted {
	/** True when an earlier run of the node has submitted it, so that it may have ended already. */
	isRemembered?: boolean;
	/** Tells that the task has failed, so that the same work may be bought again. */
	fail(): void;
}

/** Waits for a task that `submitOnce` has given. */
export async function waitForSubmitted(
	item: ItemContext,
	endpoint: Endpoint,
	settings: Settings,
	submitted: SubmittedOnce,
): Promise<Waited> {
	try {
		const waited = await waitUnlessEnded(item, endpoint, settings, submitted);
		noteBought(item, settings, submitted, waited.task);
		if (waited.task.status === 'failed') submitted.fail();
		return waited;
	} finally {
		submitted.release();
	}
}

function noteBought({ run }: ItemContext, { reuseResults }: Settings, { wasThere }: Submitted, task: Task): void {
	if (!wasThere) run.bought.push({ task, reuseResults });
}

async function waitUnlessEnded(
	item: ItemContext,
	endpoint: Endpoint,
	settings: Settings,
	submitted: SubmittedOnce,
): Promise<Waited> {
	const { task, reply, isRemembered, isSlotWanted } = submitted;
	if (hasEnded(task)) return { task, reply, timedOut: false };
	const seen = isRemembered ? undefined : { task, reply };
	const known = { id: task.taskId, isNew: !isRemembered, seen, isSlotWanted };
	const waited = await waitForTask(item, endpoint, known, settings);
	// The answer to the create tells more than later answers.
	return { ...waited, task: { ...task, ...waited.task } };
}

/**
 * Submits a task exactly once. Where the service refuses a repeat, its key does that; elsewhere what this work became
 * before is remembered. Throws a TaskError.
 */
export async function submitOnce(
	item: ItemContext,
	endpoint: Endpoint,
	spec: CreateSpec,
	prepared: PreparedCreate,
): Promise<SubmittedOnce> {
	const { settings, request } = prepared;
	const made = await request();
	item.progress.add(spec.factsIn?.({ ...made.body, ...settings.extraBody }) ?? {});
	if (endpoint.service.idempotency) {
		return { ...(await submit(item, endpoint, settings, request)), fail: () => undefined };
	}
	const fingerprint = await fingerprintWithImages(item, endpoint, made, settings.extraBody);
	const record = item.run.work.of(item.itemIndex, fingerprint);
	return await record.alone(async () => await submitRecorded(item, endpoint, spec, prepared, record));
}

async function submitRecorded(
	item: ItemContext,
	endpoint: Endpoint,
	spec: CreateSpec,
	{ settings, request }: PreparedCreate,
	record: WorkRecord,
): Promise<SubmittedOnce> {
	const fail = () => record.fail();
	if (spec.upload && record.uploads) item.progress.add({ [spec.upload.fact]: record.uploads.flat() });
	const known = record.task;
	if (known) return { ...remembered(item, endpoint, known), fail };
	if (record.lost) throw lostBefore(item, endpoint, record.lost);
	const sendable = spec.upload ? await withUploads(item, spec.upload, await request(), record) : undefined;
	const submitting = submit(item, endpoint, settings, sendable ? () => sendable : request);
	const submitted = await submitting.catch((error: unknown) => {
		// Also after a mistake of ours: what was sent may have been carried out.
		const { taskState } = isTaskError(error) ? error : item.progress;
		if (taskState === 'may-exist') record.lose(lostWith(error));
		return Promise.reject(error);
	});
	const facts = { ...item.progress.facts };
	if (spec.upload) delete facts[spec.upload.fact];
	record.keep(submitted.task, facts);
	return { ...submitted, fail };
}

/** The task that this work became before, as far as it is remembered. */
function remembered(
	item: ItemContext,
	{ service, resource, facts: keys }: Endpoint,
	known: { taskId: string; facts: IDataObject },
): Submitted & { isRemembered: true } {
	const task: Task = {
		service: service.id,
		resource,
		taskId: known.taskId,
		status: 'submitted',
		images: [],
		...known.facts,
	};
	item.progress.saw(task, keys);
	const reply = { status: 200, headers: {}, body: undefined };
	return { task, reply, isRemembered: true, wasThere: true, release: () => undefined };
}

/** What a later try has to say of a lost create. */
function lostWith(error: unknown): LostCreate {
	if (!isTaskError(error)) return { reason: textOfError(error) };
	const { message, facts, code, httpStatus, requestId } = error;
	return withoutUndefined({ reason: asText(facts.reason) ?? message, code, httpStatus, requestId });
}

/** A create was lost in this execution; n8n's Retry On Fail must not buy a second task in its place. */
function lostBefore(
	{ node, itemIndex }: ItemContext,
	{ service }: Endpoint,
	{ reason, ...known }: LostCreate,
): TaskError {
	return taskError(node, {
		...known,
		itemIndex,
		headline: 'Not sent again: the first try may have created the task',
		said: reason,
		hint: mayExistHint(service),
		taskState: 'may-exist',
		retryable: false,
	});
}

/** The same request with what the service calls its images. A second run of the node uploads nothing again. */
async function withUploads(
	item: ItemContext,
	{ fact, send }: NonNullable<CreateSpec['upload']>,
	{ body, images }: CreateRequest,
	record: WorkRecord,
): Promise<CreateRequest> {
	const known = record.uploads;
	const names: string[][] = known ?? [];
	if (!known) for (const { references } of images) names.push(await send(item, references));
	item.progress.add({ [fact]: names.flat() });
	record.keepUploads(names);
	const uploaded = { ...body };
	for (const [index, { field }] of images.entries()) setAt(uploaded, field.field, bodyValue(field, names[index] ?? []));
	return { body: uploaded, images: [] };
}
