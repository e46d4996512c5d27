import { beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { importExample, readExamples } from '../../sandbox/start/examples';
import { PATIENCE } from '../harness/patience';
import { expectTopToBottom, openEditor } from './setup/editing';
import { EDIT, EXPANSION, GENERATION, photoWorkflow, taskWorkflow, TRIGGER, webhookWorkflow } from './setup/workflows';

const { opened, browser, editor } = await openEditor();

/** Manual Trigger → photo → a node of ours, added by one of its actions, which opens its panel. */
async function add(name: string, action: string, credential?: string): Promise<void> {
	const workflow = photoWorkflow(
		`In the editor ${randomUUID().slice(0, 8)}`,
		`${opened.photosUrl}/photos/person-1.jpg`,
	);
	await editor.openWorkflow((await opened.n8n.importWorkflow(workflow)).id, 'Photo');
	await editor.addNode({ behind: 'Photo', name, action });
	if (credential !== undefined) await editor.chooseCredential(credential);
}

/** The fields are there, from top to bottom. */
async function expectFields(fields: string[]): Promise<void> {
	const parts = fields.map((field) =>
		field === 'style' ? editor.part('resource-locator-style') : editor.parameter(field),
	);
	await expectTopToBottom(parts);
}

describe('the list of nodes', () => {
	it.each([
		{ words: 'aliyun', node: 'Aliyun AI Portrait', shot: 'search-aliyun' },
		{ words: '写真', node: 'Aliyun AI Portrait', shot: 'search-xiezhen' },
		{ words: 'headshot', node: 'Aliyun AI Portrait', shot: 'search-headshot' },
		{ words: 'ps task', node: 'PS Task', shot: 'search-ps' },
		{ words: '修图', node: 'PS Task', shot: 'search-xiutu' },
		{ words: 'retouch', node: 'PS Task', shot: 'search-retouch' },
	])('offers $node for the search "$words"', async ({ words, node, shot }) => {
		if (shot === 'search-aliyun') {
			await editor.newWorkflow();
			await editor.openNodeCreator();
		}
		await editor.search('');
		await editor.search(words);
		await editor.found(node).waitFor();
		await editor.found(node).scrollIntoViewIfNeeded();
		await editor.shot(shot);
	});

	it.each([
		{
			node: 'Aliyun AI Portrait',
			shot: 'actions-aliyun',
			actions: [
				'Upload photos',
				'Train a model of a person',
				'Get many styles',
				'Generate portraits from a model',
				'Generate portraits from photos',
			],
		},
		{
			node: 'PS Task',
			shot: 'actions-ps',
			actions: ['Edit an image with a prompt', 'Get an image edit', 'Wait for an image edit'],
		},
	])('shows what $node can do, in words', async ({ node, shot, actions }) => {
		await editor.search(node);
		await editor.found(node).click();
		for (const action of actions) await editor.action(action).waitFor();
		await editor.shot(shot);
		await editor.leaveNodeDetails();
	});
});

describe('the triggers', () => {
	it.each([
		{
			name: 'Kling',
			action: 'On task finished',
			fields: ['resources', 'event', 'simplify'],
			text: /^Fetch Test Event$/i,
		},
		{ name: 'Kling Callback', action: 'On task finished', fields: ['resource', 'event'], text: /Webhook URLs/ },
		{ name: 'Aliyun AI Portrait', action: 'On new style', fields: ['event', 'simplify'], text: /^Fetch Test Event$/i },
	])(
		'$name begins a workflow with each of its events, and shows its fields and how to try it',
		async ({ name, action, fields, text }) => {
			await editor.startWorkflow();
			await editor.search(`${name} Trigger`);
			await editor.found(name).click();
			await editor.action(action).click();
			await editor.part('node-parameters').waitFor();
			await expectFields(fields);
			await editor.shot(`trigger-${name}`.toLowerCase().replaceAll(' ', '-'));
			await browser.page.getByText(text).first().waitFor();
		},
	);
});

it('the Kling Callback Trigger says how to try it, and what it waits for', async () => {
	const node = 'n8n-nodes-kling-aliyun.klingCallbackTrigger';
	const workflow = webhookWorkflow('Listening', node, randomUUID(), {}, opened.credentials.klingApi);
	await editor.openWorkflow((await opened.n8n.importWorkflow(workflow)).id, TRIGGER);
	await editor.openNode(TRIGGER);
	await browser.page.getByText('Wait for a callback of Kling').waitFor();
	await browser.page.getByText('Publish the workflow to take callbacks at the Production URL').waitFor();
	await browser.page.getByText('When will this node trigger my flow?').click();
	await browser.page.getByText('create a task with the Test URL as its Callback URL').waitFor();
	await editor.shot('callback-trigger');
	await editor.part('node-execute-button').first().click();
	const stop = editor.part('ndv').getByText('Stop Listening').first();
	await stop.waitFor();
	await editor.shot('callback-trigger-listening');
	await editor.closePanel();
	await browser.page.getByText('Waiting for Kling to call the Test URL').waitFor();
	await editor.shot('callback-trigger-waiting');
	await editor.part('stop-execution-waiting-for-webhook-button').click();
});

describe('a node that has not run yet', () => {
	it.each([
		['Kling', 'klingApi', EXPANSION, ['status', 'images', 'taskId', 'unitsDeducted', 'expiresAt']],
		['Aliyun AI Portrait', 'aliyunMarketApi', GENERATION, ['status', 'images', 'taskId']],
		['PS Task', 'psTaskApi', EDIT, ['status', 'images', 'taskId']],
	] as const)(
		'%s shows the next one what will come, in the order of the result',
		async (name, type, parameters, keys) => {
			const workflow = taskWorkflow(`Preview ${name}`, [{}], parameters, opened.credentials[type], {
				behind: ['Next'],
			});
			await editor.openWorkflow((await opened.n8n.importWorkflow(workflow)).id, 'Next');
			await editor.openNode('Next');
			const input = editor.part('ndv-input-panel');
			await expectTopToBottom(keys.map((key) => input.getByText(key, { exact: true }).first()));
			await editor.shot(`preview-${type}`);
		},
	);
});

describe('the panel of Aliyun AI Portrait', () => {
	beforeAll(async () => {
		await add('Aliyun AI Portrait', 'Upload photos');
	});

	it('offers the four resources, and for each its operations', async () => {
		const operations = {
			Portrait: ['Generate From Photos', 'Create', 'Create and Wait for Callback', 'Get', 'Wait for Completion'],
			'User Model': ['Create', 'Create and Wait for Callback', 'Get', 'Wait for Completion'],
			Photo: ['Upload'],
			Style: ['Get Many'],
		};
		expect(await editor.optionsOf('resource')).toEqual([...Object.keys(operations), 'Custom API Call']);
		await editor.shot('aliyun-resources');
		await browser.page.keyboard.press('Escape');
		for (const [resource, wanted] of Object.entries(operations)) {
			await editor.choose('resource', resource);
			expect(await editor.optionsOf('operation'), resource).toEqual([...wanted, 'Custom API Call']);
			await browser.page.keyboard.press('Escape');
		}
	});

	it.each([
		{ resource: 'Photo', operation: 'Upload', fields: ['photos', 'imagesFrom'] },
		{ resource: 'User Model', operation: 'Create', fields: ['photos', 'imagesFrom', 'waitForCompletion', 'simplify'] },
		{ resource: 'Style', operation: 'Get Many', fields: ['returnAll', 'limit'] },
		{
			resource: 'Portrait',
			operation: 'Create',
			fields: ['userId', 'style', 'waitForCompletion', 'downloadImages', 'simplify'],
		},
		{ resource: 'Portrait', operation: 'Get', fields: ['taskId', 'downloadImages', 'simplify'] },
		{
			resource: 'Portrait',
			operation: 'Generate From Photos',
			fields: ['photos', 'imagesFrom', 'style', 'downloadImages', 'simplify'],
		},
	])('shows the fields of $resource: $operation', async ({ resource, operation, fields }) => {
		await editor.choose('resource', resource);
		await editor.choose('operation', operation);
		await expectFields(fields);
		await editor.shot(`panel-aliyun-${resource}-${operation}`.toLowerCase().replaceAll(' ', '-'));
	});

	it('offers the options in alphabetical order', async () => {
		const add = editor.part('collection-parameter-add').first();
		await add.scrollIntoViewIfNeeded();
		await add.click();
		const names = await editor.textsOf(editor.openList());
		expect(names).toEqual(expect.arrayContaining(['On Partial Result', 'Training Timeout (Minutes)', 'User ID']));
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		await editor.shot('aliyun-options');
		await browser.page.keyboard.press('Escape');
	});
});

describe('the list of styles', () => {
	beforeAll(async () => {
		await add('Aliyun AI Portrait', 'Generate portraits from a model', opened.credentials.aliyunMarketApi.name);
	});

	const entries = async () => await editor.textsOf(editor.searchListEntries());

	it('shows all styles by their names', async () => {
		await editor.openSearchList('style');
		expect(await entries()).toHaveLength(12);
		expect(await entries()).toEqual(expect.arrayContaining(['仙气十足 (女)', '商务绅士 (男)']));
		await editor.shot('style-list');
	});

	it('is narrowed by what is typed, and says so when nothing is left', async () => {
		await editor.searchInList('没有这样的');
		await browser.page.getByText('No results').waitFor();
		await editor.shot('style-list-nothing');
		await editor.searchInList('花');
		await editor.searchListEntries().first().waitFor();
		expect(await entries()).toEqual(['花好月圆 (女)']);
		await editor.shot('style-list-filtered');
	});

	it('puts the chosen style into the field', async () => {
		await editor.searchListEntries().first().click();
		const input = editor.searchListOpener('style');
		await expect.poll(async () => await input.inputValue(), PATIENCE).toBe('花好月圆 (女)');
		await editor.shot('style-chosen');
	});

	it('is of no use without a User ID, which the error says', async () => {
		await editor.part('node-execute-button').click();
		const message = editor.part('node-error-message', editor.output());
		await message.waitFor();
		expect(await message.innerText()).toBe('User ID: the expression returned nothing');
		await editor.shot('error-no-user-id');
		await editor.dismissToasts();
		expect((await opened.provider.requests()).filter(({ on }) => on === 'create')).toEqual([]);
	});

	it('says what is wrong when the service refuses the credential', async () => {
		await opened.provider.faults([{ on: 'list', kind: 'gateway', code: 'A401AC' }]);
		await editor.openSearchList('style');
		await editor.searchInList('星');
		await editor.part('rlc-error-container').first().waitFor();
		await editor.shot('style-list-error');
		await browser.page.keyboard.press('Escape');
	});
});

it('shows the portraits that were made in the editor with a style of the list', async () => {
	const photos = Array.from({ length: 8 }, (_, index) => `${opened.photosUrl}/photos/person-${index + 1}.jpg`);
	const node = 'Generate portraits from photos';
	await add('Aliyun AI Portrait', node, opened.credentials.aliyunMarketApi.name);
	await editor.setText('photos', photos.join('\n'));
	await editor.openSearchList('style');
	await editor.searchListEntries().filter({ hasText: '星河璀璨' }).click();
	await editor.addOption('Poll Interval (Seconds)');
	await editor.setNumber('pollInterval', 0.2);
	await editor.closePanel();
	await editor.execute(node);
	await editor.dismissToasts();
	await editor.shot('aliyun-canvas');
	await editor.openNode(node);
	await editor.shot('aliyun-output');
	expect(await editor.viewPicture()).toEqual({ width: 768, height: 1024 });
	await editor.shot('aliyun-picture');
	const ledger = await opened.provider.ledger();
	expect(ledger.map(({ resource }) => resource)).toEqual(['userModel', 'portrait']);
	expect(ledger[1]?.request.style).toBe('3b9c2f68-91d4-4f0b-8a54-6c7de1b0f972');
});

describe('PS Task in the editor', () => {
	const NODE = 'Edit an image with a prompt';

	beforeAll(async () => {
		await add('PS Task', NODE, opened.credentials.psTaskApi.name);
	});

	it('shows its operations and fields', async () => {
		expect(await editor.optionsOf('operation')).toEqual(['Create', 'Get', 'Wait for Completion', 'Custom API Call']);
		await browser.page.keyboard.press('Escape');
		await expectFields(['imageUrl', 'prompt', 'waitForCompletion', 'downloadImages', 'simplify']);
		await editor.shot('panel-ps-submit');
	});

	it('says that a binary field cannot be sent, and sends nothing', async () => {
		await editor.setText('imageUrl', 'data');
		await editor.setText('prompt', 'A starry night');
		await editor.part('node-execute-button').click();
		const message = editor.part('node-error-message', editor.output());
		await message.waitFor();
		expect(await message.innerText()).toMatch(/"data", which is a binary field/);
		await editor.shot('error-ps-binary');
		await editor.dismissToasts();
		expect(await opened.provider.requests()).toEqual([]);
	});

	it('shows the picture that was edited', async () => {
		await editor.setText('imageUrl', `${opened.photosUrl}/photos/drum.jpg`);
		await editor.closePanel();
		await editor.execute(NODE);
		await editor.dismissToasts();
		await editor.openNode(NODE);
		expect(Math.max(...Object.values(await editor.viewPicture()))).toBe(1024);
		await editor.shot('ps-picture');
	});
});

describe('the examples, imported', () => {
	it.each([
		{ key: 'eight-photos-to-a-portrait', node: 'Make Portraits' },
		{ key: 'portrait-by-callback', node: 'Order Portraits' },
		{ key: 'styles-catalogue', node: 'Get the Styles' },
		{ key: 'batch-edit-product-images', node: 'Edit Them' },
	])('$key has nothing left to fill in', async ({ key, node }) => {
		const example = (await readExamples()).find((found) => found.key === key)!;
		const id = await importExample(opened.n8n, example, opened.places, Object.values(opened.credentials));
		await editor.openWorkflow(id, node);
		await expect.poll(async () => await editor.part('node-issues').count(), PATIENCE).toBe(0);
		await editor.shot(`example-${key}`);
	});
});

it('loads nothing from the network but what n8n itself asks about an installed package', () => {
	const asked = browser.foreign.filter((address) => !new URL(address).pathname.includes('n8n-nodes-kling-aliyun'));
	expect(asked).toEqual([]);
});
