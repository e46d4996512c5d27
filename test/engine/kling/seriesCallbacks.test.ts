/** A callback of a series may come without its images: then the task is read, once, and its images are the result. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { CALLBACK_TRIGGER } from './callbackSupport.ts';
import { itemsOf } from './support.ts';
import { given, numbered, startSuspending, suspending } from './suspendedSupport.ts';

const { n8n, control, suspend, live, tell, finish, taskIds, askedDuring, credentials } = await startSuspending();

const series = (change: INodeParameters = {}) =>
	suspending('omniImage', {
		prompt: '={{ "image " + $json.number }}',
		resultType: 'series',
		seriesAmount: 2,
		downloadImages: false,
		...change,
	});

describe('Create and Wait for Callback', () => {
	it.each(['absent', 'series_images', 'images'] as const)(
		'goes on with the images of each series (in the callback: %s)',
		async (callbackSeries) => {
			control.settings({ callbackSeries });
			const { ended } = await live(series({ downloadImages: true }));
			await finish(...taskIds());
			const items = itemsOf(await ended);
			expect(items.map(({ json }) => [json.status, json.resultType])).toEqual(Array(2).fill(['succeeded', 'series']));
			expect(items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual(Array(2).fill(['image', 'image_1']));
			expect(control.ledger()).toHaveLength(2);
		},
	);

	it('of one task asks once, and hands on what it is told', async () => {
		const run = await suspend(series(), { items: numbered(1) });
		const [taskId = ''] = taskIds();
		await finish(taskId);
		const [resumed, asked] = await askedDuring(async () => await tell(run, taskId));
		expect(given(resumed.run)).toMatchObject([{ taskId, status: 'succeeded', images: [{ index: 0 }, { index: 1 }] }]);
		expect(asked).toEqual([`GET /v1/images/omni-image/${taskId}`]);
	});

	it('of a task that truly has no image goes on after one look, with a warning', async () => {
		control.settings({ partialResult: 0 });
		const run = await suspend(series(), { items: numbered(1) });
		const [taskId = ''] = taskIds();
		await finish(taskId);
		const [resumed, asked] = await askedDuring(async () => await tell(run, taskId));
		expect(given(resumed.run)).toMatchObject([
			{ taskId, status: 'succeeded', images: [], warnings: ['Kling reports success without an image.'] },
		]);
		expect(asked).toHaveLength(1);
	});
});

describe('the callback trigger', () => {
	let nodes = 0;
	const hook = (options: INodeParameters = {}) =>
		n8n.webhook({
			node: CALLBACK_TRIGGER,
			parameters: { resource: 'omniImage', options },
			credentials,
			workflowId: `series-${++nodes}`,
		});
	/** A series that has ended, and the callback about it, without its images. */
	const ended = async (): Promise<{ task_id: string; task_status: string }> => {
		await suspend(series(), { items: numbered(1) });
		const [taskId = ''] = taskIds();
		await finish(taskId);
		return { task_id: taskId, task_status: 'succeed' };
	};

	it.each([true, false])('starts with the images, read once (Verify by Reading: %s)', async (verifyByReading) => {
		const body = await ended();
		const [answer, asked] = await askedDuring(async () => await hook({ verifyByReading }).call({ body }));
		expect(answer.items.map(({ json }) => json)).toMatchObject([
			{ taskId: body.task_id, resultType: 'series', images: [{ index: 0 }, { index: 1 }] },
		]);
		expect(asked).toHaveLength(1);
	});

	it('asks nobody when the callback has the images and is not to be verified', async () => {
		const body = { ...(await ended()), task_result: { series_images: [{ index: 0, url: 'https://a.test/0.png' }] } };
		const trusting = hook({ verifyByReading: false });
		const [answer, asked] = await askedDuring(async () => await trusting.call({ body }));
		expect([answer.items.map(({ json }) => json.images), asked]).toEqual([
			[[{ index: 0, url: 'https://a.test/0.png' }]],
			[],
		]);
	});

	it('of a task without any image starts after one look', async () => {
		control.settings({ partialResult: 0 });
		const body = await ended();
		const [answer, asked] = await askedDuring(async () => await hook({ verifyByReading: false }).call({ body }));
		expect([answer.items.map(({ json }) => json.images), asked.length]).toEqual([[[]], 1]);
	});
});
