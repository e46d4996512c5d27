import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import type { Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';
import type { QueueMode } from './queue-mode';

/** The names of our nodes in the workflow. */
export const KLING = 'Kling';
export const NEXT = 'Next';

type Parameters = Record<string, unknown>;

/** How many callers place orders at the same time. */
const CALLERS = 8;

/** A published workflow: Webhook, which answers at once → our node, one task per call. */
export interface Orders {
	workflowId: string;
	/** Calls the webhook once for each order. */
	place(names: string[]): Promise<void>;
}

/**
 * Expands the photo for an order; the prompt tells the orders apart in the simulator's ledger. `next` are the parameters of
 * a second node of ours behind the first.
 */
export async function orders(mode: QueueMode, parameters: Parameters, next?: Parameters): Promise<Orders> {
	const path = randomUUID();
	const fields = {
		resource: 'imageExpansion',
		image: mode.photo,
		expansionMode: 'ratios',
		leftExpansionRatio: 0.25,
		rightExpansionRatio: 0.25,
		prompt: '={{ $json.body.order }}',
	};
	const webhook = { httpMethod: 'POST', path, responseMode: 'onReceived', options: {} };
	const ours = (name: string, column: number, own: Parameters): WorkflowNode => ({
		...node(name, 'n8n-nodes-kling-aliyun.kling', 1, column, own),
		credentials: { klingApi: mode.kling },
	});
	const first = ours(KLING, 1, { ...fields, ...parameters });
	const second = next ? [ours(NEXT, 2, next)] : [];
	const workflow: Workflow = {
		name: `Orders ${path.slice(0, 8)}`,
		nodes: [{ ...node('Order', 'n8n-nodes-base.webhook', 2.1, 0, webhook), webhookId: path }, first, ...second],
		connections: { Order: to(KLING), ...(next ? { [KLING]: to(NEXT) } : {}) },
		settings: { executionOrder: 'v1' },
	};
	const { id } = await mode.n8n.importWorkflow(workflow);
	await mode.n8n.publish(id);
	const limit = pLimit(CALLERS);
	return {
		workflowId: id,
		place: async (names) => {
			await limit.map(names, async (order) => {
				const { status, body } = await mode.n8n.callWebhook(path, { order });
				if (status !== 200) throw new Error(`n8n refused the order ${order} (${status}): ${body.toString('utf8')}`);
			});
		},
	};
}

/** Names of orders: `Order 1` … */
export function orderNames(count: number): string[] {
	return Array.from({ length: count }, (_, index) => `Order ${index + 1}`);
}

function node(name: string, type: string, typeVersion: number, column: number, parameters: Parameters): WorkflowNode {
	return { id: randomUUID(), name, type, typeVersion, position: [column * 220, 0], parameters };
}

const to = (name: string) => ({ main: [[{ node: name, type: 'main', index: 0 }]] });
