import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { customOperations, resourceProperties, subtitleOf } from '../tasks';
import { PS_TASK_BASE_URL } from './auth';
import { task } from './task';

/** All resources of the node. */
const resources = [task];

export class PsTask implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'PS Task',
		name: 'psTask',
		icon: { light: 'file:../../icons/psTask.svg', dark: 'file:../../icons/psTask.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: subtitleOf(resources),
		description: 'Edit an image with a prompt, by the PS task service',
		defaults: { name: 'PS Task' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'psTaskApi', required: true }],
		requestDefaults: { baseURL: PS_TASK_BASE_URL },
		properties: resourceProperties(resources, 'task'),
	};

	customOperations = customOperations(resources);
}
