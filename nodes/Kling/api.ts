import type { IDataObject } from 'n8n-workflow';

import {
	asRecord,
	asText,
	isoTime,
	retryAfterMs,
	saidIn,
	withoutUndefined,
	type Refusal,
	type Reply,
	type Service,
	type ReadKind,
	type Task,
	type TaskStatus,
	type Verdict,
} from '../tasks';
import { klingConnection } from './auth';
import { klingError } from './errors';
import { imagesIn } from './images';

/** Kling deletes results so many days after the end of the task (docs/services/kling.md, Result links). */
const RESULTS_KEPT_DAYS = 30;
export const DAY_MS = 24 * 60 * 60 * 1000;

/** The API's own limits of a list (docs/services/kling.md, Lists). */
export const KLING_LIST = { maxPageSize: 500, lastPage: 1000 };

/** Legacy endpoints say `succeed`, new ones and relays `succeeded` (docs/services/kling.md, Statuses). */
const STATUSES = new Map<string, TaskStatus>(
	Object.entries({
		submitted: 'submitted',
		processing: 'processing',
		succeed: 'succeeded',
		succeeded: 'succeeded',
		success: 'succeeded',
		completed: 'succeeded',
		failed: 'failed',
		fail: 'failed',
		error: 'failed',
	}),
);

/** Kling, as the task engine needs to know it. */
export const kling: Service = {
	id: 'kling',
	name: 'Kling',
	connection: klingConnection,
	readReply,
	readTask,
	taskRequest: (path, id) => ({ method: 'GET', url: `${path}/${encodeURIComponent(id)}` }),
	idempotency: { field: 'external_task_id' },
	callbackField: 'callback_url',
	modelField: 'model_name',
	exactIntegers: ['element_list'],
	resultsKeptDays: RESULTS_KEPT_DAYS,
	list: { ...KLING_LIST, pageRequest: (pageNum, pageSize) => ({ pageNum, pageSize }) },
};

/** An image task takes a slot for each of its images (docs/services/kling.md, Concurrency). */
export function slotsByImages({ n }: IDataObject): number {
	const count = Number(n ?? 1);
	return count >= 1 ? count : 1;
}

/** Reads `{ code, message, request_id, data }`; a code other than 0 is a refusal, whatever the HTTP status. */
function readReply(reply: Reply): Verdict {
	const body = asRecord(reply.body);
	// Relays send the code as a string.
	const number = Number(asText(body.code) ?? Number.NaN);
	const code = Number.isFinite(number) ? number : undefined;
	if (code === 0 && reply.status < 400) return { ok: true, data: body.data, requestId: asText(body.request_id) };
	return { ok: false, refusal: refusalOf(reply, body, code) };
}

function refusalOf(reply: Reply, body: Record<string, unknown>, code: number | undefined): Refusal {
	// A success code with a failing HTTP status does not count, and nobody knows what was done.
	const row = klingError(code === 0 ? undefined : code, reply.status);
	const reason = asText(body.message) ?? '';
	return {
		code,
		httpStatus: reply.status,
		requestId: asText(body.request_id),
		reason,
		cause: row.cause,
		hint: row.fix,
		retry: row.retry,
		concerns: row.concerns,
		meaning: meaningOf(reason),
		retryAfterMs: retryAfterMs(reply.headers),
	};
}

/**
 * An unknown task and a taken ID both answer 400/1201; only the text tells them apart (docs/services/kling.md, Unknown
 * task and duplicate ID).
 */
function meaningOf(reason: string): Refusal['meaning'] {
	const text = reason.toLowerCase();
	if (text.includes('task not found')) return 'notFound';
	const named = text.indexOf('external_task_id ');
	return named >= 0 && text.includes(' already exists', named) ? 'duplicate' : undefined;
}

/** Reads one task; every field but its ID may be missing. */
function readTask(data: unknown, { resource, views }: ReadKind): Task {
	const task = asRecord(data);
	const status = asText(task.task_status);
	const updatedAt = isoTime(task.updated_at);
	const known = status === undefined ? 'unknown' : (STATUSES.get(status.trim().toLowerCase()) ?? 'unknown');
	const { quota, list_price } = asRecord(task.final_balance_deduction);
	const result = asRecord(task.task_result);
	const element = elementIn(result.elements);
	return withoutUndefined<Task>({
		service: 'kling',
		resource,
		taskId: asText(task.task_id) ?? '',
		externalTaskId: asText(asRecord(task.task_info).external_task_id),
		status: known,
		providerStatus: saidIn(task.task_status),
		statusMessage: saidIn(task.task_status_msg),
		images: imagesIn([result.images, result.series_images].flatMap(asList), views),
		resultType: asText(result.result_type),
		watermark: watermarkOf(task.watermark_info),
		createdAt: isoTime(task.created_at),
		updatedAt,
		expiresAt: known === 'succeeded' && updatedAt && !element ? expiryOf(updatedAt) : undefined,
		unitsDeducted: decimalIn(task.final_unit_deduction),
		balanceDeducted: decimalIn(quota),
		balanceListPrice: decimalIn(list_price),
		...element,
	});
}

/** The element that a task has made; undefined for tasks that make none. */
function elementIn(elements: unknown): Pick<Task, 'elementId' | 'elementName' | 'warnings'> | undefined {
	const element = asList(elements)
		.map(asRecord)
		.find(({ element_id }) => asText(element_id) !== undefined);
	if (!element) return undefined;
	const isDeleted = asText(element.status)?.trim().toLowerCase() === 'deleted';
	return {
		elementId: asText(element.element_id),
		elementName: asText(element.element_name),
		warnings: isDeleted ? ['The element was deleted at Kling, so that its ID can no longer be used.'] : undefined,
	};
}

function asList(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

function expiryOf(endedAt: string): string | undefined {
	return isoTime(Date.parse(endedAt) + RESULTS_KEPT_DAYS * DAY_MS);
}

/** A decimal as text or as a number (docs/services/kling.md, Cost). */
export function decimalIn(value: unknown): number | undefined {
	const number = Number(asText(value)?.trim() || Number.NaN);
	return Number.isFinite(number) ? number : undefined;
}

function watermarkOf(info: unknown): boolean | undefined {
	const { enabled } = asRecord(info);
	if (typeof enabled === 'boolean') return enabled;
	const text = asText(enabled);
	return text === undefined ? undefined : text === 'true';
}
