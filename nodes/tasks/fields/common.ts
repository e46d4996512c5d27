import type { INodeProperties } from 'n8n-workflow';

/** Shown only while the node waits for the result. */
const whileWaiting = { show: { waitForCompletion: [true] } };

export const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export const waitForCompletion: INodeProperties = {
	displayName: 'Wait for Result',
	name: 'waitForCompletion',
	type: 'boolean',
	default: true,
	description: 'Whether to wait until the images are ready. When off, the task ID is returned at once.',
};

/** The same of tasks that end without images. */
export const waitForEnd: INodeProperties = {
	...waitForCompletion,
	description: 'Whether to wait until the task has ended. When off, the task ID is returned at once.',
};

export const download: INodeProperties = {
	displayName: 'Download Images',
	name: 'downloadImages',
	type: 'boolean',
	default: true,
	description: 'Whether to download the result images into binary fields of the output item',
};

export const downloadWhileWaiting: INodeProperties = { ...download, displayOptions: whileWaiting };

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

/** For a list of images: one task an item, or one for all. */
export const imagesFrom: INodeProperties = {
	displayName: 'Images From',
	name: 'imagesFrom',
	type: 'options',
	options: [
		{ name: 'Each Item', value: 'item', description: 'One task per input item, from the images of that item' },
		{ name: 'All Items', value: 'allItems', description: 'One task in all, from the images of all input items' },
	],
	default: 'item',
	description: 'Where the images come from',
};

export const checkImages: INodeProperties & { default: boolean } = {
	displayName: 'Check Images',
	name: 'checkImages',
	type: 'boolean',
	default: true,
	description:
		'Whether to check image files before anything is sent: format, pixels, size, and whether they are whole. Images given by URL are left to the service.',
};

export const binaryPrefix: INodeProperties = {
	displayName: 'Put Output in Field',
	name: 'binaryPrefix',
	type: 'string',
	default: 'image',
	description: 'Name of the output binary field with the first image; the next ones get _1, _2 and so on',
};

export const fileName: INodeProperties = {
	displayName: 'File Name',
	name: 'fileName',
	type: 'string',
	default: '',
	placeholder: 'e.g. {{ $json.product }}',
	description:
		'Name of the downloaded files; each gets its number and ending, as in shoe_1.png. Left empty, they are named after the input image or the task.',
};

export const onTaskFailed: INodeProperties = {
	displayName: 'On Failed Task',
	name: 'onTaskFailed',
	type: 'options',
	options: [
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error with the reason of the service' },
		{
			name: 'Return the Task',
			value: 'returnItem',
			description: 'The item has status failed and the reason in statusMessage',
		},
	],
	default: 'error',
	description: 'What to do when the service reports that the task has failed',
};

export const onPartial: INodeProperties = {
	displayName: 'On Partial Result',
	name: 'onPartial',
	type: 'options',
	options: [
		{ name: 'Return the Images', value: 'return', description: 'The item has status partial and the images there are' },
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error that names the task' },
	],
	default: 'return',
	description: 'What to do when only a part of the images succeeded',
};

export const onTimeout: INodeProperties = {
	displayName: 'On Timeout',
	name: 'onTimeout',
	type: 'options',
	options: [
		{
			name: 'Return the Pending Task',
			value: 'returnPending',
			description: 'The item has the last status; Wait for Completion takes it on later',
		},
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error that names the task' },
	],
	default: 'returnPending',
	description: 'What to do when the task is still running at the end of the timeout. The task goes on either way.',
};

export const outputItems: INodeProperties = {
	displayName: 'Output Items',
	name: 'outputItems',
	type: 'options',
	options: [
		{ name: 'One per Task', value: 'perTask', description: 'All images of a task in one item' },
		{ name: 'One per Image', value: 'perImage', description: 'Each image in an item of its own' },
	],
	default: 'perTask',
	description: 'How the images of a task are spread over items',
};

export const passInputFields: INodeProperties = {
	displayName: 'Include Other Input Fields',
	name: 'passInputFields',
	type: 'boolean',
	default: false,
	description: 'Whether to pass the fields of the input item to the output, along with those of the task',
};

export const pollInterval: INodeProperties = {
	displayName: 'Poll Interval (Seconds)',
	name: 'pollInterval',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description: 'Time between two status requests. With 0 the node chooses it by how long tasks take.',
};

export const timeout: INodeProperties = {
	displayName: 'Timeout (Minutes)',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 15,
	description: 'How long to wait for the end of the task, counted from its acceptance',
};

export const queueTimeout: INodeProperties = {
	displayName: 'Queue Timeout (Minutes)',
	name: 'queueTimeout',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 15,
	description: "How long to keep trying while the service's limit of running tasks is used up",
};

export const extraBody: INodeProperties = {
	displayName: 'Raw JSON Fields',
	name: 'extraBody',
	type: 'json',
	default: '{}',
	description: 'JSON object merged into the request, for fields of the API that this node does not know',
};

export const externalTaskId: INodeProperties = {
	displayName: 'External Task ID',
	name: 'externalTaskId',
	type: 'string',
	default: '',
	placeholder: 'e.g. order-1042',
	description:
		'Your own ID for the task, unique in your account forever. When empty, the node makes one, so that a retry never buys twice. In a sub-workflow enter one: each call counts as new work.',
};

export const externalTaskIdPrefix: INodeProperties = {
	displayName: 'External Task ID Prefix',
	name: 'externalTaskIdPrefix',
	type: 'string',
	default: 'n8n-',
	description:
		'Start of the external task ID that the node makes, to tell tasks apart in Get Many. Letters, digits, "_" and "-".',
};

export const maxConcurrentTasks: INodeProperties = {
	displayName: 'Max Concurrent Tasks',
	name: 'maxConcurrentTasks',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description: 'How many tasks of this account this n8n process may wait for at once. With 0 the service decides.',
};

export const onDuplicate: INodeProperties = {
	displayName: 'On Duplicate ID',
	name: 'onDuplicate',
	type: 'options',
	options: [
		{ name: 'Fail the Item', value: 'error', description: 'The item ends in an error' },
		{
			name: 'Return the Existing Task',
			value: 'returnExisting',
			description: 'The task that has the ID is the result; nothing is bought',
		},
	],
	default: 'error',
	description: 'What to do when an External Task ID of your own is taken already',
};

export const reuseResults: INodeProperties = {
	displayName: 'Reuse Earlier Results',
	name: 'reuseResults',
	type: 'options',
	options: [
		{ name: 'Never', value: 'never', description: 'Each execution buys its own images' },
		{
			name: 'In Manual Runs',
			value: 'manualRuns',
			description: 'While you build and test the workflow in the editor, running a step again costs nothing',
		},
		{ name: 'Always', value: 'always', description: 'Also in production: the same request is bought once in 28 days' },
	],
	default: 'never',
	description:
		'Whether to take the result of the same request again instead of buying it anew, for about 28 days. Image URLs count without what follows the question mark.',
};

export const maxUnits: INodeProperties = {
	displayName: 'Maximum Units',
	name: 'maxUnits',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description:
		'Most units that the items of one run may cost by the price list; above it nothing is sent. With 0 there is no limit.',
};

/** Shown above the fields of a create that pays without a key. */
export const keylessNotice: INodeProperties = {
	displayName: 'This service cannot detect duplicates. If an answer is lost, check there before you run this again.',
	name: 'keylessNotice',
	type: 'notice',
	default: '',
};

export const allowUnreachable: INodeProperties = {
	displayName: 'Allow Unreachable Address',
	name: 'allowUnreachable',
	type: 'boolean',
	default: false,
	description:
		'Whether to go on although the address of this n8n looks as if only its own network could reach it, for example behind a relay',
};
