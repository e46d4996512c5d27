/** Portrait: Create, Get and Wait. */
import type { INodeType } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { isN8n1 } from '../../harness/index.ts';
import {
	ALIYUN,
	editorDataOf,
	errorOf,
	factsOf,
	get,
	itemsOf,
	otherTasksOf,
	portray,
	start,
	STYLE,
	train,
	wait,
} from './support.ts';

const { run, control, requests, bought, asked, taskOf, model, portrait, n8n, credentials, url } = await start();

const one = (json: object) => ({ items: [{ json: json as never }] });

describe('Create', () => {
	it('takes the user ID from the item, waits and brings the images', async () => {
		const { userId } = await model();
		const [item] = itemsOf(await run(portray({ downloadImages: true }), one({ userId })));
		const { taskId } = taskOf('portrait');
		const urls = ['image', 'image_1', 'image_2'].map((binaryField, index) => ({
			index,
			url: expect.stringMatching(new RegExp(`^${url}/files/.*${taskId}`)) as string,
			width: 768,
			height: 1024,
			binaryField,
		}));
		expect(item?.json).toEqual({
			service: 'aliyunPortrait',
			resource: 'portrait',
			taskId,
			status: 'succeeded',
			providerStatus: 3,
			taskType: 'generation',
			userId,
			images: urls,
			requestId: expect.any(String),
		});
		expect(Object.keys(item?.binary ?? {})).toEqual(['image', 'image_1', 'image_2']);
		expect(item?.binary?.image).toMatchObject({ mimeType: 'image/png', fileExtension: 'png' });
		const bytes = await n8n.binary(item, 'image_2');
		expect(bytes.subarray(1, 4).toString()).toBe('PNG');
		expect(asked()[1]).toEqual({ user_id: userId, style: STYLE });
	});

	it('follows User Model: Create in a workflow, as it stands', async () => {
		const [trained] = itemsOf(await run(train()));
		const [item] = itemsOf(await run(portray(), one(trained?.json ?? {})));
		expect(item?.json).toMatchObject({ status: 'succeeded', userId: trained?.json.userId });
	});

	it('per image gives one item for each image, with a prefix of its own', async () => {
		const { userId } = await model();
		const items = itemsOf(
			await run(
				portray({ downloadImages: true, options: { outputItems: 'perImage', binaryPrefix: 'portrait' } }),
				one({ userId }),
			),
		);
		expect(
			items.map(({ json, binary, pairedItem }) => [
				(json.images as object[]).length,
				Object.keys(binary ?? {}),
				pairedItem,
			]),
		).toEqual(Array(3).fill([1, ['portrait'], { item: 0 }]));
	});

	it('without waiting gives the task with its user ID', async () => {
		const { userId } = await model();
		const [item] = itemsOf(await run(portray({ waitForCompletion: false }), one({ userId })));
		expect(item?.json).toMatchObject({ taskId: taskOf('portrait').taskId, userId, status: 'submitted', images: [] });
		expect(requests('get')).toEqual([]);
	});

	it('with Simplify off gives the body as it came', async () => {
		const { userId } = await model();
		const [item] = itemsOf(await run(portray({ simplify: false }), one({ userId })));
		expect(item?.json).toEqual({
			ret: 0,
			body: {
				state: 3,
				id: taskOf('portrait').taskId,
				tsk_type: 2,
				result_paths: [0, 1, 2].map(() => expect.any(String)),
			},
		});
	});

	it('several styles at once for one user are as many tasks', async () => {
		const { userId } = await model();
		const ids = [STYLE, '9ea64839-47df-4839-9823-cacac81eb933', 'c505072e-66f0-4659-9b12-6da82ce6dc33'];
		const style = { mode: 'id', value: '={{ $json.style }}', __rl: true };
		const items = itemsOf(await run(portray({ style }), { items: ids.map((id) => ({ json: { userId, style: id } })) }));
		expect(items.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual(
			ids.map((_, item) => ['succeeded', { item }]),
		);
		expect(
			control
				.ledger()
				.slice(1)
				.map(({ request }) => request.style)
				.sort(),
		).toEqual([...ids].sort());
	});

	it('the style may be chosen from the list, and Raw JSON Fields and callback go along', async () => {
		const { userId } = await model();
		const style = { mode: 'list', value: STYLE, cachedResultName: '仙气十足 (女)', __rl: true };
		itemsOf(await run(portray({ style, options: { callbackUrl: 'http://127.0.0.1:9/x' } }), one({ userId })));
		expect(asked()[1]).toEqual({ user_id: userId, style: STYLE, callback_url: 'http://127.0.0.1:9/x' });
		const error = errorOf(await run(portray({ style, options: { extraBody: '{"colour":"red"}' } }), one({ userId })));
		expect(error.message).toContain('Unknown parameter: colour');
	});
});

describe('bad input', () => {
	const style = (value: string) => ({ mode: 'id', value, __rl: true });

	it('a style that is not there: the error names it, and nothing was made', async () => {
		const { userId } = await model();
		const error = errorOf(await run(portray({ style: style('no-such-style') }), one({ userId })));
		expect(error.message).toBe(
			'Aliyun AI Portrait refused to make the portraits: the service does not accept it: style does not exist: no-such-style',
		);
		expect(factsOf(error)).toEqual({
			code: 1001,
			httpStatus: 200,
			requestId: expect.any(String),
			taskState: 'not-created',
			retryable: false,
			userId,
			hint: 'Change what the message names.',
		});
		expect(bought()).toEqual(['userModel']);
	});

	it('an unknown user ID: the error names it', async () => {
		const error = errorOf(await run(portray(), one({ userId: 'U0000000099999' })));
		expect(error.message).toContain('user_id does not exist: U0000000099999');
		expect(factsOf(error)).toMatchObject({ code: 1002, taskState: 'not-created' });
	});

	it.each([
		['={{ $json.nothing }}', 'User ID: the expression returned nothing'],
		['={{ "  " }}', /^User ID is .*must be the user ID of a trained user model/],
		['={{ [] }}', /^User ID is .*must be the user ID of a trained user model/],
		['={{ true }}', /^User ID is "true", but it is true or false, not an ID$/],
	])('the user ID %s is refused here', async (userId, message) => {
		const error = errorOf(await run(portray({ userId }), one({})));
		expect(error.message).toMatch(message);
		expect(requests()).toEqual([]);
	});

	it('no style is refused here', async () => {
		const error = errorOf(await run(portray({ style: style('={{ "" }}') }), one({ userId: 'U1' })));
		expect(error.message).toMatch(/Style/);
		expect(requests()).toEqual([]);
	});

	it.each([
		['0', 'Timeout'],
		['-1', 'Timeout'],
		['soon', 'Timeout'],
	])('a timeout of %s is refused here', async (timeout) => {
		const error = errorOf(await run(portray({ options: { timeout: `={{ "${timeout}" }}` } }), one({ userId: 'U1' })));
		expect(error.message).toContain('Timeout (Minutes)');
		expect(requests()).toEqual([]);
	});
});

describe('a user model that cannot be used', () => {
	it.each([
		['running', 'state 1 (waiting)'],
		['failed', 'state 5 (failed)'],
		['partial', 'state 4 (partly succeeded)'],
	] as const)('%s: refused by the service, and the error names its state', async (end, state) => {
		const { userId } = await model(end);
		const error = errorOf(await run(portray(), one({ userId })));
		expect(error.message).toContain(userId);
		expect(error.message).toContain(state);
		expect(factsOf(error)).toMatchObject({ code: 1003, taskState: 'not-created', retryable: false });
		expect(bought()).toEqual(['userModel']);
	});

	it.each([
		['running', 'processing', /Wait for Completion and the task ID of the item/],
		['failed', 'failed', /Train a new model/],
		['partial', 'partial', /Train a new model/],
		['running', 'unknown', /Wait for/],
	] as const)('%s: refused here when the item tells that it is %s, and nothing is sent', async (end, status, hint) => {
		const { userId, taskId } = await model(end);
		const before = requests().length;
		const error = errorOf(await run(portray(), one({ resource: 'userModel', userId, taskId, status })));
		expect(error.message).toBe(`User ID cannot be used: the training of its model has the status "${status}"`);
		expect(factsOf(error)).toMatchObject({
			taskState: 'not-created',
			hint: expect.stringMatching(hint),
			userId,
			modelTaskId: taskId,
		});
		expect(editorDataOf(error)).toEqual(factsOf(error));
		expect(requests()).toHaveLength(before);
	});

	it('says nothing about another user whose ID was entered', async () => {
		const { userId } = await model();
		const json = { resource: 'userModel', userId: 'U0000000000001', status: 'failed', taskId: 'x' };
		expect(itemsOf(await run(portray({ userId }), one(json)))[0]?.json.status).toBe('succeeded');
	});
});

describe('a portrait that ends otherwise', () => {
	it('in part is its images with a warning', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, fate: 'partial' }]);
		const [item] = itemsOf(await run(portray({ downloadImages: true }), one({ userId })));
		expect(item?.json).toMatchObject({
			status: 'partial',
			providerStatus: 4,
			warnings: [expect.stringContaining('only a part')],
		});
		expect(item?.json.images).toHaveLength(2);
		expect(Object.keys(item?.binary ?? {})).toEqual(['image', 'image_1']);
	});

	it('in part is an error with the task ID as a fact that says how to get what there is, if so set', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, fate: 'partial' }]);
		const error = errorOf(await run(portray({ options: { onPartial: 'error' } }), one({ userId })));
		const { taskId } = taskOf('portrait');
		expect(error.message).toBe('Aliyun AI Portrait succeeded only in part (2 images)');
		expect(factsOf(error)).toMatchObject({
			taskId,
			userId,
			taskState: 'created',
			hint: expect.stringContaining('operation Get and the task ID'),
		});
		const waited = errorOf(await run(wait('portrait', { options: { onPartial: 'error' } }), one({ taskId })));
		expect(waited.message).toBe(error.message);
		expect(itemsOf(await run(wait('portrait'), one({ taskId })))[0]?.json.status).toBe('partial');
	});

	it('failed is an error with the task ID as a fact, or an item', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, fate: 'failed' }]);
		const error = errorOf(await run(portray(), one({ userId })));
		expect(error.message).toBe('Aliyun AI Portrait could not make the portraits: no reason given');
		expect(factsOf(error)).toMatchObject({
			taskId: taskOf('portrait').taskId,
			userId,
			taskState: 'created',
			retryable: false,
		});
		const [item] = itemsOf(await run(portray({ options: { onTaskFailed: 'returnItem' } }), one({ userId })));
		expect(item?.json).toMatchObject({ status: 'failed', providerStatus: 5, userId });
	});

	it('without an image says so', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, pictures: 0 }]);
		const [item] = itemsOf(await run(portray(), one({ userId })));
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			images: [],
			warnings: [expect.stringContaining('without an image')],
		});
	});

	it('with a dead image has the task ID as a fact: the task is paid', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, deadResult: true, pictures: 1 }]);
		const error = errorOf(await run(portray({ downloadImages: true }), one({ userId })));
		expect(error.message).toMatch(/^The link is dead \(image 1 of the task\)$/);
		expect(factsOf(error)).toMatchObject({
			taskId: taskOf('portrait').taskId,
			userId,
			taskState: 'created',
			httpStatus: 403,
		});
	});

	it('later than the timeout is the pending item, and Wait takes it on with its user ID', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, fate: 'stuck' }]);
		const [pending] = itemsOf(await run(portray({ options: { timeout: 0.01 } }), one({ userId })));
		expect(pending?.json).toMatchObject({ userId, warnings: [expect.stringContaining('Still running')] });
		await control.finish(taskOf('portrait').taskId);
		const [item] = itemsOf(await run(wait('portrait', { downloadImages: false }), one(pending?.json ?? {})));
		expect(item?.json).toMatchObject({ taskId: pending?.json.taskId, userId, status: 'succeeded' });
		expect(bought()).toEqual(['userModel', 'portrait']);
	});
});

describe('Get and Wait', () => {
	it('Get gives the images; with Download Images into binary fields', async () => {
		const { taskId, userId } = await portrait('succeed');
		const [plain] = itemsOf(await run(get('portrait'), one({ taskId, userId })));
		expect(plain?.json).toMatchObject({
			taskId,
			userId,
			status: 'succeeded',
			images: [{ index: 0 }, { index: 1 }, { index: 2 }],
		});
		expect(plain?.binary).toBeUndefined();
		const [full] = itemsOf(await run(get('portrait', { downloadImages: true }), one({ taskId })));
		expect(Object.keys(full?.binary ?? {})).toEqual(['image', 'image_1', 'image_2']);
	});

	it('Get of a failed one is an item', async () => {
		const { taskId } = await portrait('failed');
		expect(itemsOf(await run(get('portrait'), one({ taskId })))[0]?.json).toMatchObject({
			status: 'failed',
			images: [],
		});
	});

	it.each(['get', 'wait'] as const)('%s for a training says where it belongs', async (operation) => {
		const { taskId } = await model();
		const error = errorOf(await run(operation === 'get' ? get('portrait') : wait('portrait'), one({ taskId })));
		expect(error.message).toBe('The task belongs to the resource "userModel", not to "portrait"');
		expect(factsOf(error)).toMatchObject({ taskId, taskState: 'created', retryable: false });
	});

	it.each(['refused', 'null'] as const)(
		'an unknown task is an error with its ID as a fact (%s)',
		async (aliyunUnknownTask) => {
			control.settings({ aliyunUnknownTask });
			for (const parameters of [get('portrait', { taskId: 'gone' }), wait('portrait', { taskId: 'gone' })]) {
				const error = errorOf(await run(parameters, one({})));
				expect(error.message).toMatch(/^Aliyun AI Portrait does not know the task/);
				expect(factsOf(error)).toMatchObject({ taskId: 'gone', taskState: 'not-created', retryable: false });
			}
		},
	);

	it('states may come as text', async () => {
		control.settings({ aliyunStateAsText: true });
		const { taskId } = await portrait('partial');
		expect(itemsOf(await run(get('portrait'), one({ taskId })))[0]?.json).toMatchObject({
			status: 'partial',
			providerStatus: 4,
			taskType: 'generation',
			resource: 'portrait',
		});
	});

	it('Get is the same where only what is declared is known, as to some agents', async () => {
		const { taskId } = await portrait('succeed');
		const direct = itemsOf(await run(get('portrait', { taskId })));
		const node = n8n.package.nodes.get(ALIYUN) as INodeType;
		const { customOperations } = node;
		expect(Object.keys(customOperations ?? {})).toEqual(expect.arrayContaining(['portrait', 'userModel']));
		node.customOperations = undefined;
		const declared = itemsOf(
			await run(get('portrait', { taskId })).finally(() => (node.customOperations = customOperations)),
		);
		const bare = (items: typeof direct) =>
			items.map(({ json, pairedItem }) => ({ json: { ...json, requestId: undefined }, pairedItem }));
		expect(bare(declared)).toEqual(bare(direct));
	});

	it('an AI agent finds the same operation', async () => {
		const { taskId } = await portrait('succeed');
		const tool = await n8n.run({
			node: 'n8n-nodes-kling-aliyun.aliyunPortraitTool',
			parameters: get('portrait', { taskId }),
			items: [{}],
			credentials,
		});
		expect(itemsOf(tool)[0]?.json).toMatchObject({ taskId, status: 'succeeded' });
	});
});

describe('Continue On Fail', () => {
	const items = (good: string) => ['U0000000099999', good, ''].map((userId) => ({ json: { userId } }));

	it('gives error items with the facts, paired, and the others succeed', async () => {
		const { userId } = await model();
		const { items: output, status } = await run(portray(), { items: items(userId), onError: 'continueRegularOutput' });
		expect(status).toBe('success');
		expect(output.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			[undefined, { item: 0 }],
			['succeeded', { item: 1 }],
			[undefined, { item: 2 }],
		]);
		expect(output[0]).toEqual({
			json: {
				error: expect.stringContaining('U0000000099999'),
				details: {
					code: 1002,
					httpStatus: 200,
					requestId: expect.any(String),
					taskState: 'not-created',
					retryable: false,
					hint: expect.any(String),
					userId: 'U0000000099999',
				},
			},
			pairedItem: { item: 0 },
		});
		expect(output[2]?.json).toEqual({
			error: expect.stringContaining('User ID is'),
			details: { taskState: 'not-created', retryable: false, hint: expect.any(String) },
		});
	});

	it('with an error output the failed ones go there', async () => {
		const { userId } = await model();
		const { items: output, errorItems } = await run(portray(), {
			items: items(userId),
			onError: 'continueErrorOutput',
		});
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }]);
		expect(errorItems.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		const [refused, empty] = errorItems.map(({ json }) => json);
		// n8n 1.x takes nothing but `error` and `message` there, and adds the fields of the item.
		if (isN8n1) {
			expect(refused).toEqual({
				userId: 'U0000000099999',
				error: expect.stringContaining('refused to make the portraits'),
				message: expect.stringContaining('Change what the message names'),
			});
			expect(empty).toEqual({
				userId: '',
				error: expect.stringContaining('User ID is empty'),
				message: expect.stringContaining('Change User ID'),
			});
		} else {
			expect(refused?.details).toMatchObject({ code: 1002, taskState: 'not-created' });
			expect(empty?.details).toMatchObject({ taskState: 'not-created' });
		}
	});

	it('with Stop Workflow one that cannot be sent stops all before anything is bought', async () => {
		const { userId } = await model();
		expect(errorOf(await run(portray(), { items: items(userId).slice(1) })).message).toContain('User ID is');
		expect(bought()).toEqual(['userModel']);
	});

	it('with Stop Workflow one that is refused fails last and carries the tasks of the others', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, taskMs: 600 }]);
		const error = errorOf(await run(portray(), { items: items(userId).slice(0, 2) }));
		expect(error.description).toContain(
			'The other task is safe. Retry this execution from the Executions list: it is reused, not paid again unless n8n crashed during this execution.',
		);
		expect(otherTasksOf(error)).toEqual([taskOf('portrait').taskId]);
		expect(factsOf(error).otherTasks).toEqual([
			{ itemIndex: 1, taskId: taskOf('portrait').taskId, status: 'succeeded', taskState: 'created', userId },
		]);
	});
});
