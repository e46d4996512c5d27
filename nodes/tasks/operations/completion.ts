import type { INodeExecutionData } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import { taskError, type Failure } from '../model/errors';
import type { Endpoint } from '../model/service';
import { withWarning, type Waited } from '../model/task';
import { count, quote, said } from '../util/text';
import { toItems, type OutputSettings } from './output';

/** What of the settings decides about a result. */
export type ResultSettings = OutputSettings & Pick<Settings, 'onTimeout' | 'onTaskFailed' | 'onPartial' | 'timeoutMs'>;

/** Makes the items of a task whose wait is over: finished, failed or out of time, as the user's options say. */
export async function resultItems(
	item: ItemContext,
	endpoint: Endpoint,
	waited: Waited,
	settings: ResultSettings,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<INodeExecutionData[]> {
	const failure = failureOf(endpoint, waited, settings);
	const { task, reply } = waited;
	if (failure) {
		const { taskId, externalTaskId, requestId } = task;
		const { itemIndex } = item;
		throw taskError(item.node, { itemIndex, taskId, externalTaskId, requestId, taskState: 'created', ...failure });
	}
	const told = warningsOf(endpoint, waited, settings).reduce(withWarning, task);
	return await toItems(item, endpoint, { task: told, reply }, settings, pairedItem);
}

const LATER = 'Get it later with the operation Wait for Completion and its task ID.';

const CHANGE = 'Change what the reason names (often the image or the prompt) and run the node again.';
const UNEXPLAINED = 'Try another image or prompt, or ask the service with the request ID (Error details).';

/** Why the item fails, if it does. */
function failureOf(
	endpoint: Endpoint,
	{ task, timedOut }: Waited,
	settings: ResultSettings,
): Pick<Failure, 'message' | 'hint' | 'retryable'> | undefined {
	const { name } = endpoint.service;
	const { product = 'the image' } = endpoint;
	const reason = said(task.statusMessage ?? '');
	if (timedOut && settings.onTimeout === 'error') {
		return {
			message: `${name} is still working after ${minutesOf(settings)} (status: ${task.status})`,
			hint: `The task goes on and will be charged. ${LATER}`,
			retryable: true,
		};
	}
	if (task.status === 'failed' && settings.onTaskFailed === 'error') {
		return {
			message: `${name} could not make ${product}: ${reason || 'no reason given'}`,
			hint: task.warnings?.join(' ') ?? (reason === '' ? UNEXPLAINED : CHANGE),
			retryable: false,
		};
	}
	if (task.status === 'partial' && settings.onPartial === 'error') {
		const images = endpoint.withoutImages ? '' : ` (${count(task.images.length, 'image')})`;
		return {
			message: `${name} succeeded only in part${images}${reason && `: ${reason}`}`,
			hint: endpoint.partialIsFailure
				? 'A part of this result is of no use. Hand over other images: with the same ones, a retry gets this task again.'
				: 'Get what there is with the operation Get and the task ID, or set On Partial Result to Return the Images.',
			retryable: false,
		};
	}
	return undefined;
}

/** What the user should know of a result that is none, or not a whole one. */
function warningsOf(endpoint: Endpoint, { task, timedOut }: Waited, settings: ResultSettings): string[] {
	const { name } = endpoint.service;
	const isEmpty = task.status === 'succeeded' && task.images.length === 0 && !endpoint.withoutImages;
	return [
		timedOut ? `Still running after ${minutesOf(settings)}; this is not a failure. ${LATER}` : '',
		task.status === 'partial' ? `${name} reports that only a part of the images succeeded.` : '',
		isEmpty ? `${name} reports success without an image.` : '',
		task.status === 'unknown' ? `Unknown status ${quote(task.providerStatus)}, taken as still running.` : '',
	].filter((warning) => warning !== '');
}

function minutesOf({ timeoutMs }: ResultSettings): string {
	return `${timeoutMs / 60_000} minutes`;
}
