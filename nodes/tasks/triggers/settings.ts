import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { inputError, quote } from '../errors';
import { momentOf, type Happening, type Seen } from './happening';
import { asRecord } from '../json';
import type { Poll } from './poll';
import { optionsOf, simplify } from '../properties';
import type { TaskEndpoint } from '../provider';
import { withoutUndefined, type Task, type TaskStatus } from '../task';

/** The events of a trigger, with what happens to a task and the statuses that count (undefined: every one). */
const EVENTS: Record<string, { happening: Happening; statuses?: TaskStatus[] }> = {
	taskFinished: { happening: 'ended' },
	taskSucceeded: { happening: 'ended', statuses: ['succeeded', 'partial'] },
	taskFailed: { happening: 'ended', statuses: ['failed'] },
	taskCreated: { happening: 'created' },
};

/** Most tasks that one poll reports, unless the user says otherwise. */
const MOST_TASKS = 1_000;

/** What is watched, and what of it is reported. */
export interface TriggerSettings {
	event: string;
	endpoints: TaskEndpoint[];
	happening: Happening;
	statuses?: TaskStatus[];
	prefix: string;
	most: number;
	simplify: boolean;
}

/** The fields of a trigger; `resources` are the choices of the service's node. */
export function triggerProperties(resources: Array<{ name: string; value: string }>): INodeProperties[] {
	return [
		{
			displayName: 'Resources',
			name: 'resources',
			type: 'multiOptions',
			required: true,
			options: resources,
			default: [...resources.map(({ value }) => value)],
			description: 'Which kinds of tasks to watch. Each one costs up to 6 free list requests a poll.',
		},
		{
			displayName: 'Event',
			name: 'event',
			type: 'options',
			options: [
				{ name: 'Task Created', value: 'taskCreated', description: 'A task has appeared in the account' },
				{ name: 'Task Failed', value: 'taskFailed', description: 'A task has ended without a result' },
				{ name: 'Task Finished', value: 'taskFinished', description: 'A task has ended, well or not' },
				{ name: 'Task Succeeded', value: 'taskSucceeded', description: 'A task has ended with a result' },
			],
			default: 'taskFinished',
			description: 'What starts the workflow',
		},
		simplify,
		optionsOf([
			{
				displayName: 'External Task ID Prefix',
				name: 'externalTaskIdPrefix',
				type: 'string',
				default: '',
				placeholder: 'e.g. n8n-',
				description: 'Only tasks whose external task ID starts like this',
			},
			{
				displayName: 'Max Tasks per Poll',
				name: 'maxTasksPerPoll',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: MOST_TASKS,
				description: 'Most tasks that one execution gets. The rest comes with the next poll.',
			},
		]),
	];
}

/** The parameters of a trigger, checked. `known` are all endpoints of the service. */
export function readTriggerSettings({ context }: Poll, known: TaskEndpoint[]): TriggerSettings {
	const node = context.getNode();
	const chosen = context.getNodeParameter('resources', known.map(({ resource }) => resource));
	const resources = (Array.isArray(chosen) ? chosen : [chosen]).map(String);
	const endpoints = known.filter(({ resource }) => resources.includes(resource));
	const strange = resources.find((resource) => !known.some((endpoint) => endpoint.resource === resource));
	if (strange !== undefined) throw inputError(node, 0, `Resources holds ${quote(strange)}, which is none`, 'Choose the resources from the list.');
	if (endpoints.length === 0) throw inputError(node, 0, 'Resources is empty', 'Choose at least one kind of task to watch.');
	const event = String(context.getNodeParameter('event', 'taskFinished'));
	const meaning = EVENTS[event];
	if (!meaning) throw inputError(node, 0, `Event is ${quote(event)}, which is none`, 'Choose the event from the list.');
	const { externalTaskIdPrefix = '', maxTasksPerPoll = MOST_TASKS } = asRecord(context.getNodeParameter('options', {}));
	const most = Number(maxTasksPerPoll);
	if (!Number.isInteger(most) || most < 1) {
		throw inputError(node, 0, `Max Tasks per Poll is ${quote(maxTasksPerPoll)}, but it must be a whole number from 1`, 'Change Max Tasks per Poll.');
	}
	return {
		...meaning,
		event,
		endpoints,
		most,
		prefix: String(externalTaskIdPrefix ?? ''),
		simplify: context.getNodeParameter('simplify', true) === true,
	};
}

/** Whether the event has happened to a task that the filters let pass. */
export function isEvent(task: Task, settings: TriggerSettings): boolean {
	return momentOf(task, settings.happening) !== undefined && matches(task, settings);
}

/** Whether the filters let a task pass. */
export function matches({ status, externalTaskId }: Task, { statuses, prefix }: TriggerSettings): boolean {
	return (statuses?.includes(status) ?? true) && (externalTaskId ?? '').startsWith(prefix);
}

/** A task as the trigger hands it on. */
export function toItem({ task, raw }: Seen, settings: TriggerSettings): INodeExecutionData {
	return { json: settings.simplify ? withoutUndefined(task) : raw };
}
