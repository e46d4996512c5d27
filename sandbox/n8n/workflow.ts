import { createHash } from 'node:crypto';

export interface WorkflowNode {
	id: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id: string | null; name: string }>;
	webhookId?: string;
	[key: string]: unknown;
}

export interface Workflow {
	id?: string;
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
	versionId?: string;
	active?: boolean;
}

export interface CredentialReference {
	id: string;
	name: string;
	type: string;
}

/** An ID that depends on the name alone, so that a second import finds the first. */
export function stableId(name: string): string {
	return createHash('sha256').update(name).digest('base64url').replace(/[-_]/g, '0').slice(0, 16);
}

/** The workflow with its nodes' credentials replaced, by type, with ones that exist. */
export function bindCredentials(workflow: Workflow, credentials: CredentialReference[]): Workflow {
	const byType = new Map(credentials.map(({ id, name, type }) => [type, { id, name }]));
	const nodes = workflow.nodes.map((node) => {
		if (node.credentials === undefined) return node;
		const bound = Object.entries(node.credentials).map(([type, reference]) => [type, byType.get(type) ?? reference]);
		return { ...node, credentials: Object.fromEntries(bound) as WorkflowNode['credentials'] };
	});
	return { ...workflow, nodes };
}

/** The workflow with one address replaced by another wherever it occurs in the nodes' parameters. */
export function replaceAddress(workflow: Workflow, from: string, to: string): Workflow {
	const nodes = workflow.nodes.map((node) => {
		const isNote = node.type === 'n8n-nodes-base.stickyNote';
		return isNote ? node : { ...node, parameters: replaceIn(node.parameters, from, to) as Record<string, unknown> };
	});
	return { ...workflow, nodes };
}

function replaceIn(value: unknown, from: string, to: string): unknown {
	if (typeof value === 'string') return value.replaceAll(from, to);
	if (Array.isArray(value)) return value.map((entry) => replaceIn(entry, from, to));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replaceIn(entry, from, to)]));
}
