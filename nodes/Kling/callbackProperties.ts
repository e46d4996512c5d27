import type { INodeProperties } from 'n8n-workflow';

import { eventProperty } from '../tasks/callbacks/events';
import { optionsOf } from '../tasks/properties';
import { resources } from './resources';

/** The fields of the Kling Callback Trigger. */
export const callbackProperties: INodeProperties[] = [
	{
		displayName:
			'Kling has no subscriptions: each task names the address that it reports to. Copy the production URL of this node into Callback URL, in the Options of the operation that creates the tasks, and publish this workflow.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: resources.map(({ option }) => option),
		default: 'multiImageToImage',
		description: 'What the tasks make. A callback does not say it, so each resource has a trigger and an address of its own.',
	},
	eventProperty,
	optionsOf([
		{
			displayName: 'Require Signature',
			name: 'requireSignature',
			type: 'boolean',
			default: true,
			description:
				'Whether to refuse callbacks without a signature when the credential has a Webhook Secret. Switched off, they are verified by reading only; wrong and old signatures are refused all the same.',
		},
		{
			displayName: 'Verify by Reading',
			name: 'verifyByReading',
			type: 'boolean',
			default: true,
			description:
				'Whether to read the task from Kling before the workflow starts, so that nobody who finds the address can start it with an invented task. Switch it off only with a Webhook Secret in the credential.',
		},
	]),
];
