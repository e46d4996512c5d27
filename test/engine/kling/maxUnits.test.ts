/** Maximum Units: what a run could cost is known before anything is sent. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import {
	count,
	errorOf,
	expand,
	factsOf,
	itemsOf,
	KLING,
	multiImage,
	multiShot,
	photo,
	photos,
	start,
} from './support.ts';

const { run, control, creates, n8n, provider } = await start();

type Change = INodeParameters & { options?: INodeParameters };

/** Extends an image by a parameter that costs 8 units for each image. */
const limited = (maxUnits: unknown, { options, ...change }: Change = {}) =>
	expand({ downloadImages: false, ...change, options: { maxUnits, ...options } as INodeParameters });

const nothingSent = () => expect(creates()).toHaveLength(0);

describe('above the limit nothing is sent', () => {
	it('all items of the run count together, and the error says how', async () => {
		const error = errorOf(await run(limited(30, { n: 2 }), { items: photos(...count(2)) }));
		expect(error.message).toBe('This run could cost 32 units; your limit is 30');
		expect(error.description).toBe(
			'2 items × 16 units (list price of 2026-09-20). Nothing was sent: raise Maximum Units, or make fewer images.',
		);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		nothingSent();
	});

	it('items of different prices', async () => {
		const parameters = limited(10, { n: '={{ $json.number + 1 }}' });
		const error = errorOf(await run(parameters, { items: photos(...count(2)) }));
		expect(error.message).toBe('This run could cost 24 units; your limit is 10');
		expect(error.description).toBe(
			'1 item × 8 units + 1 item × 16 units (list price of 2026-09-20). Nothing was sent: raise Maximum Units, or make fewer images.',
		);
		nothingSent();
	});

	it('of several values the smallest holds', async () => {
		const parameters = limited('={{ [0, 100, 15][$json.number] }}');
		const error = errorOf(await run(parameters, { items: photos(...count(3)) }));
		expect(error.message).toBe('This run could cost 24 units; your limit is 15');
		nothingSent();
	});

	it('one unit too much is too much, and the limit itself is not', async () => {
		errorOf(await run(limited(7)));
		nothingSent();
		itemsOf(await run(limited(8)));
		expect(creates()).toHaveLength(1);
	});

	it.each<[string, INodeParameters, number]>([
		['Multi-Image to Image, for each image', multiImage({ n: 3, options: { maxUnits: 47 } }), 48],
		['AI Multi-Shot, for each call', multiShot({ options: { maxUnits: 19 } }), 20],
		['Image Expansion, for each image', expand({ n: 3, options: { maxUnits: 23 } }), 24],
		['the number of images in Raw JSON Fields', expand({ options: { maxUnits: 71, extraBody: '{"n":9}' } }), 72],
	])('%s', async (_, parameters, units) => {
		const error = errorOf(await run(parameters));
		expect(error.message).toBe(`This run could cost ${units} units; your limit is ${units - 1}`);
		nothingSent();
	});

	it('with Continue On Fail each item says it; an item that is wrong itself does not count', async () => {
		const items = [...photos({}, {}), { json: {} }];
		const told = itemsOf(await run(limited(15), { items, onError: 'continueRegularOutput' }));
		const message = 'This run could cost 16 units; your limit is 15';
		expect(told.map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual([
			[message, { item: 0 }],
			[message, { item: 1 }],
			[expect.stringContaining('Image'), { item: 2 }],
		]);
		nothingSent();
	});

	it('one task of all items counts once', async () => {
		const parameters = multiImage({ downloadImages: false, options: { imagesFrom: 'allItems', maxUnits: 16 } });
		itemsOf(await run(parameters, { items: photos(...count(3)) }));
		expect(creates()).toHaveLength(1);
	});

	it('a model without a list price is refused, by its name', async () => {
		const parameters = multiImage({ modelName: '={{ "kling-v9" }}', options: { maxUnits: 1_000 } });
		const error = errorOf(await run(parameters));
		expect(error.message).toBe('No list price is known for the model "kling-v9", so Maximum Units cannot hold');
		expect(error.description).toContain('list price of 2026-09-20');
		nothingSent();
	});

	it.each([-1, 'many', true])('%j is no number of units', async (maxUnits) => {
		expect(errorOf(await run(limited(maxUnits))).message).toContain('Maximum Units is');
		nothingSent();
	});

	it('Create and Wait for Callback', async () => {
		const parameters = limited(15, { operation: 'createAndWaitForCallback', options: { allowUnreachable: true } });
		const error = errorOf(await run(parameters, { items: photos(...count(2)) }));
		expect(error.message).toBe('This run could cost 16 units; your limit is 15');
		nothingSent();
	});

	it('a task of the execution before counts as well, when it is retried', async () => {
		control.fates([{ fate: 'failed', match: { nth: 1 }, count: 1 }]);
		const failed = await run(limited(16), { items: photos({}, {}) });
		errorOf(failed);
		// 16 units again, although one of the two is there.
		itemsOf(await n8n.retry(failed));
		expect(creates().filter(({ code }) => code === 0)).toHaveLength(3);
	});
});

describe('an agent, which calls item by item', () => {
	const tool = (maxUnits: unknown = 20) => ({
		node: KLING,
		credentials: provider.credentials,
		parameters: limited(maxUnits, {
			image: `data:image/jpeg;base64,${photo().toString('base64')}`,
			prompt: "={{ $fromAI('prompt') }}",
		}),
	});
	const ask = (...prompts: string[]): IDataObject[] => prompts.map((prompt) => ({ prompt }));

	it.each([false, true])('all calls of an execution count together (at once: %j)', async (atOnce) => {
		const { answers } = await n8n.runAsTool({ ...tool(), calls: [ask('one', 'two', 'three')], atOnce });
		const errors = answers.flatMap(({ error }) => error?.message ?? []);
		expect(errors).toHaveLength(1);
		expect(errors[0]).toContain('This run could cost 24 units; your limit is 20');
		expect(creates()).toHaveLength(2);
	});

	it('equal calls count once', async () => {
		const { answers } = await n8n.runAsTool({ ...tool(), calls: [ask('one', 'one', 'one', 'two')] });
		expect(answers.filter(({ error }) => error)).toEqual([]);
		expect(control.ledger()).toHaveLength(2);
	});

	it('another execution counts anew', async () => {
		for (let execution = 0; execution < 2; execution += 1) {
			const { answers } = await n8n.runAsTool({ ...tool(), calls: [ask('one', 'two')] });
			expect(answers.filter(({ error }) => error)).toEqual([]);
		}
		expect(control.ledger()).toHaveLength(4);
	});

	it('the smallest of the limits that calls set holds', async () => {
		const parameters = tool("={{ $fromAI('limit', '', 'number') }}");
		const calls = [
			[
				{ prompt: 'one', limit: 10 },
				{ prompt: 'two', limit: 1_000 },
			],
		];
		const { answers } = await n8n.runAsTool({ ...parameters, calls });
		expect(answers.map(({ error }) => error?.message ?? 'bought')).toEqual([
			'bought',
			expect.stringContaining('This run could cost 16 units; your limit is 10'),
		]);
		expect(creates()).toHaveLength(1);
	});

	it('without an execution, below an MCP Server Trigger, each call counts for itself', async () => {
		const { answers } = await n8n.runFromMcp({ ...tool(7), calls: ask('one') });
		expect(answers[0]?.error?.message).toContain('This run could cost 8 units; your limit is 7');
		nothingSent();
	});
});
