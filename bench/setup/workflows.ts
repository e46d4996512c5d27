import { randomUUID } from 'node:crypto';

import type { CredentialReference, Workflow, WorkflowNode } from '../../sandbox/n8n/workflow.ts';
import type { Marks } from './marks.ts';

export const TRIGGER = 'Start';
export const KLING_PATH = '/v1/images/editing/expand';

/** What the nodes of a workflow need to know. */
export interface Scene {
	marks: Marks;
	/** The simulator's base URL. */
	url: string;
	/** Address of a photograph. */
	photo: string;
	kling: CredentialReference;
	header: CredentialReference;
}

type Parameters = Record<string, unknown>;

/** What the HTTP Request nodes need to know. */
type Service = Pick<Scene, 'url' | 'header'>;

/** A node, and by name those behind each of its outputs. */
export type Step = { node: WorkflowNode; to: string[][] };

/** Start → mark → the given items → the steps. The first step gets the items; who leads to `AFTER` ends the measuring. */
export function between({ marks }: Scene, title: string, items: Parameters[], steps: Step[]): Workflow {
	const name = `${title} ${randomUUID().slice(0, 8)}`;
	const first = steps[0]?.node.name ?? AFTER;
	const all: Step[] = [
		step(TRIGGER, 'n8n-nodes-base.manualTrigger', 1, {}, [['Before']]),
		mark('Before', marks.url(name, 'before'), ['Inputs']),
		step('Inputs', 'n8n-nodes-base.set', 3.4, { mode: 'raw', jsonOutput: JSON.stringify({ items }), options: {} }, [
			['One by One'],
		]),
		step('One by One', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'items', options: {} }, [[first]]),
		...steps,
		mark(AFTER, marks.url(name, 'after'), []),
	];
	return connected(name, all);
}

/** The workflow of these steps. */
export function connected(name: string, steps: Step[]): Workflow {
	const nodes = steps.map(({ node }, column) => ({ ...node, position: [column * 220, 0] as [number, number] }));
	const connections = Object.fromEntries(
		steps.map(({ node, to }) => [
			node.name,
			{ main: to.map((names) => names.map((target) => ({ node: target, type: 'main', index: 0 }))) },
		]),
	);
	return { name, nodes, connections, settings: { executionOrder: 'v1' } };
}

export const AFTER = 'After';

/** Our node. */
export function klingStep({ kling }: Scene, parameters: Parameters): Step {
	const full = { resource: 'imageExpansion', ...parameters };
	const { node, to } = step('Kling', 'n8n-nodes-kling-aliyun.kling', 1, full, [[AFTER]]);
	return { node: { ...node, credentials: { klingApi: { id: kling.id, name: kling.name } } }, to };
}

/** What a create needs, from items that carry the address of a photograph. */
export const CREATE: Parameters = {
	operation: 'create',
	image: '={{ $json.photo }}',
	expansionMode: 'ratios',
	upExpansionRatio: 0.5,
	prompt: '={{ $json.prompt }}',
};

/** n8n's HTTP Request node with the credential as a header. */
export function httpStep(scene: Service, name: string, parameters: Parameters, to: string[][]): Step {
	const auth = { authentication: 'genericCredentialType', genericAuthType: 'httpHeaderAuth' };
	const { node } = step(name, 'n8n-nodes-base.httpRequest', 4.2, { ...auth, options: {}, ...parameters }, to);
	return { node: { ...node, credentials: { httpHeaderAuth: { id: scene.header.id, name: scene.header.name } } }, to };
}

/** The body that our node sends for `CREATE`, without the external task ID that it adds. */
export function createBody(image: string, prompt: string): Parameters {
	const sides = ['up', 'down', 'left', 'right'].map((side) => [`${side}_expansion_ratio`, side === 'up' ? 0.5 : 0]);
	return { image, prompt, ...(Object.fromEntries(sides) as Parameters), n: 1 };
}

/** HTTP Request: creates a task with the same body as our node with `CREATE`. */
export function httpCreate(scene: Service, to: string[][]): Step {
	const { image: _image, prompt: _prompt, ...fixed } = createBody('', '');
	const jsonBody = `={{ JSON.stringify({ image: $json.photo, prompt: $json.prompt, ...${JSON.stringify(fixed)} }) }}`;
	const url = `${scene.url}${KLING_PATH}`;
	return httpStep(scene, 'Create', { method: 'POST', url, sendBody: true, specifyBody: 'json', jsonBody }, to);
}

/** HTTP Request: reads the task that `httpCreate` has made. */
export function httpRead(scene: Service, to: string[][]): Step {
	return httpStep(scene, 'Read', { url: `=${scene.url}${KLING_PATH}/{{ $json.data.task_id }}` }, to);
}

/** The recipe people use today: POST, then Wait and GET until an IF finds the task finished. */
export function recipe(scene: Service, seconds: number, then: string): Step[] {
	const condition = {
		id: 'finished',
		leftValue: '={{ $json.data.task_status }}',
		rightValue: 'succeed',
		operator: { type: 'string', operation: 'equals' },
	};
	const options = { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 };
	const conditions = { options, conditions: [condition], combinator: 'and' };
	return [
		httpCreate(scene, [['Wait']]),
		step('Wait', 'n8n-nodes-base.wait', 1.1, { amount: seconds, unit: 'seconds' }, [['Read']]),
		httpRead(scene, [['Finished?']]),
		step('Finished?', 'n8n-nodes-base.if', 2.2, { conditions, options: {} }, [[then], ['Wait']]),
	];
}

/** Any node. */
export function step(name: string, type: string, typeVersion: number, parameters: Parameters, to: string[][]): Step {
	return { node: { id: randomUUID(), name, type, typeVersion, position: [0, 0], parameters }, to };
}

function mark(name: string, url: string, to: string[]): Step {
	const { node } = step(name, 'n8n-nodes-base.httpRequest', 4.2, { url, options: {} }, []);
	return { node: { ...node, executeOnce: true }, to: [to] };
}
