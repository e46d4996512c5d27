/** Asks a node's list search as the editor does. */
import type { INode, INodeListSearchResult, INodeParameters } from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper, type DecryptedCredentials } from './credentials.ts';
import { buildGraph, NODE } from './graph.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import { core, workflow as lib } from './runtime.ts';

export interface ListSearchOptions {
	/** Full type name. */
	node: string;
	/** Name of the method that the field declares. */
	method: string;
	/** Parameters as they stand in the editor. */
	parameters?: INodeParameters;
	credentials?: DecryptedCredentials;
	filter?: string;
}

/** The choices; rejects with what the editor shows under the field. */
export async function listSearch(
	loaded: LoadedPackage,
	{ node: type, method, parameters = {}, credentials, filter }: ListSearchOptions,
): Promise<INodeListSearchResult> {
	const graph = buildGraph(loaded, { nodes: [{ name: NODE, type, parameters }], connections: [] }, credentials);
	const nodeTypes = new NodeTypes(loaded.nodes);
	const workflow = new lib.Workflow({ nodes: graph.nodes, connections: {}, active: false, nodeTypes });
	const node = workflow.getNode(NODE) as INode;
	const base = additionalData({ credentialsHelper: new CredentialsHelper(loaded.credentials, credentials) });
	const context = new core.LoadOptionsContext(
		workflow,
		node,
		{ ...base, currentNodeParameters: parameters },
		'parameters.field',
	);
	const search = nodeTypes.getByNameAndVersion(type, node.typeVersion).methods?.listSearch?.[method];
	if (!search) throw new Error(`The node has no list search ${method}`);
	return await search.call(context, filter);
}
