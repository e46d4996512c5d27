/** Submit now, fetch later; how a wait ends when the task does not, and what Stop does. */
import { beforeEach, describe, expect, it } from 'vitest';

import type { Run } from '../../harness/index.ts';
import { expectNothingSent, stoppedWhen } from '../support.ts';
import { count, errorOf, factsOf, itemsOf, on, start, submit } from './support.ts';

const { run, control, creates } = await start();
const items = (length: number) => count(length).map((json) => ({ json }));

/** 0.6 s. */
const timeout = 0.01;
const often = { pollInterval: 0.1 };

describe('Wait for Result off', () => {
	it('returns the submitted task at once, without an image', async () => {
		const result = await run(submit({ waitForCompletion: false }));
		expect(itemsOf(result)).toEqual([
			{
				json: {
					service: 'psTask',
					resource: 'task',
					taskId: control.ledger()[0]?.taskId,
					status: 'submitted',
					images: [],
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(control.requests()).toHaveLength(1);
	});

	it('Simplify off is the body of the submit', async () => {
		const [item] = itemsOf(await run(submit({ waitForCompletion: false, simplify: false })));
		expect(item?.json).toEqual({ code: 200, msg: 'success', data: { task_id: control.ledger()[0]?.taskId } });
	});
});

describe('Wait for Completion (operation)', () => {
	it('takes submitted tasks on with its default', async () => {
		control.fates([{ taskMs: 1_000 }]);
		const submitted = itemsOf(await run(submit({ waitForCompletion: false }), { items: items(2) }));
		const result = await run(on('wait', { options: often }), { items: submitted.map(({ json }) => ({ json })) });
		expect(
			itemsOf(result).map(({ json, pairedItem, binary }) => [
				json.taskId,
				json.status,
				pairedItem,
				Object.keys(binary ?? {}),
			]),
		).toEqual(submitted.map(({ json }, item) => [json.taskId, 'succeeded', { item }, ['image']]));
		expect(control.ledger()).toHaveLength(2);
	});

	it('reads a task that has ended long ago once', async () => {
		const [task] = itemsOf(await run(submit({ downloadImages: false })));
		const before = control.requests().length;
		expect(itemsOf(await run(on('wait'), { items: [{ json: task?.json }] }))[0]?.json.status).toBe('succeeded');
		expect(control.requests().length - before).toBe(1);
	});

	it('a failed task is an error, or an item if so set', async () => {
		control.fates([{ fate: 'failed', message: 'No face' }]);
		const [task] = itemsOf(await run(submit({ waitForCompletion: false })));
		const given = { items: [{ json: task?.json }] };
		expect(errorOf(await run(on('wait', { options: often }), given)).message).toContain('No face');
		const [item] = itemsOf(await run(on('wait', { options: { ...often, onTaskFailed: 'returnItem' } }), given));
		expect(item?.json).toMatchObject({ taskId: task?.json.taskId, status: 'failed', statusMessage: 'No face' });
	});
});

describe('Get', () => {
	it('reads the task as it stands, by an ID with any characters', async () => {
		control.settings({ psTaskMs: [60_000, 60_000] });
		const [task] = itemsOf(await run(submit({ waitForCompletion: false })));
		const [item] = itemsOf(await run(on('get'), { items: [{ json: task?.json }] }));
		expect(item?.json).toMatchObject({
			service: 'psTask',
			resource: 'task',
			taskId: task?.json.taskId,
			status: 'submitted',
			providerStatus: 'pending',
			images: [],
		});
		await run(on('get', { taskId: 'a/b ?c=ä#' }));
		expect(control.requests().at(-1)).toMatchObject({
			path: expect.stringMatching(/^\/ps_tasks\/result\/a%2Fb%20%3Fc%3D%C3%A4%23$/),
			query: '',
		});
	});

	it('a failed task is an item, not an error', async () => {
		const [task] = itemsOf(await run(submit({ waitForCompletion: false })));
		await control.finish(String(task?.json.taskId), 'failed', 'No face');
		const [item] = itemsOf(await run(on('get'), { items: [{ json: task?.json }] }));
		expect(item?.json).toMatchObject({
			taskId: task?.json.taskId,
			status: 'failed',
			statusMessage: 'No face',
			images: [],
		});
	});

	it('downloads only if asked to', async () => {
		const [task] = itemsOf(await run(submit({ downloadImages: false })));
		const fields = async (change: { downloadImages?: boolean }) =>
			Object.keys(itemsOf(await run(on('get', change), { items: [{ json: task?.json }] }))[0]?.binary ?? {});
		expect([await fields({}), await fields({ downloadImages: true })]).toEqual([[], ['image']]);
	});

	it('Simplify off is the whole body', async () => {
		const [task] = itemsOf(await run(submit({ downloadImages: false })));
		const [item] = itemsOf(await run(on('get', { simplify: false }), { items: [{ json: task?.json }] }));
		expect(item?.json).toEqual({
			code: 200,
			msg: 'success',
			data: { status: 'completed', image_url: expect.any(String), image_rid: task?.json.imageRid },
		});
	});
});

describe('a task still running at the end of the timeout', () => {
	it('is no failure: the item has its ID, and Wait for Completion takes it on', async () => {
		control.fates([{ fate: 'stuck' }]);
		const [item] = itemsOf(await run(submit({ options: { timeout } })));
		const [task] = control.ledger();
		expect(item?.json).toMatchObject({ taskId: task?.taskId, status: 'processing', images: [] });
		expect(item?.json.warnings).toEqual([
			'Still running after 0.6 seconds; this is not a failure. Get it later with the operation Wait for Completion and its task ID.',
		]);
		await control.finish(String(task?.taskId));
		const [later] = itemsOf(await run(on('wait'), { items: [{ json: item?.json }] }));
		expect(later?.json).toMatchObject({ taskId: task?.taskId, status: 'succeeded' });
		expect(Object.keys(later?.binary ?? {})).toEqual(['image']);
		expect(control.ledger()).toHaveLength(1);
	});

	it('is an error that carries the task, if so set', async () => {
		control.fates([{ fate: 'stuck' }]);
		const error = errorOf(await run(submit({ options: { timeout, onTimeout: 'error' } })));
		const { taskId } = control.ledger()[0] ?? {};
		expect(error.message).toMatch(/^PS Task is still working after 0\.6 seconds$/);
		expect(factsOf(error)).toEqual({
			taskId,
			status: 'processing',
			taskState: 'created',
			retryable: true,
			hint: expect.stringContaining('Wait for Completion'),
		});
	});
});

describe('Stop', () => {
	beforeEach(() => control.fates([{ fate: 'stuck' }]));
	const warnings = ({ log }: Run) => log.filter(({ level }) => level === 'warn').map(({ message }) => message);

	it.each([undefined, 'continueRegularOutput'] as const)(
		'ends waiting within a second and names the running tasks once (On Error: %s)',
		async (onError) => {
			const submitted = () => creates().filter(({ code }) => code !== null).length === 2;
			const result = await stoppedWhen(
				submitted,
				async (signal) => await run(submit(), { items: items(2), onError, signal }),
			);
			expect(result.status).toBe('canceled');
			expect(result.stoppedAfterMs).toBeLessThan(1_000);
			expect(warnings(result)).toHaveLength(1);
			for (const { taskId } of control.ledger()) expect(warnings(result)[0]).toContain(taskId);
			await expectNothingSent();
		},
	);

	it('cuts off submits on their way as may exist, and sends those in line no more', async () => {
		control.faults([{ on: 'create', kind: 'delay', ms: 3_000 }]);
		const result = await stoppedWhen(
			() => creates().length === 4,
			async (signal) => await run(submit(), { items: items(9), signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(creates()).toHaveLength(4);
		expect(warnings(result)).toEqual([
			expect.stringMatching(/item 0: .*\(may exist\); item 1: .*; item 2: .*; item 3: [^;]*\(may exist\)$/),
		]);
	});
});
