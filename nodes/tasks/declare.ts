import type { INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';

import { listTasks } from './operations/getMany';
import { getTask, waitForExistingTask } from './operations/getAndWait';
import { createTask, type CreateSpec } from './operations/create';
import { keylessNotice } from './fields/common';
import { createProperties, forOperations, suspendProperties, type TaskKind } from './fields/operations';
import { withTools } from './fields/tools';
import type { ImageField } from './images/fields';
import type { Operation } from './item/runItems';
import type { Endpoint, Price, ServiceRequest } from './model/service';
import { customOperation, type CustomOperation } from './n8n/customOperation';
import { routed } from './n8n/routing';
import { createAndSuspend } from './suspend/suspend';

/** One operation as a node shows and declares it. */
export interface NodeOperation {
	option: INodePropertyOptions;
	/** What the canvas calls it below the node's name, behind the resource; by default its name in small letters. */
	short?: string;
	/** How n8n runs it: without its declarative routing, which takes three times as long. */
	custom: CustomOperation;
	/** True for what the service charges. */
	isPaid?: boolean;
	/** Those of its own; a node may declare what several operations have in common once for all. */
	properties: INodeProperties[];
}

/** A resource of a node with its operations; `resources/index.ts` of a service lists them. */
export interface NodeResource {
	/** The stored value. */
	value: string;
	option: INodePropertyOptions;
	/** What the canvas calls it below the node's name, where its own name leaves no room for the operation. */
	short?: string;
	/** Where its tasks are, if it has tasks. */
	endpoint?: Endpoint;
	operations: NodeOperation[];
}

/** What every operation declares. */
export interface OperationDeclaration<Prepared> {
	name: string;
	value: string;
	short?: string;
	action: string;
	description: string;
	/** As n8n's routing sends it; the URL may be an expression over the parameters. */
	request: Pick<ServiceRequest, 'method' | 'url' | 'body'>;
	run: Operation<Prepared>;
	properties?: INodeProperties[];
	/** What the node itself declares for several operations, so that their parameters are known by their labels. */
	common?: INodeProperties[];
	/** Fields of the request that take images. */
	images?: ImageField[];
	/** True for what the service charges. */
	isPaid?: boolean;
}

/**
 * Declares an operation of a resource once, for both ways in which n8n runs it: as a custom operation, and by its
 * declarative routing, which serves agents that know nothing else.
 */
export function operation<Prepared>(resource: string, declaration: OperationDeclaration<Prepared>): NodeOperation {
	const { request, run, properties = [], common = [], images, isPaid = false, short, ...shown } = declaration;
	const shownHere = forOperations([resource], [declaration.value], withTools(properties, images));
	const declared = { request, properties: [...shownHere, ...common] };
	return {
		option: {
			...shown,
			routing: { request, send: { paginate: true }, operations: { pagination: routed(run, declared) } },
		},
		short,
		isPaid,
		custom: customOperation(run, declared),
		properties: shownHere,
	};
}

/** What an operation does and, for people, what that costs by the price list. */
function withPrice(description: string, price: Price | undefined): string {
	if (!price) return description;
	const { least, most, per } = price.range;
	return `${description}. ${least < most ? 'From ' : ''}${least} units ${per} (list price of ${price.checked}).`;
}

/** A create as a resource declares it. */
export interface CreateDeclaration {
	action: string;
	description: string;
	spec: CreateSpec;
	/** Fields of the request, and those of it that stand in Options, with their routing. */
	fields: INodeProperties[];
	options: INodeProperties[];
	kind?: TaskKind;
}

/** Create: submits a paid task and, if the user wants, waits for its result. */
export function createOperation(endpoint: Endpoint, declaration: CreateDeclaration): NodeOperation {
	const { action, description, spec, fields, options } = declaration;
	const kind = kindOf(endpoint, declaration);
	return operation(endpoint.resource, {
		name: 'Create',
		value: 'create',
		action,
		description: withPrice(description, endpoint.price),
		isPaid: true,
		images: spec.images,
		request: { method: 'POST', url: endpoint.path },
		run: createTask(endpoint, spec),
		properties: [...notices(kind), ...fields, ...createProperties(options, kind)],
	});
}

/** Create and Wait for Callback. Tools cannot have it: an agent's call must end with an answer. */
export function callbackOperation(
	endpoint: Endpoint,
	declaration: Pick<CreateDeclaration, 'action' | 'spec' | 'fields' | 'options' | 'kind'>,
): NodeOperation {
	const { spec, fields, options, action } = declaration;
	const kind = kindOf(endpoint, declaration);
	const value = 'createAndWaitForCallback';
	const properties = forOperations(
		[endpoint.resource],
		[value],
		suspendProperties([...notices(kind), ...fields], options, kind),
	);
	return {
		option: {
			name: 'Create and Wait for Callback',
			value,
			action,
			description: 'Submit, suspend the execution without holding a worker, and go on when the service reports the end',
			displayOptions: { hide: { '@tool': [true] } },
		},
		short: 'callback',
		custom: createAndSuspend(endpoint, spec, { request: { method: 'POST', url: endpoint.path }, properties }),
		properties,
	};
}

function kindOf({ price }: Endpoint, { kind }: Pick<CreateDeclaration, 'kind'>): TaskKind {
	return { ...kind, isPriced: price !== undefined };
}

function notices({ keyless = false }: TaskKind): INodeProperties[] {
	return keyless ? [keylessNotice] : [];
}

/** What a read of one task is called, and how n8n's routing asks for it. */
export interface ReadDeclaration {
	action: string;
	description: string;
	/** The ID is `$parameter.taskId`. */
	request: OperationDeclaration<unknown>['request'];
	properties?: INodeProperties[];
	common?: INodeProperties[];
}

/** Get: one task; a failed task is an item. */
export function getOperation(endpoint: Endpoint, declaration: ReadDeclaration): NodeOperation {
	return operation(endpoint.resource, { name: 'Get', value: 'get', run: getTask(endpoint), ...declaration });
}

/** Wait for Completion: a task that exists already. */
export function waitOperation(endpoint: Endpoint, declaration: ReadDeclaration): NodeOperation {
	const shown = { name: 'Wait for Completion', value: 'wait', short: 'wait' };
	return operation(endpoint.resource, { ...shown, run: waitForExistingTask(endpoint), ...declaration });
}

/** Get Many: the list, page by page. */
export function getManyOperation(endpoint: Endpoint, declaration: Omit<ReadDeclaration, 'request'>): NodeOperation {
	const request = { method: 'GET' as const, url: endpoint.path };
	return operation(endpoint.resource, {
		name: 'Get Many',
		value: 'getAll',
		request,
		run: listTasks(endpoint),
		...declaration,
	});
}

/** The endpoints of those resources that have tasks. */
export function endpointsOf(resources: NodeResource[]): Endpoint[] {
	return resources.flatMap(({ endpoint }) => endpoint ?? []);
}

/** The parameters Resource and Operation. n8n opens the node with `resource` and the first operation of each. */
export function resourceProperties(resources: NodeResource[], resource: string): INodeProperties[] {
	return [
		{
			displayName: 'Resource',
			name: 'resource',
			type: 'options',
			noDataExpression: true,
			options: resources.map(({ option }) => option),
			default: resource,
		},
		...resources.map(operationProperty),
		...toolDescriptions(resources),
		...resources.flatMap(({ operations }) => operations.flatMap(({ properties }) => properties)),
	];
}

/**
 * What a model is told of each operation as a tool. n8n tells "{action} in {node}" where it is empty, and an action cannot
 * be another one in tools (docs/n8n.md), so that of a paid operation is filled in.
 */
function toolDescriptions(resources: NodeResource[]): INodeProperties[] {
	const property = (show: Record<string, string[]>, text: string): INodeProperties => ({
		displayName: 'Tool Description',
		name: 'toolDescription',
		type: 'string',
		typeOptions: { rows: 2 },
		default: text,
		displayOptions: { show: { '@tool': [true], ...show } },
		description: 'What the model is told of this tool. When empty, it is told the action and the node.',
	});
	const all = resources.flatMap(({ value, operations }) => operations.map((one) => ({ resource: value, ...one })));
	const paid = all.filter(({ isPaid }) => isPaid);
	const free = all.filter(({ isPaid, option }) => !isPaid && option.displayOptions === undefined);
	return [
		...paid.map(({ resource, option: { value, action = '' } }) =>
			property({ resource: [resource], operation: [String(value)] }, `${action} (charged)`),
		),
		property({ operation: [...new Set(free.map(({ option }) => String(option.value)))] }, ''),
	];
}

/**
 * What the canvas shows below the name of a node, such as "Image Expansion: create", as n8n's expression over the stored
 * values. An operation is called alike in all resources.
 */
export function subtitleOf(resources: NodeResource[]): string {
	const names = Object.fromEntries(resources.map(({ value, option, short }) => [value, short ?? option.name]));
	const operations = Object.fromEntries(
		resources.flatMap((resource) =>
			resource.operations.map(({ option, short }) => [option.value, short ?? option.name.toLowerCase()]),
		),
	);
	return `={{ [(${JSON.stringify(names)})[$parameter["resource"]], (${JSON.stringify(operations)})[$parameter["operation"]]].filter(Boolean).join(": ") }}`;
}

/** A resource starts with its first operation. */
function operationProperty({ value, operations }: NodeResource): INodeProperties {
	const options = operations.map(({ option }) => option);
	const first = String(options[0]?.value);
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [value] } },
		options,
		default: first,
	};
}

/** All operations as n8n looks them up. */
export function customOperations(resources: NodeResource[]): NonNullable<INodeType['customOperations']> {
	return Object.fromEntries(
		resources.map(({ value, operations }) => [
			value,
			Object.fromEntries(operations.map(({ option, custom }) => [option.value, custom])),
		]),
	);
}
