/** Tasks that exist already: submit now, fetch later. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { apiKey, count, create, errorOf, expand, itemsOf, multiImage, photos, start } from './support.ts';

const { run, control, provider } = await start();
const RESOURCES = ['multiImageToImage', 'imageExpansion', 'aiMultiShot'];

/** An operation on the task of each item. */
const on = (resource: string, operation: string, change: INodeParameters = {}): INodeParameters => ({
	resource,
	operation,
	...change,
});

/** Submits without waiting; with the external ID as its JSON says. */
async function submit(resource: string, jsons: Array<{ id?: string }> = [{}]) {
	const parameters = create(resource, {
		waitForCompletion: false,
		options: { externalTaskId: '={{ $json.id ?? "" }}' },
	});
	return itemsOf(await run(parameters, { items: photos(...jsons) }));
}

describe('Wait for Result off', () => {
	it('returns the submitted task at once, without images', async () => {
		control.fates([{ fate: 'stuck' }]);
		const result = await run(expand({ waitForCompletion: false }));
		expect(itemsOf(result)).toEqual([
			{
				json: {
					service: 'kling',
					resource: 'imageExpansion',
					taskId: control.ledger()[0]?.taskId,
					externalTaskId: control.ledger()[0]?.externalTaskId,
					status: 'submitted',
					providerStatus: 'submitted',
					images: [],
					createdAt: expect.any(String),
					updatedAt: expect.any(String),
					requestId: expect.any(String),
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(control.requests()).toHaveLength(1);
	});

	it('Simplify off is the body of the create', async () => {
		const [item] = itemsOf(await run(expand({ waitForCompletion: false, simplify: false })));
		expect(item?.json).toMatchObject({ code: 0, message: 'SUCCEED', data: { task_id: control.ledger()[0]?.taskId } });
	});
});

describe('Wait for Completion (operation)', () => {
	it.each(RESOURCES)('takes the tasks of %s on with its default', async (resource) => {
		control.fates([{ taskMs: 1_000 }]);
		const submitted = await submit(resource, [{}, {}]);
		const result = await run(on(resource, 'wait', { options: { pollInterval: 0.1 } }), {
			items: submitted.map(({ json }) => ({ json })),
		});
		expect(
			itemsOf(result).map(({ json, pairedItem, binary }) => [
				json.taskId,
				json.status,
				pairedItem,
				Object.keys(binary ?? {}).length > 0,
			]),
		).toEqual(submitted.map(({ json }, item) => [json.taskId, 'succeeded', { item }, true]));
		expect(control.ledger()).toHaveLength(2);
	});

	it('reads a task that has ended long ago once', async () => {
		const [task] = await submit('imageExpansion');
		await control.finish(String(task?.json.taskId));
		const before = control.requests().length;
		const result = await run(on('imageExpansion', 'wait'), { items: [{ json: task?.json }] });
		expect(itemsOf(result)[0]?.json.status).toBe('succeeded');
		expect(control.requests().length - before).toBe(1);
	});

	it('a failed task is an error, or an item if so set', async () => {
		const [task] = await submit('imageExpansion');
		await control.finish(String(task?.json.taskId), 'failed', 'Image pixel is invalid');
		const items = [{ json: task?.json }];
		expect(errorOf(await run(on('imageExpansion', 'wait'), { items })).message).toContain('Image pixel is invalid');
		const [item] = itemsOf(
			await run(on('imageExpansion', 'wait', { options: { onTaskFailed: 'returnItem' } }), { items }),
		);
		expect(item?.json).toMatchObject({ status: 'failed', statusMessage: 'Image pixel is invalid' });
	});
});

describe('Get', () => {
	it.each(RESOURCES)('reads a task of %s by its external ID, whatever characters it has', async (resource) => {
		const ids = ['order/10 42', 'größe?=&#', 'n8n-plain'];
		const submitted = await submit(
			resource,
			ids.map((id) => ({ id })),
		);
		const result = await run(on(resource, 'get', { taskId: '={{ $json.id }}' }), {
			items: ids.map((id) => ({ json: { id } })),
		});
		expect(itemsOf(result).map(({ json, pairedItem }) => [json.externalTaskId, json.taskId, pairedItem])).toEqual(
			ids.map((id, item) => [id, submitted[item]?.json.taskId, { item }]),
		);
	});

	it('a failed task is an item, not an error', async () => {
		const [task] = await submit('imageExpansion');
		await control.finish(String(task?.json.taskId), 'failed', 'Failure to pass the risk control system');
		const [item] = itemsOf(await run(on('imageExpansion', 'get'), { items: [{ json: task?.json }] }));
		expect(item?.json).toMatchObject({
			status: 'failed',
			providerStatus: 'failed',
			statusMessage: 'Failure to pass the risk control system',
			images: [],
		});
	});

	it('downloads only if asked to', async () => {
		const [task] = await submit('imageExpansion');
		await control.finish(String(task?.json.taskId));
		const items = [{ json: task?.json }];
		const fields = async (change: INodeParameters) =>
			Object.keys(itemsOf(await run(on('imageExpansion', 'get', change), { items }))[0]?.binary ?? {});
		expect([await fields({}), await fields({ downloadImages: true })]).toEqual([[], ['image']]);
	});
});

describe('Get Many', () => {
	const path = '/v1/images/multi-image2image';
	const list = async (change: INodeParameters = {}) =>
		itemsOf(await run(on('multiImageToImage', 'getAll', change), { items: [{}] }));
	const pages = () =>
		control
			.requests()
			.filter(({ path: asked, method }) => asked === path && method === 'GET')
			.map(({ query }) => query);

	/** Tasks made behind the node's back, oldest first. */
	async function fill(ids: string[]) {
		const subject_image_list = [{ subject_image: `${provider.url}/_sandbox/photos/coffee.jpg` }];
		for (const external_task_id of ids) {
			const body = JSON.stringify({ subject_image_list, external_task_id });
			await fetch(provider.url + path, {
				method: 'POST',
				headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
				body,
			});
		}
		return control.ledger();
	}
	const ids = (length: number, prefix = 't') => count(length).map(({ number }) => `${prefix}${number}`);

	it('gives the newest 50 by default, in one request, paired with its input', async () => {
		control.settings({ slots: 1000 });
		const all = await fill(ids(53));
		const items = await list();
		expect(items.map(({ json }) => json.taskId)).toEqual(
			all
				.map(({ taskId }) => taskId)
				.reverse()
				.slice(0, 50),
		);
		expect(items.every(({ pairedItem }) => JSON.stringify(pairedItem) === '{"item":0}')).toBe(true);
		expect(pages()).toEqual(['pageNum=1&pageSize=50']);
		expect(items.every(({ json }) => typeof json.taskId === 'string')).toBe(true);
	});

	it('stops at the limit', async () => {
		await fill(ids(5));
		expect(await list({ limit: 3 })).toHaveLength(3);
	});

	it('Return All reads page after page', async () => {
		await fill(ids(7));
		const items = await list({ returnAll: true, options: { pageSize: 3 } });
		expect(items).toHaveLength(7);
		expect(pages()).toEqual(['pageNum=1&pageSize=3', 'pageNum=2&pageSize=3', 'pageNum=3&pageSize=3']);
	});

	it('Return All has no repeats when new tasks shift the pages meanwhile', async () => {
		const all = await fill(ids(6));
		control.faults([{ on: 'list', kind: 'delay', ms: 300, after: true, count: 1 }]);
		const reading = list({ returnAll: true, options: { pageSize: 2 } });
		await expect.poll(() => pages().length).toBe(1);
		await fill(['new1', 'new2']);
		const found = (await reading).map(({ json }) => json.taskId);
		expect(found).toEqual([...new Set(found)]);
		expect(found).toEqual(expect.arrayContaining(all.map(({ taskId }) => taskId)));
	});

	it('Return All has no repeats when the list is out of order', async () => {
		await fill(ids(8));
		control.faults([{ on: 'list', kind: 'shuffle' }]);
		const found = (await list({ returnAll: true, options: { pageSize: 3 } })).map(({ json }) => json.taskId);
		expect(found).toEqual([...new Set(found)]);
	});

	it('the limit counts after the filters', async () => {
		await fill([...ids(2, 'shop-'), ...ids(6, 'other-'), ...ids(2, 'shop-x')]);
		const found = async (options: INodeParameters, limit = 3) =>
			(await list({ limit, options })).map(({ json }) => json.externalTaskId);
		expect(await found({ externalTaskIdPrefix: 'shop-' })).toEqual(['shop-x1', 'shop-x0', 'shop-1']);
		expect(await found({ externalTaskIdPrefix: 'shop-', pageSize: 2 }, 9)).toHaveLength(4);
		expect(await found({ externalTaskIdPrefix: 'none' })).toEqual([]);
	});

	it('filters by status', async () => {
		control.fates([{ fate: 'stuck' }]);
		const [first, second, third] = await fill(ids(3));
		await control.finish(first?.taskId ?? '', 'failed');
		await control.finish(second?.taskId ?? '');
		const found = async (status: string[]) => (await list({ options: { status } })).map(({ json }) => json.taskId);
		expect(await found(['failed'])).toEqual([first?.taskId]);
		expect(await found(['succeeded', 'submitted', 'processing'])).toEqual([third?.taskId, second?.taskId]);
		expect(await found([])).toHaveLength(3);
	});

	it('filters by the time of creation, bounds included', async () => {
		await fill(['a']);
		await new Promise((resolve) => setTimeout(resolve, 20));
		const [, second] = await fill(['b']);
		const at = new Date(second?.createdAt ?? 0).toISOString();
		const found = async (options: INodeParameters) => (await list({ options })).map(({ json }) => json.externalTaskId);
		expect(await found({ createdAfter: at })).toEqual(['b']);
		expect(await found({ createdBefore: at })).toEqual(['b', 'a']);
		expect(await found({ createdBefore: new Date(Date.parse(at) - 10).toISOString() })).toEqual(['a']);
	});

	it('reads one page of the API', async () => {
		const all = await fill(ids(7));
		const items = await list({ options: { page: 2, pageSize: 3 } });
		expect(items.map(({ json }) => json.taskId)).toEqual([3, 2, 1].map((index) => all[index]?.taskId));
		expect(pages()).toEqual(['pageNum=2&pageSize=3']);
	});

	it('Simplify off leaves each element as it was received', async () => {
		await fill(ids(2));
		const items = await list({ simplify: false });
		const answer = await fetch(`${provider.url}${path}?pageNum=1&pageSize=50`, {
			headers: { authorization: `Bearer ${apiKey}` },
		});
		const { data } = (await answer.json()) as { data: Array<{ task_id: string; task_info: object }> };
		const still = ({ task_id, task_info }: { task_id: string; task_info: object }) => ({ task_id, task_info });
		expect(items.map(({ json }) => still(json as never))).toEqual(data.map(still));
		expect(Object.keys(items[0]?.json ?? {})).toEqual(Object.keys(data[0] ?? {}));
	});

	it.each([
		[{ limit: 0 }, 'Limit'],
		[{ limit: 1.5 }, 'Limit'],
		[{ options: { page: 1001 } }, 'Page'],
		[{ options: { pageSize: 501 } }, 'Page Size'],
		[{ options: { createdAfter: 'soon' } }, 'Created After'],
	])('%j is refused before anything is asked', async (change, field) => {
		expect(errorOf(await run(on('multiImageToImage', 'getAll', change as INodeParameters))).message).toMatch(
			new RegExp(`^${field} is `),
		);
		expect(control.requests()).toEqual([]);
	});
});

it('multi-image tasks wait like all others', async () => {
	expect(itemsOf(await run(multiImage()))[0]?.json.status).toBe('succeeded');
});
