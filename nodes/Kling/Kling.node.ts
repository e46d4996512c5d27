import { NodeConnectionTypes, type INodeProperties, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { KLING_BASE_URL } from '../../credentials/kling';
import { commonProperties } from './operations';
import { resources } from './resources';

const operations: INodeProperties[] = resources.map(({ value, operations }) => ({
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: [value] } },
	options: operations.map(({ option }) => option),
	default: 'create',
}));

export class Kling implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kling',
		name: 'kling',
		icon: { light: 'file:../../icons/kling.svg', dark: 'file:../../icons/kling.dark.svg' },
		group: ['transform'],
		version: 1,
		// "Create: Image Expansion" of the stored values, which is all that n8n hands over.
		subtitle:
			'={{ [$parameter["operation"], $parameter["resource"]].map((value) => value.charAt(0).toUpperCase() + value.slice(1).replace(/([A-Z])/g, " $1")).join(": ") }}',
		description: 'Make pictures with the image tasks of Kling AI: extend, combine, show from all sides',
		defaults: { name: 'Kling' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'klingApi', required: true }],
		requestDefaults: { baseURL: KLING_BASE_URL },
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: resources.map(({ option }) => option),
				default: 'multiImageToImage',
			},
			...operations,
			...resources.flatMap((resource) => resource.operations.flatMap(({ properties }) => properties)),
			...commonProperties(resources.map(({ value }) => value)),
		],
	};
}
