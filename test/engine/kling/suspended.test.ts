/** Create and Wait for Callback: submits, is suspended in n8n's database, goes on when the last task has ended. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { isN8n1 } from '../../harness/index.ts';
import { itemsOf } from './support.ts';
import {
	digestOf,
	expanding,
	given,
	numbered,
	startSuspending,
	stillSuspended,
	suspending,
} from './suspendedSupport.ts';

const { n8n, control, suspend, attempt, live, tell, finish, tasks, taskIds, askedDuring } = await startSuspending();

/** Each item asks with the image that is its own. */
const OWN: Record<string, INodeParameters> = { imageGeneration: { image: 'data' }, omniImage: { images: 'data' } };

describe.each([
	['imageGeneration', ['image']],
	['omniImage', ['image']],
	['multiImageToImage', ['image']],
	['imageExpansion', ['image']],
	['aiMultiShot', ['image', 'image_1', 'image_2']],
] as const)('%s', (resource, fields) => {
	it("goes on by itself at the provider's callbacks, each item with its own task and images", async () => {
		const items = numbered(2);
		const { suspended, callbacks, ended } = await live(suspending(resource, OWN[resource]), { items });
		expect(suspended.status).toBe('waiting');
		expect(given(suspended)).toEqual([]);
		for (const taskId of taskIds()) await finish(taskId);
		const done = itemsOf(await ended);
		expect(done.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(done.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(done.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([fields, fields]);
		for (const [index, { json }] of done.entries()) {
			expect(JSON.stringify(control.task(String(json.taskId))?.request)).toContain(digestOf(items[index] ?? {}));
		}
		expect((await n8n.binary(done[1], 'image')).length).toBeGreaterThan(1_000);
		expect(callbacks.filter(({ running }) => running)).toHaveLength(1);
		expect(control.ledger()).toHaveLength(2);
	});
});

describe('while it is suspended', () => {
	it('the items are the submitted tasks: who waits for the last node gets them', async () => {
		const { items } = await suspend(expanding());
		expect(items.map(({ json }) => json.taskId)).toEqual(taskIds());
		expect(items[0]?.json).toMatchObject({
			service: 'kling',
			resource: 'imageExpansion',
			status: 'submitted',
			externalTaskId: expect.stringMatching(/^n8n-/),
		});
	});

	it("each task was given this execution's address, in n8n 2.x with its signature", async () => {
		const run = await suspend(expanding(), { resumeToken: 'a-token', instanceUrl: 'http://127.0.0.1:2' });
		expect(control.ledger().map(({ request }) => request.callback_url)).toEqual(
			Array(2).fill(`http://127.0.0.1:2/webhook-waiting/${run.executionId}${isN8n1 ? '' : '?signature=a-token'}`),
		);
	});

	it('it stays so until the last task has ended, in whatever order the callbacks come', async () => {
		const run = await suspend(expanding(), { items: numbered(3) });
		const [a = '', b = '', c = ''] = taskIds();
		for (const taskId of [c, a]) {
			await finish(taskId);
			expect(stillSuspended(await tell(run, taskId))).toBe(200);
		}
		await finish(b);
		const last = await tell(run, b);
		expect(last.status).toBe(200);
		expect(given(last.run).map(({ taskId }) => taskId)).toEqual([a, b, c]);
		expect(last.run?.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});

	it('a callback of a task that is still running asks nobody', async () => {
		const run = await suspend(expanding());
		const [answer, asked] = await askedDuring(async () => await tell(run, taskIds()[0] ?? '', 'processing'));
		expect([answer.status, answer.run, asked]).toEqual([200, undefined, []]);
	});

	it('the list is read once, and of what it does not show single tasks until one runs', async () => {
		const run = await suspend(expanding(), { items: numbered(6) });
		const ids = taskIds();
		await finish(...ids.slice(0, 5));
		const [, asked] = await askedDuring(async () => await tell(run, ids[0] ?? ''));
		expect(asked).toEqual(['GET list']);
		await finish(ids[5] ?? '');
		const [{ run: ended }, last] = await askedDuring(async () => await tell(run, ids[5] ?? ''));
		expect(given(ended)).toHaveLength(6);
		expect(last.length).toBeLessThanOrEqual(2);
	});

	it('a list that lags is not believed: each task is read, and the execution goes on', async () => {
		const run = await suspend(expanding(), { items: numbered(5) });
		const ids = taskIds();
		await finish(...ids);
		control.faults([{ on: 'list', kind: 'lag', ms: 60_000 }]);
		const [{ run: ended }, asked] = await askedDuring(async () => await tell(run, ids[4] ?? ''));
		expect(given(ended)).toHaveLength(5);
		expect(asked).toHaveLength(6);
	});
});

describe('no suspension', () => {
	it('when all tasks have ended before: their results at once', async () => {
		control.fates([{ taskMs: 0 }]);
		const run = await attempt(expanding());
		expect(run).toMatchObject({ status: 'success', waitTill: undefined });
		expect(
			itemsOf(run).map(({ json, binary, pairedItem }) => [json.status, Object.keys(binary ?? {}), pairedItem]),
		).toEqual([
			['succeeded', ['image'], { item: 0 }],
			['succeeded', ['image'], { item: 1 }],
		]);
		expect(given(run)).toHaveLength(2);
	});

	it('when all have failed before: items that say so', async () => {
		control.fates([{ taskMs: 0, fate: 'failed', message: 'not allowed' }]);
		expect(itemsOf(await attempt(expanding())).map(({ json }) => [json.status, json.statusMessage])).toEqual(
			Array(2).fill(['failed', 'not allowed']),
		);
	});

	it('is not skipped when only some have ended', async () => {
		control.fates([{ match: { nth: 1 }, taskMs: 0 }]);
		expect((await attempt(expanding())).status).toBe('waiting');
	});
});

describe('a task that failed', () => {
	it('is an item with its reason, beside those that succeeded', async () => {
		const run = await suspend(expanding());
		const [a = '', b = ''] = taskIds();
		await control.finish(a, 'failed', 'content is not allowed');
		await finish(b);
		const { run: ended } = await tell(run, a, 'failed');
		expect(ended?.status).toBe('success');
		expect(given(ended)).toEqual([
			expect.objectContaining({ taskId: a, status: 'failed', statusMessage: 'content is not allowed', images: [] }),
			expect.objectContaining({ taskId: b, status: 'succeeded' }),
		]);
		expect(ended?.items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([[], ['image']]);
	});
});

describe('n8n settings of the node', () => {
	it('Execute Once: one task, one item', async () => {
		const run = await suspend(expanding(), { executeOnce: true });
		expect(tasks()).toHaveLength(1);
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[0] ?? '');
		expect(given(ended)).toEqual([expect.objectContaining({ status: 'succeeded' })]);
	});

	it('images from all items: one task of them all', async () => {
		const run = await suspend(suspending('multiImageToImage', { options: { imagesFrom: 'allItems' } }), {
			items: numbered(3),
		});
		expect(tasks()).toHaveLength(1);
		expect(JSON.stringify(tasks()[0]?.request).match(/sha256/g)).toHaveLength(3);
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[0] ?? '');
		expect(ended?.items.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([['succeeded', { item: 0 }]]);
	});
});
