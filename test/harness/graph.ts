/** Turns what a test writes into a workflow as n8n saves it. */
import type {
	ICredentialType,
	IConnections,
	INode,
	INodeParameters,
	INodeType,
	IVersionedNodeType,
} from 'n8n-workflow';

import type { DecryptedCredentials } from './credentials.ts';
import type { Graph } from './execute.ts';
import { HELPER, type InputItem } from './helper-nodes.ts';
import { findNode, type LoadedPackage } from './package.ts';
import { workflow } from './runtime.ts';

/** Settings that every node has in n8n. */
export interface NodeSettings {
	onError?: INode['onError'];
	retryOnFail?: boolean;
	maxTries?: number;
	/** n8n takes 0 for "not set" (1000 ms); the harness waits 1 ms unless told otherwise. */
	waitBetweenTries?: number;
	executeOnce?: boolean;
	alwaysOutputData?: boolean;
}

export interface NodeSketch extends NodeSettings {
	name: string;
	/** Full type name, or one of `HELPER`. */
	type: string;
	parameters?: INodeParameters;
	typeVersion?: number;
	/** Node ID; by default derived from the name. */
	id?: string;
	/** Only for `HELPER.items`. */
	items?: InputItem[];
}

export interface WorkflowSketch {
	nodes: NodeSketch[];
	/** `['A', 'B']`: output 0 of A to B; `['A', 'B', 1]`: output 1 of A; `['A', 'B', 'ai_tool']`: A is a tool of B. */
	connections: Array<[from: string, to: string, output?: number | 'ai_tool']>;
	/** The first node by default. */
	start?: string;
}

export function buildGraph(
	{ nodes, credentials: types }: LoadedPackage,
	sketch: WorkflowSketch,
	credentials: DecryptedCredentials = {},
): Graph {
	return {
		nodes: sketch.nodes.map((node, column) => ({
			...buildNode(node, column),
			credentials: references(findNode(nodes, node.type), types, credentials),
		})),
		connections: buildConnections(sketch.connections),
		items: new Map(sketch.nodes.map(({ name, items = [] }) => [name, items])),
		start: sketch.start ?? sketch.nodes[0]?.name ?? '',
	};
}

function buildNode({ items: _, ...node }: NodeSketch, column: number): INode {
	return {
		id: `id-${node.name.toLowerCase().replace(/\W+/g, '-')}`,
		typeVersion: 1,
		parameters: {},
		position: [column * 200, 0],
		waitBetweenTries: 1,
		...node,
	};
}

/** A node refers to those given credentials that its type knows. */
function references(
	type: INodeType | IVersionedNodeType | undefined,
	types: ReadonlyMap<string, ICredentialType>,
	given: DecryptedCredentials,
): INode['credentials'] {
	if (!type) return undefined;
	const { credentials = [] } = workflow.NodeHelpers.getVersionedNodeType(type).description;
	const names = credentials.map(({ name }) => name).filter((name) => name in given && types.has(name));
	return Object.fromEntries(names.map((name) => [name, { id: name, name }]));
}

function buildConnections(list: WorkflowSketch['connections']): IConnections {
	const connections: IConnections = {};
	for (const [from, node, output = 0] of list) {
		const [type, number] = output === 'ai_tool' ? ([output, 0] as const) : (['main', output] as const);
		const outputs = ((connections[from] ??= {})[type] ??= []);
		while (outputs.length <= number) outputs.push([]);
		outputs[number]?.push({ node, type, index: 0 });
	}
	return connections;
}

/** Start → Items → the node under test → Output, and its error output → Errors. */
export function sketchAround(node: Omit<NodeSketch, 'name' | 'items'>, items: InputItem[]): WorkflowSketch {
	return {
		nodes: [
			{ name: 'Start', type: HELPER.start },
			{ name: 'Items', type: HELPER.items, items },
			{ name: NODE, ...node },
			{ name: 'Output', type: HELPER.noOp },
			{ name: 'Errors', type: HELPER.noOp },
		],
		connections: [
			['Start', 'Items'],
			['Items', NODE],
			[NODE, 'Output', 0],
			[NODE, 'Errors', 1],
		],
	};
}

/** Start → Items → an agent whose tool is the node under test → Output. */
export function sketchOfTool(
	node: Omit<NodeSketch, 'name' | 'items'>,
	items: InputItem[],
	agent: INodeParameters,
): WorkflowSketch {
	return {
		nodes: [
			{ name: 'Start', type: HELPER.start },
			{ name: 'Items', type: HELPER.items, items },
			{ name: AGENT, type: HELPER.agent, parameters: agent },
			{ name: NODE, ...node },
			{ name: 'Output', type: HELPER.noOp },
		],
		connections: [
			['Start', 'Items'],
			['Items', AGENT],
			[NODE, AGENT, 'ai_tool'],
			[AGENT, 'Output'],
		],
	};
}

/** The name of the node under test. */
export const NODE = 'Node';
/** The name of the node that calls it as a tool. */
export const AGENT = 'Agent';
