import type { IWebhookResponseData } from 'n8n-workflow';

import { isWhole, withWarning, type Task } from '../../model/task';
import { warnFor, webhookFunction, type Warn, type WebhookCall, type WebhookFunction } from '../../n8n/webhookCall';
import { taskJson } from '../../operations/output';
import { asRecord } from '../../util/parse';
import { textOfError } from '../../util/text';
import { hasHappened, readEvent } from '../events';
import { report, wasReported } from './dedupe';
import { readRequest, type CallbackSource } from './request';
import { unsignedCallbacks } from './unsigned';
import { verify } from './verify';

/** What is said of a task whose result is nowhere to be had. */
const NO_RESULT =
	'The callback tells of success without the result, and the task could not be read. Get it with the operation Get and the task ID.';

/** The webhook() of a trigger that takes the callbacks of a service. */
export function receivingCallbacks(source: CallbackSource): WebhookFunction {
	return webhookFunction(async (call) => await receiveCallback(call, source));
}

/**
 * Takes a callback, or refuses it; gives the item that starts the workflow, once for each task. Never throws: n8n would
 * start the workflow with an empty item.
 */
export async function receiveCallback(call: WebhookCall, source: CallbackSource): Promise<IWebhookResponseData> {
	const warn = warnFor(call);
	try {
		return await receive(call, source, warn);
	} catch (error) {
		warn('lost', `A callback was lost. ${textOfError(error)}`);
		if (call.isAnswered()) return { noWebhookResponse: true };
		return call.answer(500, 'The callback cannot be taken now; the log of n8n says why');
	}
}

async function receive(call: WebhookCall, source: CallbackSource, warn: Warn): Promise<IWebhookResponseData> {
	const { item, isTest } = call;
	const { clock } = item;
	const resource = item.parameter('resource');
	const endpoint = source.endpoints.find((each) => each.resource === resource);
	if (!endpoint) return call.answer(404, 'The node has no such resource');
	const event = readEvent(item.node, item.parameter('event'));
	const callback = await readRequest(call, source, endpoint);
	if ('status' in callback) {
		warn(String(callback.status), `A callback was refused with ${callback.status}. ${callback.message}.`);
		return call.answer(callback.status, callback.message);
	}
	const { task: told, signature } = callback;
	const reporter = { node: call.key, event, staticData: call.memory() };
	// Reported too early, or again: n8n answers with success, and nothing starts.
	if (!hasHappened(event, told) || (!isTest && wasReported(reporter, told.taskId))) return {};
	const start = async (task: Task): Promise<IWebhookResponseData> => {
		const json = await taskJson(item, endpoint.service, task);
		return isTest || report(reporter, task.taskId) ? { workflowData: [[{ json }]] } : {};
	};

	const { verifyByReading } = asRecord(item.parameter('options', {}));
	const isTrusted = verifyByReading === false && signature !== 'missing';
	if (isTrusted && isWhole(endpoint, told)) return await start(told);
	const ask = async () => await verify(item, endpoint, callback, warn);
	const unsigned = signature === 'valid' ? undefined : unsignedCallbacks(call.key);
	const refused = unsigned?.refuses(told, clock.now());
	unsigned?.report(endpoint.service.name, warn);
	if (refused !== undefined) return call.answer(503, refused);
	const answered = call.answer(200, 'Webhook call received');
	const asked = await (unsigned ? unsigned.ask(told, () => clock.now(), ask) : ask());
	// What is signed is the service's own word, also of a task that it no longer shows.
	const counts = asked === 'unproven' || (asked === 'unknown' && signature === 'valid');
	const verdict = isTrusted && counts ? withWarning(told, NO_RESULT) : asked;
	if (typeof verdict === 'string' || !hasHappened(event, verdict)) return answered;
	const started = await start(verdict);
	if (started.workflowData) unsigned?.wasTrue();
	return { ...answered, ...started };
}
