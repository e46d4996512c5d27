/** The node as the tool of an AI agent, and below an MCP Server Trigger, where n8n has no execution. */
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { count, KLING, photo, start } from './support.ts';

const { control, n8n, creates, provider } = await start();
const { credentials } = provider;

/** Images of their own, as data URIs: the simulator tells them apart by their bytes. */
const small = await sharp(photo()).resize(300, 300).jpeg().toBuffer();
const imageOf = (number: number) => Buffer.concat([small, Buffer.alloc(number)]);
const ask = (...numbers: number[]): IDataObject[] =>
	numbers.map((number) => ({
		image: `data:image/jpeg;base64,${imageOf(number).toString('base64')}`,
		prompt: `number ${number}`,
	}));

/** The model names image and prompt. */
const expand = {
	node: KLING,
	credentials,
	parameters: {
		resource: 'imageExpansion',
		operation: 'create',
		image: "={{ $fromAI('image') }}",
		prompt: "={{ $fromAI('prompt') }}",
		expansionMode: 'ratios',
		upExpansionRatio: 0.5,
		downloadImages: false,
		options: { pollInterval: 0.1 },
	},
};
const answersOf = (answers: Array<{ answer?: unknown }>) => answers.map(({ answer }) => (answer as IDataObject[])[0]);
const bought = () => control.ledger().map(({ request }) => (request.image as { bytes: number }).bytes - small.length);

describe('an agent with several items', () => {
	it.each(['stopWorkflow', 'continueRegularOutput'] as const)(
		'each call buys its own task, with its own image (On Error: %s)',
		async (onError) => {
			const calls = [1, 2, 3].map((number) => ask(number));
			const { answers } = await n8n.runAsTool({ ...expand, onError, items: count(3).map((json) => ({ json })), calls });
			expect(answersOf(answers)).toMatchObject(Array(3).fill({ status: 'succeeded' }));
			expect(bought().sort()).toEqual([1, 2, 3]);
		},
	);

	it('a refused call answers with the reason, never with an empty list', async () => {
		const { answers } = await n8n.runAsTool({
			...expand,
			items: [{}, {}],
			calls: [[{ image: 'nothing', prompt: 'p' }], ask(2)],
		});
		expect(answers[0]?.error?.message).toContain('neither a URL nor a binary field');
		expect((answers[1]?.answer as IDataObject[])[0]).toMatchObject({ status: 'succeeded' });
		expect(bought()).toEqual([2]);
	});

	it('the same call twice in one execution is bought once, also at once', async () => {
		for (const atOnce of [false, true]) {
			control.reset();
			const { answers } = await n8n.runAsTool({ ...expand, calls: [ask(7, 7)], atOnce });
			expect(new Set(answersOf(answers).map((answer) => answer?.taskId)).size).toBe(1);
			expect(control.ledger()).toHaveLength(1);
		}
	});

	it('get and wait answer as well', async () => {
		const made = await n8n.runAsTool({ ...expand, calls: [ask(1)] });
		const { taskId } = answersOf(made.answers)[0] ?? {};
		for (const operation of ['get', 'wait']) {
			const parameters = {
				resource: 'imageExpansion',
				operation,
				taskId: "={{ $fromAI('id') }}",
				downloadImages: false,
			};
			const { answers } = await n8n.runAsTool({
				...expand,
				parameters,
				items: [{}, {}],
				calls: [[{ id: taskId }], [{ id: taskId }]],
			});
			expect(answersOf(answers)).toMatchObject(Array(2).fill({ taskId, status: 'succeeded' }));
		}
		expect(creates()).toHaveLength(1);
	});
});

describe('below an MCP Server Trigger there is no execution', () => {
	it('each call is a work of its own', async () => {
		const { answers } = await n8n.runFromMcp({ ...expand, calls: ask(1, 1, 2) });
		expect(answersOf(answers)).toMatchObject(Array(3).fill({ status: 'succeeded' }));
		expect(bought()).toEqual([1, 1, 2]);
	});

	it('a create whose answer is lost is looked up, not bought twice', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const { answers } = await n8n.runFromMcp({ ...expand, calls: ask(1) });
		expect(answersOf(answers)).toMatchObject([{ status: 'succeeded' }]);
		expect(control.ledger()).toHaveLength(1);
	});
});
