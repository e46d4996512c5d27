/** User Model: Create, Get and Wait. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';

import { errorOf, factsOf, file, get, itemsOf, person, start, textOf, train, upload, wait } from './support.ts';

const { run, control, requests, bought, asked, taskOf, arrived, uploaded, model, portrait, faults, url } =
	await start();

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const USER = /^U\d{13}$/;
const names = (paths: unknown) =>
	(paths as string[]).map((path) => arrived().find((entry) => entry.path === path)?.fileName);

describe('Create', () => {
	it('uploads the photos, trains the model and waits: one item with user ID, paths and status', async () => {
		const [item] = itemsOf(await run(train(), { items: [person(8)] }));
		const task = taskOf('userModel');
		expect(item).toEqual({
			json: {
				service: 'aliyunPortrait',
				resource: 'userModel',
				taskId: task.taskId,
				status: 'succeeded',
				providerStatus: 3,
				taskType: 'training',
				userId: task.userId,
				paths: task.request.img_set,
				images: [],
				requestId: expect.stringMatching(/^[\dA-F-]{36}$/),
			},
			pairedItem: { item: 0 },
		});
		expect(task.taskId).toMatch(UUID);
		expect(task.userId).toMatch(USER);
		expect(names(task.request.img_set)).toEqual(Array.from({ length: 8 }, (_, index) => `me-${index}.jpg`));
	});

	it('sends img_set alone: an empty callback is not sent, a given one is', async () => {
		const calls: string[] = [];
		const server = createServer((request, response) => {
			request.on('data', (part) => calls.push(String(part)));
			request.on('end', () => response.end());
		});
		await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
		afterAll(() => server.close());
		const callbackUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/done`;
		itemsOf(await run(train({ options: { callbackUrl: '' } })));
		itemsOf(await run(train({ options: { callbackUrl } })));
		expect(asked().map((request) => Object.keys(request))).toEqual([['img_set'], ['img_set', 'callback_url']]);
		expect(asked()[1]?.callback_url).toBe(callbackUrl);
		await expect.poll(() => calls.length).toBeGreaterThan(0);
	});

	it('mixes images and paths, in order; only the images are uploaded', async () => {
		const paths = await uploaded(4);
		const before = requests('upload').length;
		const photos = '={{ [$json.paths[0], "p0", "p1", $json.paths[1], $json.paths[2], "p2", "p3", $json.paths[3]] }}';
		const [item] = itemsOf(await run(train({ photos }), { items: [person(4, { paths })] }));
		expect(names(item?.json.paths)).toEqual([
			'there-0.jpg',
			'me-0.jpg',
			'me-1.jpg',
			'there-1.jpg',
			'there-2.jpg',
			'me-2.jpg',
			'me-3.jpg',
			'there-3.jpg',
		]);
		expect(asked()[0]?.img_set).toEqual(item?.json.paths);
		expect(requests('upload').length - before).toBe(4);
	});

	it('takes what Photo: Upload returns', async () => {
		const [photos] = itemsOf(await run(upload(), { items: [person(9)] }));
		const before = requests('upload').length;
		const [item] = itemsOf(await run(train({ photos: '={{ $json.paths }}' }), { items: [{ json: photos?.json }] }));
		expect(item?.json).toMatchObject({ status: 'succeeded', paths: photos?.json.paths });
		expect(requests('upload')).toHaveLength(before);
	});

	it('with Images From: All Items makes one model of all, paired with all', async () => {
		const items = itemsOf(
			await run(train({ imagesFrom: 'allItems' }), {
				items: Array.from({ length: 8 }, (_, number) => person(1, {}, number)),
			}),
		);
		expect(items).toHaveLength(1);
		expect(items[0]?.pairedItem).toEqual(Array.from({ length: 8 }, (_, item) => ({ item })));
		expect(names(items[0]?.json.paths)).toEqual(Array.from({ length: 8 }, (_, index) => `me-${index}.jpg`));
		expect(bought()).toEqual(['userModel']);
	});

	it.each([8, 20])('%i photos are enough and not too many', async (count) => {
		expect(itemsOf(await run(train(), { items: [person(count)] }))[0]?.json.paths).toHaveLength(count);
	});

	it('without waiting returns task ID and user ID at once, as they are needed later', async () => {
		control.fates([{ fate: 'stuck' }]);
		const [item] = itemsOf(await run(train({ waitForCompletion: false })));
		const { taskId, userId, request } = taskOf('userModel');
		expect(item?.json).toMatchObject({ taskId, userId, paths: request.img_set, status: 'submitted', images: [] });
		expect(item?.json).not.toHaveProperty('providerStatus');
		expect(requests('get')).toEqual([]);
	});

	it('with Simplify off gives the body as it came, envelope included', async () => {
		const [submitted] = itemsOf(await run(train({ simplify: false, waitForCompletion: false })));
		const first = taskOf('userModel');
		expect(submitted?.json).toEqual({ ret: 0, body: { task_id: first.taskId, user_id: first.userId } });
		control.reset();
		const [finished] = itemsOf(await run(train({ simplify: false })));
		expect(finished?.json).toEqual({
			ret: 0,
			body: { state: 3, id: taskOf('userModel').taskId, tsk_type: 1, result_paths: [] },
		});
	});

	it('reads states that come as text', async () => {
		control.settings({ aliyunStateAsText: true });
		expect(itemsOf(await run(train()))[0]?.json).toMatchObject({
			status: 'succeeded',
			providerStatus: 3,
			taskType: 'training',
		});
	});

	it('two people are two models', async () => {
		const items = itemsOf(await run(train(), { items: [person(8, {}, 0), person(8, {}, 50)] }));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(items.map(({ json }) => names(json.paths)[0])).toEqual(['me-0.jpg', 'me-50.jpg']);
		expect(new Set(items.map(({ json }) => json.userId)).size).toBe(2);
	});

	it('keeps the fields of the item, if so set', async () => {
		const [item] = itemsOf(
			await run(train({ options: { passInputFields: true } }), { items: [person(8, { name: 'Ada' })] }),
		);
		expect(item?.json).toMatchObject({ name: 'Ada', status: 'succeeded' });
	});
});

describe('bad input is refused before anything is uploaded or bought', () => {
	const bad = (change: object) => ({ binary: { ...person(8).binary, ...change } });
	it.each([
		['7 photos', person(7), '*', /Photos: there are 7 images, and at least 8 are needed/],
		['1 photo', person(1), '*', /Photos: there is 1 image, and at least 8 are needed/],
		['21 photos', person(21), '*', /Photos: there are 21 images, and at most 20 are allowed/],
		[
			'7 paths',
			{ json: {} },
			Array.from({ length: 7 }, (_, index) => `user_upload/T1/${index}.jpg`).join('\n'),
			/there are 7 images/,
		],
		[
			'an empty file',
			bad({ p3: { buffer: Buffer.alloc(0), fileName: 'e.jpg', mimeType: 'image/jpeg' } }),
			'*',
			/^Photos, image 4 is an empty file$/,
		],
		[
			'a photo that is no image',
			bad({ p5: { buffer: Buffer.from('%PDF-1.7 and so on'), fileName: 'p.jpg', mimeType: 'image/jpeg' } }),
			'*',
			/^Photos, image 6 is a PDF, not an image$/,
		],
		[
			'a name that is no field',
			person(8),
			'={{ "p0,p1,p2,p3,p4,p5,p6,p7,nobody".split(",") }}',
			/"nobody" is neither a URL nor a binary field/,
		],
	] as const)('%s', async (_, item, photos, message) => {
		for (const operation of ['create', 'generate']) {
			const resource = operation === 'create' ? 'userModel' : 'portrait';
			const parameters = {
				...train({ photos }),
				resource,
				operation,
				...(operation === 'generate' ? { style: { mode: 'id', value: 'x', __rl: true } } : {}),
			};
			const error = errorOf(await run(parameters, { items: [item] }));
			expect(error.message).toMatch(message);
			expect(error.name).toBe('NodeOperationError');
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
			expect(error.description).toMatch(/^(Hand over|Enter|Check) /);
		}
		expect(requests()).toEqual([]);
	});

	it('of two items one is wrong: nothing at all is sent', async () => {
		const error = errorOf(await run(train(), { items: [person(8), person(7)] }));
		expect(error.message).toContain('there are 7 images');
		expect(requests()).toEqual([]);
	});

	it('a path never uploaded is refused by the service; the error names it and carries what was uploaded', async () => {
		const stranger = 'user_upload/T0000000000101/3f072b2b-66b2-4446-a9c0-1d892890728a.jpg';
		const error = errorOf(await run(train({ photos: `*\n${stranger}` }), { items: [person(8)] }));
		expect(error.message).toContain(`${stranger} was never uploaded`);
		const paths = [...arrived().map(({ path }) => path), stranger];
		const facts = factsOf(error);
		expect(facts).toMatchObject({ code: 1001, httpStatus: 200, taskState: 'not-created', retryable: false });
		expect([...(facts.paths as string[])].sort()).toEqual([...paths].sort());
		expect(facts.hint).toBe('Change what the message names.');
		expect(bought()).toEqual([]);
	});

	it('a photo that only the service sees to be broken: the training is not asked for, and the error carries the paths', async () => {
		const [start, end] = ['ffd8ffe000040000', 'ffd9'].map((bytes) => Buffer.from(bytes, 'hex'));
		const cut = Buffer.concat([start!, Buffer.alloc(500, 7), end!]);
		const error = errorOf(
			await run(train(), { items: [bad({ p7: { buffer: cut, fileName: 'cut.jpg', mimeType: 'image/jpeg' } })] }),
		);
		expect(error.message).toContain('cut.jpg');
		expect(factsOf(error).taskState).toBe('not-created');
		// They may have come in any order; in the facts they stand in that of the photos.
		expect([...(factsOf(error).paths as string[])].sort()).toEqual(
			arrived()
				.map(({ path }) => path)
				.sort(),
		);
		expect(requests('create')).toEqual([]);
	});

	it('a callback that is no address', async () => {
		const error = errorOf(await run(train({ options: { callbackUrl: 'nowhere' } })));
		expect(error.message).toMatch(/callback_url .*nowhere/);
		expect(bought()).toEqual([]);
	});
});

describe('a training that ends otherwise', () => {
	it('failed is an error with task and user as facts, and with Return the Task an item', async () => {
		control.fates([{ fate: 'failed' }]);
		const error = errorOf(await run(train()));
		const { taskId, userId, request } = taskOf('userModel');
		expect(error.message).toBe('Aliyun AI Portrait could not make the user model: no reason given');
		expect(factsOf(error)).toMatchObject({
			taskId,
			userId,
			paths: request.img_set,
			taskState: 'created',
			retryable: false,
		});
		control.reset();
		control.fates([{ fate: 'failed' }]);
		const [item] = itemsOf(await run(train({ options: { onTaskFailed: 'returnItem' } })));
		expect(item?.json).toMatchObject({ status: 'failed', providerStatus: 5, userId: taskOf('userModel').userId });
	});

	it.each([{}, { onPartial: 'return' }, { onTaskFailed: 'returnItem' }])(
		'in part is always an error: only state 3 makes a model (%j)',
		async (options) => {
			control.fates([{ fate: 'partial' }]);
			const error = errorOf(await run(train({ options })));
			const { taskId, userId } = taskOf('userModel');
			expect(error.message).toBe('Aliyun AI Portrait succeeded only in part');
			expect(factsOf(error)).toMatchObject({ taskId, userId, taskState: 'created', retryable: false });
			expect(textOf(error)).not.toContain('On Partial Result');
			const waited = errorOf(await run(wait('userModel', { options }), { items: [{ json: { taskId } }] }));
			expect(waited.message).toContain('only in part');
		},
	);

	it('later than the timeout is the pending item, and Wait gives its user ID back', async () => {
		control.fates([{ fate: 'stuck' }]);
		const [pending] = itemsOf(await run(train({ options: { timeout: 0.01 } })));
		const { taskId, userId, request } = taskOf('userModel');
		expect(pending?.json).toMatchObject({
			taskId,
			userId,
			paths: request.img_set,
			status: expect.stringMatching(/submitted|processing/),
			warnings: [
				'Still running after 0.6 seconds; this is not a failure. Get it later with the operation Wait for Completion and its task ID.',
			],
		});
		await control.finish(taskId);
		const [waited] = itemsOf(await run(wait('userModel'), { items: [{ json: pending?.json }] }));
		expect(waited?.json).toMatchObject({
			taskId,
			userId,
			paths: request.img_set,
			status: 'succeeded',
			taskType: 'training',
		});
		expect(waited?.json).not.toHaveProperty('warnings');
		expect(bought()).toEqual(['userModel']);
	});

	it('later than the timeout is an error with everything as facts, if so set', async () => {
		control.fates([{ fate: 'stuck' }]);
		const error = errorOf(await run(train({ options: { timeout: 0.01, onTimeout: 'error' } })));
		const { taskId, userId, request } = taskOf('userModel');
		expect(error.message).toMatch(/^Aliyun AI Portrait is still working after 0\.6 seconds$/);
		expect(factsOf(error)).toMatchObject({
			taskId,
			userId,
			paths: request.img_set,
			taskState: 'created',
			retryable: true,
		});
	});

	it('with a state that nobody knows is still running', async () => {
		control.fates([{ fate: 'unknownStatus', taskMs: 500 }]);
		expect(itemsOf(await run(train()))[0]?.json.status).toBe('succeeded');
		control.fates([{ fate: 'unknownStatus', taskMs: 60_000 }]);
		const [item] = itemsOf(await run(train({ options: { timeout: 0.01 } })));
		expect(item?.json).toMatchObject({ status: 'unknown', providerStatus: 9 });
		expect(item?.json.warnings).toContainEqual(expect.stringContaining('Unknown status'));
	});
});

describe('Get and Wait', () => {
	it.each([
		['succeed', 'succeeded', 3],
		['failed', 'failed', 5],
		['partial', 'partial', 4],
		['running', 'submitted', 1],
	] as const)('Get of one that is %s is an item', async (end, status, state) => {
		const { taskId, userId } = await model(end);
		const [item] = itemsOf(await run(get('userModel'), { items: [{ json: { taskId, userId, other: 1 } }] }));
		expect(item).toEqual({
			json: {
				service: 'aliyunPortrait',
				resource: 'userModel',
				taskId,
				userId,
				status,
				providerStatus: state,
				taskType: 'training',
				images: [],
				requestId: expect.any(String),
			},
			pairedItem: { item: 0 },
		});
	});

	it('Get does not give the user ID of another task that the item brings', async () => {
		const { taskId } = await model();
		const [item] = itemsOf(
			await run(get('userModel', { taskId }), { items: [{ json: { taskId: 'another', userId: 'U1' } }] }),
		);
		expect(item?.json).not.toHaveProperty('userId');
	});

	it('Get with Simplify off is the answer as it came', async () => {
		const { taskId } = await model();
		const [item] = itemsOf(await run(get('userModel', { taskId, simplify: false })));
		expect(item?.json).toEqual({ ret: 0, body: { state: 3, id: taskId, tsk_type: 1, result_paths: [] } });
	});

	it('Wait returns the finished task, several at once', async () => {
		const tasks = await Promise.all([1, 2, 3, 4, 5].map(async () => await model('running')));
		setTimeout(() => tasks.forEach(({ taskId }) => void control.finish(taskId)), 300);
		const items = itemsOf(await run(wait('userModel'), { items: tasks.map((json) => ({ json })) }));
		expect(items.map(({ json }) => [json.taskId, json.userId, json.status])).toEqual(
			tasks.map(({ taskId, userId }) => [taskId, userId, 'succeeded']),
		);
	});

	it.each(['get', 'wait'] as const)('%s for a portrait task says where it belongs', async (operation) => {
		const { taskId } = await portrait('succeed');
		const parameters = operation === 'get' ? get('userModel') : wait('userModel');
		const error = errorOf(await run(parameters, { items: [{ json: { taskId } }] }));
		expect(error.message).toBe('The task belongs to the resource "portrait", not to "userModel"');
		expect(factsOf(error)).toMatchObject({
			taskId,
			taskState: 'created',
			retryable: false,
			hint: expect.stringContaining('"portrait"'),
		});
	});

	it.each([
		['get', 'refused'],
		['get', 'null'],
		['wait', 'refused'],
		['wait', 'null'],
	] as const)('%s for an unknown task is an error at once, answered with %s', async (operation, aliyunUnknownTask) => {
		control.settings({ aliyunUnknownTask });
		const taskId = '00e0931c-de26-4e67-9b7e-15f56ea4c0f5';
		const result = await run(operation === 'get' ? get('userModel', { taskId }) : wait('userModel', { taskId }));
		const error = errorOf(result);
		expect(error.message).toContain('Aliyun AI Portrait does not know the task');
		if (aliyunUnknownTask === 'null') expect(error.message).not.toContain(taskId);
		expect(factsOf(error)).toMatchObject({
			taskId,
			taskState: 'not-created',
			retryable: false,
			requestId: expect.any(String),
			...(aliyunUnknownTask === 'refused' ? { code: 1002 } : {}),
		});
		// A second query would come with the next interval.
		if (operation === 'wait') await sleep(150);
		expect(requests('get')).toHaveLength(1);
	});

	it.each(['msg', 'message', 'error', 'err_msg', 'ret_msg'] as const)(
		'ret other than 0 is an error with its text, whatever the text is called (%s)',
		async (aliyunMessageKey) => {
			control.settings({ aliyunMessageKey });
			faults({ on: 'get', kind: 'code', code: 4711, message: 'Balance of 张三 is low' });
			const error = errorOf(await run(get('userModel', { taskId: 'x' })));
			expect(error.message).toBe(
				'Aliyun AI Portrait refused to show the task: the service does not accept it: Balance of 张三 is low',
			);
			expect(error.description).toBe('Change what the message names.');
			expect(factsOf(error)).toMatchObject({ code: 4711, httpStatus: 200 });
			expect(requests('get')).toHaveLength(1);
		},
	);

	it.each([
		['={{ $json.taskId }}', /^Task ID: the expression returned nothing$/],
		['={{ 12345678901234567890 }}', /lost its digits/],
	])('the task ID %j is refused', async (taskId, message) => {
		expect(errorOf(await run(get('userModel', { taskId }), { items: [{ json: { name: 'x' } }] })).message).toMatch(
			message,
		);
		expect(requests()).toEqual([]);
	});

	it('the base URL may have a path prefix', async () => {
		const { taskId } = await model();
		const credentials = {
			aliyunMarketApi: {
				baseUrl: `${url}/aliyun/`,
				authentication: 'appCode',
				appCodeSecret: 'sandboxappcode0123456789abcdef01',
			},
		};
		for (const parameters of [get('userModel', { taskId }), wait('userModel', { taskId })])
			expect(itemsOf(await run(parameters, { credentials }))[0]?.json.status).toBe('succeeded');
		expect(requests('get').map(({ path }) => path)).toEqual(Array(2).fill('/aliyun/cloud/aigc_task_query'));
	});
});

it('a photo of another item is not taken', async () => {
	const error = errorOf(await run(train({ photos: 'mine' }), { items: [{ binary: { mine: file(1) } }, person(8)] }));
	expect(error.message).toContain('is 1 image');
});
