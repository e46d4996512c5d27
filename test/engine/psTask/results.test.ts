/** What a finished task becomes: pixels, names, fields, items. */
import { HELPER } from '../../harness/index.ts';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { count, errorOf, factsOf, itemsOf, on, PATH, PS_TASK, start, submit } from './support.ts';

const { run, control, provider, n8n, credentials } = await start();

describe('submit, wait and download', () => {
	it('gives the task with its image', async () => {
		const result = await run(submit({ options: { keepSize: true } }));
		const [item] = itemsOf(result);
		const [task] = control.ledger();
		expect(item?.json).toEqual({
			service: 'psTask',
			resource: 'task',
			taskId: task?.taskId,
			status: 'succeeded',
			providerStatus: 'completed',
			images: [
				{
					index: 0,
					url: expect.stringContaining(`/files/${task?.taskId}/0.png`),
					width: 600,
					height: 400,
					binaryField: 'image',
				},
			],
			imageRid: expect.stringMatching(/^[0-9a-f]{24}$/),
		});
		expect(item?.pairedItem).toEqual({ item: 0 });
		expect(item?.binary?.image).toMatchObject({
			fileName: 'coffee_1.png',
			mimeType: 'image/png',
			fileExtension: 'png',
			fileType: 'image',
		});
		expect(await sharp(await result.binary(item, 'image')).metadata()).toMatchObject({
			width: 600,
			height: 400,
			format: 'png',
		});
	});

	it('of a URL, without Keep Size: the size is the one the service chooses', async () => {
		const result = await run(submit({ imageUrl: `${provider.url}/_sandbox/photos/coffee.jpg` }));
		expect(await sharp(await result.binary(itemsOf(result)[0], 'image')).metadata()).toMatchObject({ width: 1024 });
	});

	it('two items become two tasks, each with its own image', async () => {
		const items = [{ json: { name: 'coffee' } }, { json: { name: 'dogs' } }];
		const result = await run(submit({ imageUrl: '=/srv/{{ $json.name }}.jpg', options: { keepSize: true } }), {
			items,
		});
		const output = itemsOf(result);
		expect(output.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['succeeded', { item: 0 }],
			['succeeded', { item: 1 }],
		]);
		const sizes = await Promise.all(
			output.map(async (item) => await sharp(await result.binary(item, 'image')).metadata()),
		);
		expect(sizes.map(({ width, height }) => [width, height])).toEqual([
			[600, 400],
			[700, 840],
		]);
		expect(control.ledger()).toHaveLength(2);
	});

	it('many items wait side by side, though there is no list', async () => {
		control.settings({ psTaskMs: [600, 800] });
		const result = await run(submit({ downloadImages: false }), { items: count(8).map((json) => ({ json })) });
		expect(itemsOf(result).map(({ json }) => json.status)).toEqual(Array(8).fill('succeeded'));
		expect(result.ownMs).toBeLessThan(5_000);
	});

	it('without downloading nothing is fetched', async () => {
		const [item] = itemsOf(await run(submit({ downloadImages: false })));
		expect([item?.binary, control.files()]).toEqual([undefined, []]);
		expect(item?.json.images).toHaveLength(1);
	});

	it('the options of waiting apply: prefix, input fields, one item per image', async () => {
		const options = { binaryPrefix: 'photo', passInputFields: true, outputItems: 'perImage' };
		const [item] = itemsOf(await run(submit({ options }), { items: [{ json: { product: 7, status: 'mine' } }] }));
		expect(item?.json).toMatchObject({ product: 7, status: 'succeeded' });
		expect(Object.keys(item?.binary ?? {})).toEqual(['photo']);
	});

	it('the file is named after the address of the image, or by File Name; by Get after the task', async () => {
		const items = ['D:\\in\\dogs.jpg', `${provider.url}/_sandbox/photos/coffee.jpg?w=2`, PATH].map((imageUrl) => ({
			json: { imageUrl, name: imageUrl === PATH ? 'Cup 1/2' : '' },
		}));
		const parameters = submit({ imageUrl: '={{ $json.imageUrl }}', options: { fileName: '={{ $json.name }}' } });
		const made = itemsOf(await run(parameters, { items, onError: 'continueRegularOutput' }));
		const names = made.map(({ binary }) => binary?.image?.fileName);
		expect(names).toEqual(['dogs_1.png', 'coffee_1.png', 'Cup 1_2_1.png']);
		const taskId = String(made[2]?.json.taskId);
		const [got] = itemsOf(await run(on('get', { downloadImages: true }), { items: [{ json: { taskId } }] }));
		expect(got?.binary?.image?.fileName).toBe(`${taskId}_1.png`);
		expect(Object.keys(got?.json ?? {}).slice(0, 3)).toEqual(['status', 'images', 'taskId']);
	});

	it('Simplify off is the whole body, equal to what was received', async () => {
		const [item] = itemsOf(await run(submit({ simplify: false })));
		const answer = await fetch(`${provider.url}/ps_tasks/result/${control.ledger()[0]?.taskId}`);
		expect(item?.json).toEqual(await answer.json());
		expect(item?.json).toMatchObject({ code: 200, msg: 'success', data: { status: 'completed' } });
		expect(Object.keys(item?.binary ?? {})).toEqual(['image']);
	});
});

describe('what was sent of a task, and the service does not repeat', () => {
	const options = { imageId: 'product-1042', editor: 'ada' };

	it('stands in the item, also after Get and Wait for Completion of that item', async () => {
		const [submitted] = itemsOf(await run(submit({ waitForCompletion: false, options })));
		const given = { items: [{ json: submitted?.json }] };
		const [got] = itemsOf(await run(on('get'), given));
		const [waited] = itemsOf(await run(on('wait', { options: { pollInterval: 0.1 } }), given));
		const [created] = itemsOf(
			await run(submit({ options: { editor: 'ada', extraBody: '{"image_id":"product-1042"}' } })),
		);
		for (const item of [submitted, got, waited, created]) {
			expect(item?.json).toMatchObject({ imageId: 'product-1042', editor: 'ada' });
		}
	});

	it('is absent where it was not sent', async () => {
		const [item] = itemsOf(await run(submit({ downloadImages: false })));
		expect(Object.keys(item?.json ?? {})).not.toContain('imageId');
		expect(Object.keys(item?.json ?? {})).not.toContain('editor');
	});
});

describe('a path in the place of a link', () => {
	const PATH = 'The service returned a path, not a link';

	it('on the server of the base URL is its link', async () => {
		control.settings({ resultLinks: 'noHost' });
		const [item] = itemsOf(await run(submit()));
		expect(item?.json.images).toEqual([
			{
				index: 0,
				url: expect.stringContaining(`${provider.url}/files/`),
				width: 1024,
				height: 683,
				binaryField: 'image',
			},
		]);
		expect([Object.keys(item?.binary ?? {}), item?.json.warnings]).toEqual([['image'], undefined]);
	});

	it.each(['path', 'noScheme'] as const)(
		'that leads nowhere (%s) is no failure of the paid task',
		async (resultLinks) => {
			control.settings({ resultLinks });
			const items = itemsOf(await run(submit(), { items: count(2).map((json) => ({ json })) }));
			for (const { json, binary } of items) {
				expect([json.status, binary]).toEqual(['succeeded', undefined]);
				expect(json.images).toEqual([{ index: 0, url: expect.stringMatching(/^(files\/|\/\/)/) }]);
				expect(json.warnings).toContain(PATH);
			}
			expect(control.files()).toEqual([]);
		},
	);
});

describe('what the document leaves open', () => {
	const spellings = {
		lower: ['pending', 'ai_submitted', 'processing', 'completed', 'failed'],
		upper: ['PENDING', 'AI_SUBMITTED', 'PROCESSING', 'COMPLETED', 'FAILED'],
		mixed: ['Pending', 'AI_submitted', 'PROCESSING', 'completed', 'Failed'],
	};

	it.each(['lower', 'upper', 'mixed'] as const)('statuses in %s case', async (psStatusCase) => {
		control.settings({ psStatusCase, psTaskMs: [60_000, 60_000] });
		const [submitted] = itemsOf(await run(submit({ waitForCompletion: false })));
		const [other] = itemsOf(await run(submit({ waitForCompletion: false })));
		const seen: unknown[] = [];
		const look = async (task = submitted) => {
			const [item] = itemsOf(await run(on('get'), { items: [{ json: task?.json }] }));
			seen.push([item?.json.providerStatus, item?.json.status]);
		};
		for (const clockOffsetMs of [0, 8_000, 20_000]) {
			control.settings({ clockOffsetMs });
			await look();
		}
		await control.finish(String(submitted?.json.taskId));
		await look();
		await control.finish(String(other?.json.taskId), 'failed');
		await look(other);
		const statuses = ['submitted', 'processing', 'processing', 'succeeded', 'failed'];
		expect(seen).toEqual(spellings[psStatusCase].map((spelling, index) => [spelling, statuses[index]]));
		// A wait ends by them as well.
		control.settings({ psTaskMs: [50, 50] });
		expect(itemsOf(await run(submit({ downloadImages: false })))[0]?.json.status).toBe('succeeded');
	});

	it.each([
		['message instead of msg', { psMessageKey: 'message' }, {}],
		['result_url instead of image_url', { psResultKey: 'result_url' }, {}],
		['no image_rid', { psImageRid: false }, { imageRid: undefined }],
	] as const)('%s', async (_, settings, change) => {
		control.settings(settings);
		const [item] = itemsOf(await run(submit()));
		expect(item?.json).toMatchObject({ status: 'succeeded', images: [{ url: expect.stringMatching(/^http/) }] });
		expect(Object.keys(item?.binary ?? {})).toEqual(['image']);
		if ('imageRid' in change) expect(Object.keys(item?.json ?? {})).not.toContain('imageRid');
	});

	it('completed without an image: a warning, no crash', async () => {
		control.fates([{ pictures: 0 }]);
		const [item] = itemsOf(await run(submit()));
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			images: [],
			warnings: ['PS Task reports success without an image.'],
		});
		expect(item?.binary).toBeUndefined();
	});

	it('a status nobody has documented is still running', async () => {
		control.fates([{ fate: 'unknownStatus', taskMs: 500 }]);
		expect(itemsOf(await run(submit({ downloadImages: false })))[0]?.json.status).toBe('succeeded');
		control.fates([{ fate: 'unknownStatus', taskMs: 60_000 }]);
		const [item] = itemsOf(await run(submit({ prompt: 'another', options: { timeout: 0.004 } })));
		expect(item?.json).toMatchObject({ status: 'unknown', providerStatus: 'reviewing' });
		expect(item?.json.warnings).toContainEqual(expect.stringContaining('"reviewing"'));
	});
});

describe('a failed task, which answers HTTP 200 and code 200', () => {
	it('is an error with its reason', async () => {
		control.fates([{ fate: 'failed', message: 'No face in the image' }]);
		const error = errorOf(await run(submit()));
		const [task] = control.ledger();
		expect(error.message).toBe('PS Task could not make the image: No face in the image');
		expect(factsOf(error)).toEqual({
			taskId: task?.taskId,
			taskState: 'created',
			retryable: false,
			hint: expect.stringContaining('prompt'),
		});
	});

	it('is an item, if so set', async () => {
		control.fates([{ fate: 'failed', message: 'No face in the image' }]);
		const [item] = itemsOf(await run(submit({ options: { onTaskFailed: 'returnItem' } })));
		expect(item?.json).toMatchObject({
			taskId: control.ledger()[0]?.taskId,
			status: 'failed',
			providerStatus: 'failed',
			statusMessage: 'No face in the image',
			images: [],
		});
	});

	it('is what a path becomes that the service cannot find', async () => {
		expect(errorOf(await run(submit({ imageUrl: '/srv/none.jpg' }))).message).toContain('No such file: /srv/none.jpg');
	});
});

it('the image of one task is the address of the next', async () => {
	const { output } = await n8n.runWorkflow(
		{
			nodes: [
				{ name: 'Start', type: HELPER.start },
				{ name: 'First', type: PS_TASK, parameters: submit({ imageUrl: PATH }) },
				{
					name: 'Second',
					type: PS_TASK,
					parameters: submit({ imageUrl: '={{ $json.images[0].url }}', prompt: 'Now with snow' }),
				},
			],
			connections: [
				['Start', 'First'],
				['First', 'Second'],
			],
		},
		{ credentials },
	);
	expect(output('Second').map(({ json }) => json.status)).toEqual(['succeeded']);
	expect(control.ledger()[1]?.request.image_url).toContain(`/files/${control.ledger()[0]?.taskId}/0.png`);
});
