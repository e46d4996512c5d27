import { randomUUID } from 'node:crypto';
import type { CredentialReference, Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';

export const TRIGGER = 'Start';

/** Our nodes, by the type of their credential. */
const TASK_NODES: Record<string, { name: string; type: string }> = {
	klingApi: { name: 'Kling', type: 'n8n-nodes-kling-aliyun.kling' },
	aliyunMarketApi: { name: 'Aliyun AI Portrait', type: 'n8n-nodes-kling-aliyun.aliyunPortrait' },
	psTaskApi: { name: 'PS Task', type: 'n8n-nodes-kling-aliyun.psTask' },
};

/** The names of our nodes in the workflows of `taskWorkflow`. */
export const KLING = 'Kling';
export const ALIYUN = 'Aliyun AI Portrait';
export const PS = 'PS Task';

type Parameters = Record<string, unknown>;

/** Reads so often that short tasks do not make a test wait. */
const often = { pollInterval: 0.2 };

/** A style of the simulator's catalogue, as the editor stores one that was chosen from the list. */
export const STYLE = {
	__rl: true,
	mode: 'list',
	value: '9ea64839-47df-4839-9823-cacac81eb933',
	cachedResultName: '花好月圆 (女)',
};

/** What an expansion needs to succeed with any of the sample photographs, given by address. */
export const EXPANSION: Parameters = {
	resource: 'imageExpansion',
	operation: 'create',
	image: '={{ $json.photo }}',
	expansionMode: 'ratios',
	leftExpansionRatio: 0.25,
	rightExpansionRatio: 0.25,
	prompt: '={{ $json.prompt }}',
};

/** A user model of the item's photos, given by address. */
export const TRAINING: Parameters = {
	resource: 'userModel',
	operation: 'create',
	photos: '={{ $json.photos }}',
	options: often,
};

/** A portrait of the user model that the item names. */
export const PORTRAIT: Parameters = { resource: 'portrait', operation: 'create', style: STYLE, options: often };

/** The whole way from the item's photos, given by address, to portraits. */
export const GENERATION: Parameters = {
	resource: 'portrait',
	operation: 'generate',
	photos: '={{ $json.photos }}',
	style: STYLE,
	options: often,
};

/** What a PS task needs to succeed with any of the sample photographs, given by address. */
export const EDIT: Parameters = {
	resource: 'task',
	operation: 'create',
	imageUrl: '={{ $json.photo }}',
	prompt: '={{ $json.prompt }}',
	options: { keepSize: true, ...often },
};

/** Where an item's data goes on: nodes behind our node's outputs. */
interface Extras {
	/** Settings of the node itself, such as `onError`. */
	settings?: Partial<WorkflowNode>;
	/** Names of nodes that do nothing, connected to the outputs in order. */
	behind?: string[];
	/** A second node of ours behind the first one. */
	next?: { name: string; parameters: Parameters };
}

/** Manual Trigger → the given items → the node of the credential's service. Every workflow has a name of its own. */
export function taskWorkflow(
	title: string,
	items: Parameters[],
	parameters: Parameters,
	credential: CredentialReference,
	{ settings = {}, behind = [], next }: Extras = {},
): Workflow {
	const { name, type } = TASK_NODES[credential.type]!;
	const ours = (own: string, column: number, fields: Parameters): WorkflowNode => ({
		...node(own, type, 1, column, fields),
		credentials: { [credential.type]: { id: credential.id, name: credential.name } },
	});
	const inputs = { mode: 'raw', jsonOutput: JSON.stringify({ items }), options: {} };
	const followers = next
		? [ours(next.name, 4, next.parameters)]
		: behind.map((own, output) => node(own, 'n8n-nodes-base.noOp', 1, 4, {}, output));
	return {
		name: `${title} ${randomUUID().slice(0, 8)}`,
		nodes: [
			node(TRIGGER, 'n8n-nodes-base.manualTrigger', 1, 0, {}),
			node('Inputs', 'n8n-nodes-base.set', 3.4, 1, inputs),
			node('One by One', 'n8n-nodes-base.splitOut', 1, 2, { fieldToSplitOut: 'items', options: {} }),
			{ ...ours(name, 3, parameters), ...settings },
			...followers,
		],
		connections: {
			[TRIGGER]: { main: [[to('Inputs')]] },
			Inputs: { main: [[to('One by One')]] },
			'One by One': { main: [[to(name)]] },
			...(followers.length > 0 ? { [name]: { main: followers.map((follower) => [to(follower.name)]) } } : {}),
		},
		settings: { executionOrder: 'v1' },
	};
}

/** A webhook node of ours → a node that does nothing; `webhookId` is the first part of the address. */
export function webhookWorkflow(
	title: string,
	type: string,
	webhookId: string,
	parameters: Parameters,
	credential: CredentialReference,
): Workflow {
	const trigger: WorkflowNode = {
		...node(TRIGGER, type, 1, 0, parameters),
		webhookId,
		credentials: { [credential.type]: { id: credential.id, name: credential.name } },
	};
	return {
		name: `${title} ${webhookId.slice(0, 8)}`,
		nodes: [trigger, node('Done', 'n8n-nodes-base.noOp', 1, 1, {})],
		connections: { [TRIGGER]: { main: [[to('Done')]] } },
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

/** The addresses of eight photos of one person, as `servePhotos` serves them. */
export function personPhotos(photosUrl: string): string[] {
	return Array.from({ length: 8 }, (_, index) => `${photosUrl}/photos/person-${index + 1}.jpg`);
}

function node(
	name: string,
	type: string,
	typeVersion: number,
	column: number,
	parameters: Parameters,
	row = 0,
): WorkflowNode {
	return { id: randomUUID(), name, type, typeVersion, position: [column * 220, row * 180], parameters };
}

const to = (name: string) => ({ node: name, type: 'main', index: 0 });
