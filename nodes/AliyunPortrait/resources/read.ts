import {
	getOperation,
	getProperties,
	waitOperation,
	waitProperties,
	type Endpoint,
	type NodeOperation,
	type TaskKind,
} from '../../tasks';
import { taskId } from '../fields';

/** The query that reads one task of either kind; n8n fills in the ID. */
const request = {
	method: 'POST' as const,
	url: '/cloud/aigc_task_query',
	body: { task_id: '={{ $parameter.taskId }}' },
};

/** Get and Wait for Completion, which are the same for both kinds of tasks. */
export function readOperations(
	endpoint: Endpoint,
	noun: string,
	kind: TaskKind,
): { get: NodeOperation; wait: NodeOperation } {
	return {
		get: getOperation(endpoint, {
			action: `Get ${noun}`,
			description: 'Read one task by its task ID',
			request,
			properties: [taskId, ...getProperties(kind)],
		}),
		wait: waitOperation(endpoint, {
			action: `Wait for ${noun}`,
			description: 'Wait until a task that exists already has ended, and return its result',
			request,
			properties: [taskId, ...waitProperties(kind)],
		}),
	};
}
