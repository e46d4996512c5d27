import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

/** Shown only while the node waits for the result. */
const whileWaiting = { show: { waitForCompletion: [true] } };

export const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

/** What kind of task is waited for. */
export interface WaitingKind {
	/** Minutes until the wait is given up, 15 by default. */
	timeout?: number;
	/** True for tasks that end without pictures. */
	withoutImages?: boolean;
	/** True for tasks that may succeed in part. */
	mayBePartial?: boolean;
}

/** Whether to wait, to download and to simplify: what users of a create meet after its own fields. */
export function resultProperties({ withoutImages = false }: WaitingKind = {}): INodeProperties[] {
	return [waitForCompletion, ...(withoutImages ? [] : [downloadWhileWaiting]), simplify];
}

const waitForCompletion: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: true,
	description: 'Whether to wait until the task has ended and return its result. Switched off, the task ID is returned at once.',
};

const downloadWhileWaiting: INodeProperties = {
	displayName: 'Download Images',
	name: 'downloadImages',
	type: 'boolean',
	default: true,
	displayOptions: whileWaiting,
	description: 'Whether to download the result pictures into binary fields of the output item',
};

/** The ID of a task that exists, as given or from the item of the node before. */
export const taskIdProperty: INodeProperties = {
	displayName: 'Task ID or External Task ID',
	name: 'taskId',
	type: 'string',
	required: true,
	default: '={{ $json.taskId }}',
	placeholder: 'e.g. 831922345678901234',
	description: 'The task to read. Keep it as text: task IDs are longer than numbers can hold.',
};

/** For a list of pictures: one task an item, or one for all. */
export const imagesFrom: INodeProperties = {
	displayName: 'Images From',
	name: 'imagesFrom',
	type: 'options',
	options: [
		{ name: 'Each Item', value: 'item', description: 'One task per input item, from the pictures of that item' },
		{ name: 'All Items', value: 'allItems', description: 'One task in all, from the pictures of all input items' },
	],
	default: 'item',
	description: 'Where the pictures come from',
};

/** Fields of reading one task, behind its ID. */
export function getProperties({ withoutImages = false }: WaitingKind = {}): INodeProperties[] {
	return withoutImages ? [simplify] : [{ ...download, default: false }, simplify];
}

const download: INodeProperties = {
	displayName: 'Download Images',
	name: 'downloadImages',
	type: 'boolean',
	default: true,
	description: 'Whether to download the result pictures into binary fields of the output item',
};

const binaryPrefix: INodeProperties = {
	displayName: 'Binary Field Prefix',
	name: 'binaryPrefix',
	type: 'string',
	default: 'image',
	description: 'Name of the output binary field with the first picture; the next ones get _1, _2 and so on',
};

const onTaskFailed: INodeProperties = {
	displayName: 'On Failed Task',
	name: 'onTaskFailed',
	type: 'options',
	options: [
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error with the reason of the provider' },
		{ name: 'Return the Task', value: 'returnItem', description: 'The item has status failed and the reason in statusMessage' },
	],
	default: 'error',
	description: 'What to do when the provider reports that the task has failed',
};

const onPartial: INodeProperties = {
	displayName: 'On Partial Result',
	name: 'onPartial',
	type: 'options',
	options: [
		{ name: 'Return the Images', value: 'return', description: 'The item has status partial and the pictures there are' },
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error that names the task' },
	],
	default: 'return',
	description: 'What to do when only a part of the pictures succeeded',
};

const onTimeout: INodeProperties = {
	displayName: 'On Timeout',
	name: 'onTimeout',
	type: 'options',
	options: [
		{ name: 'Return the Pending Task', value: 'returnPending', description: 'The item has the last status; Wait for Completion takes it on later' },
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error that names the task' },
	],
	default: 'returnPending',
	description: 'What to do when the task is still running at the end of the timeout. The task goes on either way.',
};

const outputItems: INodeProperties = {
	displayName: 'Output Items',
	name: 'outputItems',
	type: 'options',
	options: [
		{ name: 'One per Task', value: 'perTask', description: 'All pictures of a task in one item' },
		{ name: 'One per Image', value: 'perImage', description: 'Each picture in an item of its own; needs Simplify' },
	],
	default: 'perTask',
	description: 'How the pictures of a task are spread over items',
};

const passInputFields: INodeProperties = {
	displayName: 'Pass Input Fields',
	name: 'passInputFields',
	type: 'boolean',
	default: false,
	description: "Whether to keep the input item's own fields beside those of the task",
};

const pollInterval: INodeProperties = {
	displayName: 'Poll Interval (Seconds)',
	name: 'pollInterval',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description: 'Time between two status requests. With 0 the node chooses it by how long tasks take.',
};

const timeout: INodeProperties = {
	displayName: 'Timeout (Minutes)',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 15,
	description: 'How long to wait for the end of the task, counted from its acceptance',
};

/** The options of waiting. */
export function waitingOptions({ timeout: minutes = 15, withoutImages = false, mayBePartial = false }: WaitingKind = {}): INodeProperties[] {
	return [
		onTaskFailed,
		onTimeout,
		passInputFields,
		pollInterval,
		{ ...timeout, default: minutes },
		...(mayBePartial ? [onPartial] : []),
		...(withoutImages ? [] : [binaryPrefix, outputItems]),
	];
}

/** Fields of waiting for a task that exists. */
export function waitProperties(kind: WaitingKind = {}): INodeProperties[] {
	return [...(kind.withoutImages ? [] : [download]), simplify, optionsOf(waitingOptions(kind))];
}

/** Shows properties for some operations of some resources only. */
export function forOperations(resource: string[], operation: string[], properties: INodeProperties[]): INodeProperties[] {
	return updateDisplayOptions({ show: { resource, operation } }, properties);
}

/** The Options collection, sorted by name as n8n wants it. */
export function optionsOf(properties: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		// Not localeCompare: its first use costs 8 ms, a third of the time that loading the package takes.
		options: [...properties].sort((a, b) => (a.displayName < b.displayName ? -1 : 1)),
	};
}
