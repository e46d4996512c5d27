import type { INodeExecutionData } from 'n8n-workflow';

import { quote, taskError } from './errors';
import type { ItemExchange } from './exchange';
import { toItems, type OutputSettings } from './items';
import type { Settings } from './settings';
import { withWarning } from './task';
import type { Waited } from './wait';

/** What of the settings decides about a result. */
export type ResultSettings = OutputSettings & Pick<Settings, 'onTimeout' | 'onTaskFailed' | 'onPartial' | 'timeoutMs'>;

/** Makes the items of a task whose wait is over: finished, failed or out of time, as the user's options say. */
export async function resultItems(
	exchange: ItemExchange,
	waited: Waited,
	settings: ResultSettings,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<INodeExecutionData[]> {
	const { task, reply, timedOut } = waited;
	const node = exchange.context.getNode();
	const { name } = exchange.endpoint.provider;
	const { taskId, externalTaskId, requestId } = task;
	const known = { itemIndex: exchange.itemIndex, taskId, externalTaskId, requestId, taskState: 'created' as const };
	const minutes = settings.timeoutMs / 60_000;
	const later = `Get it later with the operation Wait for Completion and task ID ${taskId}.`;
	if (timedOut && settings.onTimeout === 'error') {
		throw taskError(node, {
			...known,
			message: `Task ${taskId} of ${name} is still running after ${minutes} minutes (status: ${task.status})`,
			hint: `The task goes on and will be charged. ${later}`,
			retryable: true,
		});
	}
	if (task.status === 'failed' && settings.onTaskFailed === 'error') {
		throw taskError(node, {
			...known,
			message: `Task ${taskId} of ${name} failed: ${task.statusMessage ?? 'no reason given'}`,
			hint: task.warnings?.join(' ') ?? 'Change what the reason names (often the picture or the prompt) and run the node again.',
			retryable: false,
		});
	}
	if (task.status === 'partial' && settings.onPartial === 'error') {
		const images = exchange.endpoint.withoutImages ? '' : ` (${task.images.length} images)`;
		throw taskError(node, {
			...known,
			message: `Task ${taskId} of ${name} succeeded only in part${images}${task.statusMessage ? `: ${task.statusMessage}` : ''}`,
			hint: exchange.endpoint.partialIsFailure
				? 'A part of this result is of no use. Hand over other pictures: with the same ones, a retry gets this task again.'
				: `Get what there is with the operation Get and task ID ${taskId}, or set On Partial Result to Return the Images.`,
			retryable: false,
		});
	}
	const warnings = [
		timedOut && `Still running after ${minutes} minutes; this is not a failure. ${later}`,
		task.status === 'partial' && `${name} reports that only a part of the pictures succeeded.`,
		task.status === 'succeeded' && task.images.length === 0 && !exchange.endpoint.withoutImages && `${name} reports success without a picture.`,
		task.status === 'unknown' && `Unknown status ${quote(task.providerStatus)}, taken as still running.`,
	].filter((warning): warning is string => typeof warning === 'string');
	const told = warnings.reduce(withWarning, task);
	return await toItems(exchange, { task: told, reply }, settings, pairedItem);
}
