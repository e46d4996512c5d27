/** A create whose answer is lost: it is found again, or sent again, and paid once. */
import { describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import { count, create, errorOf, expand, factsOf, itemsOf, smallPhotos, start } from './support.ts';

const { run, n8n, control, creates } = await start();

/** Resource of the node, and how the simulator calls it. */
const RESOURCES = [
	['multiImageToImage', 'multi-image2image'],
	['imageExpansion', 'expand'],
	['aiMultiShot', 'ai-multi-shot'],
	['imageGeneration', 'generations'],
	['omniImage', 'omni-image'],
	['element', 'advanced-custom-elements'],
] as const;

const AMBIGUOUS: Array<Omit<FaultRule, 'on'>> = [
	{ kind: 'dropBefore' },
	{ kind: 'dropAfter' },
	...[5000, 5001, 5002].flatMap((code): Array<Omit<FaultRule, 'on'>> => [
		{ kind: 'code', code },
		{ kind: 'code', code, after: true },
	]),
	{ kind: 'html502' },
	{ kind: 'html502', after: true },
	{ kind: 'status', status: 504, after: true },
	{ kind: 'brokenJson' },
	{ kind: 'brokenJson', after: true },
	{ kind: 'truncatedJson' },
];

const lookUps = () => control.requests().filter(({ method }) => method === 'GET');

it('every kind of lost answer, before and after the work, in all resources: one task each, and its images in the item', async () => {
	// Each strikes one create of each resource.
	control.faults(
		RESOURCES.flatMap(([, resource]) =>
			AMBIGUOUS.map((rule) => ({ ...rule, on: 'create' as const, resource, count: 1 })),
		),
	);
	const results = await Promise.all(
		RESOURCES.map(
			async ([resource]) => await run(create(resource), { items: smallPhotos(...count(AMBIGUOUS.length)) }),
		),
	);
	const found = results.map(itemsOf);
	for (const [index, [resource, name]] of RESOURCES.entries()) {
		const items = found[index] ?? [];
		const tasks = control.ledger().filter((task) => task.resource === name);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(AMBIGUOUS.map((_, item) => ({ item })));
		expect(items.map(({ json }) => json.taskId).sort()).toEqual(tasks.map(({ taskId }) => taskId).sort());
		expect(new Set(tasks.map(({ externalTaskId }) => externalTaskId)).size).toBe(AMBIGUOUS.length);
		for (const { json, binary } of items) {
			expect(json).toMatchObject({ resource, status: 'succeeded' });
			expect('image' in (binary ?? {})).toBe(resource !== 'element');
		}
		const struck = creates()
			.filter((request) => request.resource === name && request.fault)
			.map(({ fault }) => fault);
		expect(struck.sort()).toEqual(AMBIGUOUS.map(({ kind }) => kind).sort());
	}
}, 180_000);

describe('the look-up itself fails to the end', () => {
	it('the task may exist: its external ID is among the facts, and nothing was sent twice', async () => {
		control.faults([
			{ on: 'create', kind: 'dropAfter' },
			// Without a pause between the tries: unit tests have those.
			{ on: 'get', kind: 'tooMany', retryAfter: 0, resource: 'expand' },
			{ on: 'get', kind: 'code', code: 1103, resource: 'multi-image2image' },
			{ on: 'get', kind: 'code', code: 1103, resource: 'generations' },
			{ on: 'get', kind: 'code', code: 1103, resource: 'omni-image' },
			{ on: 'get', kind: 'code', code: 1103, resource: 'advanced-custom-elements' },
			{ on: 'list', kind: 'code', code: 1103, resource: 'ai-multi-shot' },
		]);
		const runs = await Promise.all(
			RESOURCES.map(async ([resource]) => await run(create(resource), { items: smallPhotos({}) })),
		);
		for (const [index, error] of runs.map(errorOf).entries()) {
			const [task, ...others] = control.ledger().filter((entry) => entry.resource === RESOURCES[index]?.[1]);
			expect(others).toEqual([]);
			expect(error.message).toBe('No answer from Kling: the task may have been created');
			expect(error.description).toMatch(/^Get the task by its external task ID/);
			const facts = {
				taskState: 'may-exist',
				retryable: true,
				externalTaskId: task?.externalTaskId,
				hint: expect.stringContaining('Get the task by its external task ID'),
				code: 'ECONNRESET',
				reason: 'the connection was lost',
			};
			expect(factsOf(error)).toEqual(facts);
			expect(error.context.data).toEqual(facts);
		}
		expect(creates()).toHaveLength(RESOURCES.length);
		expect(lookUps().filter(({ resource }) => resource === 'expand')).toHaveLength(12);

		control.faults([]);
		for (const [resource, name] of RESOURCES) {
			const [task] = control.ledger().filter((entry) => entry.resource === name);
			const [found] = itemsOf(await run({ resource, operation: 'wait', taskId: String(task?.externalTaskId) }));
			expect(found?.json).toMatchObject({ taskId: task?.taskId, status: 'succeeded' });
		}
	});

	it('and never tries again by itself under Continue On Fail either', async () => {
		control.faults([
			{ on: 'create', kind: 'code', code: 5000, after: true, count: 1 },
			{ on: 'get', kind: 'code', code: 1103, count: 3 },
		]);
		// The other item must not wait: its reads would use the faults up that the look-up is to meet.
		const { items } = await run(expand({ waitForCompletion: false }), {
			items: smallPhotos(...count(2)),
			onError: 'continueRegularOutput',
		});
		const [failed] = items.filter(({ json }) => json.error);
		const lost = control
			.ledger()
			.find(
				({ externalTaskId }) => externalTaskId === (failed?.json.details as { externalTaskId: string }).externalTaskId,
			);
		expect(failed?.json.details).toMatchObject({
			code: 5000,
			httpStatus: 500,
			taskState: 'may-exist',
			externalTaskId: lost?.externalTaskId,
		});
		expect(creates()).toHaveLength(2);
	});
});

describe('a create that does not answer in time', () => {
	const impatient = { downloadImages: false, requestOptions: { timeout: 1_000 } };

	it('and that was carried out is found', async () => {
		control.faults([{ on: 'create', kind: 'delay', ms: 3_000, after: true, count: 1 }]);
		const [item] = itemsOf(await run(expand(impatient)));
		expect(item?.json.taskId).toBe(control.ledger()[0]?.taskId);
		expect([control.ledger().length, creates().length]).toEqual([1, 1]);
	});

	it('and that is carried out later, after it was sent again, is still one task', async () => {
		control.faults([{ on: 'create', kind: 'delay', count: 1 }]);
		const [item] = itemsOf(await run(expand(impatient)));
		expect(creates()).toHaveLength(2);
		// The first one goes on now, and is answered with the refusal of its ID.
		control.faults([]);
		await expect
			.poll(
				() =>
					creates()
						.map(({ code }) => code)
						.sort(),
				{ timeout: 15_000 },
			)
			.toEqual([0, 1201]);
		expect(control.ledger().map(({ taskId }) => taskId)).toEqual([item?.json.taskId]);
	});
});

it('a create that is lost again and again and never carried out was not created, and has one ID', async () => {
	control.faults([{ on: 'create', kind: 'dropBefore' }]);
	const error = errorOf(await run(expand({ downloadImages: false })));
	expect(factsOf(error)).toEqual({
		taskState: 'not-created',
		retryable: true,
		externalTaskId: expect.stringMatching(/^n8n-/),
		hint: expect.stringMatching(/^Check the network, /),
		code: 'ECONNRESET',
		reason: 'the connection was lost',
	});
	expect([control.ledger().length, creates().length]).toEqual([0, 4]);
	expect(new Set(lookUps().map(({ path }) => path))).toEqual(
		new Set([`/v1/images/editing/expand/${String(factsOf(error).externalTaskId)}`]),
	);
});

it('a list that lags behind, out of order, hides no paid task', async () => {
	control.faults([
		{ on: 'create', kind: 'dropAfter', count: 2 },
		{ on: 'list', kind: 'lag', ms: 2_500 },
		{ on: 'list', kind: 'shuffle' },
	]);
	const items = itemsOf(
		await run(create('aiMultiShot', { downloadImages: false }), { items: smallPhotos(...count(3)) }),
	);
	expect(items.map(({ json }) => json.taskId).sort()).toEqual(
		control
			.ledger()
			.map(({ taskId }) => taskId)
			.sort(),
	);
	expect(control.ledger()).toHaveLength(3);
});

it('a create that never answers in time may exist: it can come into being when everybody has given up', async () => {
	control.faults([{ on: 'create', kind: 'delay' }]);
	const late = expand({ downloadImages: false, requestOptions: { timeout: 200 } });
	const error = errorOf(await n8n.atSpeed(20, async () => await run(late)));
	expect(error.message).toBe('No answer from Kling: the task may have been created');
	expect(error.description).toMatch(/^Get the task by its external task ID/);
	expect(control.ledger()).toEqual([]);
	expect(factsOf(error)).toEqual({
		taskState: 'may-exist',
		retryable: true,
		externalTaskId: expect.stringMatching(/^n8n-/),
		hint: 'Get the task by its external task ID (Error details) before you create it again.',
		reason: 'it took too long',
	});
	control.faults([]);
	await expect
		.poll(() => control.ledger().map(({ externalTaskId }) => externalTaskId), { timeout: 20_000 })
		.toEqual([factsOf(error).externalTaskId]);
});
