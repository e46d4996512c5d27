/** Callbacks that come too early, twice, forged, broken or about something else: nothing is lost and nobody is fooled. */
import { describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import { isN8n1, type Resumed } from '../../harness/index.ts';
import { expanding, given, numbered, startSuspending, stillSuspended } from './suspendedSupport.ts';

const { n8n, control, suspend, live, tell, finish, taskIds, askedDuring, credentials } = await startSuspending();

/** The last word: the execution is still there and gives its results. */
async function goesOnLater(run: Awaited<ReturnType<typeof suspend>>) {
	await finish(...taskIds());
	const { run: ended } = await tell(run, taskIds()[0] ?? '');
	expect(given(ended).map(({ taskId, status }) => [taskId, status])).toEqual(
		taskIds().map((taskId) => [taskId, 'succeeded']),
	);
}

describe('a callback that comes while the node still submits', () => {
	it('is refused by n8n, and what it told is found before the suspension or after it', async () => {
		control.fates([{ match: { nth: 1 }, taskMs: 20 }, { taskMs: 400 }]);
		control.faults([{ on: 'create', kind: 'delay', ms: 200, after: true, count: 1 }]);
		const { callbacks, ended } = await live(expanding());
		expect(given(await ended).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
		expect(callbacks[0]?.status).toBe(409);
	});
});

describe('a callback that comes twice', () => {
	it('before the last end only costs a look', async () => {
		const run = await suspend(expanding());
		const [a = ''] = taskIds();
		await finish(a);
		expect([stillSuspended(await tell(run, a)), stillSuspended(await tell(run, a))]).toEqual([200, 200]);
		await goesOnLater(run);
	});

	it('after it is refused, and the workflow does not run again', async () => {
		const run = await suspend(expanding());
		await goesOnLater(run);
		expect(await tell(run, taskIds()[1] ?? '')).toMatchObject({ status: 409, run: undefined });
	});
});

describe('a lie', () => {
	it('about success is read again: the tasks still run, so it stays suspended', async () => {
		const run = await suspend(expanding());
		const lie = { task_result: { images: [{ index: 0, url: 'http://evil.example/image.png' }] } };
		const [answers, asked] = await askedDuring(async () => {
			const told: Resumed[] = [];
			for (const taskId of taskIds()) told.push(await tell(run, taskId, 'succeed', lie));
			return told;
		});
		expect(answers.map(stillSuspended)).toEqual([200, 200]);
		expect(asked.length).toBeGreaterThan(0);
		await goesOnLater(run);
	});

	it('about what a task gave does not reach the items', async () => {
		const run = await suspend(expanding(), { items: numbered(1) });
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[0] ?? '', 'succeed', {
			task_result: { images: [{ index: 0, url: 'http://evil.example/' }] },
		});
		expect(JSON.stringify(given(ended))).not.toContain('evil');
	});

	it('about failure is read again too', async () => {
		const run = await suspend(expanding());
		expect(stillSuspended(await tell(run, taskIds()[0] ?? '', 'failed'))).toBe(200);
		await goesOnLater(run);
	});

	it('with a wrong signature of the execution never reaches the node; n8n 1.x knows none and takes it for any call', async () => {
		const run = await suspend(expanding());
		await finish(...taskIds());
		const [answer, asked] = await askedDuring(
			async () =>
				await n8n.resume(run, { signature: 'f'.repeat(64), body: { task_id: taskIds()[0], task_status: 'succeed' } }),
		);
		if (isN8n1) expect(answer.run?.status).toBe('success');
		else expect([answer.status, answer.run, asked]).toEqual([401, undefined, []]);
	});
});

describe('what tells of none of its tasks asks nobody and resumes nothing', () => {
	const text = { 'content-type': 'text/plain' };
	it.each<[string, number, Parameters<typeof n8n.resume>[1]]>([
		['a task of another account', 200, { body: { task_id: '831922345678901234', task_status: 'succeed' } }],
		['JSON without a task', 400, { body: { hello: 'world' } }],
		['an empty object', 400, { body: {} }],
		['a list', 400, { body: '[]' }],
		['null', 400, { body: 'null' }],
		['a number', 400, { body: '7' }],
		['text', 400, { body: 'task succeed', headers: text }],
		['nothing', 400, { body: '' }],
		[
			'a form',
			400,
			{ body: 'task_id=1&task_status=succeed', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
		],
		['a form with files', 400, { body: '--x--', headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
		['a task ID that is a path', 200, { body: { task_id: '../../secrets', task_status: 'succeed' } }],
		['a task ID that is an object', 400, { body: { task_id: { $gt: '' }, task_status: 'succeed' } }],
		['a prototype', 400, { body: '{"__proto__":{"task_id":"1"},"task_status":"succeed"}' }],
		['ten megabytes', 413, { body: { padding: 'x'.repeat(10 * 2 ** 20) } }],
	])('%s: %i', async (_, status, callback) => {
		const run = await suspend(expanding());
		const [answer, asked] = await askedDuring(async () => await n8n.resume(run, callback));
		expect(stillSuspended(answer)).toBe(status);
		expect(asked).toEqual([]);
		await goesOnLater(run);
	});

	it('broken JSON: n8n itself refuses it', async () => {
		const run = await suspend(expanding());
		expect(stillSuspended(await n8n.resume(run, { body: '{"task_id":' }))).toBe(422);
		await goesOnLater(run);
	});
});

describe('the ways in which Kling may tell', () => {
	it.each([
		['the form of the new endpoints', (id: string) => JSON.stringify({ id, status: 'succeeded' })],
		[
			'an envelope',
			(id: string) => JSON.stringify({ code: 0, message: 'SUCCEED', data: { task_id: id, task_status: 'succeed' } }),
		],
		['a status that nobody knows', (id: string) => JSON.stringify({ task_id: id, task_status: 'reviewed' })],
		['an ID as a bare number', (id: string) => `{"task_id":${id},"task_status":"succeed"}`],
	])('%s', async (_, body) => {
		const run = await suspend(expanding());
		await finish(...taskIds());
		expect(given((await n8n.resume(run, { body: body(taskIds()[0] ?? '') })).run)).toHaveLength(2);
	});

	it('JSON under another name', async () => {
		const run = await suspend(expanding());
		await finish(...taskIds());
		const body = JSON.stringify({ task_id: taskIds()[0], task_status: 'succeed' });
		expect(
			given((await n8n.resume(run, { body, headers: { 'content-type': 'application/octet-stream' } })).run),
		).toHaveLength(2);
	});
});

describe('when Kling cannot be asked at that moment', () => {
	const everywhere = (rule: Omit<FaultRule, 'on'>): FaultRule[] =>
		(['get', 'list'] as const).map((on) => ({ on, ...rule }));
	it.each<[string, FaultRule[]]>([
		['the connection is cut', everywhere({ kind: 'dropBefore' })],
		['a page of HTML', everywhere({ kind: 'html502' })],
		['a revoked key', everywhere({ kind: 'code', code: 1002 })],
	])(
		'%s: it stays suspended, says so to the sender, and a later callback resumes it',
		async (_, faults) => {
			const run = await suspend(expanding());
			await finish(...taskIds());
			control.faults(faults);
			expect(
				stillSuspended(await n8n.atSpeed(20, async () => await tell(run, taskIds()[0] ?? ''))),
			).toBeGreaterThanOrEqual(500);
			control.faults([]);
			await goesOnLater(run);
		},
		30_000,
	);

	it('the credential is gone', async () => {
		const own: Record<string, never> = { ...credentials } as never;
		const run = await suspend(expanding(), { credentials: own });
		await finish(...taskIds());
		delete own.klingApi;
		const answer = await tell(run, taskIds()[0] ?? '');
		expect(stillSuspended(answer)).toBe(500);
		expect(answer.log.map(({ level }) => level)).toEqual(['warn']);
		Object.assign(own, credentials);
		await goesOnLater(run);
	});

	it('a task is not there: it stays suspended until it is, or until the deadline', async () => {
		const run = await suspend(expanding());
		await finish(...taskIds());
		control.faults([{ on: 'get', kind: 'code', code: 1203, message: 'Task not found by id or external id', count: 1 }]);
		expect(stillSuspended(await tell(run, taskIds()[0] ?? ''))).toBe(200);
		await goesOnLater(run);
	});
});
