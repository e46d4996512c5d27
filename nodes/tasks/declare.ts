import type {
	DeclarativeRestApiSettings,
	INodeProperties,
	INodePropertyOptions,
	INodeType,
} from 'n8n-workflow';

import { direct, type DirectService } from './direct';
import { paginate, type Operation } from './operation';
import { forOperations, type WaitingKind } from './properties';
import type { TaskEndpoint } from './provider';
import { getTask, waitForExistingTask } from './read';
import { createAndSuspend, type SuspendSpec } from './suspended/suspend';
import { suspendProperties } from './suspended/properties';

/** One operation as a node shows and declares it. */
export interface NodeOperation {
	option: INodePropertyOptions;
	/** For operations that n8n's routing would slow down. */
	direct?: ReturnType<typeof direct>;
	/** Those of its own; a node may declare what several have in common once for all. */
	properties: INodeProperties[];
}

/** A resource of a node with its operations; `resources/index.ts` of a service lists them. */
export interface NodeResource {
	option: INodePropertyOptions;
	value: string;
	/** Where its tasks are, if it has tasks. */
	endpoint?: TaskEndpoint;
	operations: NodeOperation[];
}

/** The endpoints of those resources that have tasks. */
export function endpointsOf(resources: NodeResource[]): TaskEndpoint[] {
	return resources.flatMap(({ endpoint }) => endpoint ?? []);
}

type DeclaredRequest = DeclarativeRestApiSettings.HttpRequestOptions;

interface Declaration<Prepared> {
	name: string;
	value: string;
	action: string;
	description: string;
	/** As n8n's routing sends it; expressions may use the parameters. */
	request: DeclaredRequest;
	run: Operation<Prepared>;
	properties?: INodeProperties[];
}

/** Declares an operation: its request, and the engine around the exchange. */
export function operation<Prepared>(endpoint: TaskEndpoint, declaration: Declaration<Prepared>): NodeOperation {
	const { request, run, properties = [], ...shown } = declaration;
	return {
		option: {
			...shown,
			routing: {
				request,
				send: { paginate: true },
				operations: { pagination: paginate(endpoint, run) },
			},
		},
		properties: forOperations([endpoint.resource], [declaration.value], properties),
	};
}

/** What a read of one task is called, and how n8n's routing asks for it. */
export interface ReadDeclaration {
	/** How labels call a task of the resource, such as "a portrait". */
	noun: string;
	/** The ID is `$parameter.taskId`. */
	request: DeclaredRequest;
	description: string;
	properties?: INodeProperties[];
}

/** Get: one task; a failed task is an item. With a `service`, n8n's routing is left out. */
export function getOperation(endpoint: TaskEndpoint, { noun, service, ...declaration }: ReadDeclaration & { service?: DirectService }): NodeOperation {
	const declared = operation(endpoint, { name: 'Get', value: 'get', action: `Get ${noun} task`, run: getTask, ...declaration });
	return service ? { ...declared, direct: direct(paginate(endpoint, getTask), service) } : declared;
}

/** Wait for Completion: a task that exists already. */
export function waitOperation(endpoint: TaskEndpoint, { noun, ...declaration }: ReadDeclaration): NodeOperation {
	const name = 'Wait for Completion';
	return operation(endpoint, { name, value: 'wait', action: `Wait for ${noun} task`, run: waitForExistingTask, ...declaration });
}

/** What Create and Wait for Callback needs besides what Create has. */
export interface SuspendDeclaration extends SuspendSpec {
	noun: string;
	service: DirectService;
	kind?: WaitingKind & { keyless?: boolean };
}

/** Create and Wait for Callback. Tools cannot have it: an agent's call must end with an answer. */
export function callbackOperation(endpoint: TaskEndpoint, { noun, service, kind, ...spec }: SuspendDeclaration): NodeOperation {
	const value = 'createAndWaitForCallback';
	return {
		option: {
			name: 'Create and Wait for Callback',
			value,
			action: `Create ${noun} task and wait for its callback`,
			description: 'Submit, let the execution sleep without holding a worker, and go on when the service reports the end',
			displayOptions: { hide: { '@tool': [true] } },
		},
		direct: createAndSuspend(endpoint, spec, service),
		properties: forOperations([endpoint.resource], [value], suspendProperties(spec.fields, spec.options, kind)),
	};
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

/** The operations that n8n runs without its routing, as it looks them up. */
export function directOperations(resources: NodeResource[]): NonNullable<INodeType['customOperations']> {
	return Object.fromEntries(
		resources.map(({ value, operations }) => [
			value,
			Object.fromEntries(operations.flatMap(({ option, direct: run }) => (run ? [[option.value, run]] : []))),
		]),
	);
}
