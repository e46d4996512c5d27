import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import {
	customOperations,
	requestOptions,
	resourceProperties,
	resumeOnCallback,
	resumeWebhooks,
	subtitleOf,
} from '../tasks';
import { KLING_BASE_URL } from './auth';
import { readCallback } from './callback';
import { commonProperties } from './resource';
import { endpoints, resources, taskResources } from './resources';

export class Kling implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kling',
		name: 'kling',
		icon: { light: 'file:../../icons/kling.svg', dark: 'file:../../icons/kling.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: subtitleOf(resources),
		description: 'Generate, extend and combine images with Kling AI',
		defaults: { name: 'Kling' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'klingApi', required: true }],
		webhooks: resumeWebhooks('POST'),
		requestDefaults: { baseURL: KLING_BASE_URL },
		properties: [
			...resourceProperties(resources, 'imageGeneration'),
			...commonProperties(taskResources),
			requestOptions,
		],
	};

	customOperations = customOperations(resources);

	/** Resumes an execution that Create and Wait for Callback has suspended. */
	webhook = resumeOnCallback({ endpoints, readCallback });
}
