/** Image Generation, Omni Image, Element and Account in a real n8n. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { failureOf, outputOf, type Item } from '../../sandbox/n8n/execution';
import { DEDUCTIONS, ELEMENT, expectUse, PACKS, USES } from './setup/newImages';
import { open, type Opened } from './setup/surroundings';
import { KLING, taskWorkflow, TRIGGER } from './setup/workflows';

let opened: Opened;

beforeAll(async () => {
	opened = await open();
});

beforeEach(async () => {
	await opened.provider.reset();
});

const item = () => ({
	photo: `${opened.photosUrl}/photos/coffee.jpg`,
	view: `${opened.photosUrl}/photos/dogs.jpg`,
	prompt: 'A red kettle',
});

async function run(parameters: Record<string, unknown>, next?: Record<string, unknown>) {
	const extras = next && { next: { name: 'Next', parameters: next } };
	const workflow = taskWorkflow('Resource', [item()], parameters, opened.credentials.klingApi, extras);
	const { id } = await opened.n8n.importWorkflow(workflow);
	return await opened.n8n.runToEnd(id, TRIGGER);
}

async function itemsOf(parameters: Record<string, unknown>, next?: Record<string, unknown>): Promise<Item[]> {
	const execution = await run(parameters, next);
	expect(execution.status, failureOf(execution)).toBe('success');
	return outputOf(execution, next ? 'Next' : KLING);
}

describe('images', () => {
	it.each(USES.map((use) => [use.title, use] as const))('%s', async (_, use) => {
		await expectUse(opened.n8n, await run(use.parameters), use);
	});
});

describe('an element', () => {
	it('goes into Omni Image by one expression, to the digit', async () => {
		const [image] = await itemsOf(ELEMENT, {
			resource: 'omniImage',
			operation: 'create',
			prompt: 'The kettle on a hill',
			options: { elementIds: '={{ $json.elementId }}', pollInterval: 0.2 },
		});
		expect(image?.json).toMatchObject({ status: 'succeeded', unitsDeducted: 8 });
		const [element, omni] = await opened.provider.ledger();
		expect(element?.resource).toBe('advanced-custom-elements');
		const sent = omni?.request.element_list as Array<{ element_id: string }>;
		expect(String(sent[0]?.element_id)).toMatch(/^\d{18}$/);
	});

	it('tells its ID as text, and has no pictures', async () => {
		const [element] = await itemsOf(ELEMENT);
		expect(element?.json).toMatchObject({ status: 'succeeded', elementName: 'Blue kettle', images: [] });
		expect(element?.json.elementId).toMatch(/^\d{18}$/);
		expect(element?.binary).toBeUndefined();
	});
});

describe('the account', () => {
	it('lists its packs', async () => {
		const [pack] = await itemsOf(PACKS);
		expect(pack?.json).toMatchObject({ name: expect.any(String), remaining: expect.any(Number), status: 'online' });
	});

	it('lists what the tasks of an execution have cost', async () => {
		const [row, ...others] = await itemsOf(USES[0]!.parameters, {
			...DEDUCTIONS,
			options: { taskIds: '={{ $json.taskId }}' },
		});
		expect(others).toEqual([]);
		expect(row?.json).toMatchObject({ amount: 16, modelName: 'kling-v3', taskId: expect.stringMatching(/^\d{18}$/) });
	});
});
