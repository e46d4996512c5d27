import type { INodeExecutionData } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import { taskError, type Failure } from '../model/errors';
import type { Endpoint } from '../model/service';
import { isWhole, withWarning, type Waited } from '../model/task';
import { count, lengthInWords, quote, said } from '../util/text';
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
): Pick<Failure, 'headline' | 'said' | 'hint' | 'retryable' | 'more'> | undefined {
	const { name } = endpoint.service;
	const { product = 'the image' } = endpoint;
	const reason = said(task.statusMessage ?? '');
	const more = { status: task.status };
	if (timedOut && settings.onTimeout === 'error') {
		return {
			headline: `${name} is still working after ${lengthInWords(settings.timeoutMs)}`,
			hint: `The task goes on and will be charged. ${LATER}`,
			retryable: true,
			more,
		};
	}
	if (task.status === 'failed' && settings.onTaskFailed === 'error') {
		return {
			headline: `${name} could not make ${product}`,
			said: reason || 'no reason given',
			hint: task.warnings?.join(' ') ?? (reason === '' ? UNEXPLAINED : CHANGE),
			retryable: false,
		};
	}
	if (task.status === 'partial' && settings.onPartial === 'error') {
		const images = endpoint.withoutImages ? '' : ` (${count(task.images.length, 'image')})`;
		return {
			headline: `${name} succeeded only in part${images}`,
			said: reason,
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
	const product = endpoint.withoutImages ? endpoint.product : 'an image';
	const isEmpty = task.status === 'succeeded' && !isWhole(endpoint, task);
	return [
		timedOut ? `Still running after ${lengthInWords(settings.timeoutMs)}; this is not a failure. ${LATER}` : '',
		task.status === 'partial' ? `${name} reports that only a part of the images succeeded.` : '',
		isEmpty ? `${name} reports success without ${product}.` : '',
		task.status === 'unknown' ? `Unknown status ${quote(task.providerStatus)}, taken as still running.` : '',
	].filter((warning) => warning !== '');
}
