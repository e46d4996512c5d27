import { retryAfterMs } from '../tasks/exchange';
import { asRecord, asText } from '../tasks/json';
import type { Refusal, Reply, TaskProvider, Verdict } from '../tasks/provider';
import { withoutUndefined, type Task, type TaskStatus } from '../tasks/task';
import { gatewayRefusal } from './gateway';

/** Task states of the document (aliyun-portrait.md, step 3). */
const STATES: Record<number, TaskStatus> = { 1: 'submitted', 2: 'processing', 3: 'succeeded', 4: 'partial', 5: 'failed' };

/** Kinds of tasks: `tsk_type` is how the document spells it (step 3). */
const TYPES: Record<number, { taskType: string; resource: string }> = {
	1: { taskType: 'training', resource: 'userModel' },
	2: { taskType: 'generation', resource: 'portrait' },
};

/** Longest answer that an error repeats, in characters. */
const LONGEST_BODY = 1_000;

/** What is this long without a break is a photo in the wrong field, which the service repeats. */
const BASE64 = /([\w+/-]{12})[\w+/-]{88,}={0,2}/g;

/** The AI portrait API of Aliyun's marketplace, as the task engine needs to know it. */
export const aliyunPortrait: TaskProvider = {
	service: 'aliyunPortrait',
	name: 'Aliyun AI Portrait',
	readReply,
	readTask,
	taskRequest: (_path, id) => ({ method: 'POST', url: '/cloud/aigc_task_query', body: { task_id: id } }),
	emptyMeansUnknown: true,
	callbackField: 'callback_url',
	afterLostCreate:
		'The service cannot be asked for it: look at the calls of the API in the Alibaba Cloud console before you run this again, because that may cost again.',
};

/**
 * Reads `{ ret, body }`: 0 is success. Refusals of the gateway in front have no body (provider-apis.md 5.5), but some
 * providers answer JSON under a failing HTTP status.
 */
function readReply(reply: Reply): Verdict {
	const body = asRecord(reply.body);
	const ret = asText(body.ret);
	const spoke = reply.headers['x-ca-error-code'] ?? reply.headers['x-ca-error-message'];
	if (ret === undefined) return { ok: false, refusal: spoke || reply.status >= 400 ? gatewayRefusal(reply) : strange(reply) };
	const requestId = reply.headers['x-ca-request-id'];
	if (Number(ret) === 0 && reply.status < 400) return { ok: true, data: body.body, requestId };
	return { ok: false, refusal: refusalOf(reply, body, ret, requestId) };
}

function refusalOf(reply: Reply, body: Record<string, unknown>, ret: string, requestId?: string): Refusal {
	const said = asText(body.msg) ?? asText(body.message) ?? asText(body.error) ?? asText(body.err_msg) ?? asText(body.ret_msg) ?? '';
	const reason = withoutPhotos(said);
	return {
		code: Number.isFinite(Number(ret)) ? Number(ret) : ret,
		httpStatus: reply.status,
		requestId,
		reason,
		cause: 'the service does not accept it',
		// The document names no codes, so the whole answer is the best explanation.
		hint: `Change what the answer names: ${withoutPhotos(JSON.stringify(reply.body))}`,
		// A breakdown that speaks JSON is one nevertheless; throttling proves nothing unless the gateway tells of it.
		resend: reply.status >= 500 || reply.status === 429 ? 'ambiguous' : 'no',
		retryAfterMs: retryAfterMs(reply.headers),
		meaning: /task[\w ]*(not (found|exist)|unknown)|unknown task|任务不存在/i.test(reason) ? 'notFound' : undefined,
	};
}

function withoutPhotos(text: string): string {
	return text.replace(BASE64, '$1…').slice(0, LONGEST_BODY);
}

/** Something answered with success, so a create may have been carried out behind a broken answer. */
function strange({ status }: Reply): Refusal {
	return {
		httpStatus: status,
		reason: '',
		cause: 'the answer is not one of the portrait API',
		hint: 'Check the base URL of the credential: another server may be answering.',
		resend: 'ambiguous',
	};
}

/** Reads the answer to a create (`task_id`) or to a query (`id`); every other field may be missing. */
function readTask(data: unknown, resource: string, askedFor?: string): Task {
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
		providerStatus: state === undefined || !Number.isFinite(Number(state)) ? state : Number(state),
		statusMessage: asText(task.msg) ?? asText(task.message) ?? asText(task.error),
		taskType: type?.taskType,
		userId: asText(task.user_id),
		images: paths.flatMap((path, index) => {
			const url = asText(path);
			return url === undefined ? [] : [{ index, url }];
		}),
	});
}
