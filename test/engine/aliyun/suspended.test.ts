/** Create and Wait for Callback of user models and portraits: suspends the execution, and resumes it when the last task has ended. */
import { describe, expect, it } from 'vitest';

import { HELPER, startHarness, type Execution, type WorkflowSketch } from '../../harness/index.ts';
import { ALIYUN, itemsOf, person, STYLE } from './support.ts';
import { given, portraying, startSuspending, stillSuspended, training } from './suspendedSupport.ts';

const {
	n8n,
	control,
	credentials,
	suspend,
	attempt,
	live,
	tell,
	call,
	idsOf,
	finish,
	model,
	bought,
	taskOf,
	queriesOf,
	requests,
	arrived,
} = await startSuspending();

const STYLES = [STYLE, '9ea64839-47df-4839-9823-cacac81eb933'];
const styled = { style: { mode: 'id', value: '={{ $json.style }}', __rl: true } };
/** Two portraits of one person. */
async function two() {
	const { userId } = await model();
	return { items: STYLES.map((style, number) => ({ json: { userId, style, number } })) };
}

describe('a portrait', () => {
	it("goes on by itself at the service's callbacks, each item with its own images", async () => {
		const items = await two();
		const { suspended, ended } = await live(portraying({ ...styled, downloadImages: true }), items);
		expect(suspended.status).toBe('waiting');
		for (const taskId of idsOf(suspended)) await finish(taskId);
		const done = itemsOf(await ended);
		expect(done.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['succeeded', { item: 0 }],
			['succeeded', { item: 1 }],
		]);
		expect(done.map(({ binary }) => Object.keys(binary ?? {}))).toEqual(Array(2).fill(['image', 'image_1', 'image_2']));
		expect(done.map(({ json }) => control.task(String(json.taskId))?.request.style)).toEqual(STYLES);
		expect(bought()).toEqual(['userModel', 'portrait', 'portrait']);
	});

	it('that ended partly, and one that failed, are items that say so', async () => {
		const run = await suspend(portraying(styled), await two());
		const [a = '', b = ''] = idsOf(run);
		await control.finish(a, 'partial');
		await control.finish(b, 'failed');
		const { run: ended } = await tell(run, a, 4);
		expect(ended?.status).toBe('success');
		expect(given(ended).map(({ taskId, status }) => [taskId, status])).toEqual([
			[a, 'partial'],
			[b, 'failed'],
		]);
	});

	it('with Simplify off gives the whole body', async () => {
		const run = await suspend(portraying({ ...styled, simplify: false }), await two());
		await finish(...idsOf(run));
		const { run: ended } = await tell(run, idsOf(run)[0] ?? '');
		expect(given(ended).map(({ ret, body }) => [ret, (body as { id: string }).id])).toEqual(
			idsOf(run).map((id) => [0, id]),
		);
	});
});

describe('a user model', () => {
	it('two people: each item with its own model and photos, no images', async () => {
		control.fates([{ taskMs: 300 }]);
		const { ended } = await live(training(), { items: [person(8, { who: 'a' }), person(9, { who: 'b' }, 100)] });
		const done = itemsOf(await ended);
		expect(done.map(({ json }) => [json.status, json.taskType, (json.paths as string[]).length])).toEqual([
			['succeeded', 'training', 8],
			['succeeded', 'training', 9],
		]);
		expect(done.map(({ json }) => control.task(String(json.taskId))?.userId)).toEqual(
			done.map(({ json }) => json.userId),
		);
		expect(done.map(({ json }) => control.task(String(json.taskId))?.request.img_set)).toEqual(
			done.map(({ json }) => json.paths),
		);
		expect(done.map(({ binary }) => binary)).toEqual([undefined, undefined]);
		expect(arrived()).toHaveLength(17);
	});

	it.each(['failed', 'partial'] as const)('that ended as %s is an item that says so', async (end) => {
		const run = await suspend(training());
		const [id = ''] = idsOf(run);
		await control.finish(id, end);
		expect(given((await tell(run, id, 5)).run)).toEqual([expect.objectContaining({ taskId: id, status: end })]);
	});

	it('is followed by a portrait that suspends the execution too: overnight, without holding a worker', async () => {
		const sketch: WorkflowSketch = {
			nodes: [
				{ name: 'Start', type: HELPER.start },
				{ name: 'Items', type: HELPER.items, items: [person()] },
				{ name: 'Train', type: ALIYUN, parameters: training() },
				{ name: 'Portray', type: ALIYUN, parameters: portraying({ downloadImages: true }) },
			],
			connections: [
				['Start', 'Items'],
				['Items', 'Train'],
				['Train', 'Portray'],
			],
		};
		const trains = await n8n.runWorkflow(sketch, { credentials, instanceUrl: 'http://127.0.0.1:1' });
		const model = taskOf('userModel').taskId;
		await finish(model);
		const portrays = (await n8n.resume(trains, { body: { ret: 0, body: { id: model, state: 3 } } })).run as Execution;
		expect(portrays.status).toBe('waiting');
		const { taskId } = taskOf('portrait');
		await finish(taskId);
		const restarted = await startHarness();
		const { run } = await restarted.resume(portrays, { body: { ret: 0, body: { id: taskId, state: 3 } } });
		expect(run?.output('Portray').map(({ json, binary }) => [json.taskId, Object.keys(binary ?? {}).length])).toEqual([
			[taskId, 3],
		]);
	});
});

describe('the deadline', () => {
	it.each([
		['userModel', 60],
		['portrait', 15],
	] as const)('of a %s is %i minutes away', async (resource, minutes) => {
		const run = resource === 'userModel' ? await suspend(training()) : await suspend(portraying(styled), await two());
		expect(Math.round(((run.waitTill?.getTime() ?? 0) - Date.now()) / 60_000)).toBe(minutes);
	});

	it('lets the items go on as submitted, with what Wait for Completion and later nodes need', async () => {
		const run = await suspend(training());
		const [[item], queries] = await queriesOf(async () => given(await n8n.resumeByTime(run)));
		const { taskId, userId } = taskOf('userModel');
		expect(item).toMatchObject({
			service: 'aliyunPortrait',
			resource: 'userModel',
			taskId,
			userId,
			status: 'submitted',
			paths: expect.any(Array),
		});
		expect(queries).toBe(0);
		const waiting = n8n.run({
			node: ALIYUN,
			credentials,
			parameters: { resource: 'userModel', operation: 'wait', options: { pollInterval: 0.1 } },
			items: [{ json: item ?? {} }],
		});
		await finish(taskId);
		expect(itemsOf(await waiting)[0]?.json).toMatchObject({ taskId, status: 'succeeded' });
	});
});

describe('a callback', () => {
	it.each([
		['nothing', {}],
		['an empty object', { body: {} }],
		['text', { body: 'finished', headers: { 'content-type': 'text/plain' } }],
		['a form', { body: 'task=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
	])('of %s counts: the document does not say what comes', async (_, callback) => {
		const run = await suspend(portraying(styled), await two());
		expect(stillSuspended(await call(run, callback))).toBe(200);
		await finish(...idsOf(run));
		// The next look comes 15 s after the first.
		expect(given((await n8n.atSpeed(20, async () => await call(run, callback))).run)).toHaveLength(2);
	});

	it('of success that is not true: the service is asked, and the execution stays suspended', async () => {
		const run = await suspend(portraying(styled), await two());
		const [answer, queries] = await queriesOf(async () => await tell(run, idsOf(run)[0] ?? ''));
		expect([stillSuspended(answer), queries]).toEqual([200, 1]);
	});

	it('of a task that still runs costs no query', async () => {
		const run = await suspend(portraying(styled), await two());
		for (const state of [1, 2])
			expect((await queriesOf(async () => stillSuspended(await tell(run, idsOf(run)[0] ?? '', state))))[1]).toBe(0);
	});

	it('costs a query for each task that ended, and one for the first that runs', async () => {
		const run = await suspend(portraying(styled), await two());
		const [a = '', b = ''] = idsOf(run);
		await finish(b);
		expect((await queriesOf(async () => stillSuspended(await tell(run, b))))[1]).toBe(2);
		await finish(a);
		const [{ run: ended }, queries] = await queriesOf(async () => await tell(run, a));
		expect([given(ended).length, queries]).toEqual([2, 1]);
	});

	it('when the service cannot be asked: the execution stays suspended, and a later callback resumes it', async () => {
		const run = await suspend(portraying(styled), await two());
		await finish(...idsOf(run));
		control.faults([{ on: 'get', kind: 'html502', service: 'aliyunPortrait' }]);
		expect(stillSuspended(await n8n.atSpeed(20, async () => await tell(run, idsOf(run)[0] ?? '')))).toBe(503);
		control.faults([]);
		expect(given((await tell(run, idsOf(run)[0] ?? '')).run)).toHaveLength(2);
	});

	it('three at the same moment run the rest once, also where n8n would let all go on (1.x)', async () => {
		const { userId } = await model();
		const items = [0, 1, 2].map((number) => ({ json: { userId, style: STYLE, number } }));
		const run = await suspend(portraying(styled), { items });
		await finish(...idsOf(run));
		const answers = await Promise.all(idsOf(run).map(async (id) => await tell(run, id)));
		expect(answers.flatMap(({ run: ended }) => ended?.status ?? [])).toEqual(['success']);
	});
});

describe('no address that the service could reach', () => {
	it('is an error before a photo is uploaded', async () => {
		const run = await attempt(training({ options: { allowUnreachable: false } }), {
			instanceUrl: 'http://192.168.0.7:5678',
		});
		expect(run.error).toMatchObject({
			name: 'NodeOperationError',
			message: 'Aliyun AI Portrait cannot call this n8n back: its address 192.168.0.7:5678 is not public',
			taskState: 'not-created',
		});
		expect(requests()).toEqual([]);
	});
});
