/** An AI agent that has a workflow, or our node itself, as its tool. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { failureOf, outputOf, type Execution } from '../../sandbox/n8n/execution';
import type { CredentialReference, WorkflowNode } from '../../sandbox/n8n/workflow';
import { AGENT, agentWorkflow, workflowTool } from './setup/agent';
import { called, chain, ours } from './setup/chain';
import { LAST_WORDS, startModel, type Arguments, type ScriptedModel } from './setup/model';
import { decode } from './setup/pixels';
import { open } from './setup/surroundings';
import { EXPANSION, KLING, TRIGGER } from './setup/workflows';

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
	const ended: Execution = await opened.n8n.waitForEnd(executionId, 90_000);
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
		expect((await opened.n8n.waitForEnd(executionId, 60_000)).status).toBe('success');
		expect(model.told().map((text) => JSON.parse(text) as unknown)).toEqual([
			[{ error: 'Kling could not make the image: Failure to pass the risk control system' }],
		]);
	});

	it('that is suspended suspends the agent too, which goes on with the task', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]); // the task ends when the test says so
		const asleep = { operation: 'createAndWaitForCallback', options: { allowUnreachable: true } };
		const executionId = await ask(await calling(asleep), [[SEA]]);
		await opened.n8n.waitFor(executionId, (status) => status === 'waiting', 60_000);
		expect(model.told()).toEqual([]);
		await opened.provider.finishAll();
		const told = await expectTasks(executionId);
		expect(told).toHaveLength(1);
		expect(await bought()).toEqual(told);
	});
});

it('our node as the tool of an agent: each call buys, but one that says the same gets the same task', async () => {
	const parameters = { ...EXPANSION, operation: 'create', image: photo, prompt: "={{ $fromAI('prompt') }}" };
	const told = await expectTasks(await ask(ours('klingTool', KLING, parameters, kling), [[SEA, STORM], [SEA]]));
	expect(told).toHaveLength(3);
	expect(told[2]).toBe(told[0]);
	expect((await bought()).sort()).toEqual(told.slice(0, 2).sort());
});
