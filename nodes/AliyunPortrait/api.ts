import {
	asCode,
	asRecord,
	asText,
	jsonOf,
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
import { aliyunConnection } from './auth/auth';
import { gatewayRefusal } from './gatewayErrors';

/** Task states of the document (docs/services/aliyun-portrait.md, Task states). */
const STATES: Record<number, TaskStatus> = {
	1: 'submitted',
	2: 'processing',
	3: 'succeeded',
	4: 'partial',
	5: 'failed',
};

/** Kinds of tasks: `tsk_type` is how the document spells it (docs/services/aliyun-portrait.md, Task query). */
const TYPES: Record<number, { taskType: string; resource: string }> = {
	1: { taskType: 'training', resource: 'userModel' },
	2: { taskType: 'generation', resource: 'portrait' },
};

/** The AI portrait API of Aliyun's marketplace, as the task engine needs to know it. */
export const aliyunPortrait: Service = {
	id: 'aliyunPortrait',
	name: 'Aliyun AI Portrait',
	connection: aliyunConnection,
	readReply,
	readTask,
	taskRequest: (_path, id) => ({ method: 'POST', url: '/cloud/aigc_task_query', body: { task_id: id } }),
	emptyMeansUnknown: true,
	callbackField: 'callback_url',
	afterLostCreate: 'Check the call log in the Alibaba Cloud console first. Running this again may be charged again.',
};

/**
 * Reads `{ ret, body }`: 0 is success. Refusals of the gateway in front have no body (docs/services/aliyun-portrait.md,
 * Gateway errors), but some providers answer JSON under a failing HTTP status.
 */
function readReply(reply: Reply): Verdict {
	const body = asRecord(reply.body);
	const ret = asText(body.ret);
	const byGateway = reply.headers['x-ca-error-code'] ?? reply.headers['x-ca-error-message'];
	if (ret === undefined)
		return { ok: false, refusal: byGateway || reply.status >= 400 ? gatewayRefusal(reply) : strange(reply) };
	const requestId = reply.headers['x-ca-request-id'];
	if (Number(ret) === 0 && reply.status < 400) return { ok: true, data: body.body, requestId };
	return { ok: false, refusal: refusalOf(reply, body, ret, requestId) };
}

function refusalOf(reply: Reply, body: Record<string, unknown>, ret: string, requestId?: string): Refusal {
	const words =
		asText(body.msg) ??
		asText(body.message) ??
		asText(body.error) ??
		asText(body.err_msg) ??
		asText(body.ret_msg) ??
		'';
	return {
		code: asCode(ret),
		httpStatus: reply.status,
		requestId,
		// The document names no codes: without words the whole answer is the best explanation.
		reason: words === '' ? jsonOf(reply.body) : words,
		cause: 'the service does not accept it',
		hint: 'Change what the message names.',
		// A breakdown that speaks JSON is one nevertheless; throttling proves nothing unless the gateway tells of it.
		retry: reply.status >= 500 || reply.status === 429 ? 'ambiguous' : 'no',
		retryAfterMs: retryAfterMs(reply.headers),
		meaning: saysUnknownTask(words) ? 'notFound' : undefined,
	};
}

/** Something answered with success, so a create may have been carried out behind a broken answer. */
function strange({ status }: Reply): Refusal {
	return {
		httpStatus: status,
		reason: '',
		cause: 'the answer is not of this API',
		hint: 'Check the base URL of the credential: another server may be answering.',
		retry: 'ambiguous',
	};
}

/** Reads the answer to a create (`task_id`) or to a query (`id`); every other field may be missing. */
function readTask(data: unknown, { resource }: ReadKind, askedFor?: string): Task {
	const task = asRecord(data);
	const state = asText(task.state);
	const type = TYPES[Number(asText(task.tsk_type) ?? asText(task.task_type))];
	const unstated: TaskStatus = askedFor === undefined ? 'submitted' : 'unknown';
	const paths = Array.isArray(task.result_paths) ? task.result_paths : [];
	return withoutUndefined<Task>({
		service: 'aliyunPortrait',
		resource: type?.resource ?? resource,
		taskId: asText(task.id) ?? asText(task.task_id) ?? (state === undefined ? undefined : askedFor) ?? '',
		status: state === undefined ? unstated : (STATES[Number(state)] ?? 'unknown'),
		providerStatus: asCode(saidIn(task.state)),
		statusMessage: saidIn(task.msg) ?? saidIn(task.message) ?? saidIn(task.error),
		taskType: type?.taskType,
		userId: asText(task.user_id),
		images: numbered(paths.map((path) => ({ url: asText(path) }))),
	});
}
