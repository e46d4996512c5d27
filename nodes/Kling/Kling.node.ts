import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { customOperations, requestOptions, resourceProperties, resumeOnCallback, resumeWebhooks } from '../tasks';
import { KLING_BASE_URL } from './auth';
import { readCallback } from './callback';
import { commonProperties } from './resource';
import { endpoints, resources } from './resources';

export class Kling implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kling',
		name: 'kling',
		icon: { light: 'file:../../icons/kling.svg', dark: 'file:../../icons/kling.dark.svg' },
		group: ['transform'],
		version: 1,
		// "Create: Image Expansion" of the stored values, which is all that n8n hands over.
		subtitle:
			'={{ [$parameter["operation"].replace("getAll", "getMany"), $parameter["resource"]].map((value) => value.charAt(0).toUpperCase() + value.slice(1).replace(/([A-Z])/g, " $1")).join(": ") }}',
		description: 'Make images with the image tasks of Kling AI: extend, combine, show from all sides',
		defaults: { name: 'Kling' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'klingApi', required: true }],
		webhooks: resumeWebhooks('POST'),
		requestDefaults: { baseURL: KLING_BASE_URL },
		properties: [
			...resourceProperties(resources, 'multiImageToImage'),
			...commonProperties(resources.map(({ value }) => value)),
			requestOptions,
		],
	};

	customOperations = customOperations(resources);

	/** Resumes an execution that Create and Wait for Callback has suspended. */
	webhook = resumeOnCallback({ endpoints, readCallback });
}
