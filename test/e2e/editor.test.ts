import { beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { importExample, readExamples } from '../../sandbox/start/examples';
import { PATIENCE } from '../harness/patience';
import { expectTopToBottom, openEditor } from './setup/editing';
import { KLING, photoWorkflow, taskWorkflow } from './setup/workflows';

const { opened, browser, editor } = await openEditor();

const RATIOS = ['upExpansionRatio', 'downExpansionRatio', 'leftExpansionRatio', 'rightExpansionRatio'];

/** Manual Trigger → photo (600 by 400), open in the editor. */
async function openPhotoWorkflow(): Promise<void> {
	const workflow = photoWorkflow(`In the editor ${randomUUID().slice(0, 8)}`, `${opened.photosUrl}/photos/coffee.jpg`);
	await editor.openWorkflow((await opened.n8n.importWorkflow(workflow)).id, 'Photo');
}

/** Adds the Kling node behind the photo by one of its actions, which opens its panel. */
async function addKling(action: string): Promise<void> {
	await editor.addNode({ behind: 'Photo', name: 'Kling', action });
}

describe('the list of nodes', () => {
	it('offers the Kling node as the first step, before there is a trigger', async () => {
		await editor.startWorkflow();
		await editor.search('kling');
		await editor.found('Kling').waitFor();
	});

	it.each([
		['kling', 'search-kling'],
		['outpaint', 'search-outpaint'],
		['可灵', 'search-keling'],
		['image', 'search-image'],
		['kling ai', 'search-kling-ai'],
		['text to image', 'search-text-to-image'],
		['product photo', 'search-product-photo'],
		['uncrop', 'search-uncrop'],
		['reframe', 'search-reframe'],
		['扩图', 'search-kuotu'],
	])('offers the Kling node for the search "%s"', async (words, shot) => {
		if (words === 'kling') {
			await editor.newWorkflow();
			await editor.openNodeCreator();
		}
		await editor.search('');
		await editor.search(words);
		await editor.found('Kling').waitFor();
		await editor.found('Kling').scrollIntoViewIfNeeded();
		await editor.shot(shot);
	});

	it('shows what the node can do, in words, for each resource', async () => {
		await editor.search('kling');
		await editor.found('Kling').click();
		for (const action of [
			'Generate an image',
			'Generate or edit images with references',
			'Generate more views of a subject',
			'Extend an image beyond its edges',
			'Combine images into one scene',
		]) {
			await editor.action(action).waitFor();
		}
		await editor.shot('actions');
	});
});

describe('the panel of the node', () => {
	beforeAll(async () => {
		await openPhotoWorkflow();
		await addKling('Combine images into one scene');
	});

	it('offers the resources, what most people look for first, and for each its operations', async () => {
		const resources = [
			'Image Generation',
			'Omni Image',
			'Multi-Image to Image',
			'Image Expansion',
			'AI Multi-Shot',
			'Element',
		];
		expect(await editor.optionsOf('resource')).toEqual([...resources, 'Account', 'Custom API Call']);
		await editor.shot('resources');
		await browser.page.keyboard.press('Escape');
		for (const resource of resources) {
			await editor.choose('resource', resource);
			expect(await editor.optionsOf('operation'), resource).toEqual([
				'Create',
				'Create and Wait for Callback',
				'Get',
				'Get Many',
				'Wait for Completion',
				'Custom API Call',
			]);
			if (resource === 'Image Expansion') await editor.shot('operations');
			await browser.page.keyboard.press('Escape');
		}
	});

	it.each([
		{
			resource: 'Image Generation',
			shot: 'generation',
			fields: ['prompt', 'image', 'modelName', 'aspectRatio', 'resolution', 'n'],
		},
		{
			resource: 'Omni Image',
			shot: 'omni',
			fields: ['prompt', 'images', 'modelName', 'resultType', 'n', 'aspectRatio', 'resolution'],
		},
		{
			resource: 'Multi-Image to Image',
			shot: 'multi-image',
			fields: ['subjectImages', 'sceneImage', 'styleImage', 'prompt', 'modelName', 'aspectRatio', 'n'],
		},
		{
			resource: 'Image Expansion',
			shot: 'expansion',
			fields: ['image', 'expansionMode', 'targetAspectRatio', 'anchor', 'prompt', 'n'],
		},
		{ resource: 'AI Multi-Shot', shot: 'multi-shot', fields: ['image'] },
	])('shows the fields of $resource: Create, the most important ones first', async ({ resource, shot, fields }) => {
		await editor.choose('resource', resource);
		const all = [...fields, 'waitForCompletion', 'downloadImages', 'simplify'];
		await expectTopToBottom(all.map((field) => editor.parameter(field)));
		await editor.shot(`panel-${shot}`);
		await editor.part('collection-parameter-add').first().scrollIntoViewIfNeeded();
		await editor.shot(`panel-${shot}-end`);
	});

	it('offers the options in alphabetical order', async () => {
		await editor.choose('resource', 'Image Expansion');
		const add = editor.part('collection-parameter-add').first();
		await add.scrollIntoViewIfNeeded();
		await add.click();
		const names = await editor.textsOf(editor.openList());
		expect(names).toEqual(expect.arrayContaining(['Output Items', 'Timeout (Minutes)', 'Watermark']));
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		await editor.shot('options');
		await browser.page.keyboard.press('Escape');
	});
});

describe('an image expansion made and run in the editor', () => {
	beforeAll(async () => {
		await openPhotoWorkflow();
		await addKling('Extend an image beyond its edges');
		await editor.chooseCredential(opened.credentials.klingApi.name);
	});

	it('names the fields and the value when all four ratios are 0, and sends nothing', async () => {
		await editor.choose('expansionMode', 'Custom Sides');
		await expectTopToBottom(RATIOS.map((field) => editor.parameter(field)));
		for (const ratio of RATIOS) await editor.setNumber(ratio, 0);
		await editor.part('node-execute-button').click();
		await editor.part('node-error-message', editor.output()).waitFor();
		expect(await editor.part('node-error-message', editor.output()).innerText()).toMatch(
			/All four sides are extended by 0/,
		);
		expect(await editor.part('node-error-description', editor.output()).innerText()).toMatch(/Nothing was sent/);
		await editor.shot('error-four-zeros');
		await editor.dismissToasts();
		expect(await opened.provider.requests()).toEqual([]);
	});

	it('says by how much an area is too large', async () => {
		await editor.setNumber('leftExpansionRatio', 2);
		await editor.setNumber('upExpansionRatio', 1.5);
		await editor.part('node-execute-button').click();
		const message = editor.part('node-error-message', editor.output()).filter({ hasText: '7.5' });
		await message.waitFor();
		expect(await message.innerText()).toMatch(/7\.50 times.*at most 3/s);
		await editor.shot('error-area');
		await editor.dismissToasts();
		expect(await opened.provider.requests()).toEqual([]);
	});

	it('delivers the picture, which the View button shows in its full size', async () => {
		for (const [ratio, value] of [
			['upExpansionRatio', 0.25],
			['downExpansionRatio', 0],
			['leftExpansionRatio', 0.5],
			['rightExpansionRatio', 0.5],
		] as const) {
			await editor.setNumber(ratio, value);
		}
		await editor.setText('prompt', 'A wooden table by a window');
		await editor.closePanel();
		await editor.execute('Extend an image beyond its edges');
		await editor.dismissToasts();
		await editor.shot('canvas');
		await editor.openNode('Extend an image beyond its edges');
		expect(await editor.viewPicture()).toEqual({ width: 1200, height: 500 });
		await editor.shot('picture');
		const [entry, ...others] = await opened.provider.ledger();
		expect(others).toEqual([]);
		expect(entry?.request).toMatchObject({
			prompt: 'A wooden table by a window',
			up_expansion_ratio: 0.25,
			right_expansion_ratio: 0.5,
		});
	});
});

describe('the example for the README', () => {
	it.each(['light', 'dark'] as const)('runs from an imported file, seen in the %s theme', async (theme) => {
		await browser.page.evaluate((name) => localStorage.setItem('N8N_THEME', name), theme);
		const example = (await readExamples()).find(({ key }) => key === 'extend-a-photo')!;
		const id = await importExample(opened.n8n, example, opened.places, [opened.credentials.klingApi]);
		await editor.openWorkflow(id, 'Extend It');
		await editor.execute('Extend It');
		await editor.dismissToasts();
		await editor.shot(`example-canvas-${theme}`);
		await editor.openNode('Extend It');
		expect(await editor.viewPicture()).toEqual({ width: 1365, height: 768 });
		await editor.shot(`example-picture-${theme}`);
		await editor.closePanel();
		await editor.openNodeCreator();
		await editor.search('kling');
		await editor.found('Kling').waitFor();
		await editor.shot(`example-search-${theme}`);
	});
});

it('loads nothing from the network but what n8n itself asks about an installed package', () => {
	const asked = browser.foreign.filter((address) => !new URL(address).pathname.includes('n8n-nodes-kling-aliyun'));
	expect(asked).toEqual([]);
});

describe('a step that is executed again and again while a workflow is built', () => {
	it('buys once with Reuse Earlier Results, and shows what it has cost', async () => {
		const parameters = {
			resource: 'imageGeneration',
			operation: 'create',
			prompt: 'A red kettle',
			options: { reuseResults: 'manualRuns', pollInterval: 0.2 },
		};
		const workflow = taskWorkflow('Clicks', [{}], parameters, opened.credentials.klingApi);
		const { id } = await opened.n8n.importWorkflow(workflow);
		await editor.openWorkflow(id, KLING);
		await editor.openNode(KLING);
		for (let click = 1; click <= 4; click += 1) {
			await editor.part('node-execute-button').click();
			const ended = async () => (await opened.n8n.executions(id)).filter(({ status }) => status === 'success').length;
			await expect.poll(ended, PATIENCE).toBe(click);
			if (click === 1) await editor.output().getByText('1 image, 8 units').waitFor();
		}
		expect(await opened.provider.ledger()).toHaveLength(1);
		await editor.shot('reused');
	});
});
