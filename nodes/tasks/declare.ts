import type { INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';

import { listTasks } from './operations/getMany';
import { getTask, waitForExistingTask } from './operations/getAndWait';
import { createTask, type CreateSpec } from './operations/create';
import { keylessNotice } from './fields/common';
import { createOptions, forOperations, resultProperties, suspendProperties, type TaskKind } from './fields/operations';
import type { Operation } from './item/runItems';
import type { Endpoint, ServiceRequest } from './model/service';
import { customOperation, type CustomOperation } from './n8n/customOperation';
import { routed } from './n8n/routing';
import { createAndSuspend } from './suspend/suspend';

/** One operation as a node shows and declares it. */
export interface NodeOperation {
	option: INodePropertyOptions;
	/** How n8n runs it: without its declarative routing, which takes three times as long. */
	custom: CustomOperation;
	/** Those of its own; a node may declare what several operations have in common once for all. */
	properties: INodeProperties[];
}

/** A resource of a node with its operations; `resources/index.ts` of a service lists them. */
export interface NodeResource {
	/** The stored value. */
	value: string;
	option: INodePropertyOptions;
	/** Where its tasks are, if it has tasks. */
	endpoint?: Endpoint;
	operations: NodeOperation[];
}

/** What every operation declares. */
export interface OperationDeclaration<Prepared> {
	name: string;
	value: string;
	action: string;
	description: string;
	/** As n8n's routing sends it; the URL may be an expression over the parameters. */
	request: Pick<ServiceRequest, 'method' | 'url' | 'body'>;
	run: Operation<Prepared>;
	properties?: INodeProperties[];
	/** What the node itself declares for several operations, so that their parameters are known by their labels. */
	common?: INodeProperties[];
}

/**
 * Declares an operation of a resource once, for both ways in which n8n runs it: as a custom operation, and by its
 * declarative routing, which serves agents that know nothing else.
 */
export function operation<Prepared>(resource: string, declaration: OperationDeclaration<Prepared>): NodeOperation {
	const { request, run, properties = [], common = [], ...shown } = declaration;
	const shownHere = forOperations([resource], [declaration.value], properties);
	const declared = { request, properties: [...shownHere, ...common] };
	return {
		option: {
			...shown,
			routing: { request, send: { paginate: true }, operations: { pagination: routed(run, declared) } },
		},
		custom: customOperation(run, declared),
		properties: shownHere,
	};
}

/** A create as a resource declares it. */
export interface CreateDeclaration {
	name?: string;
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
	const { spec, fields, options, kind = {}, name = 'Create', ...shown } = declaration;
	return operation(endpoint.resource, {
		...shown,
		name,
		value: 'create',
		request: { method: 'POST', url: endpoint.path },
		run: createTask(endpoint, spec),
		properties: [...notices(kind), ...fields, ...resultProperties(kind), createOptions(options, kind)],
	});
}

/** Create and Wait for Callback. Tools cannot have it: an agent's call must end with an answer. */
export function callbackOperation(
	endpoint: Endpoint,
	declaration: Pick<CreateDeclaration, 'action' | 'spec' | 'fields' | 'options' | 'kind'>,
): NodeOperation {
	const { spec, fields, options, kind = {}, action } = declaration;
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
		custom: createAndSuspend(endpoint, spec, { request: { method: 'POST', url: endpoint.path }, properties }),
		properties,
	};
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
	const shown = { name: 'Wait for Completion', value: 'wait' };
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
		...resources.flatMap(({ operations }) => operations.flatMap(({ properties }) => properties)),
	];
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
