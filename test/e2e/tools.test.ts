/** An AI agent that has a workflow, or our node itself, as its tool. */
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { failureOf, outputOf, type Execution } from '../../sandbox/n8n/execution';
import type { CredentialReference, Workflow, WorkflowNode } from '../../sandbox/n8n/workflow';
import { heard, press, say } from '../../sandbox/start/chat';
import { readExamples } from '../../sandbox/start/examples';
import { runExample } from '../../sandbox/start/runs';
import { LAST_WORDS, startModel, type Arguments, type ScriptedModel } from '../../sandbox/start/model';
import { AGENT, agentWorkflow, workflowTool } from './setup/agent';
import { called, chain, ours } from './setup/chain';
import { imported } from './setup/examples';
import { decode } from './setup/pixels';
import { RELEASE } from './setup/release';
import { open } from './setup/surroundings';
import { EXPANSION, GENERATION, KLING, personPhotos, TRIGGER } from './setup/workflows';

const opened = await open();
let model: ScriptedModel;
let openAi: CredentialReference;

beforeAll(async () => {
	model = await startModel();
	openAi = await opened.n8n.saveCredential('openAiApi', 'Scripted model', { apiKey: 'none', url: model.url });
});

afterAll(async () => await model?.stop());

beforeEach(async () => {
	await opened.provider.reset();
});

const photo = `${opened.photosUrl}/photos/coffee.jpg`;
const kling = opened.credentials.klingApi;
const SEA = { prompt: 'a calm sea' };
const STORM = { prompt: 'a storm' };

/** A published workflow with our node, as the agent's tool. */
async function calling(parameters: Arguments): Promise<WorkflowNode> {
	const node = ours('kling', KLING, { ...EXPANSION, ...parameters }, kling);
	const { id } = await opened.n8n.importWorkflow(chain('Called', [called(), node]));
	await opened.n8n.publish(id);
	return workflowTool(id, photo);
}

/** Starts the agent, whose model answers so; gives the execution's ID. */
async function ask(tool: WorkflowNode, answers: Arguments[][]): Promise<string> {
	model.script(answers);
	const { id } = await opened.n8n.importWorkflow(agentWorkflow(tool, openAi));
	return await opened.n8n.run(id, TRIGGER);
}

interface Told {
	taskId: string;
	status: string;
	images: Array<{ url: string }>;
}

/** The agent ended well; gives the tasks that its model was told of, one for each call, which bring their pictures. */
async function expectTasks(executionId: string): Promise<string[]> {
	const ended: Execution = await opened.n8n.waitForEnd(executionId);
	expect(ended.status, failureOf(ended)).toBe('success');
	expect(outputOf(ended, AGENT)).toMatchObject([{ json: { output: LAST_WORDS } }]);
	const tasks = model.told().flatMap((text) => JSON.parse(text) as Told[]);
	for (const { status, images } of tasks) {
		expect(status).toBe('succeeded');
		const file = await fetch(images[0]!.url);
		expect((await decode(Buffer.from(await file.arrayBuffer()))).width).toBe(900);
	}
	return tasks.map(({ taskId }) => taskId);
}

const bought = async () => (await opened.provider.ledger()).map(({ taskId }) => taskId);

describe('a workflow as the tool of an agent', () => {
	it('tells the model of the task and its image; each call buys, also one that says the same', async () => {
		const told = await expectTasks(await ask(await calling({ operation: 'create' }), [[SEA, STORM], [SEA]]));
		expect(told).toHaveLength(3);
		expect((await bought()).sort()).toEqual(told.sort());
	});

	it('tells the model why a task has failed', async () => {
		await opened.provider.fates([{ fate: 'failed', message: 'Failure to pass the risk control system' }]);
		const executionId = await ask(await calling({ operation: 'create' }), [[SEA]]);
		expect((await opened.n8n.waitForEnd(executionId)).status).toBe('success');
		const error = 'Kling could not make the image: Failure to pass the risk control system';
		expect(model.told().map((text) => JSON.parse(text) as unknown)).toEqual([
			[RELEASE === '1.x' ? { response: `There was an error: "${error}"` } : { error }],
		]);
	});

	// On n8n 1.x the model is told its own arguments in place of the task (docs/waiting.md).
	it('that is suspended suspends the agent too, which goes on, with the task from n8n 2 on', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]); // the task ends when the test says so
		const asleep = { operation: 'createAndWaitForCallback', options: { allowUnreachable: true } };
		const executionId = await ask(await calling(asleep), [[SEA]]);
		await opened.n8n.waitFor(executionId, (status) => status === 'waiting');
		expect(model.told()).toEqual([]);
		await opened.provider.finishAll();
		if (RELEASE === '2.x') expect(await bought()).toEqual(await expectTasks(executionId));
		else {
			expect((await opened.n8n.waitForEnd(executionId)).status).toBe('success');
			expect(model.told().join()).toContain(SEA.prompt);
			expect(model.told().join()).not.toContain('succeeded');
		}
		expect(await bought()).toHaveLength(1);
	});
});

/** One operation of our nodes as an agent's tool, named as the editor names it; the rest are the tool's own defaults. */
interface OurTool {
	node: string;
	action: string;
	parameters: Arguments;
	credential: CredentialReference;
}

const fromAI = (name: string) => `={{ $fromAI('${name}') }}`;

/** The name that the editor gives: "{action} in {node}". */
const nameOf = ({ node, action }: OurTool) => `${action} in ${NAMES[node] ?? node}`;
const NAMES: Record<string, string> = {
	klingTool: 'Kling',
	aliyunPortraitTool: 'Aliyun AI Portrait',
	psTaskTool: 'PS Task',
};

async function askOurs(tool: OurTool, answers: Arguments[][]): Promise<string> {
	return await ask(ours(tool.node, nameOf(tool), tool.parameters, tool.credential), answers);
}

const { klingApi, aliyunMarketApi, psTaskApi } = opened.credentials;
const often = { pollInterval: 0.2 };
const generate: OurTool = {
	node: 'klingTool',
	action: 'Generate an image',
	parameters: { resource: 'imageGeneration', operation: 'create', prompt: fromAI('prompt'), options: often },
	credential: klingApi,
};
const expand: OurTool = {
	node: 'klingTool',
	action: 'Extend an image beyond its edges',
	parameters: {
		...EXPANSION,
		image: fromAI('image'),
		prompt: fromAI('prompt'),
		options: often,
	},
	credential: klingApi,
};
const portrait: OurTool = {
	node: 'aliyunPortraitTool',
	action: 'Generate portraits from photos',
	parameters: { ...GENERATION, photos: fromAI('photos') },
	credential: aliyunMarketApi,
};
const edit: OurTool = {
	node: 'psTaskTool',
	action: 'Edit an image with a prompt',
	parameters: {
		resource: 'task',
		operation: 'create',
		imageUrl: fromAI('image'),
		prompt: fromAI('prompt'),
		options: often,
	},
	credential: psTaskApi,
};
const reading = (operation: string, action: string): OurTool => ({
	node: 'klingTool',
	action,
	parameters: { resource: 'imageGeneration', operation, taskId: fromAI('taskId') },
	credential: klingApi,
});

/** The results that the model was told of, one for each call. */
const results = () => model.told().flatMap((text) => JSON.parse(text) as Told[]);

/** An answer beside its addresses, in bytes. */
function bytesBesideUrls(task: Told): number {
	return Buffer.byteLength(JSON.stringify(task, (_, value: unknown) => (isUrl(value) ? '' : value)));
}

const isUrl = (value: unknown) => typeof value === 'string' && value.startsWith('http');

/** The agent ended well, and its model was told so much and no more of images that are there. */
async function expectImages(executionId: string): Promise<Told[]> {
	const ended = await opened.n8n.waitForEnd(executionId);
	expect(ended.status, failureOf(ended)).toBe('success');
	expect(outputOf(ended, AGENT)).toMatchObject([{ json: { output: LAST_WORDS } }]);
	for (const task of results()) {
		expect(task).toMatchObject({ status: 'succeeded' });
		expect(bytesBesideUrls(task), JSON.stringify(task)).toBeLessThanOrEqual(1_000);
		for (const { url } of task.images) expect((await fetch(url)).headers.get('content-type')).toMatch(/^image\//);
		expect(task.images.length).toBeGreaterThan(0);
	}
	expect(JSON.stringify(ended.data), 'an answer to a model holds no files').not.toContain('"binary"');
	return results();
}

describe('our nodes as the tool of an agent end with the address of the image', () => {
	const photos = personPhotos(opened.photosUrl).join(',');
	const CASES: Array<[string, OurTool, Arguments, string[]]> = [
		['Kling, generate', generate, SEA, ['prompt']],
		['Kling, expand', expand, { image: photo, prompt: 'wider' }, ['image', 'prompt']],
		['Aliyun, portraits from photos', portrait, { photos }, ['photos']],
		['PS, edit', edit, { image: photo, prompt: 'make it night' }, ['image', 'prompt']],
	];

	it.each(CASES)('%s', async (_, tool, given, fields) => {
		await expectImages(await askOurs(tool, [[given]]));
		const [offered, ...others] = model.offered();
		expect(others).toEqual([]);
		expect(offered).toMatchObject({
			name: nameOf(tool).replace(/[^\w-]+/g, '_'),
			description: `${tool.action} (charged)`,
			parameters: { type: 'object', required: fields },
		});
		expect(Object.keys(offered?.parameters.properties ?? {})).toEqual(fields);
	});

	it('Kling, get and wait: a task that another call has made', async () => {
		const [made] = await expectImages(await askOurs(generate, [[SEA]]));
		for (const tool of [reading('get', 'Get a generated image'), reading('wait', 'Wait for a generated image')]) {
			const [read] = await expectImages(await askOurs(tool, [[{ taskId: made?.taskId }]]));
			expect(read).toMatchObject({ taskId: made?.taskId });
			expect(model.offered()[0]?.description).toBe(nameOf(tool));
		}
		expect(await bought()).toEqual([made?.taskId]);
	});
});

describe('money', () => {
	it('two calls at once buy two, the same call again none', async () => {
		const told = await expectImages(await askOurs(expand, [[call(SEA), call(STORM)], [call(SEA)]]));
		const ids = told.map(({ taskId }) => taskId);
		expect(ids[2]).toBe(ids[0]);
		expect((await bought()).sort()).toEqual(ids.slice(0, 2).sort());
	});

	// On n8n 1.x a node that fails as a tool ends the agent's execution.
	it('a call above Maximum Units is refused, the model is told why from n8n 2 on; the one before it is not lost', async () => {
		const capped = { ...generate, parameters: { ...generate.parameters, options: { ...often, maxUnits: 10 } } };
		const executionId = await askOurs(capped, [[SEA], [STORM]]);
		const ended = await opened.n8n.waitForEnd(executionId);
		const [first, second] = model.told().map((text) => JSON.parse(text) as unknown);
		expect(first).toMatchObject([{ status: 'succeeded' }]);
		expect(await bought()).toHaveLength(1);
		if (RELEASE === '2.x') expect(JSON.stringify(second)).toMatch(/error.*16 units/);
		else expect(failureOf(ended)).toMatch(/^error in .*16 units/);
	});

	it('with On Error: Continue the model is told why a call was refused', async () => {
		const { node, parameters, credential } = generate;
		const options = { ...often, maxUnits: 10 };
		const tool = ours(node, nameOf(generate), { ...parameters, options }, credential);
		const ended = await opened.n8n.waitForEnd(
			await ask({ ...tool, onError: 'continueRegularOutput' }, [[SEA], [STORM]]),
			60_000,
		);
		expect(ended.status, failureOf(ended)).toBe('success');
		expect(model.told().at(-1)).toMatch(/error.*16 units/);
		expect(await bought()).toHaveLength(1);
	});

	it('a wait that ends first tells the task, which another call of the same goes on waiting for', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const short = { ...generate, parameters: { ...generate.parameters, options: { ...often, timeout: 0.02 } } };
		const executionId = await askOurs(short, [[SEA], [SEA]]);
		expect((await opened.n8n.waitForEnd(executionId)).status).toBe('success');
		const [first, second] = results();
		expect(['submitted', 'processing']).toContain(first?.status);
		expect(second?.taskId).toBe(first?.taskId);
		expect(await bought()).toEqual([first?.taskId]);
	});
});

/** An expansion of the photo. */
const call = (given: Arguments): Arguments => ({ image: photo, ...given });

const REVIEW = 'Ask Before It Is Charged';

/** n8n 1.x has no human review. */
if (RELEASE === '2.x') {
	describe('examples/ai-agent-asks-before-it-buys.json: a person reviews the call before it is made', () => {
		const PROMPT = 'A red kettle on a blue table';

		/** Writes into the chat; gives the execution and the question of the review. */
		async function begin() {
			model.script([[{ toolParameters: { Prompt: PROMPT }, hitlParameters: {} }]]);
			const credentials = { ...opened.credentials, openAiApi: openAi };
			const id = await imported({ ...opened, credentials }, 'ai-agent-asks-before-it-buys');
			const executionId = await say(opened.n8n, id, 'Chat', 'A kettle, please');
			return { executionId, question: await heard(opened.n8n, executionId) };
		}

		it('which waits, and buys only once it is approved', async () => {
			const { executionId, question } = await begin();
			expect(question).toMatchObject({ node: REVIEW });
			expect(question.text).toContain(PROMPT);
			expect(await bought()).toEqual([]);
			await press(question, 'yes');
			const answer = await heard(opened.n8n, executionId, ({ node }) => node === 'Answer');
			expect(answer.text).toBe(LAST_WORDS);
			const [task] = results();
			expect(task).toMatchObject({ status: 'succeeded' });
			expect(await bought()).toEqual([task?.taskId]);
			expect(model.offered()[0]?.description).toBe('Generate an image (charged)');
			await opened.n8n.stopExecution(executionId);
		});

		it('as `npm start` runs it, with a model that does what it is asked', async () => {
			const simple = await startModel();
			const credential = await opened.n8n.saveCredential('openAiApi', 'Simple', { apiKey: 'none', url: simple.url });
			const key = 'ai-agent-asks-before-it-buys';
			const example = (await readExamples()).find((one) => one.key === key);
			const credentials = { ...opened.credentials, openAiApi: credential };
			const id = await imported({ ...opened, credentials }, key);
			const { images } = await runExample(opened.n8n, example!, id, opened.places);
			expect(await sharp(images[0]?.data).metadata()).toMatchObject({ format: 'png' });
			expect(await bought()).toHaveLength(1);
			await simple.stop();
		});

		it('and buys nothing when it is declined: the model is told so', async () => {
			const { executionId, question } = await begin();
			await press(question, 'no');
			await heard(opened.n8n, executionId, ({ node }) => node === 'Answer');
			expect(model.told().join()).toMatch(/rejected|declined/);
			expect(await bought()).toEqual([]);
			await opened.n8n.stopExecution(executionId);
		});
	});
} else {
	/** As examples/README.md says: the review is deleted, and the Kling node connected to the agent. */
	function withoutReview({ nodes, connections, ...workflow }: Workflow): Workflow {
		const { [REVIEW]: toAgent, ...others } = connections;
		return {
			...workflow,
			nodes: nodes.filter(({ name }) => name !== REVIEW),
			connections: { ...others, 'Generate an image in Kling': toAgent },
		};
	}

	it('examples/ai-agent-asks-before-it-buys.json without its review, which n8n 1.x does not have, buys when it is asked', async () => {
		model.script([[{ Prompt: 'A red kettle on a blue table' }]]);
		const credentials = { ...opened.credentials, openAiApi: openAi };
		const id = await imported({ ...opened, credentials }, 'ai-agent-asks-before-it-buys', withoutReview);
		const executionId = await say(opened.n8n, id, 'Chat', 'A kettle, please');
		const answer = await heard(opened.n8n, executionId, ({ node }) => node === 'Answer');
		expect(answer.text).toBe(LAST_WORDS);
		const [task] = results();
		expect(task).toMatchObject({ status: 'succeeded' });
		expect(await bought()).toEqual([task?.taskId]);
		await opened.n8n.stopExecution(executionId);
	});
}
