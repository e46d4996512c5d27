import { randomUUID } from 'node:crypto';
import type { CredentialReference, Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';

export const TRIGGER = 'Start';
export const KLING = 'Kling';

type Parameters = Record<string, unknown>;

/** What an expansion needs to succeed with any of the sample photographs, given by address. */
export const EXPANSION: Parameters = {
	resource: 'imageExpansion',
	operation: 'create',
	image: '={{ $json.photo }}',
	leftExpansionRatio: 0.25,
	rightExpansionRatio: 0.25,
	prompt: '={{ $json.prompt }}',
};

/** Where an item's data goes on: nodes behind the Kling node's outputs, one name per output. */
interface Extras {
	/** Settings of the node itself, such as `onError`. */
	settings?: Partial<WorkflowNode>;
	/** Names of nodes that do nothing, connected to the outputs in order. */
	behind?: string[];
}

/** Manual Trigger → the given items → the Kling node. Every workflow has a name of its own. */
export function klingWorkflow(
	title: string,
	items: Parameters[],
	parameters: Parameters,
	credential: CredentialReference,
	{ settings = {}, behind = [] }: Extras = {},
): Workflow {
	const kling: WorkflowNode = {
		...node(KLING, 'n8n-nodes-kling-aliyun.kling', 1, 3, parameters),
		credentials: { klingApi: { id: credential.id, name: credential.name } },
		...settings,
	};
	const inputs = { mode: 'raw', jsonOutput: JSON.stringify({ items }), options: {} };
	const followers = behind.map((name, output) => node(name, 'n8n-nodes-base.noOp', 1, 4, {}, output));
	return {
		name: `${title} ${randomUUID().slice(0, 8)}`,
		nodes: [
			node(TRIGGER, 'n8n-nodes-base.manualTrigger', 1, 0, {}),
			node('Inputs', 'n8n-nodes-base.set', 3.4, 1, inputs),
			node('One by One', 'n8n-nodes-base.splitOut', 1, 2, { fieldToSplitOut: 'items', options: {} }),
			kling,
			...followers,
		],
		connections: {
			[TRIGGER]: { main: [[to('Inputs')]] },
			Inputs: { main: [[to('One by One')]] },
			'One by One': { main: [[to(KLING)]] },
			...(behind.length > 0 ? { [KLING]: { main: behind.map((name) => [to(name)]) } } : {}),
		},
		settings: { executionOrder: 'v1' },
	};
}

/** Manual Trigger → a photo fetched into the binary field `data`, to be completed in the editor. */
export function photoWorkflow(name: string, photoUrl: string): Workflow {
	const options = { response: { response: { responseFormat: 'file' } } };
	return {
		name,
		nodes: [
			node(TRIGGER, 'n8n-nodes-base.manualTrigger', 1, 0, {}),
			node('Photo', 'n8n-nodes-base.httpRequest', 4.2, 1, { url: photoUrl, options }),
		],
		connections: { [TRIGGER]: { main: [[to('Photo')]] } },
		settings: { executionOrder: 'v1' },
	};
}

function node(name: string, type: string, typeVersion: number, column: number, parameters: Parameters, row = 0): WorkflowNode {
	return { id: randomUUID(), name, type, typeVersion, position: [column * 220, row * 180], parameters };
}

const to = (name: string) => ({ node: name, type: 'main', index: 0 });
