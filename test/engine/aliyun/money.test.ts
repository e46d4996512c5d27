/** Neither paid call has a key or a list: what was bought once is not bought again, whoever runs the node again. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import { startHarness, type Run, type RunOptions } from '../../harness/index.ts';
import {
	aliyunCredentials,
	errorOf,
	factsOf,
	file,
	generate,
	itemsOf,
	otherTasksOf,
	person,
	portray,
	start,
	STYLE,
	textOf,
	train,
} from './support.ts';

const { run, control, requests, bought, taskOf, model, faults, n8n, uploaded, arrived, unknown } = await start();

const creates = (resource?: string) =>
	requests('create').filter((request) => resource === undefined || request.resource === resource);
const again = { retryOnFail: true, maxTries: 3 };
type Paid = {
	resource: 'userModel' | 'portrait';
	parameters: INodeParameters;
	prepare(): Promise<Partial<RunOptions>>;
};

/** Both paid calls, with what each needs. */
const PAID: Array<[string, Paid]> = [
	[
		'a training',
		{
			resource: 'userModel',
			parameters: train({ photos: '={{ $json.paths }}' }),
			prepare: async () => ({ items: [{ json: { paths: await uploaded() } }] }),
		},
	],
	[
		'a portrait',
		{
			resource: 'portrait',
			parameters: portray(),
			prepare: async () => ({ items: [{ json: { userId: (await model()).userId } }] }),
		},
	],
];
const tasks = (resource: string) => control.ledger().filter((entry) => entry.resource === resource);

describe.each(PAID)('%s', (_, { resource, parameters, prepare }) => {
	const fault = (rule: Omit<FaultRule, 'on'>) => faults({ on: 'create', resource, ...rule } as FaultRule);

	it.each<[string, Omit<FaultRule, 'on'>]>([
		['dropped after the work', { kind: 'dropAfter' }],
		['HTTP 500 after the work', { kind: 'status', status: 500, after: true }],
		['HTTP 503 with JSON after the work', { kind: 'status', status: 503, after: true }],
		['an HTML page after the work', { kind: 'html502', after: true }],
		['half an answer', { kind: 'truncatedJson' }],
		['no JSON after the work', { kind: 'brokenJson', after: true }],
		['D504TO after the work', { kind: 'gateway', code: 'D504TO', after: true }],
		['D502FC after the work', { kind: 'gateway', code: 'D502FC', after: true }],
		['N502RE after the work', { kind: 'gateway', code: 'N502RE', after: true }],
		['X504TO after the work', { kind: 'gateway', code: 'X504TO', after: true }],
		[
			"the classic gateway's Internal Error after the work",
			{ kind: 'gateway', message: 'Internal Error', after: true },
		],
		[
			"the classic gateway's Service Unavailable after the work",
			{ kind: 'gateway', message: 'Service Unavailable', after: true },
		],
		[
			'Nonce Used after the work, since each try has a new one',
			{ kind: 'gateway', message: 'Nonce Used', after: true },
		],
		['HTTP 429 that the gateway does not tell of', { kind: 'tooMany', after: true }],
	])(
		'whose answer is lost (%s) may exist: exactly one task, never sent again, and Retry On Fail neither',
		async (_name, rule) => {
			const options = await prepare();
			fault(rule);
			const error = errorOf(await run(parameters, { ...options, ...again }));
			expect(tasks(resource)).toHaveLength(1);
			expect(creates(resource)).toHaveLength(1);
			expect(factsOf(error)).toMatchObject({ taskState: 'may-exist', retryable: false });
			expect(factsOf(error).hint).toMatch(
				/^Check the call log in the Alibaba Cloud console first\. Running this again may be charged again\.$/,
			);
			expect(textOf(error)).toContain('console');
		},
	);

	it('the first error of a lost create says what to check, too', async () => {
		const options = await prepare();
		fault({ kind: 'dropAfter' });
		const error = errorOf(await run(parameters, options));
		expect(error.message).toBe('No answer from Aliyun AI Portrait: the task may have been created');
		const next = 'Check the call log in the Alibaba Cloud console first. Running this again may be charged again.';
		expect(error.description).toBe(next);
		expect(factsOf(error)).toMatchObject({
			code: 'ECONNRESET',
			reason: 'the connection was lost',
			taskState: 'may-exist',
			hint: next,
		});
		const { items } = await run(parameters, { ...options, onError: 'continueRegularOutput' });
		expect(items).toMatchObject([
			{ json: { error: error.message, details: { taskState: 'may-exist' } }, pairedItem: { item: 0 } },
		]);
	});

	it('whose request is lost on its way may exist too: nothing is there, and it is not sent again', async () => {
		const options = await prepare();
		fault({ kind: 'dropBefore' });
		const error = errorOf(await run(parameters, { ...options, ...again }));
		expect([tasks(resource).length, creates(resource).length]).toEqual([0, 1]);
		expect(factsOf(error).taskState).toBe('may-exist');
	});

	it("that takes longer than n8n's own Timeout may exist", async () => {
		const options = await prepare();
		fault({ kind: 'delay', ms: 2_500 });
		const error = errorOf(await run({ ...parameters, requestOptions: { timeout: 1_000 } }, { ...options, ...again }));
		expect(factsOf(error).taskState).toBe('may-exist');
		await expect.poll(() => tasks(resource).length).toBe(1);
		expect(creates(resource)).toHaveLength(1);
	});

	it("lost, is sent again by a user's retry, who has read of it", async () => {
		const options = await prepare();
		fault({ kind: 'dropAfter', count: 1 });
		const lost = await run(parameters, { ...options, ...again });
		expect(tasks(resource)).toHaveLength(1);
		const [item] = itemsOf(await n8n.retry(lost));
		expect(tasks(resource).map(({ taskId }) => taskId)[1]).toBe(item?.json.taskId);
		expect(tasks(resource)).toHaveLength(2);
	});

	it.each<[string, Omit<FaultRule, 'on'>]>([
		['T429ID', { kind: 'gateway', code: 'T429ID', retryAfter: 1 }],
		['T429PA without Retry-After', { kind: 'gateway', code: 'T429PA' }],
		['Throttled by APP Flow Control', { kind: 'gateway', message: 'Throttled by APP Flow Control' }],
	])('throttled by the gateway waits and goes on: one task (%s)', async (_name, rule) => {
		const options = await prepare();
		fault({ ...rule, count: 1 });
		expect(itemsOf(await run(parameters, options))[0]?.json.status).toBe('succeeded');
		const [first, second] = creates(resource).map(({ at }) => at);
		expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(rule.retryAfter ? 990 : 490);
		expect([tasks(resource).length, creates(resource).length]).toEqual([1, 2]);
	});

	it.each<[string, Omit<FaultRule, 'on'>, RegExp]>([
		['B403MQ', { kind: 'gateway', code: 'B403MQ' }, /used up.*quota exhausted/],
		['B403ME', { kind: 'gateway', code: 'B403ME' }, /expired/],
		['Quota Exhausted', { kind: 'gateway', message: 'Quota Exhausted' }, /used up/],
		[
			'Throttled by DOMAIN, which lasts until tomorrow',
			{ kind: 'gateway', message: 'Throttled by DOMAIN Flow Control' },
			/no calls left today/,
		],
		['X500ED', { kind: 'gateway', code: 'X500ED' }, /gateway/],
		['ret other than 0', { kind: 'code', code: 9, message: 'Balance is low' }, /Balance is low/],
	])('refused for good is not sent again (%s)', async (_name, rule, message) => {
		const options = await prepare();
		fault(rule);
		const result = await run(parameters, options);
		const error = errorOf(result);
		expect(error.message).toMatch(message);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect([tasks(resource).length, creates(resource).length]).toEqual([0, 1]);
	});

	it('while the breaker is open waits its 90 s, or as long as Queue Timeout allows', async () => {
		const options = await prepare();
		fault({ kind: 'gateway', code: 'D503CB' });
		const { options: own } = parameters as { options: INodeParameters };
		// An account of its own: all creates of an account wait for the breaker.
		const credentials = unknown();
		const error = errorOf(
			await run({ ...parameters, options: { ...own, queueTimeout: 0.01 } }, { ...options, credentials }),
		);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', code: 'D503CB', retryable: true });
		expect(creates(resource)).toHaveLength(1);
	});

	it('Retry from the Executions list waits for the same task, in this process and in a new one', async () => {
		const options = await prepare();
		control.fates([{ match: { resource }, fate: 'stuck' }]);
		const { options: own } = parameters as { options: INodeParameters };
		const failed = await run({ ...parameters, options: { ...own, timeout: 0.005, onTimeout: 'error' } }, options);
		const { taskId } = taskOf(resource);
		expect(factsOf(errorOf(failed))).toMatchObject({ taskId, taskState: 'created' });
		await control.finish(taskId);
		const second = await n8n.retry(failed);
		expect(second.executionId).not.toBe(failed.executionId);
		expect(itemsOf(second)[0]?.json).toMatchObject({ taskId, status: 'succeeded', userId: taskOf(resource).userId });
		const fresh = await startHarness();
		expect(itemsOf(await fresh.retry(failed))[0]?.json).toMatchObject({
			taskId,
			status: 'succeeded',
			userId: taskOf(resource).userId,
		});
		expect(tasks(resource)).toHaveLength(1);
		expect(creates(resource)).toHaveLength(1);
	});

	it('that failed is bought again by a retry, five times at most', async () => {
		const options = await prepare();
		control.fates([{ match: { resource }, fate: 'failed' }]);
		const failed = await run(parameters, { ...options, retryOnFail: true, maxTries: 3 });
		expect(tasks(resource)).toHaveLength(3);
		for (let retry = 1; retry <= 4; retry += 1)
			expect(factsOf(errorOf(await n8n.retry(failed))).taskState).toBe('created');
		expect(tasks(resource)).toHaveLength(5);
	});

	it('is another task in another execution', async () => {
		const options = await prepare();
		for (const _time of [1, 2]) itemsOf(await run(parameters, options));
		expect(tasks(resource)).toHaveLength(2);
	});

	it('asked for twice by an agent in one execution is one task', async () => {
		const options = {
			...(await prepare()),
			node: 'n8n-nodes-kling-aliyun.aliyunPortraitTool',
			resumeToken: `agent-${resource}`,
			executionId: `agent-${resource}`,
		};
		const ids = [];
		for (const _time of [1, 2]) ids.push(itemsOf(await run(parameters, options))[0]?.json.taskId);
		expect(new Set(ids).size).toBe(1);
		expect(tasks(resource)).toHaveLength(1);
	});
});

it('nobody at that address: nothing was created, and it may be run again', async () => {
	const error = errorOf(
		await run(portray({ options: { queueTimeout: 0.01 } }), {
			items: [{ json: { userId: 'U1' } }],
			credentials: aliyunCredentials('http://127.0.0.1:1'),
		}),
	);
	expect(error.message).toBe('Nothing answers at 127.0.0.1:1. Check Base URL.');
	expect(error.description).toBe(
		'The connection was refused. Check the network, the proxy and Base URL of the credential, then run the node again.',
	);
	expect(factsOf(error)).toMatchObject({ code: 'ECONNREFUSED', taskState: 'not-created', retryable: true });
});

describe('Retry On Fail runs all items again', () => {
	const people = (userId: string, count = 2) => ({
		items: Array.from({ length: count }, () => ({ json: { userId } })),
	});
	const dead = (count: number): FaultRule => ({ on: 'file', kind: 'status', status: 404, count });
	const withImage = portray({ downloadImages: true });
	const ended = (result: Run) => itemsOf(result).map(({ json, pairedItem }) => [json.taskId, json.status, pairedItem]);
	const portraits = () => tasks('portrait').map(({ taskId }) => taskId);

	it.each([
		['the first', 1],
		['the second', 2],
	])("%s item's image is lost: no task is bought twice", async (_, nth) => {
		const { userId } = await model();
		control.fates([
			{ match: { resource: 'portrait', nth }, fate: 'stuck', pictures: 1 },
			{ match: { resource: 'portrait' }, pictures: 1 },
		]);
		const running = run(withImage, { ...people(userId), retryOnFail: true, maxTries: 2 });
		await expect.poll(() => [portraits().length, control.files().length]).toEqual([2, 1]);
		control.faults([dead(1)]);
		await control.finish(portraits()[nth - 1] ?? '');
		expect(ended(await running)).toEqual([
			[portraits()[0], 'succeeded', { item: 0 }],
			[portraits()[1], 'succeeded', { item: 1 }],
		]);
		expect(control.files().map(({ status }) => status)).toContain(404);
		expect([portraits().length, creates('portrait').length]).toEqual([2, 2]);
	});

	it('under Continue On Fail too, where n8n does so for the first item', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, pictures: 1 }]);
		control.faults([dead(2)]);
		const result = await run(withImage, {
			...people(userId),
			retryOnFail: true,
			maxTries: 2,
			onError: 'continueRegularOutput',
		});
		expect(ended(result)).toEqual([
			[portraits()[0], 'succeeded', { item: 0 }],
			[portraits()[1], 'succeeded', { item: 1 }],
		]);
		expect(creates('portrait')).toHaveLength(2);
	});

	it.each(['stopWorkflow', 'continueRegularOutput'] as const)(
		'the first one is lost: it is not sent again, the second one is kept (%s)',
		async (onError) => {
			const { userId } = await model();
			faults({ on: 'create', resource: 'portrait', kind: 'dropAfter', count: 1 });
			const result = await run(portray({ options: { maxConcurrentTasks: 1 } }), {
				...people(userId),
				...again,
				onError,
			});
			if (onError === 'stopWorkflow') {
				const error = errorOf(result);
				expect(factsOf(error).taskState).toBe('may-exist');
				expect(otherTasksOf(error)).toEqual([portraits()[1]]);
				// A retry would send the lost one again, so it is not recommended.
				expect(error.description).toBe(
					'Check the call log in the Alibaba Cloud console first. Running this again may be charged again. The other task is safe.',
				);
			} else {
				expect(
					result.items.map(({ json, pairedItem }) => [
						json.taskId ?? (json.details as { taskState: string }).taskState,
						pairedItem,
					]),
				).toEqual([
					['may-exist', { item: 0 }],
					[portraits()[1], { item: 1 }],
				]);
			}
			expect(creates('portrait')).toHaveLength(2);
			expect(portraits()).toHaveLength(2);
		},
	);

	it('the second one is lost: the first one is kept, and a retry by the user buys only the lost one again', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait', nth: 1 }, fate: 'stuck' }]);
		const running = run(portray({ options: { maxConcurrentTasks: 1 } }), { ...people(userId), ...again });
		await expect.poll(() => portraits().length).toBe(1);
		faults({ on: 'create', resource: 'portrait', kind: 'truncatedJson', count: 1 });
		await control.finish(portraits()[0] ?? '');
		const lost = await running;
		expect(factsOf(errorOf(lost)).taskState).toBe('may-exist');
		expect(portraits()).toHaveLength(2);
		const [first, second] = itemsOf(await n8n.retry(lost));
		expect([first, second].map((item) => item?.json.status)).toEqual(['succeeded', 'succeeded']);
		expect(portraits()).toHaveLength(3);
		expect(portraits()).toEqual(expect.arrayContaining([first?.json.taskId, second?.json.taskId]));
	});

	it('after a failed portrait the whole way buys no second training and uploads nothing again', async () => {
		control.fates([{ match: { resource: 'portrait', nth: 1 }, fate: 'failed' }]);
		const [item] = itemsOf(await run(generate(), { retryOnFail: true, maxTries: 2 }));
		expect(bought()).toEqual(['userModel', 'portrait', 'portrait']);
		expect(item?.json).toMatchObject({
			taskId: tasks('portrait')[1]?.taskId,
			userId: taskOf('userModel').userId,
			modelTaskId: taskOf('userModel').taskId,
			paths: taskOf('userModel').request.img_set,
		});
		expect(arrived()).toHaveLength(8);
	});

	it('after a failed training the whole way uploads nothing again', async () => {
		control.fates([{ match: { resource: 'userModel', nth: 1 }, fate: 'failed' }]);
		itemsOf(await run(generate(), { retryOnFail: true, maxTries: 2 }));
		expect(bought()).toEqual(['userModel', 'userModel', 'portrait']);
		expect(arrived()).toHaveLength(8);
	});

	it('after a refused training uploads nothing again', async () => {
		faults({ on: 'create', resource: 'userModel', kind: 'code', code: 7, count: 1 });
		const [item] = itemsOf(await run(train(), { retryOnFail: true, maxTries: 2 }));
		expect(item?.json.paths).toEqual(taskOf('userModel').request.img_set);
		expect(arrived()).toHaveLength(8);
		expect(creates()).toHaveLength(2);
	});

	it('after a lost training the whole way does not go on, nor train again', async () => {
		faults({ on: 'create', resource: 'userModel', kind: 'dropAfter' });
		const error = errorOf(await run(generate(), again));
		expect(factsOf(error).taskState).toBe('may-exist');
		expect(bought()).toEqual(['userModel']);
		expect(creates()).toHaveLength(1);
	});
});

describe('Retry in the Executions list', () => {
	it('of the whole way, two people, the images dead: nothing is bought again, also in a new process', async () => {
		control.fates([{ match: { resource: 'portrait' }, pictures: 1 }]);
		control.faults([{ on: 'file', kind: 'status', status: 404 }]);
		const failed = await run(generate({ downloadImages: true }), { items: [person(8, {}, 0), person(8, {}, 20)] });
		const all = control.ledger().map(({ taskId }) => taskId);
		expect(bought().sort()).toEqual(['portrait', 'portrait', 'userModel', 'userModel']);
		const error = errorOf(failed);
		expect([factsOf(error).taskId, ...otherTasksOf(error)].sort()).toEqual(
			tasks('portrait')
				.map(({ taskId }) => taskId)
				.sort(),
		);
		expect(factsOf(error).otherTasks).toMatchObject([
			{ itemIndex: 1, modelTaskId: expect.any(String), userId: expect.any(String), paths: expect.any(Array) },
		]);
		expect(error.description).toContain('The other task is safe. Retry this execution');
		control.faults([]);
		const fresh = await startHarness();
		for (const host of [n8n, fresh]) {
			const items = itemsOf(await host.retry(failed));
			expect(items.map(({ json, binary, pairedItem }) => [json.status, Object.keys(binary ?? {}), pairedItem])).toEqual(
				[
					['succeeded', ['image'], { item: 0 }],
					['succeeded', ['image'], { item: 1 }],
				],
			);
		}
		expect(control.ledger().map(({ taskId }) => taskId)).toEqual(all);
		expect(arrived()).toHaveLength(16);
	});

	it('of a failed portrait in a new process trains nothing and buys one portrait', async () => {
		control.fates([{ match: { resource: 'portrait', nth: 1 }, fate: 'failed' }]);
		const failed = await run(generate());
		const { userId } = taskOf('userModel');
		const fresh = await startHarness();
		expect(itemsOf(await fresh.retry(failed))[0]?.json).toMatchObject({ status: 'succeeded', userId });
		expect(bought()).toEqual(['userModel', 'portrait', 'portrait']);
		expect(arrived()).toHaveLength(8);
	});

	it('with another style keeps the user model and makes another portrait', async () => {
		control.fates([{ match: { resource: 'portrait', nth: 1 }, fate: 'failed' }]);
		const failed = await run(generate());
		const style = { mode: 'id', value: '9ea64839-47df-4839-9823-cacac81eb933', __rl: true };
		const [item] = itemsOf(await n8n.retry(failed, { parameters: generate({ style }) }));
		expect(item?.json.status).toBe('succeeded');
		expect(bought()).toEqual(['userModel', 'portrait', 'portrait']);
		expect(tasks('portrait').map(({ request }) => request.style)).toEqual([STYLE, style.value]);
	});

	it('with another callback is the same task', async () => {
		const { userId } = await model();
		control.fates([{ match: { resource: 'portrait' }, deadResult: true, pictures: 1 }]);
		const failed = await run(portray({ downloadImages: true }), { items: [{ json: { userId } }] });
		expect(failed.status).toBe('error');
		itemsOf(await n8n.retry(failed, { parameters: portray({ options: { callbackUrl: 'http://127.0.0.1:9/' } }) }));
		expect(tasks('portrait')).toHaveLength(1);
	});

	it('with one photo changed is another training', async () => {
		control.fates([{ match: { resource: 'userModel' }, fate: 'partial' }]);
		const items = [{ json: {}, binary: { ...person(8).binary, p8: file(99) } }];
		const failed = await run(train({ photos: 'p0,p1,p2,p3,p4,p5,p6,p7' }), { items });
		expect(failed.status).toBe('error');
		await n8n.retry(failed, { parameters: train({ photos: 'p0,p1,p2,p3,p4,p5,p6,p8' }) });
		expect(tasks('userModel')).toHaveLength(2);
	});
});

describe('what is the same, and what is not', () => {
	it('two items with the same photos are two trainings', async () => {
		const items = itemsOf(
			await run(train({ photos: '={{ $json.paths }}' }), {
				items: await uploaded().then((paths) => [{ json: { paths } }, { json: { paths } }]),
			}),
		);
		expect(new Set(items.map(({ json }) => json.taskId)).size).toBe(2);
		expect(tasks('userModel')).toHaveLength(2);
	});

	it('two items with the same user and style are two portraits', async () => {
		const { userId } = await model();
		const items = itemsOf(await run(portray(), { items: [{ json: { userId } }, { json: { userId } }] }));
		expect(new Set(items.map(({ json }) => json.taskId)).size).toBe(2);
	});
});
