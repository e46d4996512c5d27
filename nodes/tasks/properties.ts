import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

/** Shown only while the node waits for the result. */
const whileWaiting = { show: { waitForCompletion: [true] } };

const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

/** Whether to wait, to download and to simplify: what users of a create meet after its own fields. */
export const resultProperties: INodeProperties[] = [
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description: 'Whether to wait until the task has ended and return its pictures. Switched off, the task ID is returned at once.',
	},
	{
		displayName: 'Download Images',
		name: 'downloadImages',
		type: 'boolean',
		default: true,
		displayOptions: whileWaiting,
		description: 'Whether to download the result pictures into binary fields of the output item',
	},
	simplify,
];

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

/** Fields of reading one task, behind its ID. */
export const getProperties: INodeProperties[] = [
	{
		displayName: 'Download Images',
		name: 'downloadImages',
		type: 'boolean',
		default: false,
		description: 'Whether to download the result pictures into binary fields of the output item',
	},
	simplify,
];

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

const waitingOptions = [
	binaryPrefix,
	onTaskFailed,
	onTimeout,
	outputItems,
	passInputFields,
	pollInterval,
	timeout,
];

/** Fields of waiting for a task that exists. */
export const waitProperties: INodeProperties[] = [
	{
		displayName: 'Download Images',
		name: 'downloadImages',
		type: 'boolean',
		default: true,
		description: 'Whether to download the result pictures into binary fields of the output item',
	},
	simplify,
	optionsOf(waitingOptions),
];

/** Options of every create: those of the request come from the service, with their routing. */
export function createOptions(requestOptions: INodeProperties[]): INodeProperties {
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
	return optionsOf([
		...waitingOptions,
		...requestOptions,
		externalTaskId,
		externalTaskIdPrefix,
		extraBody,
		maxConcurrentTasks,
		onDuplicate,
		queueTimeout,
	]);
}

/** Fields of a list. Which page sizes the API takes comes from the service. */
export function listProperties(limits: { maxPageSize: number; lastPage: number }): INodeProperties[] {
	return [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			displayOptions: { show: { returnAll: [false] } },
			description: 'Max number of results to return',
		},
		simplify,
		optionsOf([
			{
				displayName: 'Created After',
				name: 'createdAfter',
				type: 'dateTime',
				default: '',
				description: 'Only tasks created at this time or later',
			},
			{
				displayName: 'Created Before',
				name: 'createdBefore',
				type: 'dateTime',
				default: '',
				description: 'Only tasks created at this time or earlier',
			},
			{
				displayName: 'External Task ID Prefix',
				name: 'externalTaskIdPrefix',
				type: 'string',
				default: '',
				placeholder: 'e.g. n8n-',
				description: 'Only tasks whose external task ID starts like this',
			},
			{
				displayName: 'Page',
				name: 'page',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: limits.lastPage },
				default: 1,
				description: "Read only this page of the API's own numbering",
			},
			{
				displayName: 'Page Size',
				name: 'pageSize',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: limits.maxPageSize },
				default: 30,
				description: 'Tasks asked for with one request',
			},
			{
				displayName: 'Status',
				name: 'status',
				type: 'multiOptions',
				options: [
					{ name: 'Failed', value: 'failed' },
					{ name: 'Processing', value: 'processing' },
					{ name: 'Submitted', value: 'submitted' },
					{ name: 'Succeeded', value: 'succeeded' },
				],
				default: [],
				description: 'Only tasks with one of these statuses',
			},
		]),
	];
}

/** Shows properties for some operations of some resources only. */
export function forOperations(resource: string[], operation: string[], properties: INodeProperties[]): INodeProperties[] {
	return updateDisplayOptions({ show: { resource, operation } }, properties);
}

/** The Options collection, sorted by name as n8n wants it. */
function optionsOf(properties: INodeProperties[]): INodeProperties {
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
