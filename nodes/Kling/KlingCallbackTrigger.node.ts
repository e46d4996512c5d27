import { NodeConnectionTypes, type IHookFunctions, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { activatingCallbacks, callbackProperties, receivingCallbacks } from '../tasks';
import { readCallback } from './callback';
import { endpoints, resources } from './resources';

const source = { endpoints, readCallback, secretField: 'webhookSecret' };
const activate = activatingCallbacks(source);

export class KlingCallbackTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kling Callback Trigger',
		name: 'klingCallbackTrigger',
		icon: { light: 'file:../../icons/kling.svg', dark: 'file:../../icons/kling.dark.svg' },
		group: ['trigger'],
		version: 1,
		// "Task Finished: Image Expansion" of the stored values, which is all that n8n hands over.
		subtitle:
			'={{ [$parameter["event"], $parameter["resource"]].map((value) => value.charAt(0).toUpperCase() + value.slice(1).replace(/([A-Z])/g, " $1")).join(": ") }}',
		description: 'Starts the workflow when Kling reports that an image task was created or has ended',
		defaults: { name: 'Kling Callback Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'klingApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: callbackProperties({
			service: 'Kling',
			notice:
				'Kling has no subscriptions: each task names the address that it reports to. Copy the production URL of this node into Callback URL, in the Options of the operation that creates the tasks, and publish this workflow.',
			resources: resources.map(({ option }) => option),
			resource: 'multiImageToImage',
		}),
	};

	// Kling has no subscriptions, so there is nothing to make or to delete.
	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},

			async create(this: IHookFunctions): Promise<boolean> {
				return await activate.call(this);
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	webhook = receivingCallbacks(source);
}
