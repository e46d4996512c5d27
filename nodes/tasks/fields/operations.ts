import type { INodeProperties, INodePropertyOptions, IWebhookDescription } from 'n8n-workflow';

import * as field from './common';
import { withToolDefault } from './tools';

/** What kind of task is created or waited for. */
export interface TaskKind {
	/** Minutes until the wait is given up, 15 by default. */
	timeout?: number;
	/** True for tasks that end without images. */
	withoutImages?: boolean;
	/** True for tasks that may succeed in part. */
	mayBePartial?: boolean;
	/** True where the service has no external task ID, with which others refuse a second task. */
	keyless?: boolean;
	/** True where there is a price list. */
	isPriced?: boolean;
}

/** Whether to wait, to download and to simplify: what users of a create meet after its own fields. */
function resultProperties({ withoutImages = false }: TaskKind = {}): INodeProperties[] {
	return withoutImages
		? [field.waitForEnd, field.simplify]
		: [field.waitForCompletion, field.downloadWhileWaiting, field.simplify];
}

/** The same where the wait is no choice. */
function resultPropertiesWithoutWait(kind: TaskKind = {}): INodeProperties[] {
	return kind.withoutImages ? [field.simplify] : [field.download, field.simplify];
}

/** Fields of reading one task, behind its ID. */
export function getProperties({ withoutImages = false }: TaskKind = {}): INodeProperties[] {
	return withoutImages ? [field.simplify] : [{ ...field.download, default: false }, field.simplify];
}

/** Fields of waiting for a task that exists. */
export function waitProperties(kind: TaskKind = {}): INodeProperties[] {
	return withOptions(resultPropertiesWithoutWait(kind), waitingOptions(kind));
}

/** What an option is of no effect without, among the switches of the operation. */
const NEEDS: Record<string, string[]> = {
	binaryPrefix: ['waitForCompletion', 'downloadImages'],
	fileName: ['waitForCompletion', 'downloadImages'],
	onPartial: ['waitForCompletion'],
	onTaskFailed: ['waitForCompletion'],
	onTimeout: ['waitForCompletion'],
	outputItems: ['waitForCompletion', 'simplify'],
	pollInterval: ['waitForCompletion'],
	timeout: ['waitForCompletion'],
};

/** The switches of an operation with its Options, each of which is shown only while it has an effect. */
function withOptions(switches: INodeProperties[], options: INodeProperties[]): INodeProperties[] {
	const names = new Set(switches.map(({ name }) => name));
	const shown = options.map((option) => {
		const needs = (NEEDS[option.name] ?? []).filter((name) => names.has(name));
		if (needs.length === 0) return option;
		return { ...option, displayOptions: { show: Object.fromEntries(needs.map((name) => [`/${name}`, [true]])) } };
	});
	return [...switches, optionsOf(shown)];
}

/** The options of waiting. */
function waitingOptions({
	timeout = 15,
	withoutImages = false,
	mayBePartial = false,
}: TaskKind = {}): INodeProperties[] {
	return [
		field.onTaskFailed,
		field.onTimeout,
		field.passInputFields,
		field.pollInterval,
		{ ...field.timeout, default: timeout },
		...(mayBePartial ? [field.onPartial] : []),
		...(withoutImages ? [] : [field.binaryPrefix, field.fileName, field.outputItems]),
	];
}

/** What every create has behind its fields; the options of the request come from the service, with their routing. */
export function createProperties(requestOptions: INodeProperties[], kind: TaskKind = {}): INodeProperties[] {
	return withOptions(resultProperties(kind), createOptions(requestOptions, kind));
}

/** The same where the wait is no choice. */
export function createPropertiesWithoutWait(requestOptions: INodeProperties[], kind: TaskKind = {}): INodeProperties[] {
	return withOptions(resultPropertiesWithoutWait(kind), createOptions(requestOptions, kind));
}

function createOptions(requestOptions: INodeProperties[], kind: TaskKind): INodeProperties[] {
	return [
		...waitingOptions(kind),
		...requestOptions,
		...(kind.keyless ? [] : [field.externalTaskId, field.externalTaskIdPrefix, field.onDuplicate, field.reuseResults]),
		...(kind.isPriced ? [field.maxUnits] : []),
		field.extraBody,
		field.maxConcurrentTasks,
		field.queueTimeout,
	];
}

const returnAll: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
};

const limit: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	displayOptions: { show: { returnAll: [false] } },
	description: 'Max number of results to return',
};

/** How many results of a list. `inTools`: as many of them as are short enough for a model to read. */
export function limitProperties(inTools: number): INodeProperties[] {
	return [returnAll, ...withToolDefault(limit, inTools)];
}

/** Which tasks Get Many can be asked for. */
export const STATUSES: INodePropertyOptions[] = [
	{ name: 'Failed', value: 'failed' },
	{ name: 'Processing', value: 'processing' },
	{ name: 'Submitted', value: 'submitted' },
	{ name: 'Succeeded', value: 'succeeded' },
];

/** Fields of a list of tasks. Which page sizes the API takes comes from the service. */
export function listProperties(limits: { maxPageSize: number; lastPage: number }): INodeProperties[] {
	return [
		...limitProperties(3),
		field.simplify,
		optionsOf([
			{
				displayName: 'Created After',
				name: 'createdAfter',
				type: 'dateTime',
				default: '',
				description: "Only tasks created at this time or later. Without an offset it is in the workflow's time zone.",
			},
			{
				displayName: 'Created Before',
				name: 'createdBefore',
				type: 'dateTime',
				default: '',
				description:
					"Only tasks created at this time or earlier; a date without a time is the whole day. Without an offset it is in the workflow's time zone.",
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
				options: STATUSES,
				default: [],
				description: 'Only tasks with one of these statuses',
			},
		]),
	];
}

/**
 * The address at which a suspended execution is resumed, for the methods by which the service calls. A browser asks with
 * GET, also by itself: so only a service that does not say how it calls gets that one.
 */
export function resumeWebhooks(...methods: Array<'GET' | 'POST'>): IWebhookDescription[] {
	return methods.map((httpMethod) => ({
		name: 'default',
		httpMethod,
		path: '',
		isFullPath: true,
		restartWebhook: true,
		responseMode: 'onReceived',
	}));
}

/** Options of Create that mean nothing after a suspension: n8n does not run the node again after the callback. */
const OF_WAITING = new Set(['pollInterval', 'outputItems', 'onTaskFailed', 'onPartial', 'onTimeout']);

const suspendNotice: INodeProperties = {
	displayName:
		'The execution pauses without using a worker. Add Wait for Completion after this node in case the callback never comes.',
	name: 'callbackNotice',
	type: 'notice',
	default: '',
};

const timeoutDescription =
	'How long to wait for the callback at most, counted from the moment when all tasks were submitted';

/** The fields of Create and Wait for Callback, given those of the request, and those of it that stand in Options. */
export function suspendProperties(
	fields: INodeProperties[],
	requestOptions: INodeProperties[],
	kind: TaskKind = {},
): INodeProperties[] {
	const options = createOptions(requestOptions, kind).filter(({ name }) => !OF_WAITING.has(name));
	const own = options.map((option) =>
		option.name === 'timeout' ? { ...option, description: timeoutDescription } : option,
	);
	const switches = resultPropertiesWithoutWait(kind);
	return [...fields, suspendNotice, ...withOptions(switches, [...own, field.allowUnreachable])];
}

/** Shows properties for some operations of some resources only. */
export function forOperations(
	resource: string[],
	operation: string[],
	properties: INodeProperties[],
): INodeProperties[] {
	// Not n8n's updateDisplayOptions: its deep merge takes a sixth of the time that loading the package takes.
	return properties.map((property) => {
		const { displayOptions } = property;
		return {
			...property,
			// First: n8n looks no further than a condition on a parameter with an expression.
			displayOptions: { ...displayOptions, show: { resource, operation, ...displayOptions?.show } },
		};
	});
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
