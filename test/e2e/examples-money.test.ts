/** The examples of images from text and of what they cost. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { failureOf, outputOf } from '../../sandbox/n8n/execution';
import type { Workflow } from '../../sandbox/n8n/workflow';
import { PATIENCE } from '../harness/patience';
import * as setup from './setup/examples';
import { open, type Opened } from './setup/surroundings';

type Change = (workflow: Workflow) => Workflow;

/** Changes the JSON that an Edit Fields node gives. */
const changingOutput = (name: string, change: (text: string) => string): Change =>
	setup.changing(name, ({ parameters }) => ({
		parameters: { ...parameters, jsonOutput: change(String(parameters.jsonOutput)) },
	}));

const DAY_MS = 24 * 60 * 60 * 1000;

let opened: Opened;

beforeAll(async () => {
	opened = await open();
});

beforeEach(async () => {
	await opened.provider.reset();
});

const started = async (id: string, trigger: string) => await opened.n8n.runToEnd(id, trigger);
const run = async (id: string, trigger: string) => await setup.run(opened, id, trigger);
const imported = async (key: string, change?: Change) => await setup.imported(opened, key, change);

/** What was bought, by resource and in units. */
const bought = async () =>
	(await opened.provider.ledger()).map(({ resource, chargedUnits }) => [resource, chargedUnits]);

describe('text-to-image-on-a-schedule.json', () => {
	const KEY = 'text-to-image-on-a-schedule';
	const images = (count: number) => Array.from({ length: count }, () => ['generations', 8]);

	it('makes a picture for each sentence; pressing the button again costs nothing', async () => {
		const id = await imported(KEY);
		for (const _ of ['first', 'again']) {
			const items = outputOf(await run(id, 'Every Morning'), 'Make the Images');
			expect(items.map(({ json }) => [json.prompt, json.unitsDeducted])).toEqual([
				[expect.stringContaining('lighthouse'), 8],
				[expect.stringContaining('market street'), 8],
				[expect.stringContaining('paper boat'), 8],
			]);
			for (const item of items) await setup.picture(opened, item);
			expect(await bought()).toEqual(images(3));
		}
	});

	it('sends nothing for a list that could cost more than allowed, and says both figures', async () => {
		const longer = changingOutput("Today's Sentences", (text) => {
			const { prompts } = JSON.parse(text) as { prompts: object[] };
			return JSON.stringify({ prompts: [...prompts, { prompt: 'A fourth sentence' }] });
		});
		const execution = await started(await imported(KEY, longer), 'Every Morning');
		expect(execution.status).toBe('error');
		expect(failureOf(execution)).toContain('This run could cost 32 units; your limit is 30');
		expect(await bought()).toEqual([]);
	});
});

it('character-sheet.json: three scenes that name the element which was made of the photo and its views', async () => {
	const execution = await run(await imported('character-sheet'), 'Start');
	const [element] = outputOf(execution, 'Make an Element');
	expect(element?.json.elementId).toEqual(expect.stringMatching(/^\d+$/));
	const scenes = outputOf(execution, 'Paint the Scenes');
	expect(scenes.map(({ json }) => json.scene)).toHaveLength(3);
	for (const item of scenes) await setup.picture(opened, item);
	const ledger = await opened.provider.ledger();
	expect(ledger.map(({ resource }) => resource)).toEqual([
		'ai-multi-shot',
		'advanced-custom-elements',
		...['omni-image', 'omni-image', 'omni-image'],
	]);
	const [, made, ...painted] = ledger;
	expect(made?.request.element_image_list).toMatchObject({ refer_images: [{}, {}, {}] });
	for (const { request } of painted) {
		const [{ element_id: id } = { element_id: '' }] = request.element_list as Array<{ element_id: unknown }>;
		expect(String(id)).toBe(element?.json.elementId);
	}
});

it('low-pack-alarm.json: a message for the pack that runs low, and none for the others', async () => {
	const now = Date.now();
	const pack = { product: 'image', type: 'decreasing_total', total: 1000, purchasedAt: now - DAY_MS } as const;
	const valid = { validFrom: now - DAY_MS, validUntil: now + 29.5 * DAY_MS };
	await opened.provider.settings({
		packs: [
			{ ...pack, ...valid, id: 'a', name: 'Full' },
			{ ...pack, ...valid, id: 'b', name: 'Low', used: 700 },
			{ ...pack, ...valid, id: 'c', name: 'Expired', used: 900, validUntil: now - 1 },
			{ ...pack, ...valid, id: 'd', name: 'Ending', validUntil: now + 3.5 * DAY_MS },
		],
	});
	const id = await imported('low-pack-alarm');
	await opened.n8n.publish(id);
	try {
		await run(id, 'Every Morning');
		const messages = async () => {
			const calls = (await opened.n8n.executions(id)).filter(({ mode }) => mode === 'webhook');
			const ended = await Promise.all(calls.map(async (call) => await opened.n8n.waitForEnd(call.id)));
			return ended.flatMap((execution) => outputOf(execution, 'The Message').map(({ json }) => json.text));
		};
		await vi.waitUntil(async () => (await messages()).length >= 2, PATIENCE);
		expect((await messages()).sort()).toEqual([
			"Kling's pack Ending has 1000 of 1000 units left and ends in 3 days.",
			"Kling's pack Low has 300 of 1000 units left and ends in 29 days.",
		]);
	} finally {
		await opened.n8n.unpublish(id);
	}
});

it("stop-at-the-days-budget.json: buys while something is left, and nothing once the day's budget is spent", async () => {
	const low = changingOutput('Spent and Budget', (text) => text.replace('budget: 1000', 'budget: 16'));
	const id = await imported('stop-at-the-days-budget', low);
	for (const spent of [0, 8]) {
		const execution = await run(id, 'Every Hour');
		expect(outputOf(execution, 'Spent and Budget')[0]?.json).toEqual({ spent, budget: 16 });
		await setup.picture(opened, outputOf(execution, 'Make an Image')[0]);
	}
	const execution = await run(id, 'Every Hour');
	expect(outputOf(execution, 'Budget Used Up')).toMatchObject([{ json: { spent: 16, budget: 16 } }]);
	expect(execution.data.resultData.runData).not.toHaveProperty('Make an Image');
	expect(await bought()).toEqual([
		['generations', 8],
		['generations', 8],
	]);
});

describe('monthly-cost-report.json', () => {
	it('puts each task into the table once, and adds up what was paid', async () => {
		await run(await imported('text-to-image-on-a-schedule'), 'Every Morning');
		await run(await imported('three-views-on-a-schedule'), 'Every Monday');
		const id = await imported('monthly-cost-report');
		for (const _ of ['first', 'again']) {
			const execution = await run(id, 'First of the Month');
			const rows = outputOf(execution, 'Note Each Task').map(({ json }) => json);
			expect(new Set(rows.map((row) => row.id)).size).toBe(4);
			const ledger = await opened.provider.ledger();
			expect(new Map(rows.map(({ taskId, amount }) => [taskId, amount]))).toEqual(
				new Map(ledger.map(({ taskId, chargedUnits }) => [taskId, chargedUnits])),
			);
			const sums = outputOf(execution, 'Add Them Up').map(({ json }) => [json.sum_amount, json.count_taskId]);
			expect(sums.sort()).toEqual([
				[20, 1],
				[24, 3],
			]);
		}
	});
});
