/** What a step costs while a workflow is built, and the cap that holds, in a real n8n. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { failureOf, hintsOf, outputOf, type Execution } from '../../sandbox/n8n/execution';
import { decode } from './setup/pixels';
import { open, type Opened } from './setup/surroundings';
import { EXPANSION, KLING, taskWorkflow, TRIGGER } from './setup/workflows';

let opened: Opened;

beforeAll(async () => {
	opened = await open();
});

beforeEach(async () => {
	await opened.provider.reset();
});

/** Photos by links that are signed anew for each execution, as those of Drive or a shop are. */
const photo = { photo: '={{ $now.toMillis() }}', prompt: 'more sea' };
const signed = (name: string) => `={{ "${opened.photosUrl}/photos/${name}.jpg?Signature=" + $now.toMillis() }}`;

const expanding = (options: Record<string, unknown>, image = signed('coffee')) => ({ ...EXPANSION, image, options });

async function imported(parameters: Record<string, unknown>, items = [photo]): Promise<string> {
	const workflow = taskWorkflow('Money', items, parameters, opened.credentials.klingApi);
	return (await opened.n8n.importWorkflow(workflow)).id;
}

async function runByHand(id: string): Promise<Execution> {
	const execution = await opened.n8n.runToEnd(id, TRIGGER);
	expect(execution.status, failureOf(execution)).toBe('success');
	return execution;
}

describe('Reuse Earlier Results', () => {
	it('ten manual runs of one step buy one task, each with the picture', async () => {
		const id = await imported(expanding({ reuseResults: 'manualRuns', pollInterval: 0.2 }));
		for (let time = 0; time < 10; time += 1) {
			const [item] = outputOf(await runByHand(id), KLING);
			expect((await decode(await opened.n8n.download(item!.binary!.image!))).width).toBe(900);
		}
		expect(await opened.provider.ledger()).toHaveLength(1);
	});

	it('two equal items buy two; a changed prompt and a changed picture buy again', async () => {
		const options = { reuseResults: 'manualRuns', pollInterval: 0.2 };
		const parameters = expanding(options);
		const workflow = taskWorkflow('Money', [photo, photo], parameters, opened.credentials.klingApi);
		const { id } = await opened.n8n.importWorkflow(workflow);
		for (let time = 0; time < 2; time += 1) await runByHand(id);
		expect(await opened.provider.ledger()).toHaveLength(2);
		for (const change of [{ prompt: 'more sky' }, { image: signed('dogs') }]) {
			const nodes = workflow.nodes.map((node) =>
				node.name === KLING ? { ...node, parameters: { ...parameters, ...change } } : node,
			);
			await opened.n8n.importWorkflow({ ...workflow, id, nodes });
			await runByHand(id);
		}
		expect(await opened.provider.ledger()).toHaveLength(6);
	});

	it('Never: each run buys its own', async () => {
		const id = await imported(expanding({ reuseResults: 'never', pollInterval: 0.2 }));
		for (let time = 0; time < 2; time += 1) await runByHand(id);
		expect(await opened.provider.ledger()).toHaveLength(2);
	});
});

describe('hints above the output', () => {
	it('say what a run has cost, and how testing costs nothing', async () => {
		const id = await imported({ ...expanding({ pollInterval: 0.2 }), n: 2 }, [photo, photo]);
		expect(hintsOf(await runByHand(id), KLING)).toEqual([
			'4 images, 32 units',
			'Testing? Turn on Reuse Earlier Results, so running this step again costs nothing.',
		]);
	});
});

describe('Maximum Units', () => {
	it('above the limit nothing is sent, and the error says how it was counted', async () => {
		const id = await imported({ ...expanding({ maxUnits: 30 }), n: 2 }, [photo, photo]);
		const execution = await opened.n8n.runToEnd(id, TRIGGER);
		expect(execution.status).toBe('error');
		expect(execution.data.resultData.error).toMatchObject({
			message: 'This run could cost 32 units; your limit is 30',
			description:
				'2 items × 16 units (list price of 2026-09-20). Nothing was sent: raise Maximum Units, or make fewer images.',
		});
		expect(await opened.provider.requests()).toEqual([]);
	});
});
