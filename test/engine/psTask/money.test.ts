/** Nothing is bought twice, although the service can neither refuse a second task nor be asked for the first. */
import { afterAll, describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import { startHarness } from '../../harness/index.ts';
import { count, errorOf, factsOf, itemsOf, otherTasksOf, PS_TASK, start, submit } from './support.ts';

const { run, control, n8n, creates, taskIds, unknown } = await start();
const restarted = await startHarness();
afterAll(async () => await restarted.stop());

const quick = { downloadImages: false };
const items = (length: number) => count(length).map((json) => ({ json }));
const prompt = '=No {{ $json.number }}';
const deadFile: FaultRule = { on: 'file', kind: 'status', status: 404, count: 1 };
const twice = { retryOnFail: true, maxTries: 2 };
const mayExist = {
	taskState: 'may-exist',
	hint: "Check the service's log first. Running this again may be charged again.",
};

describe('a submit whose answer is lost is not sent again: the task may exist', () => {
	const AMBIGUOUS: Array<[string, Omit<FaultRule, 'on'>, number]> = [
		['cut off before the work', { kind: 'dropBefore' }, 0],
		['cut off after the work', { kind: 'dropAfter' }, 1],
		['HTTP 500', { kind: 'status', status: 500 }, 0],
		['HTTP 500 after the work', { kind: 'status', status: 500, after: true }, 1],
		['HTTP 504 after the work', { kind: 'status', status: 504, after: true }, 1],
		['code 500 under HTTP 200 after the work', { kind: 'status', status: 200, code: 500, after: true }, 1],
		['a code nobody has documented, after the work', { kind: 'status', status: 200, code: 1001, after: true }, 1],
		['an HTML page after the work', { kind: 'html502', after: true }, 1],
		['broken JSON after the work', { kind: 'brokenJson', after: true }, 1],
		['half an answer', { kind: 'truncatedJson' }, 1],
	];

	it.each(AMBIGUOUS)('%s', async (_, rule, tasks) => {
		control.faults([{ on: 'create', ...rule, count: 1 }]);
		const error = errorOf(await run(submit(quick)));
		expect(factsOf(error)).toMatchObject({ ...mayExist, retryable: true });
		expect(error.message).toMatch(/^No (usable )?answer from PS Task: the task may have been created(: \S.*)?$/);
		expect(error.description).toBe(mayExist.hint);
		expect([control.ledger().length, creates().length]).toEqual([tasks, 1]);
	});

	it('too slow, and carried out later', async () => {
		control.faults([{ on: 'create', kind: 'delay', ms: 900, count: 1 }]);
		expect(factsOf(errorOf(await run(submit({ ...quick, requestOptions: { timeout: 200 } }))))).toMatchObject(mayExist);
		await expect.poll(() => control.ledger().length).toBe(1);
		expect(creates()).toHaveLength(1);
	});

	it('Retry On Fail sends it not again in the same execution, and says why', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const error = errorOf(await run(submit(quick), { retryOnFail: true, maxTries: 4 }));
		expect(error.message).toBe('Not sent again: the first try may have created the task: the connection was lost');
		expect(error.description).toBe(mayExist.hint);
		expect(factsOf(error)).toMatchObject({ ...mayExist, code: 'ECONNRESET', retryable: false });
		expect([control.ledger().length, creates().length]).toEqual([1, 1]);
	});

	it('Retry On Fail with other items: they are not bought again either', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const result = await run(submit({ ...quick, prompt }), { items: items(3), ...twice });
		const error = errorOf(result);
		expect(factsOf(error)).toMatchObject({ ...mayExist, retryable: false });
		expect(error.description).toContain('The other 2 tasks are safe.');
		const others = control.ledger().filter(({ request }) => request.prompt !== `No ${String(error.context.itemIndex)}`);
		expect(otherTasksOf(error).sort()).toEqual(others.map(({ taskId }) => taskId).sort());
		expect([control.ledger().length, creates().length]).toEqual([3, 3]);
	});

	it('Continue On Fail: the others succeed, and the item says what is unknown', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const { items: output } = await run(submit({ ...quick, prompt }), {
			items: items(2),
			onError: 'continueRegularOutput',
			...twice,
		});
		expect(output.filter(({ json }) => json.status === 'succeeded')).toHaveLength(1);
		expect(output.filter(({ json }) => json.error).map(({ json }) => json.details)).toEqual([
			expect.objectContaining(mayExist),
		]);
		expect([control.ledger().length, creates().length]).toEqual([2, 2]);
	});

	it('who retries from the Executions list has read of the risk: it is sent again', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const failed = await run(submit(quick));
		expect(factsOf(errorOf(failed))).toMatchObject(mayExist);
		expect(itemsOf(await n8n.retry(failed))[0]?.json.status).toBe('succeeded');
		expect(control.ledger()).toHaveLength(2);
	});
});

describe('Retry On Fail, by which n8n runs all items again, buys none again', () => {
	/** The first image that is fetched is the failing item's. */
	const failing = (number: number) => {
		control.fates([{ match: { promptIncludes: `No ${number}` }, taskMs: 50 }, { taskMs: 700 }]);
		control.faults([deadFile]);
	};

	it.each([
		['first', 0, undefined],
		['second', 1, undefined],
		['first', 0, 'continueRegularOutput'],
		['first', 0, 'continueErrorOutput'],
	] as const)('with the %s item failing (item %i, On Error: %s)', async (_, number, onError) => {
		failing(number);
		const result = await run(submit({ prompt }), { items: items(2), onError, ...twice });
		expect(itemsOf(result).map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(result.items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['image'], ['image']]);
		expect(result.items.map(({ json }) => json.taskId).sort()).toEqual(taskIds());
		expect([control.ledger().length, creates().length, control.files().length]).toEqual([2, 2, 4]);
	});

	it('with the second item failing under Continue On Fail n8n tries nothing again', async () => {
		failing(1);
		const { items: output } = await run(submit({ prompt }), {
			items: items(2),
			onError: 'continueRegularOutput',
			...twice,
		});
		expect(output.map(({ json }) => json.status)).toEqual(['succeeded', undefined]);
		expect(output[1]?.json.details).toMatchObject({
			taskState: 'created',
			taskId: control.ledger().find(({ request }) => request.prompt === 'No 1')?.taskId,
		});
		expect(creates()).toHaveLength(2);
	});

	it('a refused item is sent again, the others are not', async () => {
		control.faults([{ on: 'create', kind: 'code', code: 400, count: 1 }]);
		const result = await run(submit({ ...quick, prompt }), { items: items(3), ...twice });
		expect(
			itemsOf(result)
				.map(({ json }) => json.taskId)
				.sort(),
		).toEqual(taskIds());
		expect([control.ledger().length, creates().length]).toEqual([3, 4]);
	});

	it('a task that failed is bought anew, one that succeeded is not', async () => {
		control.fates([{ match: { promptIncludes: 'No 0' }, fate: 'failed', count: 1 }]);
		const result = await run(submit({ ...quick, prompt }), { items: items(2), ...twice });
		expect(itemsOf(result).map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(
			control
				.ledger()
				.map(({ request }) => request.prompt)
				.sort(),
		).toEqual(['No 0', 'No 0', 'No 1']);
	});
});

describe('Retry in the Executions list', () => {
	it.each([
		['in the same process', () => n8n],
		['after a restart of n8n', () => restarted],
	] as const)('returns the same tasks, %s', async (_, host) => {
		control.faults([{ ...deadFile, count: 2 }]);
		const failed = await run(submit({ prompt }), { items: items(2) });
		const error = errorOf(failed);
		const bought = taskIds();
		expect([factsOf(error).taskId, ...otherTasksOf(error)].sort()).toEqual(bought);
		const again = await host().retry(failed);
		expect(again.executionId).not.toBe(failed.executionId);
		expect(
			itemsOf(again)
				.map(({ json }) => json.taskId)
				.sort(),
		).toEqual(bought);
		expect(again.items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['image'], ['image']]);
		expect([control.ledger().length, creates().length]).toEqual([2, 2]);
	});

	it('with a changed prompt is another task', async () => {
		control.faults([deadFile]);
		const failed = await run(submit({ prompt: 'a cup' }));
		expect(failed.status).toBe('error');
		const again = await n8n.retry(failed, { parameters: submit({ prompt: 'a mug' }) });
		expect(itemsOf(again)[0]?.json.taskId).toBe(control.ledger()[1]?.taskId);
		expect(control.ledger().map(({ request }) => request.prompt)).toEqual(['a cup', 'a mug']);
	});

	it('again and again buys at most five tasks that fail for an item', async () => {
		control.fates([{ fate: 'failed', taskMs: 30 }]);
		const failed = await run(submit(quick));
		for (let retry = 1; retry <= 6; retry += 1)
			expect(factsOf(errorOf(await n8n.retry(failed)))).toMatchObject({ taskState: 'created' });
		expect(control.ledger()).toHaveLength(5);
	});
});

it('a second run of the same execution returns the same task', async () => {
	const same = { executionId: '4711', resumeToken: 'one-execution' };
	const first = itemsOf(await run(submit(quick), same));
	const second = itemsOf(await run(submit(quick), same));
	expect(second[0]?.json.taskId).toBe(first[0]?.json.taskId);
	expect(control.ledger()).toHaveLength(1);
});

it('another execution is another task, and so is each of two items that are alike', async () => {
	for (const _ of [1, 2]) itemsOf(await run(submit({ waitForCompletion: false }), { items: items(2) }));
	expect(new Set(taskIds()).size).toBe(4);
});

it('an agent that calls the tool twice for the same thing pays once', async () => {
	const tool = { node: `${PS_TASK}Tool`, executionId: '4712', resumeToken: 'one-agent-run' };
	const first = itemsOf(await run(submit(quick), tool));
	const second = itemsOf(await run(submit(quick), tool));
	expect(second[0]?.json.taskId).toBe(first[0]?.json.taskId);
	expect(control.ledger()).toHaveLength(1);
});

describe('too many requests: refused without any work, so sent again after the pause', () => {
	it.each([
		['HTTP 429 with Retry-After', { kind: 'tooMany', retryAfter: 1 }, 990],
		['code 429 under HTTP 200', { kind: 'tooMany', status: 200 }, 490],
	] as const)('%s', async (_, rule, pauseMs) => {
		control.faults([{ on: 'create', count: 1, ...rule }]);
		expect(itemsOf(await run(submit(quick), { credentials: unknown() }))[0]?.json.status).toBe('succeeded');
		const [first, second] = creates().map(({ at }) => at);
		expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(pauseMs);
		expect([control.ledger().length, creates().length]).toEqual([1, 2]);
	});

	it('until the queue timeout: an error, and nothing was bought', async () => {
		control.faults([{ on: 'create', kind: 'tooMany' }]);
		const error = errorOf(await run(submit({ options: { queueTimeout: 0.01 } }), { credentials: unknown() }));
		expect(error.message).toMatch(/^PS Task took no new task within 0.6 seconds/);
		expect(factsOf(error)).toMatchObject({ code: 429, httpStatus: 429, taskState: 'not-created', retryable: true });
		expect(control.ledger()).toEqual([]);
	});
});

it('nobody at that address: tried again, since nothing can have arrived, and then not created', async () => {
	const nobody = { credentials: { psTaskApi: { baseUrl: 'http://127.0.0.1:1' } } };
	const error = errorOf(await n8n.atSpeed(20, async () => await run(submit(quick), nobody)));
	const hint =
		'The connection was refused. Check the network, the proxy and Base URL of the credential, then run the node again.';
	expect(factsOf(error)).toEqual({
		code: 'ECONNREFUSED',
		reason: 'the connection was refused',
		taskState: 'not-created',
		retryable: true,
		hint,
	});
	expect(error.message).toBe('Nothing answers at 127.0.0.1:1. Check Base URL.');
	expect(error.description).toBe(hint);
});

it('Max Concurrent Tasks is never exceeded', async () => {
	control.settings({ psTaskMs: [300, 300] });
	const parameters = submit({ ...quick, options: { maxConcurrentTasks: 2 } });
	itemsOf(await run(parameters, { items: items(5), credentials: unknown() }));
	const tasks = control.ledger();
	const atOnce = tasks.map(
		({ createdAt }) =>
			tasks.filter((other) => other.createdAt <= createdAt && (other.endsAt ?? Infinity) > createdAt).length,
	);
	expect([tasks.length, Math.max(...atOnce)]).toEqual([5, 2]);
});
