import { randomUUID } from 'node:crypto';

import type { CredentialReference, Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';

type Parameters = Record<string, unknown>;

/** A node by its type, with what differs from an empty one. */
export function step(type: string, typeVersion: number, name: string, parameters: Parameters = {}): WorkflowNode {
	const isWebhook = /(form|webhook|formTrigger)$/.test(type);
	return {
		id: randomUUID(),
		name,
		type: type.includes('.') ? type : `n8n-nodes-base.${type}`,
		typeVersion,
		position: [0, 0],
		parameters,
		...(isWebhook ? { webhookId: randomUUID() } : {}),
	};
}

/** One of our nodes. */
export function ours(
	node: string,
	name: string,
	parameters: Parameters,
	credential: CredentialReference,
): WorkflowNode {
	return {
		...step(`n8n-nodes-kling-aliyun.${node}`, 1, name, parameters),
		credentials: { [credential.type]: { id: credential.id, name: credential.name } },
	};
}

/** The nodes in a row, each behind the one before. Every workflow has a name of its own. */
export function chain(title: string, nodes: WorkflowNode[], settings: Parameters = {}): Workflow {
	const connections: Record<string, unknown> = {};
	for (const [index, { name }] of nodes.slice(0, -1).entries())
		connections[name] = { main: [[{ node: nodes[index + 1]!.name, type: 'main', index: 0 }]] };
	return {
		name: `${title} ${randomUUID().slice(0, 8)}`,
		nodes: nodes.map((node, index) => ({ ...node, position: [index * 220, 0] })),
		connections,
		settings: { executionOrder: 'v1', ...settings },
	};
}

/** Hangs a node below another one, as an agent's model or tool hangs below the agent. */
export function attach(
	workflow: Workflow,
	type: 'ai_languageModel' | 'ai_tool',
	node: WorkflowNode,
	to: string,
): Workflow {
	return {
		...workflow,
		nodes: [...workflow.nodes, node],
		connections: { ...workflow.connections, [node.name]: { [type]: [[{ node: to, type, index: 0 }]] } },
	};
}

/** Calls a sub-workflow with all items, or once for each. */
export function subWorkflow(
	workflowId: string,
	mode: 'once' | 'each' = 'once',
	more: Partial<WorkflowNode> = {},
): WorkflowNode {
	const workflow = { __rl: true, mode: 'id', value: workflowId };
	const parameters = { workflowId: workflow, mode, options: { waitForSubWorkflow: true } };
	return { ...step('executeWorkflow', 1.2, 'Call', parameters), ...more };
}

/** Where a sub-workflow begins: it takes whatever items it is called with. */
export const called = () => step('executeWorkflowTrigger', 1.1, 'When Called', { inputSource: 'passthrough' });
