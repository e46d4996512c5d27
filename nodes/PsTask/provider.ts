import { retryAfterMs } from '../tasks/exchange';
import { asRecord, asText } from '../tasks/json';
import type { Refusal, Reply, TaskProvider, TaskRequest, Verdict } from '../tasks/provider';
import { withoutUndefined, type Task, type TaskStatus } from '../tasks/task';
import { psError } from './errorTable';

/** Statuses of the document in lower case; it writes some in capitals (specs/ps-tasks.md, section 3). */
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
export const psTask: TaskProvider = {
	service: 'psTask',
	name: 'PS Task',
	readReply,
	readTask,
	taskRequest: (_path, id): TaskRequest => ({ method: 'GET', url: `/ps_tasks/result/${encodeURIComponent(id)}` }),
	afterLostCreate:
		'The service has no list to look it up in: look on the service itself, for the Image ID or the Editor that was sent for example, before you run this again, because that may cost again.',
};

/**
 * Reads `{ code, msg, data }`: 200 is success. Some deployments say 0, or leave the code out, and refuse under HTTP 200
 * (provider-apis.md 6).
 */
function readReply(reply: Reply): Verdict {
	const body = asRecord(reply.body);
	const code = asText(body.code);
	const data = asRecord(body.data);
	const works = code === undefined ? Boolean(asText(data.task_id) ?? asText(data.status)) : [0, 200].includes(Number(code));
	if (works && reply.status < 400) return { ok: true, data: body.data };
	// Success under a failing HTTP status is none.
	return { ok: false, refusal: refusalOf(reply, body, works ? undefined : code) };
}

function refusalOf({ status, headers }: Reply, body: Record<string, unknown>, code: string | undefined): Refusal {
	const { cause, fix, resend } = psError(code, status);
	const reason = asText(body.msg) ?? asText(body.message) ?? asText(body.error) ?? '';
	return {
		code: code !== undefined && Number.isFinite(Number(code)) ? Number(code) : code,
		httpStatus: status,
		reason,
		cause,
		hint: fix,
		resend,
		meaning: isUnknownTask(code, reason) ? 'notFound' : undefined,
		retryAfterMs: retryAfterMs(headers),
	};
}

/** An unknown task is 404 or 500 (specs/ps-tasks.md, section 3). 404 may also be said of something else, and 500 of anything. */
function isUnknownTask(code: string | undefined, reason: string): boolean {
	if (/task[\w ]*(not (found|exist)|unknown)|unknown task|no such task|任务\s*(ID)?\s*(不存在|未找到)/i.test(reason)) return true;
	return Number(code) === 404 && !/image|picture|photo|file|path|route|url|图片|文件|路径/i.test(reason);
}

/** Reads the answer to a submit (`task_id`), or to a query, which does not repeat the ID. Every other field may be missing. */
function readTask(data: unknown, resource: string, askedFor?: string): Task {
	const task = asRecord(data);
	const status = asText(task.status);
	const unstated: TaskStatus = askedFor === undefined ? 'submitted' : 'unknown';
	const known = status === undefined ? unstated : (STATUSES.get(status.trim().toLowerCase()) ?? 'unknown');
	// Before the end `image_url` may be the picture that was handed over.
	const url = known === 'succeeded' ? (asText(task.image_url) ?? asText(task.result_url)) : undefined;
	return withoutUndefined<Task>({
		service: 'psTask',
		resource,
		taskId: asText(task.task_id) ?? (status === undefined ? undefined : askedFor) ?? '',
		status: known,
		providerStatus: status,
		statusMessage: asText(task.error_message),
		images: url === undefined ? [] : [{ index: 0, url }],
		imageRid: asText(task.image_rid),
	});
}
