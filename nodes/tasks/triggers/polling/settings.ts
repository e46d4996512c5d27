import type { INodeExecutionData, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { simplify } from '../../fields/common';
import { optionsOf } from '../../fields/operations';
import { refuseInput, type ItemContext } from '../../item/context';
import { flagIn, numberIn, textIn } from '../../item/values';
import type { Endpoint } from '../../model/service';
import type { Task } from '../../model/task';
import { taskJson } from '../../operations/output';
import { asRecord } from '../../util/parse';
import { naming } from '../../util/text';
import { eventProperty, meaningOf, readEvent, type TaskEvent } from '../events';
import { momentOf, type ListedTask } from './listed';
import { PAGES_PER_POLL } from './scan';

/** Most tasks that one poll reports, unless the user says otherwise. */
const MOST_TASKS = 1_000;

/** What is watched, and what of it is reported. */
export interface PollingSettings extends ReturnType<typeof meaningOf> {
	event: TaskEvent;
	endpoints: Endpoint[];
	/** External task IDs must begin like this. */
	prefix: string;
	/** Most tasks of one poll. */
	most: number;
	simplify: boolean;
}

/**
 * The fields of a trigger that polls lists; `resources` are the choices, whose values are those of the endpoints, and
 * `watched` those of them that are chosen at first.
 */
export function pollingProperties(resources: INodePropertyOptions[], watched: string[]): INodeProperties[] {
	return [
		{
			displayName: 'Resources',
			name: 'resources',
			type: 'multiOptions',
			required: true,
			options: resources.map(({ name, value }) => ({ name, value })),
			default: [...watched],
			description: `Which kinds of tasks to watch. Each one costs up to ${PAGES_PER_POLL} free list requests a poll.`,
		},
		eventProperty(),
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

/** The parameters of a trigger, checked. `known` are all endpoints of the service. Throws an inputError. */
export function readPollingSettings(item: ItemContext, known: Endpoint[]): PollingSettings {
	const event = readEvent(item.node, item.parameter('event', 'taskFinished'));
	const options = asRecord(item.parameter('options', {}));
	const { maxTasksPerPoll = MOST_TASKS } = options;
	return {
		...meaningOf(event),
		event,
		endpoints: endpointsOf(item, known),
		most: numberIn(item, 'Max Tasks per Poll', maxTasksPerPoll, { low: 1, whole: true }),
		prefix: textIn(item, 'External Task ID Prefix', options.externalTaskIdPrefix),
		simplify: flagIn(item, simplify.displayName, item.parameter('simplify', true)),
	};
}

function endpointsOf(item: ItemContext, known: Endpoint[]): Endpoint[] {
	const all = known.map(({ resource }) => resource);
	const chosen = item.parameter('resources', all);
	const resources = (Array.isArray(chosen) ? chosen : [chosen]).map(String);
	const strange = resources.find((resource) => !all.includes(resource));
	if (strange !== undefined) {
		refuseInput(
			item,
			naming(strange, (shown) => `Resource ${shown} is not supported`),
			'Choose the resources from the list.',
		);
	}
	if (resources.length === 0) refuseInput(item, 'Resources is empty', 'Choose at least one kind of task to watch.');
	return known.filter(({ resource }) => resources.includes(resource));
}

/** Whether the event has happened to a task that the filters let pass. */
export function isEvent(task: Task, settings: PollingSettings): boolean {
	return momentOf(task, settings.happening) !== undefined && matches(task, settings);
}

/** Whether the filters let a task pass. */
export function matches({ status, externalTaskId }: Task, { statuses, prefix }: PollingSettings): boolean {
	return (statuses?.includes(status) ?? true) && (externalTaskId ?? '').startsWith(prefix);
}

/** Tasks as the trigger hands them on. */
export async function toItems(
	item: ItemContext,
	tasks: ListedTask[],
	{ simplify, endpoints }: PollingSettings,
): Promise<INodeExecutionData[]> {
	const [endpoint] = endpoints;
	if (!simplify || !endpoint) return tasks.map(({ raw }) => ({ json: raw }));
	return await Promise.all(tasks.map(async ({ task }) => ({ json: await taskJson(item, endpoint.service, task) })));
}
