/** The package under test, loaded by n8n-core's own loader, and the node types of a workflow. */
import { createRequire } from 'node:module';
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import type {
	ICredentialType,
	IExecuteFunctions,
	INodeProperties,
	INodeType,
	INodeTypes,
	IVersionedNodeType,
} from 'n8n-workflow';

import { core, isN8n1, workflow } from './runtime.ts';

export interface LoadedPackage {
	name: string;
	/** By full name, e.g. `n8n-nodes-kling-aliyun.kling`. */
	nodes: Map<string, AnyNode>;
	/** `supportedNodes` holds full names. */
	credentials: Map<string, ICredentialType>;
}

/** Loads `folder` afresh: its modules start without memory, as in a restarted n8n. */
export async function loadPackage(folder: string): Promise<LoadedPackage> {
	forgetModules(folder);
	const loader = new core.PackageDirectoryLoader(folder);
	await loader.loadAll();

	const name = loader.packageName;
	const nodes = Object.entries(loader.nodeTypes).map(([type, { type: node }]) => [`${name}.${type}`, node] as const);
	const credentials = Object.values(loader.credentialTypes).map(({ type }) => {
		// Two things the server does after loading.
		type.properties = isN8n1 ? withDomainFields(type) : workflow.injectDomainRestrictionFields(type);
		type.supportedNodes = type.supportedNodes?.flatMap((node) => [`${name}.${node}`, `${name}.${node}Tool`]);
		return [type.name, type] as const;
	});
	return { name, nodes: new Map(nodes), credentials: new Map(credentials) };
}

/** In 1.x this is code of the server. */
function withDomainFields({ authenticate, properties }: ICredentialType): INodeProperties[] {
	const name = 'allowedHttpRequestDomains';
	if (authenticate === undefined || properties.some((property) => property.name === name)) return properties;
	return [
		...properties,
		{
			displayName: 'Allowed HTTP Request Domains',
			name,
			type: 'options',
			options: [
				{ name: 'All', value: 'all' },
				{ name: 'Specific Domains', value: 'domains' },
			],
			default: 'all',
		},
		{
			displayName: 'Allowed Domains',
			name: 'allowedDomains',
			type: 'string',
			default: '',
			displayOptions: { show: { [name]: ['domains'] } },
		},
	];
}

/** The loader's own `reset` would also forget the repository's node_modules, n8n-core included. */
function forgetModules(folder: string): void {
	const { cache } = createRequire(import.meta.url);
	const own = realpathSync(folder) + sep;
	for (const file of Object.keys(cache)) {
		if (file.startsWith(own) && !file.includes(`${sep}node_modules${sep}`)) delete cache[file];
	}
}

type AnyNode = INodeType | IVersionedNodeType;

/** A node used by an AI agent is called `<type>Tool`. */
export function findNode(types: ReadonlyMap<string, AnyNode>, name: string): AnyNode | undefined {
	return types.get(name) ?? types.get(name.replace(/Tool$/, ''));
}

export class NodeTypes implements INodeTypes {
	constructor(private readonly types: ReadonlyMap<string, AnyNode>) {}

	getByName(name: string): AnyNode {
		const type = findNode(this.types, name);
		if (!type) throw new Error(`No node type "${name}". Known: ${[...this.types.keys()].join(', ')}`);
		return type;
	}

	getByNameAndVersion(name: string, version?: number): INodeType {
		const type = workflow.NodeHelpers.getVersionedNodeType(this.getByName(name), version);
		if (runsByRouting(type)) type.execute = runRouting(type);
		return name.endsWith('Tool') && !this.types.has(name) ? asTool(type) : type;
	}

	getKnownTypes() {
		return {};
	}
}

/** The same node, described as the server describes tools. */
function asTool(type: INodeType): INodeType {
	const { displayName, name } = type.description;
	const description = {
		...type.description,
		displayName: `${displayName} Tool`,
		name: `${name}Tool`,
		inputs: [],
		outputs: ['ai_tool'],
	};
	return Object.create(type, { description: { value: description } }) as INodeType;
}

/** The server's rule for which types get the declarative runner as their `execute`. */
function runsByRouting(type: INodeType): boolean {
	if (type.execute || type.supplyData || type.poll || type.trigger) return false;
	return type.description.requestDefaults !== undefined || !(type.webhook || type.methods);
}

function runRouting(type: INodeType) {
	return async function (this: IExecuteFunctions) {
		const context = this as ConstructorParameters<typeof core.RoutingNode>[0];
		return (await new core.RoutingNode(context, type).runNode()) ?? [];
	};
}
