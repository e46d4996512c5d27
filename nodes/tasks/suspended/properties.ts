import type { INodeProperties, IWebhookDescription } from 'n8n-workflow';

import { createOptions } from '../createOptions';
import { optionsOf, resultProperties, type WaitingKind } from '../properties';

/** The address at which a suspended execution is woken; services that do not say how they call may use either method. */
export const resumeWebhooks: IWebhookDescription[] = (['POST', 'GET'] as const).map((httpMethod) => ({
	name: 'default',
	httpMethod,
	path: '',
	isFullPath: true,
	restartWebhook: true,
	responseMode: 'onReceived',
}));

/** Options of Create that mean nothing here: n8n does not run the node again after the callback. */
const OF_WAITING = new Set(['pollInterval', 'outputItems', 'onTaskFailed', 'onPartial', 'onTimeout']);

const notice: INodeProperties = {
	displayName:
		'The execution sleeps until the last task has reported its end, and holds no worker meanwhile. Whoever waits for the answer of this workflow gets it when it falls asleep. A failed task is an item with status failed. When the timeout comes first, the items go on as submitted: Wait for Completion makes results of them.',
	name: 'callbackNotice',
	type: 'notice',
	default: '',
};

const allowUnreachable: INodeProperties = {
	displayName: 'Allow Unreachable Address',
	name: 'allowUnreachable',
	type: 'boolean',
	default: false,
	description: 'Whether to go on although the address of this n8n looks as if only its own network could reach it, for example behind a relay',
};

const timeoutDescription = 'How long to sleep at most, counted from the moment when all tasks were submitted';

/** The fields of Create and Wait for Callback, given those of the request, and those of it that stand in Options. */
export function suspendProperties(
	fields: INodeProperties[],
	requestOptions: INodeProperties[],
	kind: WaitingKind & { keyless?: boolean } = {},
): INodeProperties[] {
	const results = resultProperties(kind).filter(({ name }) => name !== 'waitForCompletion');
	const options = (createOptions(requestOptions, kind).options as INodeProperties[]).filter(({ name }) => !OF_WAITING.has(name));
	const own = options.map((option) => (option.name === 'timeout' ? { ...option, description: timeoutDescription } : option));
	return [notice, ...fields, ...results.map(({ displayOptions: _always, ...property }) => property), optionsOf([...own, allowUnreachable])];
}

/**
 * n8n's own Options of a declarative node. n8n does not give them to one that has a webhook, so it declares them itself, as
 * n8n does.
 */
export const requestOptions: INodeProperties = {
	displayName: 'Request Options',
	name: 'requestOptions',
	type: 'collection',
	isNodeSetting: true,
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Batching',
			name: 'batching',
			placeholder: 'Add Batching',
			type: 'fixedCollection',
			typeOptions: { multipleValues: false },
			default: { batch: {} },
			options: [
				{
					displayName: 'Batching',
					name: 'batch',
					values: [
						{
							displayName: 'Items per Batch',
							name: 'batchSize',
							type: 'number',
							typeOptions: { minValue: -1 },
							default: 50,
							description: 'How many items to start before a pause. Anything below 1 counts as 1.',
						},
						{
							displayName: 'Batch Interval (Ms)',
							name: 'batchInterval',
							type: 'number',
							typeOptions: { minValue: 0 },
							default: 1000,
							description: 'Pause between two batches in milliseconds; 0 for none',
						},
					],
				},
			],
		},
		{
			displayName: 'Ignore SSL Issues (Insecure)',
			name: 'allowUnauthorizedCerts',
			type: 'boolean',
			noDataExpression: true,
			default: false,
			description: 'Whether to connect even if SSL certificate validation is not possible',
		},
		{
			displayName: 'Proxy',
			name: 'proxy',
			type: 'string',
			default: '',
			placeholder: 'e.g. http://myproxy:3128',
			description: 'HTTP proxy to use, as http://username:password@host:port',
		},
		{
			displayName: 'Timeout',
			name: 'timeout',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 10000,
			description: 'How long to wait for the answer to one request, in milliseconds',
		},
	],
};
