import { outcomeError } from '../http/errors';
import type { Outcome } from '../http/client';
import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import type { WorkRecord } from '../item/workRecord';
import type { TaskError, TaskState } from '../model/errors';
import type { Endpoint, Refusal } from '../model/service';

/** Last number behind a derived ID: the task and four more after failed ones. */
export const LAST_SUFFIX = 5;

/** A derived ID with a number behind; 1 = none. */
export function withSuffix(id: string, suffix: number): string {
	return suffix > 1 ? `${id}-${suffix}` : id;
}

/** What one item has been through; decides what may still be tried. */
export interface Attempt {
	/** ms since the epoch. */
	startedAt: number;
	/** Creates sent. */
	sends: number;
	/** Creates among them that never arrived, or whose answer was lost. */
	losses: number;
	/** A refused signature was tried again with a new one. */
	isSignedAnew: boolean;
	/** An earlier create under this ID may have been carried out. */
	ambiguous: boolean;
	/** External ID of a create that was given up while the service may still be at work on it. */
	late?: string;
	/** The ID that this work has in every execution, where it is not this execution's own. */
	sharedId?: string;
	/** Number behind the derived ID, once the task under it has failed; 1 = none. */
	suffix: number;
	/** The last refusal for want of a slot. */
	noSlot?: Refusal;
}

/** A create that ended without its task, and what is known about it. */
export interface Unfinished {
	settings: Settings;
	attempt: Attempt;
	outcome: Outcome;
	externalTaskId: string;
	/** True when the ID is ours, so that a task under it is this very work. */
	derived: boolean;
	record: WorkRecord;
}

/** The error of a create that has no task to show. */
export async function createError(
	item: ItemContext,
	endpoint: Endpoint,
	outcome: Outcome,
	taskState: TaskState,
	externalTaskId?: string,
): Promise<TaskError> {
	if (taskState === 'not-created') item.progress.refused();
	const { product = 'the image' } = endpoint;
	return await outcomeError(item, endpoint, outcome, { taskState, externalTaskId, what: `to make ${product}` });
}

/** What is known at the end of a create that was refused or not sent: one before it may come into being yet. */
export function endState({ late }: Attempt): TaskState {
	return late === undefined ? 'not-created' : 'may-exist';
}
