/** A taken external ID: ours is this very work, the user's is what the user says. */
import { describe, expect, it } from 'vitest';

import { creating, failed, notFound, PATH, taken } from './createSupport';
import { networkError, refusal, rejectionOf, taskAnswer, type Answer } from './support';

const running = taskAnswer('processing');
const taskId = '930810057590833241';
const mine = { externalTaskId: 'order-1' };
const MINUTE = 60_000;
const NOW = 1_700_000_000_000;

describe('under our own ID', () => {
	it('a living task is the result, as it stands', async () => {
		const { submitting, requests, ids } = creating({ create: [taken], get: [running] });
		expect((await submitting).task).toMatchObject({ taskId, status: 'processing', externalTaskId: ids()[0] });
		expect(requests).toEqual(['create', 'get']);
	});

	it('a failed task is tried anew as -2 to -5, never beyond', async () => {
		const { submitting, ids } = creating({ create: [taken], get: [failed] });
		expect((await submitting).task.status).toBe('failed');
		const [first] = ids();
		expect(ids()).toEqual([first, `${first}-2`, `${first}-3`, `${first}-4`, `${first}-5`]);
		expect(String(ids()[4]).length).toBeLessThanOrEqual(64);
	});

	it('a living one among the numbered ones is reused', async () => {
		const { submitting, ids, asked } = creating({ create: [taken], get: [failed, running] });
		expect((await submitting).task).toMatchObject({ status: 'processing', externalTaskId: `${ids()[0]}-2` });
		expect(asked).toEqual(ids());
	});

	it('one that failed after a create of ours was lost is this attempt: it is not bought anew', async () => {
		const { submitting, ids } = creating({ create: [networkError('ECONNRESET'), taken], get: [notFound, failed] });
		expect((await submitting).task.status).toBe('failed');
		expect(new Set(ids()).size).toBe(1);
	});

	it.each<[string, Answer]>([
		['cannot be read', refusal(5001, 503)],
		['is never shown', notFound],
	])('a task that %s was created, and the error names it', async (_, answer) => {
		const { submitting, ids } = creating({ create: [taken], get: [answer] });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'created', externalTaskId: ids()[0] });
		expect(ids()).toHaveLength(1);
	});

	it('a task that a lagging list does not show yet is asked for again', async () => {
		const endpoint = { externalIdOnlyInList: true, provider: creating({ create: [running] }).exchange.endpoint.provider };
		const element = { task_id: taskId, task_status: 'processing', task_info: {} as Record<string, unknown> };
		const list = (data: unknown[]): Answer => ({ body: { code: 0, data } });
		const { submitting, requests, exchange } = creating(
			{
				create: [networkError('ECONNRESET'), taken],
				get: [notFound, notFound, notFound, running],
				list: [list([]), list([]), () => ((element.task_info.external_task_id = idOf(exchange.sent)), list([element]))],
			},
			{ endpoint },
		);
		expect((await submitting).task.taskId).toBe(taskId);
		expect(requests.filter((request) => request === 'create')).toHaveLength(2);
	});
});

describe("under the user's ID", () => {
	it.each([
		['the option', { options: mine }],
		['Extra Body', { options: { extraBody: '{"external_task_id":"order-1"}' } }],
	])('from %s it is an error: nothing was bought', async (_, given) => {
		const { submitting, requests, exchange } = creating({ create: [taken] }, given);
		const error = await rejectionOf(submitting);
		expect(error.message).toBe('Kling already has a task with the external task ID order-1');
		expect(error).toMatchObject({ code: 1201, httpStatus: 400, requestId: 'request-2', externalTaskId: 'order-1', taskState: 'not-created', retryable: false });
		expect(error.hint).toContain('On Duplicate ID');
		expect([requests, exchange.run.allTasks()]).toEqual([['create'], []]);
	});

	it('Return the Existing Task returns it', async () => {
		const { submitting, ids } = creating({ create: [taken], get: [running] }, { options: { ...mine, onDuplicate: 'returnExisting' } });
		const { task } = await submitting;
		expect(task).toMatchObject({ taskId, externalTaskId: 'order-1', status: 'processing' });
		expect(task.warnings).toBeUndefined();
		expect(ids()).toEqual(['order-1']);
	});

	it('a failed one is returned, and says that a new ID is needed', async () => {
		const { submitting, ids } = creating({ create: [taken], get: [failed] }, { options: { ...mine, onDuplicate: 'returnExisting' } });
		expect((await submitting).task).toMatchObject({ status: 'failed', warnings: [expect.stringMatching(/order-1 has failed; a new attempt needs a new ID/)] });
		expect(ids()).toEqual(['order-1']);
	});

	it('a task that our own lost create made is the result, not a duplicate', async () => {
		const fresh = taskAnswer('submitted', { created_at: NOW });
		const { submitting } = creating({ create: [networkError('ECONNRESET'), taken], get: [notFound, fresh] }, { options: mine });
		expect((await submitting).task.taskId).toBe(taskId);
	});

	it('a task found after a lost create, but made long before it, is somebody else’s', async () => {
		const old = taskAnswer('succeed', { created_at: NOW - 6 * MINUTE });
		const { submitting } = creating({ create: [networkError('ECONNRESET')], get: [old] }, { options: mine });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created', externalTaskId: 'order-1', retryable: false });
		const again = creating({ create: [networkError('ECONNRESET')], get: [old] }, { options: { ...mine, onDuplicate: 'returnExisting' } });
		expect((await again.submitting).task.taskId).toBe(taskId);
	});
});

describe('where the external ID is only in the list', () => {
	const endpoint = () => ({ externalIdOnlyInList: true });
	const page = (length: number): Answer => ({ body: { code: 0, data: Array.from({ length }, (_, index) => ({ task_id: `other-${index}`, task_status: 'succeed' })) } });

	it('a list that cannot be read proves nothing: the task may exist', async () => {
		const { submitting, requests } = creating({ create: [refusal(5000, 500)], get: [notFound], list: [refusal(1103, 403)] }, { endpoint: endpoint() });
		expect(await rejectionOf(submitting)).toMatchObject({ code: 5000, taskState: 'may-exist' });
		expect(requests).toEqual(['create', 'get', 'list', 'get', 'list', 'get', 'list']);
	});

	it('a list that was read to its end proves that it is not there', async () => {
		const { submitting, requests } = creating({ create: [refusal(5000, 500), running], get: [notFound], list: [page(500), page(3)] }, { endpoint: endpoint() });
		expect((await submitting).task.taskId).toBe(taskId);
		expect(requests).toEqual(['create', 'get', 'list', 'list', 'create']);
	});

	it('one that is longer than is searched leads to the same ID again, which cannot buy twice', async () => {
		const { submitting, requests, ids } = creating({ create: [refusal(5000, 500), running], get: [notFound], list: [page(500)] }, { endpoint: endpoint() });
		await submitting;
		expect(requests.filter((request) => request === 'list')).toHaveLength(4);
		expect(new Set(ids()).size).toBe(1);
	});
});

function idOf(sent: Array<Record<string, unknown>>): unknown {
	return (sent.find(({ url, method }) => url === PATH && method === 'POST')?.body as Record<string, unknown>).external_task_id;
}
