import {
	asCode,
	asRecord,
	asText,
	namesSomethingElse,
	numbered,
	retryAfterMs,
	saidIn,
	saysUnknownTask,
	withoutUndefined,
	type ReadKind,
	type Refusal,
	type Reply,
	type Service,
	type Task,
	type TaskStatus,
	type Verdict,
} from '../tasks';
import { psTaskConnection } from './auth';
import { psError } from './errors';

/** Statuses of the document in lower case; it writes some in capitals (docs/services/ps-task.md, Statuses). */
const STATUSES = new Map<string, TaskStatus>(
	Object.entries({
		pending: 'submitted',
		ai_submitted: 'processing',
		processing: 'processing',
		completed: 'succeeded',
		failed: 'failed',
	}),
);

/** The PS task service, as the task engine needs to know it. */
export const psTask: Service = {
	id: 'psTask',
	name: 'PS Task',
	connection: psTaskConnection,
	readReply,
	readTask,
	taskRequest: (_path, id) => ({ method: 'GET', url: `/ps_tasks/result/${encodeURIComponent(id)}` }),
	afterLostCreate: "Check the service's log first. Running this again may be charged again.",
};

/**
 * Reads `{ code, msg, data }`: 200 is success. Some deployments say 0, or leave the code out, and refuse under HTTP 200
 * (docs/services/ps-task.md, Answers).
 */
function readReply(reply: Reply): Verdict {
	const body = asRecord(reply.body);
	const code = asText(body.code);
	const data = asRecord(body.data);
	const works =
		code === undefined ? Boolean(asText(data.task_id) ?? asText(data.status)) : [0, 200].includes(Number(code));
	if (works && reply.status < 400) return { ok: true, data: body.data };
	// A success code with a failing HTTP status does not count.
	return { ok: false, refusal: refusalOf(reply, body, works ? undefined : code) };
}

function refusalOf({ status, headers }: Reply, body: Record<string, unknown>, code: string | undefined): Refusal {
	const { cause, fix, retry, concerns } = psError(code, status);
	const reason = asText(body.msg) ?? asText(body.message) ?? asText(body.error) ?? '';
	return {
		code: asCode(code),
		httpStatus: status,
		reason,
		cause,
		hint: fix,
		retry,
		concerns,
		meaning: meaningOf(code, status, reason),
		retryAfterMs: retryAfterMs(headers),
	};
}

/**
 * An unknown task is 404 or 500 (docs/services/ps-task.md, Unknown task). 404 may also be said of something else, and
 * 500 of anything.
 */
function meaningOf(code: string | undefined, status: number, reason: string): Refusal['meaning'] {
	if (saysUnknownTask(reason) || (Number(code) === 404 && !namesSomethingElse(reason))) return 'notFound';
	return Number(code ?? status) === 500 ? 'mayBeUnknown' : undefined;
}

/** Reads the answer to a submit (`task_id`), or to a query, which does not repeat the ID. Every other field may be missing. */
function readTask(data: unknown, { resource }: ReadKind, askedFor?: string): Task {
	const task = asRecord(data);
	const status = asText(task.status);
	const unstated: TaskStatus = askedFor === undefined ? 'submitted' : 'unknown';
	const known = status === undefined ? unstated : (STATUSES.get(status.trim().toLowerCase()) ?? 'unknown');
	// Before the end `image_url` may be the image that was handed over.
	const url = known === 'succeeded' ? (asText(task.image_url) ?? asText(task.result_url)) : undefined;
	return withoutUndefined<Task>({
		service: 'psTask',
		resource,
		taskId: asText(task.task_id) ?? (status === undefined ? undefined : askedFor) ?? '',
		status: known,
		providerStatus: saidIn(task.status),
		statusMessage: saidIn(task.error_message),
		images: numbered([{ url }]),
		imageId: asText(task.image_id),
		editor: asText(task.editor),
		imageRid: asText(task.image_rid),
	});
}
