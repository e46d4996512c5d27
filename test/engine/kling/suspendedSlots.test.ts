/** Create and Wait for Callback when Kling takes fewer tasks at once than there are items, and when tasks end at the last moment. */
import { describe, expect, it } from 'vitest';

import type { Run } from '../../harness/index.ts';
import { otherTasksOf, stoppedWhen } from '../support.ts';
import { errorOf, factsOf } from './support.ts';
import { expanding, given, numbered, startSuspending } from './suspendedSupport.ts';

const { n8n, control, live, suspend, attempt, tell, finish, tasks, taskIds, unknown, creates } =
	await startSuspending();

const warnings = ({ log }: Run) => log.filter(({ level }) => level === 'warn').map(({ message }) => message);

describe('more items than Kling takes at once', () => {
	it('are all submitted, as slots become free, before it is suspended', async () => {
		control.settings({ slots: 2 });
		control.fates([{ taskMs: 250 }]);
		const { suspended, ended } = await live(expanding(), { items: numbered(5), credentials: unknown() });
		expect(tasks()).toHaveLength(5);
		expect(given(await ended).map(({ status }) => status)).toEqual(Array(5).fill('succeeded'));
		expect(['waiting', 'success']).toContain(suspended.status);
	});

	it('and no slot becomes free: an error that carries the tasks that were bought, and nothing is suspended', async () => {
		control.settings({ slots: 2 });
		const run = await attempt(expanding({ options: { queueTimeout: 0.02 } }), {
			items: numbered(3),
			credentials: unknown(),
		});
		const error = errorOf(run);
		expect(run.waitTill).toBeUndefined();
		expect(tasks()).toHaveLength(2);
		expect(error.message).toMatch(/^Kling had no free slot within 1.2 seconds/);
		expect(factsOf(error)).toMatchObject({ code: 1303, taskState: 'not-created', retryable: true });
		expect(otherTasksOf(error)).toEqual(taskIds());
		expect(error.description).toContain('The other 2 tasks are safe. Retry this execution from the Executions list');
	});

	it('the slots of a suspended run are free for others when its tasks have ended', async () => {
		control.settings({ slots: 2 });
		const credentials = unknown();
		await suspend(expanding(), { credentials });
		await finish(...taskIds());
		expect((await attempt(expanding(), { credentials, items: numbered(2) })).status).toBe('waiting');
	});
});

describe('a task that ends during the last look before the suspension', () => {
	it('is told once more by a provider that tries again', async () => {
		control.faults([{ on: 'get', kind: 'delay', ms: 400, after: true, count: 1 }]);
		const running = live(expanding(), { items: numbered(1) });
		// The look is answered late, and the task ends meanwhile.
		await expect.poll(() => control.requests().filter(({ on }) => on === 'get').length, { interval: 10 }).toBe(1);
		await finish(...taskIds());
		const { suspended, callbacks, ended } = await running;
		expect(suspended.status).toBe('waiting');
		expect(given(await ended)).toEqual([expect.objectContaining({ status: 'succeeded' })]);
		expect(callbacks.map(({ status }) => status)).toContain(409);
	});

	it('and that cannot be read then: the execution is suspended all the same', async () => {
		control.faults([{ on: 'get', kind: 'code', code: 1103, count: 1 }]);
		const run = await suspend(expanding(), { items: numbered(1) });
		await finish(...taskIds());
		expect(given((await tell(run, taskIds()[0] ?? '')).run)).toHaveLength(1);
	});
});

describe('Stop', () => {
	it.each([
		['with Stop Workflow', undefined],
		['under Continue On Fail', 'continueRegularOutput'],
	] as const)(
		'while it submits, %s: nothing is suspended, and one line of the log names what was bought',
		async (_, onError) => {
			control.faults([{ on: 'create', kind: 'delay', ms: 5_000, after: true, count: 1 }]);
			// Which of the two is answered late is left to chance; of that one only the external ID is known.
			const late = () => creates().find(({ fault }) => fault)?.taskId;
			const inTime = () => creates().find(({ code }) => code === 0)?.at ?? Infinity;
			const run = await stoppedWhen(
				() => late() !== undefined && Date.now() - inTime() > 200,
				async (signal) => await attempt(expanding(), { signal, onError }),
			);
			expect([run.status, run.waitTill, run.data.waitTill]).toEqual(['canceled', undefined, undefined]);
			expect(warnings(run)).toHaveLength(1);
			expect(tasks()).toHaveLength(2);
			for (const { taskId, externalTaskId } of tasks())
				expect(warnings(run)[0]).toContain(taskId === late() ? externalTaskId : taskId);
		},
	);

	it('during the last look: nothing is suspended, and one line of the log names what was bought', async () => {
		control.faults([{ on: 'get', kind: 'delay', ms: 5_000, count: 1 }]);
		const looks = () => control.requests().filter(({ on }) => on === 'get').length;
		const run = await stoppedWhen(
			() => looks() > 0,
			async (signal) => await attempt(expanding(), { signal }),
		);
		expect([run.status, run.waitTill, run.data.waitTill]).toEqual(['canceled', undefined, undefined]);
		expect(run.stoppedAfterMs).toBeLessThan(1_000);
		expect(warnings(run)).toHaveLength(1);
		expect(taskIds()).toHaveLength(2);
		for (const taskId of taskIds()) expect(warnings(run)[0]).toContain(taskId);
	});

	it('of a suspended execution, then Retry: the submitted tasks go on, and nothing is bought', async () => {
		const run = await suspend(expanding());
		const again = await n8n.retry(run);
		expect(again.status).toBe('success');
		expect(given(again).map(({ taskId }) => taskId)).toEqual(taskIds());
		expect(tasks()).toHaveLength(2);
	});
});
