/** A taken external ID: ours is this very work, the user's is what the user says. */
import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { FakeClock, networkError, refusal, rejectionOf, taskAnswer, type Answer } from '../support';
import { creating, failed, notFound, taken, type GivenCreate, type Script } from './createSupport';

const running = taskAnswer('processing');
const taskId = '930810057590833241';
const mine = { externalTaskId: 'order-1' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_700_000_000_000;

describe('under our own ID', () => {
	it('a living task is the result, as it stands, and was there before', async () => {
		const { submitting, requests, ids } = creating({ create: [taken], get: [running] });
		const { task, wasThere } = await submitting;
		expect(task).toMatchObject({ taskId, status: 'processing', externalTaskId: ids()[0] });
		expect([requests, wasThere]).toEqual([['create', 'get'], true]);
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

	it('one that had failed before a create of ours was lost is not this attempt: the next number may be paid', async () => {
		const before = failedAgo(60_000);
		const { submitting, ids } = creating({ create: [networkError('ECONNRESET'), taken], get: [before, running] });
		expect((await submitting).task).toMatchObject({ status: 'processing', externalTaskId: `${ids()[0]}-2` });
		expect(ids()).toEqual([ids()[0], `${ids()[0]}-2`]);
	});

	it('one that failed just now, or at an unknown time, after a create of ours was lost is what that create has made', async () => {
		for (const now of [failedAgo(1_000), failed]) {
			const { submitting, ids } = creating({ create: [networkError('ECONNRESET')], get: [now] });
			expect((await submitting).task.status).toBe('failed');
			expect(ids()).toHaveLength(1);
		}
	});

	it('one that a lost create of ours has made was not there before', async () => {
		const { submitting } = creating({ create: [networkError('ECONNRESET'), taken], get: [notFound, running] });
		expect((await submitting).wasThere).toBe(false);
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
		const list = (data: IDataObject[]): Answer => ({ body: { code: 0, data } });
		const shown = (): Answer =>
			list([{ task_id: taskId, task_status: 'processing', task_info: { external_task_id: ids()[0] } }]);
		const { submitting, requests, ids } = creating(
			{
				create: [networkError('ECONNRESET'), taken],
				get: [notFound, notFound, notFound, running],
				list: [list([]), list([]), shown],
			},
			{ endpoint: { externalIdOnlyInList: true } },
		);
		expect((await submitting).task.taskId).toBe(taskId);
		expect(requests).toEqual(['create', 'get', 'list', 'create', 'get', 'list', 'get', 'list', 'get']);
	});
});

describe('under an ID of the user', () => {
	it.each([
		['the option', { options: mine }],
		['Raw JSON Fields', { options: { extraBody: '{"external_task_id":"order-1"}' } }],
	])('from %s nothing is bought, and the user is told what to change', async (_, given) => {
		const { submitting, requests, item } = creating({ create: [taken] }, given);
		const error = await rejectionOf(submitting);
		expect(error.message).toBe('Kling already has a task with this External Task ID');
		expect(error).toMatchObject({
			code: 1201,
			httpStatus: 400,
			requestId: 'request-2',
			externalTaskId: 'order-1',
			taskState: 'not-created',
			retryable: false,
			hint: expect.stringMatching(/On Duplicate ID.*Nothing was bought/),
		});
		expect([requests, item.progress.taskState]).toEqual([['create'], 'not-created']);
	});

	it('Return the Existing Task returns it', async () => {
		const options = { ...mine, onDuplicate: 'returnExisting' };
		const { submitting, ids } = creating({ create: [taken], get: [running] }, { options });
		const { task } = await submitting;
		expect(task).toMatchObject({ taskId, externalTaskId: 'order-1', status: 'processing' });
		expect(task.warnings).toBeUndefined();
		expect(ids()).toEqual(['order-1']);
	});

	it('a failed one is returned, and says that a new ID is needed', async () => {
		const options = { ...mine, onDuplicate: 'returnExisting' };
		const { submitting, ids } = creating({ create: [taken], get: [failed] }, { options });
		const warnings = [expect.stringMatching(/has failed; a new attempt needs a new ID/)];
		expect((await submitting).task).toMatchObject({ status: 'failed', externalTaskId: 'order-1', warnings });
		expect(ids()).toEqual(['order-1']);
	});

	it('a task that our own lost create made is the result, not a duplicate', async () => {
		const script = { create: [networkError('ECONNRESET'), taken], get: [notFound, madeAt(NOW)] };
		expect((await creating(script, { options: mine }).submitting).task.taskId).toBe(taskId);
	});

	it.each([0, 10 * MINUTE, -10 * MINUTE, 12 * HOUR, -12 * HOUR])(
		'is its task, though our clock is wrong by %i ms, whether it is looked up or taken',
		async (wrongMs) => {
			const made = madeAt(NOW, NOW + 1_000);
			for (const script of [
				{ create: [networkError('ECONNRESET')], get: [made] },
				{ create: [networkError('ECONNRESET'), taken], get: [notFound, made] },
			]) {
				const { submitting } = creating(script, { options: mine, clock: new FakeClock(NOW + wrongMs) });
				expect((await submitting).task.taskId).toBe(taskId);
			}
		},
	);

	it('is its task where the service does not say what time it is', async () => {
		const script = { create: [networkError('ECONNRESET')], get: [madeAt(NOW - HOUR)] };
		expect((await creating(script, { options: mine }).submitting).task.taskId).toBe(taskId);
	});

	it('a task found after a lost create, but made long before it, is somebody else’s', async () => {
		const script = { create: [networkError('ECONNRESET')], get: [madeAt(NOW - 6 * MINUTE, NOW)] };
		const { submitting } = creating(script, { options: mine });
		expect(await rejectionOf(submitting)).toMatchObject({
			taskState: 'not-created',
			externalTaskId: 'order-1',
			retryable: false,
		});
		const again = creating(script, { options: { ...mine, onDuplicate: 'returnExisting' } });
		expect((await again.submitting).task.taskId).toBe(taskId);
	});
});

describe('an ID of the user that this very work has sent before', () => {
	/** An execution, whose tries and retries share n8n's memory of the node. */
	const execution = () => {
		const given: GivenCreate = { memory: {}, executionId: randomUUID(), options: mine };
		return async (script: Script, change: GivenCreate = {}) => {
			const run = creating(script, { ...given, ...change });
			await run.submitting.catch(() => undefined);
			return run;
		};
	};

	it.each([
		['Retry On Fail', {}],
		['Retry from the Executions list, which is an execution of its own', { executionId: randomUUID() }],
	])('is adopted on %s: the task is ours, and "Nothing was bought" would be a lie', async (_, given) => {
		const submit = execution();
		await (
			await submit({ create: [running] })
		).submitting;
		const retry = await submit({ create: [taken], get: [running] }, given);
		expect((await retry.submitting).task).toMatchObject({ taskId, externalTaskId: 'order-1' });
		expect(retry.requests).toEqual(['create', 'get']);
	});

	it('is adopted when the answer to the create was lost and nobody could tell', async () => {
		const submit = execution();
		const lost = await submit({ create: [networkError('ECONNRESET')], get: [refusal(5000, 500)] });
		expect(await rejectionOf(lost.submitting)).toMatchObject({ taskState: 'may-exist' });
		const retry = await submit({ create: [taken], get: [madeAt(NOW)] });
		expect((await retry.submitting).task.taskId).toBe(taskId);
	});

	it('is adopted however late the retry comes: the age counts from the first try', async () => {
		const submit = execution();
		await submit({ create: [running] });
		const late = new FakeClock(NOW + 60 * MINUTE);
		const retry = await submit({ create: [taken], get: [madeAt(NOW)] }, { clock: late });
		expect((await retry.submitting).task.taskId).toBe(taskId);
	});

	it('that has failed is returned as it is: only a new ID buys another one', async () => {
		const submit = execution();
		await submit({ create: [running] });
		const retry = await submit({ create: [taken], get: [failed] });
		const { task } = await retry.submitting;
		expect(task).toMatchObject({
			status: 'failed',
			warnings: [expect.stringContaining('a new attempt needs a new ID')],
		});
	});

	it.each<[string, GivenCreate]>([
		['another request', { body: { prompt: 'another' } }],
		['another item', { itemIndex: 1, items: [{ json: {} }, { json: {} }] }],
		['another run of the node', { runIndex: 1 }],
		['another node', { node: { id: 'node-2' } }],
	])('is not ours in %s: it is refused', async (_, given) => {
		const submit = execution();
		await submit({ create: [running] });
		const other = await submit({ create: [taken] }, given);
		expect(await rejectionOf(other.submitting)).toMatchObject({ taskState: 'not-created' });
		expect(other.requests).toEqual(['create']);
	});

	it('that was refused, so that no task of ours has it, is not ours', async () => {
		const submit = execution();
		await submit({ create: [refusal(1201, 400, 'image is not valid')] });
		const retry = await submit({ create: [taken] });
		expect(await rejectionOf(retry.submitting)).toMatchObject({ hint: expect.stringContaining('Nothing was bought') });
	});
});

describe('where the external ID is only in the list', () => {
	const endpoint = { externalIdOnlyInList: true };
	const page = (length: number): Answer => {
		const data = Array.from({ length }, (_, index) => ({ task_id: `other-${index}`, task_status: 'succeed' }));
		return { body: { code: 0, data } };
	};

	it('a list that cannot be read proves nothing: the task may exist', async () => {
		const script = { create: [refusal(5000, 500)], get: [notFound], list: [refusal(1103, 403)] };
		const { submitting, requests } = creating(script, { endpoint });
		expect(await rejectionOf(submitting)).toMatchObject({ code: 5000, taskState: 'may-exist' });
		expect(requests).toEqual(['create', 'get', 'list', 'get', 'list', 'get', 'list']);
	});

	it('a list that was read to its end proves that it is not there', async () => {
		const script = { create: [refusal(5000, 500), running], get: [notFound], list: [page(500), page(3)] };
		const { submitting, requests } = creating(script, { endpoint });
		expect((await submitting).task.taskId).toBe(taskId);
		expect(requests).toEqual(['create', 'get', 'list', 'list', 'create']);
	});

	it('one that is longer than is searched leads to the same ID again, which cannot buy twice', async () => {
		const script = { create: [refusal(5000, 500), running], get: [notFound], list: [page(500)] };
		const { submitting, requests, ids } = creating(script, { endpoint });
		await submitting;
		expect(requests.filter((request) => request === 'list')).toHaveLength(4);
		expect(new Set(ids()).size).toBe(1);
	});
});

/** A failed task that was created so many ms before the answer was sent. */
function failedAgo(ms: number): Answer {
	const sentAt = 1_700_000_000_000;
	const headers = { date: new Date(sentAt).toUTCString() };
	return { ...taskAnswer('failed', { created_at: sentAt - ms, updated_at: sentAt }), headers };
}

/** A task that was created at this time, and when the answer says that it was sent, in ms since the epoch. */
function madeAt(time: number, sentAt?: number): Answer {
	const headers = sentAt === undefined ? undefined : { date: new Date(sentAt).toUTCString() };
	return { ...taskAnswer('submitted', { created_at: time }), headers };
}
