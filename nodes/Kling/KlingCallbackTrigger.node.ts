import { NodeConnectionTypes, type IHookFunctions, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { activatingCallbacks, callbackProperties, callbackSubtitle, receivingCallbacks } from '../tasks';
import { readCallback } from './callback';
import { endpoints, taskResources } from './resources';

const source = { endpoints, readCallback, secretField: 'webhookSecret' };
const activate = activatingCallbacks(source);

export class KlingCallbackTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Kling Callback Trigger',
		name: 'klingCallbackTrigger',
		icon: { light: 'file:../../icons/kling.svg', dark: 'file:../../icons/kling.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: callbackSubtitle(taskResources),
		eventTriggerDescription: 'Waiting for Kling to call the Test URL',
		activationMessage: 'Tasks that have the Production URL as their Callback URL now start this workflow.',
		triggerPanel: {
			header: 'Wait for a callback of Kling',
			executionsHelp: {
				inactive:
					'To try it, click <b>Execute step</b>, then create a task with the Test URL as its Callback URL. Publish the workflow to take callbacks at the Production URL.',
				active:
					'Tasks with the Production URL as their Callback URL start this workflow; see the <a data-key="executions">executions</a>. To try it here, click <b>Execute step</b>, then create a task with the Test URL.',
			},
			activationHint: 'Publish the workflow to take callbacks at the Production URL',
		},
		description: 'Start a workflow at once when Kling AI reports that a task has ended or was created',
		defaults: { name: 'Kling Callback Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'klingApi', required: true }],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: callbackProperties({
			service: 'Kling',
			notice:
				'Copy the Production URL into Callback URL (Options) of the Kling node that creates the tasks, then publish.',
			resources: taskResources.map(({ option }) => option),
			resource: 'imageGeneration',
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
