import type { IHttpRequestMethods, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { listTasks } from '../tasks/list';
import { paginate, type Operation } from '../tasks/operation';
import { forOperations, getProperties, listProperties, taskIdProperty, waitProperties } from '../tasks/properties';
import type { TaskEndpoint } from '../tasks/provider';
import { getTask, waitForExistingTask } from '../tasks/read';
import { KLING_LIST } from './provider';

/** One operation as the node shows and declares it. */
export interface KlingOperation {
	option: INodePropertyOptions;
	/** Those of its own; what all resources have in common is in `commonProperties`. */
	properties: INodeProperties[];
}

/** A resource of the node with its operations; `resources/index.ts` lists them. */
export interface KlingResource {
	option: INodePropertyOptions;
	value: string;
	operations: KlingOperation[];
}

interface Declaration<Prepared> {
	name: string;
	value: string;
	action: string;
	description: string;
	method: IHttpRequestMethods;
	url: string;
	run: Operation<Prepared>;
	properties?: INodeProperties[];
}

/** The path of one task; n8n fills in the ID. */
const ONE_TASK = '/{{ encodeURIComponent($parameter.taskId) }}';

/** Declares an operation: its request, and the engine around the exchange. */
export function operation<Prepared>(endpoint: TaskEndpoint, declaration: Declaration<Prepared>): KlingOperation {
	const { method, url, run, properties = [], ...shown } = declaration;
	return {
		option: {
			...shown,
			routing: {
				request: { method, url },
				send: { paginate: true },
				operations: { pagination: paginate(endpoint, run) },
			},
		},
		properties: forOperations([endpoint.resource], [declaration.value], properties),
	};
}

/** Get: one task; a failed task is an item. */
export function getOperation(endpoint: TaskEndpoint, noun: string): KlingOperation {
	return operation(endpoint, {
		name: 'Get',
		value: 'get',
		action: `Get ${noun} task`,
		description: 'Read one task by its task ID or external task ID',
		method: 'GET',
		url: `=${endpoint.path}${ONE_TASK}`,
		run: getTask,
	});
}

/** Get Many: the list, page by page. */
export function getAllOperation(endpoint: TaskEndpoint, noun: string): KlingOperation {
	return operation(endpoint, {
		name: 'Get Many',
		value: 'getAll',
		action: `Get many ${noun.replace(/^an? /, '')} tasks`,
		description: 'List tasks, newest first as far as the service orders them',
		method: 'GET',
		url: endpoint.path,
		run: listTasks,
	});
}

/** Wait for Completion: a task that exists already. */
export function waitOperation(endpoint: TaskEndpoint, noun: string): KlingOperation {
	return operation(endpoint, {
		name: 'Wait for Completion',
		value: 'wait',
		action: `Wait for ${noun} task`,
		description: 'Wait until a task that exists already has ended, and return its pictures',
		method: 'GET',
		url: `=${endpoint.path}${ONE_TASK}`,
		run: waitForExistingTask,
	});
}

/**
 * The fields of all operations but Create, declared once for all resources. n8n resolves every declared property for
 * every item, shown or not, and twice: a Task ID for each resource and operation would be six expressions an item more.
 */
export function commonProperties(resources: string[]): INodeProperties[] {
	return [
		...forOperations(resources, ['get', 'wait'], [taskIdProperty]),
		...forOperations(resources, ['get'], getProperties),
		...forOperations(resources, ['getAll'], listProperties(KLING_LIST)),
		...forOperations(resources, ['wait'], waitProperties),
	];
}
