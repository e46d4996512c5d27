import { outcomeError, type TaskError } from './errors';
import type { ItemExchange, Outcome } from './exchange';
import type { Refusal } from './provider';
import type { Settings } from './settings';
import type { Task } from './task';

/** What one item has been through; decides what may still be tried. */
export interface Attempt {
	startedAt: number;
	/** Creates sent. */
	sends: number;
	/** Creates among them that never arrived, or whose answer was lost. */
	losses: number;
	resigned: boolean;
	/** An earlier create under this ID may have been carried out. */
	ambiguous: boolean;
	/** External ID of a create that was given up while the service may still be at work on it. */
	late?: string;
	/** Number behind the derived ID, once the task under it has failed; 1 = none. */
	suffix: number;
	/** The last refusal for lack of room. */
	noRoom?: Refusal;
}

/** A create that ended without its task, and what is known about it. */
export interface Unfinished {
	settings: Settings;
	attempt: Attempt;
	outcome: Outcome;
	externalTaskId: string;
	/** True when the ID is ours, so that a task under it is this very work. */
	derived: boolean;
}

/** The error of a create that has no task to show. */
export function createError(
	exchange: ItemExchange,
	outcome: Outcome,
	taskState: TaskError['taskState'],
	externalTaskId?: string,
): TaskError {
	if (taskState === 'not-created') exchange.run.forget(exchange.itemIndex);
	return outcomeError(exchange, outcome, { taskState, externalTaskId, what: 'the task' });
}

/** What is known at the end of a create that was refused or not sent: one before it may come into being yet. */
export function endState({ late }: Attempt): TaskError['taskState'] {
	return late === undefined ? 'not-created' : 'may-exist';
}

/** The answer to a create lacks the external ID that was sent (provider-apis.md K11). */
export function withExternalId(task: Task, externalTaskId: string | undefined): Task {
	return task.externalTaskId === undefined && externalTaskId ? { ...task, externalTaskId } : task;
}
