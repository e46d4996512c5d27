import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { optionsOf } from '../../fields/operations';
import { eventProperty } from '../events';

/** What the fields of a callback trigger must be told by the service. */
export interface CallbackTriggerFields {
	/** Name of the service, for descriptions. */
	service: string;
	/** How the callbacks are made to come here. */
	notice: string;
	/** The choices of the parameter Resource, and its default. */
	resources: INodePropertyOptions[];
	resource: string;
}

/** The fields of a trigger that takes callbacks. */
export function callbackProperties({ service, notice, resources, resource }: CallbackTriggerFields): INodeProperties[] {
	return [
		{ displayName: notice, name: 'notice', type: 'notice', default: '' },
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources,
			default: resource,
			description:
				'What the tasks make. A callback does not say it, so each resource has a trigger and an address of its own.',
		},
		eventProperty({ taskCreated: 'A task was seen for the first time' }),
		optionsOf([
			{
				displayName: 'Require Signature',
				name: 'requireSignature',
				type: 'boolean',
				default: true,
				description:
					'Whether to refuse callbacks without a signature when the credential has a Webhook Secret. When off, they are verified by reading only; wrong and old signatures are still refused.',
			},
			{
				displayName: 'Verify by Reading',
				name: 'verifyByReading',
				type: 'boolean',
				default: true,
				description: `Whether to read the task from ${service} first, so that nobody can start the workflow with an invented task. Switch it off only with a Webhook Secret in the credential.`,
			},
		]),
		{
			displayName:
				'Verify by Reading is off. Without a Webhook Secret in the credential, anybody who finds the address can start this workflow with an invented task.',
			name: 'unverifiedNotice',
			type: 'notice',
			default: '',
			// Without the slash n8n 1.123 could not load the workflow (docs/n8n.md, Versions).
			displayOptions: { show: { '/options.verifyByReading': [false] } },
		},
	];
}

/** What the canvas shows below the trigger's name, such as "Image Expansion: finished". */
export function callbackSubtitle(
	resources: Array<{ value: string; option: INodePropertyOptions; short?: string }>,
): string {
	const names = Object.fromEntries(resources.map(({ value, option, short }) => [value, short ?? option.name]));
	return `={{ (${JSON.stringify(names)})[$parameter["resource"]] + ": " + $parameter["event"].replace("task", "").toLowerCase() }}`;
}
