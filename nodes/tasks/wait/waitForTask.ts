import { accountOf } from '../http/account';
import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import { taskError } from '../model/errors';
import type { Endpoint } from '../model/service';
import type { Task, TaskReply, Waited } from '../model/task';
import { quote } from '../util/text';
import { pollerOf } from './poller';

/** What of the settings decides about a wait. */
export type WaitSettings = Pick<Settings, 'timeoutMs' | 'intervalMs' | 'simplify'>;

/** What is known of a task whose wait begins. */
export interface KnownTask {
	/** The task's ID, or its external ID. */
	id: string;
	/** True when it was accepted just now: then it has not ended yet, and may be unknown for a moment. */
	isNew: boolean;
	/** True when only the user says that there is such a task. */
	isClaimed?: boolean;
	/** The task as it was last seen. */
	seen?: TaskReply;
	/** Whether a create waits for the end of this task. */
	isSlotWanted?(): boolean;
}

/**
 * Waits until a task has ended, or until its time is up, which is not a failure of the task. Throws a TaskError for an
 * unknown task, when the service refuses for good, or when the execution is stopped.
 */
export async function waitForTask(
	item: ItemContext,
	endpoint: Endpoint,
	{ id, isNew, isClaimed, seen, isSlotWanted }: KnownTask,
	{ timeoutMs, intervalMs, simplify }: WaitSettings,
): Promise<Waited> {
	const { clock } = item;
	const { key } = await accountOf(item, endpoint.service, { taskId: id, taskState: isNew ? 'created' : 'may-exist' });
	const start = clock.now();
	return await pollerOf(key, endpoint, clock).wait({
		item,
		id,
		start,
		deadline: start + timeoutMs,
		intervalMs,
		isNew,
		isClaimed,
		isSlotWanted,
		waiting: endpoint.waiting,
		wholeReply: !simplify,
		seen,
		onSeen: (task) => {
			refuseOtherResource(item, endpoint, task);
			item.progress.saw(task, endpoint.facts);
		},
	});
}

/** A task of another resource would be read as something that it is not. */
export function refuseOtherResource(
	{ node, itemIndex }: ItemContext,
	endpoint: Endpoint,
	{ taskId, resource }: Task,
): void {
	if (resource === endpoint.resource) return;
	throw taskError(node, {
		itemIndex,
		headline: `The task belongs to the resource ${quote(resource)}, not to ${quote(endpoint.resource)}`,
		hint: `Choose the resource ${quote(resource)} in the node, or hand over another task ID.`,
		taskId,
		taskState: 'created',
		retryable: false,
	});
}
