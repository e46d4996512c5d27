/** Portrait: Generate From Photos, the whole way in one operation, and how it resumes. */
import { describe, expect, it } from 'vitest';

import { errorOf, factsOf, generate, itemsOf, person, start, STYLE } from './support.ts';

const { run, control, requests, bought, asked, taskOf, model, faults, n8n, uploaded } = await start();

const one = (json: object) => ({ items: [{ json: json as never }] });
const paths = () => taskOf('userModel').request.img_set as string[];

describe('from photos to portraits', () => {
	it('uploads, trains, makes and downloads; the item names all that was made', async () => {
		const [item, ...others] = itemsOf(await run(generate({ downloadImages: true })));
		expect(others).toEqual([]);
		const training = taskOf('userModel');
		const portrait = taskOf('portrait');
		expect(item?.json).toEqual({
			service: 'aliyunPortrait',
			resource: 'portrait',
			taskId: portrait.taskId,
			status: 'succeeded',
			providerStatus: 3,
			taskType: 'generation',
			requestId: expect.any(String),
			userId: training.userId,
			modelTaskId: training.taskId,
			paths: paths(),
			images: ['image', 'image_1', 'image_2'].map((binaryField, index) => ({
				index,
				url: expect.stringContaining(portrait.taskId) as string,
				width: 768,
				height: 1024,
				binaryField,
			})),
		});
		expect(item?.pairedItem).toEqual({ item: 0 });
		expect(Object.keys(item?.binary ?? {})).toEqual(['image', 'image_1', 'image_2']);
		expect((await n8n.binary(item, 'image')).subarray(1, 4).toString()).toBe('PNG');
		expect(asked()).toEqual([{ img_set: paths() }, { user_id: training.userId, style: STYLE }]);
		expect(
			requests()
				.map(({ on }) => on)
				.filter((on, index, all) => on !== all[index - 1]),
		).toEqual(['upload', 'create', 'get', 'create', 'get']);
	});

	it('per image gives one item for each image', async () => {
		const items = itemsOf(await run(generate({ downloadImages: true, options: { outputItems: 'perImage' } })));
		expect(items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['image'], ['image'], ['image']]);
	});

	it('with Simplify off is the last answer as it came', async () => {
		const [item] = itemsOf(await run(generate({ simplify: false })));
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

	it('for two people are two models and two portraits, each of its own user', async () => {
		const items = itemsOf(await run(generate(), { items: [person(8, {}, 0), person(9, {}, 40)] }));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		for (const { json } of items) {
			const [training, portrait] = [json.modelTaskId, json.taskId].map((id) => control.task(String(id)));
			expect(training).toMatchObject({ resource: 'userModel', userId: json.userId, request: { img_set: json.paths } });
			expect(portrait).toMatchObject({ resource: 'portrait', userId: json.userId });
		}
		expect(items.map(({ json }) => (json.paths as string[]).length)).toEqual([8, 9]);
		expect(bought().sort()).toEqual(['portrait', 'portrait', 'userModel', 'userModel']);
	});

	it('from the photos of all items is one model and one portrait, paired with all', async () => {
		const items = itemsOf(
			await run(generate({ imagesFrom: 'allItems' }), { items: [person(4, {}, 0), person(4, {}, 4)] }),
		);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([[{ item: 0 }, { item: 1 }]]);
		expect(bought()).toEqual(['userModel', 'portrait']);
	});

	it('paths of photos uploaded before will do', async () => {
		const there = await uploaded();
		const [item] = itemsOf(await run(generate({ photos: '={{ $json.paths }}' }), one({ paths: there })));
		expect(item?.json.paths).toEqual(there);
		expect(requests('upload')).toHaveLength(8);
	});

	it('both creates carry the callback; Raw JSON Fields goes with the portrait alone', async () => {
		const callbackUrl = 'http://127.0.0.1:9/done';
		itemsOf(await run(generate({ options: { callbackUrl } })));
		expect(asked().map((request) => request.callback_url)).toEqual([callbackUrl, callbackUrl]);
		control.reset();
		const error = errorOf(await run(generate({ options: { extraBody: '{"seed":1}' } })));
		expect(error.message).toContain('Unknown parameter: seed');
		expect(bought()).toEqual(['userModel']);
	});

	it('a portrait in part is its images, or an error', async () => {
		control.fates([{ match: { resource: 'portrait' }, fate: 'partial' }]);
		expect(itemsOf(await run(generate()))[0]?.json).toMatchObject({ status: 'partial', images: [{}, {}] });
		const error = errorOf(await run(generate({ options: { onPartial: 'error' } })));
		expect(error.message).toContain('only in part (2 images)');
		expect(factsOf(error)).toMatchObject({
			userId: expect.any(String),
			modelTaskId: expect.any(String),
			paths: expect.any(Array),
		});
	});
});

describe('resumes', () => {
	const photos = '';

	it('from the user ID: no photo is needed, none is uploaded, no training is bought', async () => {
		const { userId } = await model();
		const before = requests('upload').length;
		const [item] = itemsOf(await run(generate({ photos, options: { userId } }), one({})));
		expect(item?.json).toMatchObject({ resource: 'portrait', status: 'succeeded', userId });
		expect(item?.json).not.toHaveProperty('paths');
		expect(bought()).toEqual(['userModel', 'portrait']);
		expect(requests('upload')).toHaveLength(before);
	});

	it('from training task and user ID: it waits for that training', async () => {
		const { userId, taskId } = await model('running');
		setTimeout(() => void control.finish(taskId), 400);
		const [item] = itemsOf(await run(generate({ options: { userId, modelTaskId: taskId } })));
		expect(item?.json).toMatchObject({ resource: 'portrait', status: 'succeeded', userId, modelTaskId: taskId });
		expect(bought()).toEqual(['userModel', 'portrait']);
	});

	it('from the training task alone: a clear error, since the service does not tell the user ID', async () => {
		const { taskId } = await model();
		const error = errorOf(await run(generate({ options: { modelTaskId: taskId } }), one({})));
		expect(error.message).toBe('The service does not tell which user model the training has made');
		expect(error.description).toContain('Fill in User ID as well');
		expect(factsOf(error)).toMatchObject({ modelTaskId: taskId });
		expect(bought()).toEqual(['userModel']);
	});

	it('from its own pending item, with the IDs that it brings', async () => {
		control.fates([{ match: { resource: 'userModel' }, fate: 'stuck' }]);
		const [pending] = itemsOf(await run(generate({ options: { trainingTimeout: 0.01 } })));
		const { taskId, userId } = taskOf('userModel');
		expect(pending?.json).toMatchObject({
			resource: 'userModel',
			taskId,
			modelTaskId: taskId,
			userId,
			paths: paths(),
			status: expect.stringMatching(/submitted|processing/),
			warnings: [expect.stringContaining('Still running after 0.6 seconds')],
		});
		expect(bought()).toEqual(['userModel']);
		await control.finish(taskId);
		const options = { userId: '={{ $json.userId }}', modelTaskId: '={{ $json.modelTaskId }}' };
		const [item] = itemsOf(await run(generate({ photos, options }), one(pending?.json ?? {})));
		expect(item?.json).toMatchObject({ resource: 'portrait', status: 'succeeded', userId, modelTaskId: taskId });
		expect(bought()).toEqual(['userModel', 'portrait']);
	});

	it('from the details of its own error item', async () => {
		faults({ on: 'create', resource: 'portrait', kind: 'code', code: 5, count: 1 });
		const [failed] = (await run(generate(), { onError: 'continueRegularOutput' })).items;
		const options = { userId: '={{ $json.details.userId }}', modelTaskId: '={{ $json.details.modelTaskId }}' };
		const [item] = itemsOf(await run(generate({ photos, options }), one(failed?.json ?? {})));
		expect(item?.json).toMatchObject({ resource: 'portrait', status: 'succeeded', userId: taskOf('userModel').userId });
		expect(bought()).toEqual(['userModel', 'portrait']);
	});

	it.each([
		['failed', /could not make the user model/],
		['partial', /only in part/],
	] as const)(
		'from a training that is %s: an error with its ID as a fact, and no portrait is bought',
		async (end, message) => {
			const { userId, taskId } = await model(end);
			const error = errorOf(await run(generate({ photos, options: { userId, modelTaskId: taskId } }), one({})));
			expect(error.message).toMatch(message);
			expect(factsOf(error)).toMatchObject({ taskId, modelTaskId: taskId, userId, taskState: 'created' });
			expect(bought()).toEqual(['userModel']);
		},
	);

	it.each([
		['running', 'state 1'],
		['failed', 'state 5'],
	] as const)('from the user ID of a model that is %s: the error names its state', async (end, state) => {
		const { userId } = await model(end);
		const error = errorOf(await run(generate({ photos, options: { userId } }), one({})));
		expect(error.message).toContain(state);
		expect(factsOf(error)).toMatchObject({ userId, taskState: 'not-created' });
	});

	it('empty IDs count as none', async () => {
		expect(
			itemsOf(await run(generate({ options: { userId: ' ', modelTaskId: '={{ $json.nothing ?? "" }}' } })))[0]?.json
				.status,
		).toBe('succeeded');
		expect(bought()).toEqual(['userModel', 'portrait']);
	});

	it('not from a portrait task, nor from an unknown one', async () => {
		const [made] = itemsOf(await run(generate()));
		const wrong = errorOf(
			await run(generate({ options: { userId: String(made?.json.userId), modelTaskId: String(made?.json.taskId) } })),
		);
		expect(wrong.message).toContain('belongs to the resource "portrait"');
		const unknown = errorOf(await run(generate({ options: { userId: 'U1', modelTaskId: 'gone' } })));
		expect(unknown.message).toMatch(/^Aliyun AI Portrait does not know the task: /);
		expect(factsOf(unknown)).toMatchObject({
			taskId: 'gone',
			modelTaskId: 'gone',
			taskState: 'not-created',
			retryable: false,
		});
		expect(bought()).toEqual(['userModel', 'portrait']);
	});
});

describe('bad input is refused before anything is sent', () => {
	it.each([
		['no style', generate({ style: { mode: 'id', value: '={{ "" }}', __rl: true } }), /Style/],
		[
			'a training timeout of 0',
			generate({ options: { trainingTimeout: '={{ 0 }}' } }),
			/Training Timeout \(Minutes\) is 0/,
		],
		[
			'a training timeout in words',
			generate({ options: { trainingTimeout: '={{ "long" }}' } }),
			/Training Timeout \(Minutes\) is "long"/,
		],
		[
			'a prefix that is none',
			generate({ downloadImages: true, options: { binaryPrefix: 'a b' } }),
			/Put Output in Field/,
		],
	])('%s', async (_, parameters, message) => {
		expect(errorOf(await run(parameters)).message).toMatch(message);
		expect(requests()).toEqual([]);
	});
});
