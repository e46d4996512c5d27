import { createRequire } from 'node:module';
import type { INodePropertyOptions, INodeType } from 'n8n-workflow';

/** One operation as the built node declares it. */
export interface DeclaredOperation {
	resource: string;
	resourceLabel: string;
	operation: string;
	operationLabel: string;
	method: string;
	/** With `{taskId}` where the ID goes. */
	path: string;
}

/** All operations of the Kling node, read from the built description. */
export function klingOperations(): DeclaredOperation[] {
	const require = createRequire(import.meta.url);
	const { Kling } = require('../../dist/nodes/Kling/Kling.node.js') as { Kling: new () => INodeType };
	const { properties } = new Kling().description;
	const resources = properties.find(({ name }) => name === 'resource')?.options as INodePropertyOptions[];
	return resources.flatMap((resource) =>
		properties
			.filter(({ name, displayOptions }) => name === 'operation' && displayOptions?.show?.resource?.includes(resource.value))
			.flatMap(({ options }) => options as INodePropertyOptions[])
			.map((operation) => ({
				resource: String(resource.value),
				resourceLabel: resource.name,
				operation: String(operation.value),
				operationLabel: operation.name,
				method: String(operation.routing?.request?.method),
				path: String(operation.routing?.request?.url)
					.replace(/^=/, '')
					.replace(/\{\{.*?\}\}/, '{taskId}'),
			})),
	);
}
