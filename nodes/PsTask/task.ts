import {
	createOperation,
	getOperation,
	getProperties,
	taskIdProperty,
	waitOperation,
	waitProperties,
	type Endpoint,
	type NodeResource,
} from '../tasks';
import { psTask } from './api';
import { factsIn, imageUrl, prompt, refuseImage, requestFields, rules } from './fields';

const endpoint: Endpoint = {
	service: psTask,
	resource: 'task',
	path: '/ps_tasks/submit',
	facts: ['imageId', 'editor'],
};

const taskId = {
	...taskIdProperty,
	displayName: 'Task ID',
	placeholder: 'e.g. a1b2c3d4e5f6g7h8i9j0',
	description: 'The task to read: what Create returned',
};

/** The request for one task; n8n fills in the ID. */
const oneTask = { method: 'GET' as const, url: '=/ps_tasks/result/{{ encodeURIComponent($parameter.taskId) }}' };

export const task: NodeResource = {
	value: 'task',
	endpoint,
	option: { name: 'Task', value: 'task', description: 'An image to be edited as a prompt says' },
	operations: [
		createOperation(endpoint, {
			action: 'Edit an image with a prompt',
			description: 'Edit an image as a prompt says',
			spec: { images: [], addressField: 'image_url', rules, check: refuseImage, factsIn },
			fields: [imageUrl, prompt],
			options: requestFields,
			kind: { keyless: true },
		}),
		getOperation(endpoint, {
			action: 'Get an image edit',
			description: 'Read one task by its task ID',
			request: oneTask,
			properties: [taskId, ...getProperties()],
		}),
		waitOperation(endpoint, {
			action: 'Wait for an image edit',
			description: 'Wait until a task that exists already has ended, and return its image',
			request: oneTask,
			properties: [taskId, ...waitProperties()],
		}),
	],
};
