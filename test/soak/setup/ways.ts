import { randomUUID } from 'node:crypto';
import { connected, recipe, step as benchStep } from '../../../bench/setup/workflows';
import type { Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';
import { AGENT, agentWorkflow } from '../../e2e/setup/agent';
import { chain, ours, step } from '../../e2e/setup/chain';
import { STYLE } from '../../e2e/setup/workflows';
import type { World } from './world';

type Parameters = Record<string, unknown>;

/** How results get from the service to the end of a workflow. */
export type WayName = 'inline' | 'suspended' | 'trigger' | 'agent' | 'recipe';

/** A workflow that takes orders by its webhook. */
export interface Way {
	name: WayName;
	workflow: Workflow;
	/** The webhook's path. */
	path: string;
	/** How often it is chosen, beside the others. */
	weight: number;
	/** Most items of an order. */
	items: number;
	/** The node whose items are deliveries; absent where a trigger delivers. */
	end?: string;
	/** The node that buys, where the service takes no ID of ours: an execution that is killed in it must not be retried. */
	keyless?: string;
}

/** A workflow that a polling trigger starts. */
export type Watch = Pick<Way, 'name' | 'workflow' | 'end'>;

const CREATE = 'Create';
const END = 'Delivered';

/** External task IDs of the tasks that triggers deliver. */
export const TRIGGER_PREFIX = 'trig-';

/** *Timeout* of suspended executions, and how long they sleep at most, in ms: n8n looks for due ones once a minute. */
const TIMEOUT_MINUTES = 1.5;
export const DEADLINE_MS = (TIMEOUT_MINUTES + 1) * 60_000;

/** For workflows that are suspended or have an agent (docs/scaling.md, When a worker is killed). */
const WITHOUT_PROGRESS = { saveExecutionProgress: false };

/** Every order is an item of its own, `{ order }`. */
const start = (path: string): WorkflowNode[] => [
	{
		...step('webhook', 2.1, 'Order', { httpMethod: 'POST', path, responseMode: 'onReceived', options: {} }),
		webhookId: path,
	},
	step('splitOut', 1, 'One by One', { fieldToSplitOut: 'body.orders', options: {} }),
];

const PROMPT = '={{ $json.order }}';
/** Where the service keeps no text of ours, an address that it may call carries the order. */
const often = { pollInterval: 0.5 };

/** All workflows that take orders, and those that triggers start. `userId` is a trained user model. */
export function waysIn(world: World, userId: string): { ways: Way[]; watches: Watch[] } {
	const { kling, aliyun, ps, openAi, header, service, photo, photoOf } = world;
	const wide = {
		resource: 'imageExpansion',
		image: photo,
		expansionMode: 'ratios',
		leftExpansionRatio: 0.25,
		prompt: PROMPT,
	};
	const made = { resource: 'imageGeneration', prompt: PROMPT };
	const options = { allowUnreachable: true, timeout: TIMEOUT_MINUTES };
	const asleep = { operation: 'createAndWaitForCallback', options };
	const later = { operation: 'create', waitForCompletion: false };
	const ownCall = `=${photoOf('orders')}?order={{ $json.order }}`;
	const portrait = { resource: 'portrait', userId, style: STYLE };
	const node = (credential: typeof kling, name: string, parameters: Parameters) =>
		ours(TYPES[credential.type]!, name, parameters, credential);
	const way = (name: WayName, title: string, weight: number, items: number, nodes: WorkflowNode[], more = {}): Way => {
		const path = randomUUID();
		const settings = name === 'suspended' ? WITHOUT_PROGRESS : {};
		const workflow = chain(title, [...start(path), ...nodes, step('noOp', 1, END)], settings);
		return { name, workflow, path, weight, items, end: END, ...more };
	};
	const inline = (title: string, weight: number, parameters: Parameters) =>
		way('inline', title, weight, 3, [node(kling, CREATE, { operation: 'create', ...parameters })]);
	const sleeping = (title: string, weight: number, parameters: Parameters) =>
		way('suspended', title, weight, 2, [
			node(kling, CREATE, { ...parameters, ...asleep }),
			node(kling, 'Wait', { resource: parameters.resource, operation: 'wait' }),
		]);
	const submitted = (title: string, weight: number, parameters: Parameters) =>
		way(
			'trigger',
			title,
			weight,
			3,
			[node(kling, CREATE, { ...parameters, ...later, options: { externalTaskIdPrefix: TRIGGER_PREFIX } })],
			{ end: undefined },
		);
	const keyless = { keyless: CREATE };
	const ways = [
		inline('Inline expansion', 4, wide),
		inline('Inline generation', 3, made),
		inline('Inline omni', 2, { resource: 'omniImage', prompt: PROMPT }),
		inline('Inline subjects', 2, {
			resource: 'multiImageToImage',
			subjectImages: `${photo}, ${photoOf('dogs')}`,
			prompt: PROMPT,
		}),
		inline('Inline multi-shot', 2, {
			resource: 'aiMultiShot',
			image: photo,
			options: { externalTaskIdPrefix: '={{ $json.order }}-' },
		}),
		way(
			'inline',
			'PS',
			2,
			1,
			[
				node(ps, CREATE, { resource: 'task', ...later, imageUrl: photo, prompt: PROMPT }),
				node(ps, 'Wait', { resource: 'task', operation: 'wait', options: often }),
			],
			keyless,
		),
		way(
			'inline',
			'Portrait',
			1,
			1,
			[
				node(aliyun, CREATE, { ...portrait, ...later, options: { callbackUrl: ownCall } }),
				node(aliyun, 'Wait', { resource: 'portrait', operation: 'wait', options: often }),
			],
			keyless,
		),
		way(
			'suspended',
			'Portrait asleep',
			1,
			1,
			[
				node(aliyun, CREATE, { ...portrait, ...asleep }),
				node(aliyun, 'Wait', { resource: 'portrait', operation: 'wait', options: often }),
			],
			keyless,
		),
		sleeping('Expansion asleep', 3, wide),
		sleeping('Generation asleep', 3, made),
		submitted('Expansion for trigger', 2, wide),
		submitted('Generation for trigger', 3, made),
		agentWay(world),
		recipeWay(),
	];
	return {
		ways,
		watches: [
			watch('Expansions finished', 'imageExpansion', 'taskFinished'),
			watch('Generations succeeded', 'imageGeneration', 'taskSucceeded'),
			watch('Generations failed', 'imageGeneration', 'taskFailed'),
		],
	};

	function agentWay({ kling: credential }: World): Way {
		const path = randomUUID();
		const tool = ours(
			'klingTool',
			'Generate an image in Kling',
			{ resource: 'imageGeneration', operation: 'create', prompt: "={{ $fromAI('prompt') }}", options: often },
			credential,
		);
		const [webhook, split] = start(path);
		const workflow = agentWorkflow(tool, openAi, PROMPT, split);
		workflow.nodes.unshift(webhook!);
		Object.assign(workflow.settings!, WITHOUT_PROGRESS);
		workflow.connections[webhook!.name] = { main: [[{ node: split!.name, type: 'main', index: 0 }]] };
		return { name: 'agent', workflow, path, weight: 2, items: 1, end: AGENT };
	}

	function recipeWay(): Way {
		const path = randomUUID();
		const [webhook, split] = start(path);
		const jsonOutput = `={{ JSON.stringify({ photo: '${photo}', prompt: $json.order }) }}`;
		const fields = { mode: 'raw', jsonOutput, options: {} };
		const workflow = connected(`Recipe ${path.slice(0, 8)}`, [
			{ node: webhook!, to: [[split!.name]] },
			{ node: split!, to: [['Fields']] },
			benchStep('Fields', 'n8n-nodes-base.set', 3.4, fields, [['Create']]),
			...recipe({ url: service.url, header }, 5, END),
			benchStep(END, 'n8n-nodes-base.noOp', 1, {}, []),
		]);
		return { name: 'recipe', workflow, path, weight: 3, items: 1, end: END };
	}

	function watch(title: string, resource: string, event: string): Watch {
		const options = { externalTaskIdPrefix: TRIGGER_PREFIX };
		const pollTimes = { item: [{ mode: 'everyMinute' }] };
		const trigger = ours('klingTrigger', 'Kling Trigger', { pollTimes, resources: [resource], event, options }, kling);
		return { name: 'trigger', workflow: chain(title, [trigger, step('noOp', 1, END)]), end: END };
	}
}

/** Our nodes, by the type of their credential. */
const TYPES: Record<string, string> = { klingApi: 'kling', aliyunMarketApi: 'aliyunPortrait', psTaskApi: 'psTask' };
