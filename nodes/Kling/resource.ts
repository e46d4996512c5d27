import type { INodeProperties } from 'n8n-workflow';

import {
	callbackOperation,
	createOperation,
	forOperations,
	getManyOperation,
	getOperation,
	getProperties,
	listProperties,
	taskIdProperty,
	waitOperation,
	waitProperties,
	type BodyRule,
	type CreateSpec,
	type Endpoint,
	type NodeResource,
} from '../tasks';
import { kling, KLING_LIST } from './api';
import { callbackUrl, type Field } from './fields';

/** A kind of image task of Kling: what the editor calls it, where it is, and what its create takes. */
export interface KlingResource {
	/** The stored value. */
	value: string;
	name: string;
	description: string;
	/** How actions call a task of it, such as "an image expansion". */
	noun: string;
	path: string;
	/** Slots that a task takes of the account's concurrency; 1 by default. */
	slots?: Endpoint['slots'];
	/** How many views of one subject are a set, where its images are such views. */
	views?: number;
	/** True when a task cannot be asked for by its external ID, so that the list is searched for it. */
	externalIdOnlyInList?: boolean;
	create: {
		description: string;
		fields: Array<Field | INodeProperties>;
		/** Those that stand in Options. */
		options?: Field[];
		bodyRules?: BodyRule[];
	};
}

/** All five operations of a resource. */
export function klingResource(resource: KlingResource): NodeResource {
	const { value, name, description, noun, path, slots, views, externalIdOnlyInList, create } = resource;
	const endpoint: Endpoint = { service: kling, resource: value, path, slots, views, externalIdOnlyInList };
	const { fields, options = [], bodyRules } = create;
	const sent = [...fields.filter(isField), callbackUrl, ...options];
	const spec: CreateSpec = {
		images: sent.flatMap(({ image }) => image ?? []),
		rules: sent.flatMap(({ rule }) => rule ?? []),
		bodyRules,
	};
	const shown = fields.map((field) => (isField(field) ? field.property : field));
	const added = options.map(({ property }) => property);
	const one = { method: 'GET' as const, url: `=${path}/{{ encodeURIComponent($parameter.taskId) }}` };
	return {
		value,
		endpoint,
		option: { name, value, description },
		operations: [
			createOperation(endpoint, {
				action: `Create ${noun} task`,
				description: create.description,
				spec,
				fields: shown,
				options: [callbackUrl.property, ...added],
			}),
			callbackOperation(endpoint, {
				action: `Create ${noun} task and wait for its callback`,
				spec,
				fields: shown,
				options: added,
			}),
			getOperation(endpoint, {
				action: `Get ${noun} task`,
				description: 'Read one task by its task ID or external task ID',
				request: one,
				common: [taskIdProperty, ...getProperties()],
			}),
			getManyOperation(endpoint, {
				action: `Get many ${noun.replace(/^an? /, '')} tasks`,
				description: 'List tasks, newest first as far as the service orders them',
				common: listProperties(KLING_LIST),
			}),
			waitOperation(endpoint, {
				action: `Wait for ${noun} task`,
				description: 'Wait until a task that exists already has ended, and return its images',
				request: one,
				common: [taskIdProperty, ...waitProperties()],
			}),
		],
	};
}

function isField(field: Field | INodeProperties): field is Field {
	return 'property' in field;
}

/**
 * The fields of all operations but Create, declared once for all resources. n8n's routing resolves every declared
 * property for every item, shown or not, and twice: a Task ID for each resource and operation would be many more.
 */
export function commonProperties(resources: string[]): INodeProperties[] {
	return [
		...forOperations(resources, ['get', 'wait'], [taskIdProperty]),
		...forOperations(resources, ['get'], getProperties()),
		...forOperations(resources, ['getAll'], listProperties(KLING_LIST)),
		...forOperations(resources, ['wait'], waitProperties()),
	];
}
