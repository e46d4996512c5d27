import { readUpTo } from '../../http/behind';
import { isUnknown, unreadTask } from '../../http/taskApi';
import type { ItemContext } from '../../item/context';
import type { Endpoint } from '../../model/service';
import { isBehind, withWarning, type Task } from '../../model/task';
import type { Warn } from '../../n8n/webhookCall';
import type { Callback } from './request';

/** The task as it is; or that the service does not know it; or that nothing proves what the callback tells. */
export type Verdict = Task | 'unknown' | 'unproven';

/**
 * Asks the service about the task of a callback, whose sender is known only if it is signed. `warn` is told why nothing
 * is proven. What is signed counts without an answer too.
 */
export async function verify(
	item: ItemContext,
	endpoint: Endpoint,
	{ task: told, signature }: Callback,
	warn: Warn,
): Promise<Verdict> {
	const found = await readUpTo(item, endpoint, told);
	const { taskId } = told;
	if ('task' in found) {
		const { task } = found;
		if (!isBehind(endpoint, task, told)) return task;
		if (signature === 'valid') return told;
		const { name } = endpoint.service;
		warn(
			'behind',
			`An unsigned callback says that task ${taskId} has ended, but ${name} says ${task.status}: not taken.`,
		);
		return 'unproven';
	}
	if (isUnknown(found)) {
		const whose = 'which the account of the credential does not have under this resource';
		warn('unknown', `A callback tells of task ${taskId}, ${whose}: not taken.`);
		return 'unknown';
	}
	const { message } = await unreadTask(item, endpoint, found, taskId);
	if (signature === 'valid') {
		return withWarning(told, `As the signed callback tells it, since the task could not be read. ${message}`);
	}
	// Each of them: whoever was waiting for the task finds its ID here.
	warn(`unread ${taskId}`, `The callback of task ${taskId} could not be verified: not taken. ${message}`);
	return 'unproven';
}
