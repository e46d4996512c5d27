import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { hasHappened, type TaskEvent } from '../tasks/callbacks/events';
import { asRecord } from '../tasks/json';
import { report, wasReported } from '../tasks/callbacks/once';
import { exchangeOutside } from '../tasks/callbacks/outside';
import { Seldom } from '../tasks/callbacks/seldom';
import { answer } from '../tasks/callbacks/webhookRequest';
import { readRequest } from './callbackRequest';
import { service } from './operations';
import { endpoints } from './resources';
import { hasRoom, verify, type Warn } from './verify';

/** ms between two warnings of a kind and node: anybody who finds the address can cause them by the thousand. */
const warnings = new Seldom(60_000);

/**
 * Takes a callback of Kling, or refuses it; gives the item that starts the workflow, once for each task. Never throws:
 * n8n would start the workflow with an empty item.
 */
export async function receiveCallback(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const warn: Warn = (kind, text) => {
		if (warnings.may(`${nodeKey(context)} ${kind}`)) context.logger.warn(`${context.getNode().name}: ${text}`);
	};
	try {
		return await receive(context, warn);
	} catch (error) {
		warn('lost', `A callback was lost. ${error instanceof Error ? error.message : String(error)}`);
		const { headersSent } = context.getResponseObject();
		return headersSent ? { noWebhookResponse: true } : answer(context, 500, 'The callback cannot be taken now; the log of n8n says why');
	}
}

async function receive(context: IWebhookFunctions, warn: Warn): Promise<IWebhookResponseData> {
	const resource = context.getNodeParameter('resource');
	const event = context.getNodeParameter('event') as TaskEvent;
	const endpoint = endpoints.find((each) => each.resource === resource);
	if (!endpoint) return answer(context, 404, 'The node has no such resource');
	const callback = await readRequest(context, endpoint.resource);
	if ('status' in callback) {
		warn(String(callback.status), `A callback was refused with ${callback.status}. ${callback.message}.`);
		return answer(context, callback.status, callback.message);
	}
	const { task: told } = callback;
	// Told too early, or told again: n8n answers with success, and nothing starts.
	if (!hasHappened(event, told)) return {};
	const isTest = context.getMode() === 'manual';
	const reporter = { node: nodeKey(context), event, staticData: context.getWorkflowStaticData('node') };
	if (!isTest && wasReported(reporter, told.taskId)) return {};

	const { verifyByReading } = asRecord(context.getNodeParameter('options', {}));
	if (verifyByReading === false && callback.signature !== 'missing') {
		return isTest || report(reporter, told.taskId) ? { workflowData: [[{ json: told }]] } : {};
	}
	const exchange = await exchangeOutside(context, endpoint, service);
	if (!hasRoom()) return answer(context, 503, 'Too many callbacks are being verified; try again later');
	const answered = answer(context, 200, 'Webhook call received');
	const task = await verify(exchange, callback, warn);
	if (!task || !hasHappened(event, task)) return answered;
	return isTest || report(reporter, task.taskId) ? { ...answered, workflowData: [[{ json: task }]] } : answered;
}

/** The same for the same node, whatever it is called. */
function nodeKey(context: IWebhookFunctions): string {
	return JSON.stringify([context.getWorkflow().id, context.getNode().id]);
}
