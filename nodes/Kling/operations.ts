import type { INodeProperties } from 'n8n-workflow';

import { klingBaseUrl } from '../../credentials/kling';
import * as declare from '../tasks/declare';
import type { NodeOperation } from '../tasks/declare';
import { listTasks } from '../tasks/list';
import { listProperties } from '../tasks/listProperties';
import { forOperations, getProperties, taskIdProperty, waitProperties } from '../tasks/properties';
import type { TaskEndpoint } from '../tasks/provider';
import type { SuspendSpec } from '../tasks/suspended/suspend';
import { KLING_LIST } from './provider';

/** Where requests go that n8n's routing does not make. */
export const service = { credential: 'klingApi', baseUrl: klingBaseUrl };

/** The request for one task; n8n fills in the ID. */
function oneTask({ path }: TaskEndpoint) {
	return { method: 'GET' as const, url: `=${path}/{{ encodeURIComponent($parameter.taskId) }}` };
}

/** Create and Wait for Callback, which has the fields of Create. */
export function callbackOperation(endpoint: TaskEndpoint, noun: string, spec: SuspendSpec): NodeOperation {
	return declare.callbackOperation(endpoint, { noun, service, ...spec });
}

/** Get: one task; a failed task is an item. */
export function getOperation(endpoint: TaskEndpoint, noun: string): NodeOperation {
	const description = 'Read one task by its task ID or external task ID';
	return declare.getOperation(endpoint, { noun, description, service, request: oneTask(endpoint) });
}

/** Get Many: the list, page by page. */
export function getAllOperation(endpoint: TaskEndpoint, noun: string): NodeOperation {
	return declare.operation(endpoint, {
		name: 'Get Many',
		value: 'getAll',
		action: `Get many ${noun.replace(/^an? /, '')} tasks`,
		description: 'List tasks, newest first as far as the service orders them',
		request: { method: 'GET', url: endpoint.path },
		run: listTasks,
	});
}

/** Wait for Completion: a task that exists already. */
export function waitOperation(endpoint: TaskEndpoint, noun: string): NodeOperation {
	const description = 'Wait until a task that exists already has ended, and return its pictures';
	return declare.waitOperation(endpoint, { noun, description, request: oneTask(endpoint) });
}

/**
 * The fields of all operations but Create, declared once for all resources. n8n resolves every declared property for
 * every item, shown or not, and twice: a Task ID for each resource and operation would be six expressions an item more.
 */
export function commonProperties(resources: string[]): INodeProperties[] {
	return [
		...forOperations(resources, ['get', 'wait'], [taskIdProperty]),
		...forOperations(resources, ['get'], getProperties()),
		...forOperations(resources, ['getAll'], listProperties(KLING_LIST)),
		...forOperations(resources, ['wait'], waitProperties()),
	];
}
