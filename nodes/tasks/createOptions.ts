import type { INodeProperties } from 'n8n-workflow';

import { optionsOf, waitingOptions, type WaitingKind } from './properties';

/**
 * Options of every create: those of the request come from the service, with their routing. A service that is `keyless`
 * knows no external task ID, with which others refuse a second task.
 */
export function createOptions(requestOptions: INodeProperties[], { keyless = false, ...kind }: WaitingKind & { keyless?: boolean } = {}): INodeProperties {
	return optionsOf([
		...waitingOptions(kind),
		...requestOptions,
		...(keyless ? [] : [externalTaskId, externalTaskIdPrefix, onDuplicate]),
		extraBody,
		maxConcurrentTasks,
		queueTimeout,
	]);
}

/** Shown above the fields of a create that pays without a key. */
export const keylessNotice: INodeProperties = {
	displayName:
		'This service cannot refuse a task that is sent twice. When the answer to a create gets lost, the item fails with taskState "may-exist" instead of being sent again: check before you run it again, because that may cost again.',
	name: 'keylessNotice',
	type: 'notice',
	default: '',
};

const queueTimeout: INodeProperties = {
	displayName: 'Queue Timeout (Minutes)',
	name: 'queueTimeout',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 15,
	description: "How long to keep trying while the provider's limit of running tasks is used up",
};
const extraBody: INodeProperties = {
	displayName: 'Extra Body',
	name: 'extraBody',
	type: 'json',
	default: '{}',
	description: 'JSON object merged into the request, for fields of the API that this node does not know',
};
const externalTaskId: INodeProperties = {
	displayName: 'External Task ID',
	name: 'externalTaskId',
	type: 'string',
	default: '',
	placeholder: 'e.g. order-1042',
	description: 'Your own ID for the task, unique in your account forever. Left empty, one is derived, so that a retry never buys twice.',
};
const externalTaskIdPrefix: INodeProperties = {
	displayName: 'External Task ID Prefix',
	name: 'externalTaskIdPrefix',
	type: 'string',
	default: 'n8n-',
	description: 'Start of the derived external task ID, to tell tasks apart in Get Many. Letters, digits, "_" and "-".',
};
const maxConcurrentTasks: INodeProperties = {
	displayName: 'Max Concurrent Tasks',
	name: 'maxConcurrentTasks',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description: 'How many tasks of this account this n8n process may wait for at once. With 0 the provider decides.',
};
const onDuplicate: INodeProperties = {
	displayName: 'On Duplicate ID',
	name: 'onDuplicate',
	type: 'options',
	options: [
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error' },
		{ name: 'Return the Existing Task', value: 'returnExisting', description: 'The task that has the ID is the result; nothing is bought' },
	],
	default: 'error',
	description: 'What to do when an External Task ID of your own is taken already',
};
