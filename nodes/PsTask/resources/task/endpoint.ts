import type { ReadDeclaration } from '../../../tasks/declare';
import type { TaskEndpoint } from '../../../tasks/provider';
import { taskIdProperty } from '../../../tasks/properties';
import { psTask } from '../../provider';

export const endpoint: TaskEndpoint = { provider: psTask, resource: 'task', path: '/ps_tasks/submit' };

/** The request for one task; n8n fills in the ID. */
export const oneTask: ReadDeclaration['request'] = {
	method: 'GET',
	url: '=/ps_tasks/result/{{ encodeURIComponent($parameter.taskId) }}',
};

/** How labels call a task of this resource. */
export const NOUN = 'a PS';

export const taskId = {
	...taskIdProperty,
	displayName: 'Task ID',
	placeholder: 'e.g. a1b2c3d4e5f6g7h8i9j0',
	description: 'The task to read: what Submit returned',
};
