import type { IDataObject } from 'n8n-workflow';

import { withMadeBefore, type TaskError } from '../tasks/errors';

/** What exists on the way from photos to portraits, by its names in the task object. */
export interface Made {
	paths?: string[];
	modelTaskId?: string;
	userId?: string;
}

/** An error that names what is paid or uploaded already, and where to enter it. */
export function withMade(error: TaskError, made: Made): TaskError {
	const facts = definedOf(made);
	if (Object.keys(facts).length === 0 || error.madeBefore) return error;
	const { paths, modelTaskId, userId } = made;
	const parts = [
		userId && `user ID ${userId}`,
		modelTaskId && `training task ${modelTaskId}`,
		paths && `uploaded photos ${paths.join(', ')}`,
	];
	return withMadeBefore(error, facts, parts.filter(Boolean).join('; '));
}

/** Without what is not there. */
export function definedOf(made: Made): IDataObject {
	return Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined && value.length > 0));
}
