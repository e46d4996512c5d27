import type { INode, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { inputError, type TaskError } from '../model/errors';
import { hasEnded, type Task, type TaskStatus } from '../model/task';
import { naming } from '../util/text';

/** What triggers report of tasks; the values of the parameter Event. */
export type TaskEvent = 'taskCreated' | 'taskFailed' | 'taskFinished' | 'taskSucceeded';

/** What must have happened to a task: it has ended, or it is there. */
export type Happening = 'ended' | 'created';

/** What an event means. */
interface EventMeaning {
	happening: Happening;
	/** The statuses that count; undefined when all do. */
	statuses?: TaskStatus[];
}

/** The events with their names and descriptions, in the order of the editor. */
const EVENTS: Record<TaskEvent, EventMeaning & { name: string; description: string }> = {
	taskCreated: {
		name: 'Task Created',
		description: 'A task has appeared in the account',
		happening: 'created',
	},
	taskFailed: {
		name: 'Task Failed',
		description: 'A task has ended without a result',
		happening: 'ended',
		statuses: ['failed'],
	},
	taskFinished: {
		name: 'Task Finished',
		description: 'A task has ended, well or not',
		happening: 'ended',
	},
	taskSucceeded: {
		name: 'Task Succeeded',
		description: 'A task has ended with a result',
		happening: 'ended',
		statuses: ['succeeded', 'partial'],
	},
};

/** An event as a choice in the editor, with a description of its own where a trigger sees it differently. */
export function eventOption(event: TaskEvent, description = EVENTS[event].description): INodePropertyOptions {
	return { name: EVENTS[event].name, value: event, description };
}

/** The parameter that chooses the event. `descriptions` replace those that are different for a trigger. */
export function eventProperty(descriptions: Partial<Record<TaskEvent, string>> = {}): INodeProperties {
	const events = Object.keys(EVENTS) as TaskEvent[];
	return {
		displayName: 'Event',
		name: 'event',
		type: 'options',
		options: events.map((event) => eventOption(event, descriptions[event])),
		default: 'taskFinished',
		description: 'What starts the workflow. Each task starts it once.',
	};
}

/** The value of the parameter Event; throws an inputError for one that there is not. */
export function readEvent(node: INode, value: unknown): TaskEvent {
	if (typeof value === 'string' && Object.hasOwn(EVENTS, value)) return value as TaskEvent;
	throw unsupportedEvent(node, value);
}

/** The error for an event that a trigger does not have. */
export function unsupportedEvent(node: INode, value: unknown): TaskError {
	return inputError(
		node,
		0,
		naming(value, (shown) => `Event ${shown} is not supported`),
		'Choose the event from the list.',
	);
}

/** What must have happened to a task, and with which statuses. */
export function meaningOf(event: TaskEvent): EventMeaning {
	const { happening, statuses } = EVENTS[event];
	return { happening, statuses };
}

/** True when a task as it is now shows that the event has happened to it. */
export function hasHappened(event: TaskEvent, task: Task): boolean {
	const { happening, statuses } = EVENTS[event];
	return (happening === 'created' || hasEnded(task)) && (statuses?.includes(task.status) ?? true);
}
