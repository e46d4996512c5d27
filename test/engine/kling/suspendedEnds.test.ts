/** The end of a suspension: once, whoever resumes it at the same moment; at the deadline; after n8n was started again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { HELPER, isN8n1, startHarness, type Run, type WorkflowSketch } from '../../harness/index.ts';
import { KLING } from './support.ts';
import { expanding, given, numbered, startSuspending, stillSuspended, suspending } from './suspendedSupport.ts';

const { n8n, control, suspend, tell, finish, taskIds, askedDuring, credentials } = await startSuspending();

/** Every task has ended, and each says so at the same moment. */
async function allAtOnce(run: Run) {
	await finish(...taskIds());
	return await Promise.all(taskIds().map(async (taskId) => await tell(run, taskId)));
}

// n8n 2.x lets one of them go on, n8n 1.x all that the node lets through.
describe('the last callbacks at the same moment', () => {
	it.each([
		[3, {}],
		[3, { on: 'get', kind: 'delay', ms: 60 }],
		[7, { on: 'list', kind: 'delay', ms: 60 }],
	] as const)('%i tasks run the rest once (%o)', async (length, fault) => {
		const run = await suspend(expanding(), { items: numbered(length) });
		if ('on' in fault) control.faults([fault]);
		const answers = await allAtOnce(run);
		const ended = answers.flatMap(({ run: each }) => each ?? []);
		expect(ended.map(({ status }) => status)).toEqual(['success']);
		expect(given(ended[0]).map(({ taskId }) => taskId)).toEqual(taskIds());
		expect(answers.map(({ thrown }) => thrown)).toEqual(Array(length).fill(undefined));
		expect(control.files()).toHaveLength(length);
	});

	it('one that n8n took in before the end, and hands over after it, resumes nothing', async () => {
		const run = await suspend(expanding({ downloadImages: false }), { items: numbered(1) });
		await finish(...taskIds());
		const body = { task_id: taskIds()[0], task_status: 'succeed' };
		const [first, late] = await Promise.all([n8n.resume(run, { body }), n8n.resume(run, { body, heldMs: 400 })]);
		expect(given(first.run)).toHaveLength(1);
		expect(stillSuspended(late)).toBe(200);
	});

	it('those that come while the images are on their way resume nothing', async () => {
		const run = await suspend(expanding(), { items: numbered(1) });
		control.faults([{ on: 'file', kind: 'delay', ms: 1_000 }]);
		await finish(...taskIds());
		const first = tell(run, taskIds()[0] ?? '');
		await expect.poll(() => control.files().length).toBe(1);
		expect(stillSuspended(await tell(run, taskIds()[0] ?? ''))).toBe(200);
		expect(given((await first).run)).toHaveLength(1);
	});
});

describe('a callback during the look of another', () => {
	it('is not lost: the first one looks again', async () => {
		const run = await suspend(expanding());
		const [a = '', b = ''] = taskIds();
		await finish(a);
		// The read of b is answered late, with "running", and b ends meanwhile.
		control.faults([{ on: 'get', kind: 'delay', ms: 200, after: true, count: 1 }]);
		const reads = () => control.requests().filter(({ path }) => path.endsWith(b)).length;
		const before = reads();
		const first = tell(run, a);
		await expect.poll(reads).toBe(before + 1);
		await sleep(30);
		await finish(b);
		const second = tell(run, b);
		const ended = [await first, await second].flatMap(({ run: each }) => each ?? []);
		expect(ended.map((each) => given(each).length)).toEqual([2]);
		expect(reads()).toBe(before + 2);
	});
});

describe('the deadline', () => {
	const minutes = (run: Run) => Math.round(((run.waitTill?.getTime() ?? 0) - Date.now()) / 60_000);

	it.each([
		[15, {}],
		[2, { timeout: 2 }],
		[90, { timeout: '={{ $json.number ? 90 : 5 }}' }],
	])('is %i minutes away with options %o', async (expected, options) => {
		expect(minutes(await suspend(expanding({ options })))).toBe(expected);
	});

	it('lets the items go on as submitted tasks, in pairs, and asks nobody', async () => {
		const run = await suspend(expanding({ options: { passInputFields: true } }));
		const [ended, asked] = await askedDuring(async () => await n8n.resumeByTime(run));
		expect(ended.status).toBe('success');
		expect(given(ended).map(({ taskId, status, number, service }) => ({ taskId, status, number, service }))).toEqual(
			taskIds().map((taskId, number) => ({ taskId, status: 'submitted', number, service: 'kling' })),
		);
		expect(ended.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(asked).toEqual([]);
	});

	it('with Execute Once and with the images of all items: one item', async () => {
		expect(given(await n8n.resumeByTime(await suspend(expanding(), { executeOnce: true })))).toHaveLength(1);
		control.reset();
		const all = await suspend(suspending('multiImageToImage', { options: { imagesFrom: 'allItems' } }));
		expect(given(await n8n.resumeByTime(all)).map(({ taskId }) => taskId)).toEqual(taskIds());
	});

	it('leaves what other nodes gave as it was', async () => {
		const run = await suspend(expanding());
		const ended = await n8n.resumeByTime(run);
		expect([run, ended].map((each) => each.output('Items').map(({ json }) => json))).toEqual(
			Array(2).fill([{ number: 0 }, { number: 1 }]),
		);
		expect(ended.output('Items').map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['data'], ['data']]);
	});

	it('is no loss: Wait for Completion makes results of the items', async () => {
		const sketch: WorkflowSketch = {
			nodes: [
				{ name: 'Start', type: HELPER.start },
				{ name: 'Items', type: HELPER.items, items: numbered(2) },
				{ name: 'Node', type: KLING, parameters: expanding() },
				{
					name: 'Wait',
					type: KLING,
					parameters: { resource: 'imageExpansion', operation: 'wait', options: { pollInterval: 0.1 } },
				},
			],
			connections: [
				['Start', 'Items'],
				['Items', 'Node'],
				['Node', 'Wait'],
			],
		};
		const run = await n8n.runWorkflow(sketch, { credentials, instanceUrl: 'http://127.0.0.1:1' });
		expect(run.status).toBe('waiting');
		const waiting = n8n.resumeByTime(run);
		await finish(...taskIds());
		const done = (await waiting).output('Wait');
		expect(done.map(({ json, binary }) => [json.taskId, json.status, Object.keys(binary ?? {})])).toEqual(
			taskIds().map((id) => [id, 'succeeded', ['image']]),
		);
	});

	// Here and between two processes only n8n can choose: the node is not asked at the deadline.
	it('and a callback at the same moment: one of them in n8n 2.x, both in 1.x', async () => {
		const run = await suspend(expanding());
		await finish(...taskIds());
		const callback = tell(run, taskIds()[0] ?? '');
		expect(given(await n8n.resumeByTime(run))).toHaveLength(2);
		expect((await callback).run?.status).toBe(isN8n1 ? 'success' : undefined);
	});
});

describe('n8n started again while it is suspended', () => {
	it('knows what it waits for, and what has ended before', async () => {
		const run = await suspend(expanding({ downloadImages: true, options: { binaryPrefix: 'wide' } }), {
			items: numbered(3),
		});
		const [a = '', b = '', c = ''] = taskIds();
		await finish(a);
		stillSuspended(await tell(run, a));
		const restarted = await startHarness();
		const told = (id: string) => ({ body: { task_id: id, task_status: 'succeed' } });
		await finish(b);
		stillSuspended(await restarted.resume(run, told(b)));
		await finish(c);
		const again = await startHarness();
		const { run: ended } = await again.resume(run, told(c));
		expect(given(ended).map(({ taskId }) => taskId)).toEqual([a, b, c]);
		expect(ended?.items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['wide'], ['wide'], ['wide']]);
	});

	it('two processes that are told at the same moment: n8n 2.x lets one go on, 1.x both', async () => {
		const run = await suspend(expanding());
		const other = await startHarness();
		await finish(...taskIds());
		const body = { task_id: taskIds()[0], task_status: 'succeed' };
		const answers = await Promise.all([n8n.resume(run, { body }), other.resume(run, { body })]);
		expect(answers.flatMap(({ run: ended }) => ended?.status ?? [])).toEqual(
			isN8n1 ? ['success', 'success'] : ['success'],
		);
	});

	it('the deadline works too', async () => {
		const run = await suspend(expanding());
		expect(given(await (await startHarness()).resumeByTime(run)).map(({ taskId }) => taskId)).toEqual(taskIds());
	});
});
