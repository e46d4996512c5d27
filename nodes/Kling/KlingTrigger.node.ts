import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { polling, pollingProperties, watchTasks } from '../tasks';
import { endpoints, taskResources } from './resources';

/** What is watched by default. Frozen: a workflow that keeps the default must not begin to watch what comes later. */
const WATCHED = ['aiMultiShot', 'imageExpansion', 'imageGeneration', 'multiImageToImage', 'omniImage'];

export class KlingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kling Trigger',
		name: 'klingTrigger',
		icon: { light: 'file:../../icons/kling.svg', dark: 'file:../../icons/kling.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["event"].replace(/([A-Z])/g, " $1").replace(/^./, (first) => first.toUpperCase()) }}',
		description: 'Generate, extend and combine images with Kling AI, or start a workflow when a Kling task ends',
		defaults: { name: 'Kling Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'klingApi', required: true }],
		properties: pollingProperties(
			taskResources.map(({ option }) => option),
			WATCHED,
		),
	};

	poll = polling(watchTasks(endpoints));
}
