/** Trouble on the way: reads are repeated, a paid create is never sent twice. */
import { describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import { count, errorOf, expand, factsOf, itemsOf, multiShot, photos, start } from './support.ts';

const { run, control, n8n, creates } = await start();
const quick = { downloadImages: false };

describe('a failed read is not a failed task', () => {
	const trouble: Array<[string, Partial<FaultRule>]> = [
		['a dropped connection', { kind: 'dropBefore' }],
		['a connection dropped after the work', { kind: 'dropAfter' }],
		['an HTML page', { kind: 'html502' }],
		['broken JSON', { kind: 'brokenJson' }],
		['half an answer', { kind: 'truncatedJson' }],
		['HTTP 500', { kind: 'status', status: 500 }],
		['HTTP 503', { kind: 'status', status: 503 }],
		['too many requests', { kind: 'tooMany', retryAfter: 1 }],
	];

	it('whatever goes wrong: all items of one run succeed', async () => {
		// One after the other, each strikes somebody.
		control.faults(trouble.map(([, rule]) => ({ on: 'get', count: 1, ...rule }) as FaultRule));
		const result = await run(expand(quick), { items: photos(...count(trouble.length)) });
		expect(itemsOf(result).map(({ json }) => json.status)).toEqual(Array(trouble.length).fill('succeeded'));
		const struck = control.requests().filter(({ method, fault }) => method === 'GET' && fault).map(({ fault }) => fault);
		expect(struck.sort()).toEqual(trouble.map(([, { kind }]) => kind).sort());
		expect(creates()).toHaveLength(trouble.length);
	});

	it('Retry-After is waited for', async () => {
		control.faults([{ on: 'get', kind: 'tooMany', retryAfter: 2, count: 1 }]);
		itemsOf(await run(expand(quick)));
		const [first, second] = control.requests().filter(({ method }) => method === 'GET');
		expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_990);
	});

	it('the operations Get and Get Many are repeated too', async () => {
		const [task] = itemsOf(await run(expand({ waitForCompletion: false })));
		control.faults([{ on: 'get', kind: 'dropBefore', count: 1 }, { on: 'list', kind: 'html502', count: 1 }]);
		const [got, listed] = await Promise.all([
			run({ resource: 'imageExpansion', operation: 'get' }, { items: [{ json: task?.json }] }),
			run({ resource: 'imageExpansion', operation: 'getAll' }, { items: [{}] }),
		]);
		expect([...itemsOf(got), ...itemsOf(listed)].map(({ json }) => json.taskId)).toEqual([task?.json.taskId, task?.json.taskId]);
	});
});

describe('a create whose answer is lost', () => {
	const ambiguous: Array<[string, Partial<FaultRule>, Record<string, unknown>]> = [
		['a connection dropped after the work', { kind: 'dropAfter' }, {}],
		['5000 after the work', { kind: 'code', code: 5000, after: true }, { code: 5000, httpStatus: 500 }],
		['an HTML page after the work', { kind: 'html502', after: true }, { httpStatus: 502 }],
		['half an answer', { kind: 'truncatedJson' }, { httpStatus: 200 }],
	];

	it.each(ambiguous)('%s: the task may exist, is named, and nothing is sent twice', async (_, rule, facts) => {
		control.faults([{ on: 'create', ...rule } as FaultRule]);
		const error = errorOf(await run(expand(quick)));
		const [task] = control.ledger();
		expect(factsOf(error)).toMatchObject({ ...facts, taskState: 'may-exist', externalTaskId: task?.externalTaskId, retryable: true });
		expect(error.description).toContain(`external task ID: ${task?.externalTaskId}`);
		expect([control.ledger().length, creates().length]).toEqual([1, 1]);

		control.faults([]);
		const [found] = itemsOf(await run({ resource: 'imageExpansion', operation: 'wait', taskId: String(task?.externalTaskId), options: { pollInterval: 0.1 } }));
		expect(found?.json).toMatchObject({ taskId: task?.taskId, status: 'succeeded' });
	});

	it('before anything was done still counts as may-exist, because nobody can know', async () => {
		control.faults([{ on: 'create', kind: 'dropBefore' }]);
		expect(factsOf(errorOf(await run(expand(quick))))).toMatchObject({ taskState: 'may-exist', externalTaskId: expect.stringMatching(/^n8n-/) });
		expect([control.ledger().length, creates().length]).toEqual([0, 1]);
	});
});

describe('a create that was surely refused is sent again', () => {
	it.each([[1302, { kind: 'tooMany' }], [1303, { kind: 'code', code: 1303 }]] as const)('%i after a pause', async (_, rule) => {
		control.faults([{ on: 'create', count: 1, ...rule }]);
		expect(itemsOf(await run(expand(quick)))[0]?.json.status).toBe('succeeded');
		expect([control.ledger().length, creates().length]).toEqual([1, 2]);
	});

	it.each([1000, 1002, 1003, 1004])('%i once, with a new signature', async (code) => {
		control.faults([{ on: 'create', kind: 'code', code, count: 1 }]);
		expect(itemsOf(await run(expand(quick)))[0]?.json.status).toBe('succeeded');
		control.faults([{ on: 'create', kind: 'code', code }]);
		expect(factsOf(errorOf(await run(expand({ ...quick, prompt: 'again' }))))).toMatchObject({ code, taskState: 'not-created' });
		expect(creates()).toHaveLength(4);
	});
});

describe('a retry buys nothing twice', () => {
	it('Retry On Fail: one task per item', async () => {
		control.faults([{ on: 'file', kind: 'status', status: 404, count: 1 }]);
		const result = await run(expand(), { items: photos(...count(3)), retryOnFail: true, maxTries: 2 });
		expect(itemsOf(result).map(({ json }) => json.status)).toEqual(Array(3).fill('succeeded'));
		expect(control.ledger()).toHaveLength(3);
		expect(creates().map(({ code }) => code).sort()).toEqual([0, 0, 0, 1201, 1201, 1201]);
	});

	it('Retry On Fail after a lost answer finds the task that was bought', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const result = await run(expand(quick), { retryOnFail: true, maxTries: 2 });
		expect(itemsOf(result)[0]?.json.taskId).toBe(control.ledger()[0]?.taskId);
		expect(control.ledger()).toHaveLength(1);
	});

	it.each([['imageExpansion', expand], ['aiMultiShot', multiShot]] as const)('Retry in the Executions list returns the same tasks (%s)', async (_, create) => {
		control.faults([{ on: 'file', kind: 'status', status: 404 }]);
		const failed = await run(create(), { items: photos(...count(2)) });
		const bought = control.ledger().map(({ taskId }) => taskId).sort();
		expect(errorOf(failed).description).toContain('Tasks of this run');
		control.faults([]);
		const again = await n8n.retry(failed);
		expect(again.executionId).not.toBe(failed.executionId);
		expect(itemsOf(again).map(({ json }) => json.taskId).sort()).toEqual(bought);
		expect(control.ledger()).toHaveLength(2);
	});

	it('a changed prompt is another task', async () => {
		control.faults([{ on: 'file', kind: 'status', status: 404, count: 1 }]);
		const failed = await run(expand({ prompt: 'a cup' }));
		expect(failed.status).toBe('error');
		const again = await n8n.retry(failed, { parameters: expand({ prompt: 'a mug' }) });
		expect(itemsOf(again)[0]?.json.taskId).toBe(control.ledger()[1]?.taskId);
		expect(control.ledger().map(({ request }) => request.prompt)).toEqual(['a cup', 'a mug']);
	});

	it('another execution is another task', async () => {
		const ids = [await run(expand({ waitForCompletion: false })), await run(expand({ waitForCompletion: false }))].map((result) => itemsOf(result)[0]?.json.taskId);
		expect(new Set(ids).size).toBe(2);
	});

	it('an agent that calls the tool twice for the same thing pays once', async () => {
		const tool = { node: 'n8n-nodes-kling-aliyun.klingTool', resumeToken: 'one-agent-run' };
		const first = itemsOf(await run(expand(quick), tool));
		const second = itemsOf(await run(expand(quick), tool));
		expect(second[0]?.json.taskId).toBe(first[0]?.json.taskId);
		expect(control.ledger()).toHaveLength(1);
	});

	it('an external ID of the user is sent unchanged, and a second use of it is refused', async () => {
		const parameters = expand({ ...quick, options: { externalTaskId: 'order-1' } });
		itemsOf(await run(parameters));
		expect(factsOf(errorOf(await run(parameters)))).toMatchObject({ code: 1201, externalTaskId: 'order-1', taskState: 'not-created' });
		expect(control.ledger()).toHaveLength(1);
	});
});
