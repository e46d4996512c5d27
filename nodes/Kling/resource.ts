import type { INodeProperties } from 'n8n-workflow';

import {
	always,
	callbackOperation,
	checkImages,
	createOperation,
	forOperations,
	getManyOperation,
	getOperation,
	getProperties,
	listProperties,
	taskIdProperty,
	waitOperation,
	waitProperties,
	withTools,
	type BodyRule,
	type CreateSpec,
	type Endpoint,
	type FieldRule,
	type NodeResource,
	type Task,
} from '../tasks';
import { kling, KLING_LIST } from './api';
import { callbackUrl, type Field } from './fields';
import { adviceOnModel } from './models';
import { priceOf, type KlingPrice } from './prices';

/** A kind of image task of Kling: what the editor calls it, where it is, and what its create takes. */
export interface KlingResource {
	/** The stored value. */
	value: string;
	name: string;
	/** The same where there is little room, below the node's name on the canvas. */
	short?: string;
	description: string;
	/** How the actions of reading call what a task makes, such as "an image expansion"; with an s behind it they are many. */
	noun: string;
	path: string;
	/** Slots that a task takes of the account's concurrency; 1 by default. */
	slots?: Endpoint['slots'];
	/** What a task costs by the price list. */
	price: KlingPrice;
	/** How many views of one subject are a set, where its images are such views. */
	views?: number;
	/** Of tasks that end without images: what they make, as in "could not make the element", and whether a task tells it. */
	result?: { product: string; isTold(task: Task): boolean };
	/** True when a task cannot be asked for by its external ID, so that the list is searched for it. */
	externalIdOnlyInList?: boolean;
	create: {
		/** The operations' names on the canvas, at most 40 characters. */
		action: string;
		callbackAction: string;
		description: string;
		fields: Array<Field | INodeProperties>;
		/** Those that stand in Options. */
		options?: Array<Field | INodeProperties>;
		/** What is sent beside the fields, always the same. */
		constants?: Record<string, string>;
		bodyRules?: BodyRule[];
		complete?: CreateSpec['complete'];
		sized?: CreateSpec['sized'];
	};
}

/** All five operations of a resource. */
export function klingResource(resource: KlingResource): NodeResource {
	const { value, name, short, description, noun, path, slots, views, result, externalIdOnlyInList, create } = resource;
	const price = priceOf(resource.price);
	const adviceOn: Endpoint['adviceOn'] = (refusal) => adviceOnModel(value, refusal);
	const endpoint: Endpoint = {
		service: kling,
		resource: value,
		path,
		slots,
		price,
		views,
		externalIdOnlyInList,
		adviceOn,
		...(result && { withoutImages: true, product: result.product, tellsResult: result.isTold }),
	};
	const kind = { withoutImages: result !== undefined };
	const { fields, options = [], constants = {}, bodyRules, complete, sized } = create;
	const sent = [...fields.filter(isField), callbackUrl, ...options.filter(isField)];
	const spec: CreateSpec = {
		images: sent.flatMap(({ image }) => image ?? []),
		rules: [...sent.flatMap(({ rule }) => rule ?? []), ...Object.entries(constants).map(constantRule)],
		bodyRules,
		complete,
		sized,
	};
	const shown = fields.map(asProperty);
	const added = [...options.map(asProperty), checkImages];
	const one = { method: 'GET' as const, url: `=${path}/{{ encodeURIComponent($parameter.taskId) }}` };
	return {
		value,
		endpoint,
		option: { name, value, description },
		short,
		operations: [
			createOperation(endpoint, {
				action: create.action,
				description: create.description,
				spec,
				fields: shown,
				options: [callbackUrl.property, ...added],
				kind,
			}),
			callbackOperation(endpoint, {
				action: create.callbackAction,
				spec,
				fields: shown,
				options: added,
				kind,
			}),
			getOperation(endpoint, {
				action: `Get ${noun}`,
				description: 'Read one task by its task ID or external task ID',
				request: one,
				common: [taskIdProperty, ...getProperties(kind)],
			}),
			getManyOperation(endpoint, {
				action: `Get many ${noun.replace(/^an? /, '')}s`,
				description: 'List tasks in the order of the service, mostly newest first',
				common: listProperties(KLING_LIST),
			}),
			waitOperation(endpoint, {
				action: `Wait for ${noun}`,
				description: `Wait until a task that exists already has ended, and return its ${result ? 'result' : 'images'}`,
				request: one,
				common: [taskIdProperty, ...waitProperties(kind)],
			}),
		],
	};
}

function constantRule([field, value]: [string, string]): FieldRule {
	return { field, label: field, rule: always(value) };
}

function asProperty(field: Field | INodeProperties): INodeProperties {
	return isField(field) ? field.property : field;
}

function isField(field: Field | INodeProperties): field is Field {
	return 'property' in field;
}

/**
 * The fields of all operations but Create, declared once for all resources. n8n's routing resolves every declared
 * property for every item, shown or not, and twice: a Task ID for each resource and operation would be many more.
 */
export function commonProperties(resources: NodeResource[]): INodeProperties[] {
	const all = resources.map(({ value }) => value);
	return [
		...forOperations(all, ['get', 'wait'], [taskIdProperty]),
		...forOperations(all, ['getAll'], listProperties(KLING_LIST)),
		...[false, true].flatMap((withoutImages) => {
			const some = resources.filter(({ endpoint }) => (endpoint?.withoutImages ?? false) === withoutImages);
			const values = some.map(({ value }) => value);
			return [
				...forOperations(values, ['get'], withTools(getProperties({ withoutImages }))),
				...forOperations(values, ['wait'], withTools(waitProperties({ withoutImages }))),
			];
		}),
	];
}
