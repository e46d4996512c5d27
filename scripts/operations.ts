import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { INodePropertyOptions, INodeType, INodeTypeDescription } from 'n8n-workflow';

/** One operation as the built node declares it. */
export interface DeclaredOperation {
	/** Name of the node's type, and its name in the editor. */
	node: string;
	nodeLabel: string;
	resource: string;
	resourceLabel: string;
	operation: string;
	operationLabel: string;
	/** Its name in the list of nodes. */
	action: string;
	method: string;
	/** With the name of a parameter where its value goes, as in `{taskId}`. */
	path: string;
}

const root = new URL('../', import.meta.url);

/** The folder of a node's engine tests, where it is not called like the node. */
const FOLDERS: Record<string, string> = { aliyunPortrait: 'aliyun' };

/**
 * The file of tests that proves the operations of a node, relative to the repository; undefined before it is written.
 */
export function proofOf(node: string): string | undefined {
	const file = `test/engine/${FOLDERS[node] ?? node}/operations.test.ts`;
	return existsSync(new URL(file, root)) ? file : undefined;
}

/** All operations of all nodes that the package names, read from the built descriptions. */
export function allOperations(): DeclaredOperation[] {
	return descriptions().flatMap(operationsIn);
}

/** All operations of one node, by the name of its type. */
export function operationsOf(node: string): DeclaredOperation[] {
	return allOperations().filter((operation) => operation.node === node);
}

/** The built descriptions of all nodes that the package names. */
export function descriptions(): INodeTypeDescription[] {
	const require = createRequire(import.meta.url);
	const { n8n } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { n8n: { nodes: string[] } };
	return n8n.nodes.map((file) => {
		const exported = require(fileURLToPath(new URL(file, root))) as Record<string, new () => INodeType>;
		const [Type] = Object.values(exported);
		if (!Type) throw new Error(`${file} exports no node`);
		return new Type().description;
	});
}

function operationsIn({ name: node, displayName: nodeLabel, properties }: INodeTypeDescription): DeclaredOperation[] {
	// Triggers have none.
	const resources = (properties.find(({ name }) => name === 'resource')?.options ?? []) as INodePropertyOptions[];
	return resources.flatMap((resource) =>
		properties
			.filter(
				({ name, displayOptions }) => name === 'operation' && displayOptions?.show?.resource?.includes(resource.value),
			)
			.flatMap(({ options }) => options as INodePropertyOptions[])
			.map((operation, _, [create]) => ({
				node,
				nodeLabel,
				resource: String(resource.value),
				resourceLabel: resource.name,
				operation: String(operation.value),
				operationLabel: operation.name,
				action: operation.action ?? '',
				// What the engine runs by itself is another way to create.
				method: String((operation.routing ?? create?.routing)?.request?.method),
				path: String((operation.routing ?? create?.routing)?.request?.url)
					.replace(/^=/, '')
					.replace(/\{\{([^{}]*)\}\}/, (_, code: string) => `{${/\$parameter\.(\w+)/.exec(code)?.[1]}}`),
			})),
	);
}
