import {
	NodeConnectionTypes,
	NodeOperationError,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { callbackProperties } from './callbackProperties';
import { secretProblem } from './callbackRequest';
import { receiveCallback } from './receive';

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
		properties: callbackProperties,
	};

	// Kling has no subscriptions: each task names the address that it reports to, so there is nothing to make or to delete.
	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},

			/** Tells of a secret that cannot be used while somebody is there to read it. */
			async create(this: IHookFunctions): Promise<boolean> {
				const problem = await secretProblem(this);
				if (problem === undefined) return true;
				throw new NodeOperationError(this.getNode(), problem, {
					description: 'Copy the secret from the console of Kling again, or leave the field empty.',
				});
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receiveCallback(this);
	}
}
