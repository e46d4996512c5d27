import type { INodeProperties } from 'n8n-workflow';

import { hasEnded, type Task } from '../task';

/** What a trigger tells of tasks (contract.md, "Triggers"). */
export type TaskEvent = 'taskFinished' | 'taskSucceeded' | 'taskFailed' | 'taskCreated';

/** The parameter of a trigger that chooses one. */
export const eventProperty: INodeProperties = {
	displayName: 'Event',
	name: 'event',
	type: 'options',
	options: [
		{ name: 'Task Created', value: 'taskCreated', description: 'A task was seen for the first time' },
		{ name: 'Task Failed', value: 'taskFailed', description: 'A task ended without a result' },
		{ name: 'Task Finished', value: 'taskFinished', description: 'A task ended, well or not' },
		{ name: 'Task Succeeded', value: 'taskSucceeded', description: 'A task ended with a result' },
	],
	default: 'taskFinished',
	description: 'When the workflow starts. Each task starts it once.',
};

/** True when a task as it is now shows that the event has happened to it. */
export function hasHappened(event: TaskEvent, task: Task): boolean {
	if (event === 'taskCreated') return true;
	if (event === 'taskFinished') return hasEnded(task);
	return hasEnded(task) && (task.status === 'failed') === (event === 'taskFailed');
}
