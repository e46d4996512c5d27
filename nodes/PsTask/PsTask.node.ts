import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { customOperations, resourceProperties } from '../tasks';
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
		// "Submit: Task" of the stored values, which is all that n8n hands over.
		subtitle:
			'={{ [$parameter["operation"].replace("create", "submit"), $parameter["resource"]].map((value) => value.charAt(0).toUpperCase() + value.slice(1).replace(/([A-Z])/g, " $1")).join(": ") }}',
		description: 'Edit images with the PS task service: hand over an address and say what to change',
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
