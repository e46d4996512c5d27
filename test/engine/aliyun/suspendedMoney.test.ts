/** Create and Wait for Callback at a service without an idempotency key: nothing is bought twice, nothing bought is forgotten. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { sandboxAliyunAccount } from '../../../sandbox/provider/index.ts';
import { startHarness } from '../../harness/index.ts';
import { stoppedWhen } from '../support.ts';
import { errorOf, factsOf, itemsOf, otherTasksOf, person, smallPhoto } from './support.ts';
import { given, portraying, startSuspending, training } from './suspendedSupport.ts';

const { n8n, control, faults, suspend, attempt, tell, idsOf, finish, model, bought, queriesOf, requests, signedIn } =
	await startSuspending();

const portraits = async (length = 3) => {
	const { userId } = await model();
	return { items: Array.from({ length }, (_, number) => ({ json: { userId, number } })) };
};
const count = (resource: string) => bought().filter((each) => each === resource).length;

describe('one of three portraits is refused', () => {
	const refuse = () => faults({ on: 'create', kind: 'code', code: 1001, resource: 'portrait', count: 1 });

	it('with Stop Workflow: nothing is suspended, the error carries the two that were bought, and Retry buys only the third', async () => {
		const items = await portraits();
		refuse();
		const failed = await attempt(portraying(), { ...items, resumeToken: 'kept' });
		const error = errorOf(failed);
		expect([failed.waitTill, count('portrait')]).toEqual([undefined, 2]);
		const ids = control
			.ledger()
			.filter(({ resource }) => resource === 'portrait')
			.map(({ taskId }) => taskId);
		expect(otherTasksOf(error).sort()).toEqual([...ids].sort());
		expect(error.description).toContain('The other 2 tasks are safe. Retry this execution');
		// They call the failed execution back, so the retry waits for them by reading.
		await finish(...ids);
		const again = await (await startHarness()).retry(failed);
		expect([again.status, count('portrait')]).toEqual(['waiting', 3]);
		expect(idsOf(again)).toEqual(expect.arrayContaining(ids));
	});

	it('with Retry On Fail: one task for each item, and the execution is suspended once', async () => {
		const items = await portraits();
		refuse();
		const run = await suspend(portraying(), { ...items, retryOnFail: true, maxTries: 2 });
		expect(new Set(idsOf(run)).size).toBe(3);
		expect(count('portrait')).toBe(3);
	});

	it('with Continue: the others go on', async () => {
		const items = await portraits();
		refuse();
		const run = await suspend(portraying(), { ...items, onError: 'continueRegularOutput' });
		await finish(...idsOf(run));
		const { run: ended } = await tell(run, idsOf(run)[0] ?? '');
		expect(
			given(ended)
				.map(({ status, error }) => status ?? typeof error)
				.sort(),
		).toEqual(['string', 'succeeded', 'succeeded']);
		expect(ended?.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});
});

describe('a create whose answer is lost', () => {
	it('is not sent again, and says that the task may exist', async () => {
		const items = await portraits(1);
		faults({ on: 'create', kind: 'dropAfter', resource: 'portrait' });
		const run = await attempt(portraying(), { ...items, retryOnFail: true, maxTries: 3 });
		expect(factsOf(errorOf(run))).toMatchObject({ taskState: 'may-exist' });
		expect(count('portrait')).toBe(1);
	});
});

describe('the same execution again', () => {
	it('waits for the same tasks by reading: they call the first one back', async () => {
		const items = await portraits(2);
		const same = { ...items, executionId: '4711', resumeToken: 'one-execution' };
		const first = await suspend(portraying(), same);
		const second = await n8n.atSpeed(20, async () => {
			const before = requests('get').length;
			const running = attempt(portraying(), same);
			await expect.poll(() => requests('get').length).toBeGreaterThan(before);
			await finish(...idsOf(first));
			return await running;
		});
		expect(itemsOf(second).map(({ json }) => [json.taskId, json.status])).toEqual(
			idsOf(first).map((id) => [id, 'succeeded']),
		);
		expect(count('portrait')).toBe(2);
	});

	it('with a training does not upload or train again', async () => {
		const same = { executionId: '4712', resumeToken: 'another-execution', items: [person()] };
		const first = await suspend(training(), same);
		await finish(...idsOf(first));
		expect(itemsOf(await attempt(training(), same)).map(({ json }) => json.taskId)).toEqual(idsOf(first));
		expect(count('userModel')).toBe(1);
	});
});

describe('queries, each of which may be billed', () => {
	it('when the execution is suspended: one, however many tasks there are', async () => {
		const items = await portraits(6);
		const [run, queries] = await queriesOf(async () => await suspend(portraying(), items));
		expect([idsOf(run).length, queries]).toEqual([6, 1]);
	});

	it('of twenty calls that say nothing: one, and another 15 s later, which sees the end', async () => {
		const run = await suspend(portraying(), await portraits(1));
		const started = Date.now();
		const [answers, queries] = await queriesOf(
			async () =>
				await n8n.atSpeed(20, async () => {
					const first = await tell(run, 'unknown');
					await finish(...idsOf(run));
					return [first, ...(await Promise.all(Array.from({ length: 19 }, async () => await tell(run, 'unknown'))))];
				}),
		);
		expect([answers.filter((answer) => answer.run).length, queries]).toEqual([1, 2]);
		expect((Date.now() - started) * 20).toBeGreaterThan(14_900);
		expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
		expect(given(answers.find((answer) => answer.run)?.run)).toMatchObject([{ status: 'succeeded' }]);
	});
});

describe('nothing secret', () => {
	it('is in what n8n stores, in items or in the log', async () => {
		const run = await suspend(training(), { credentials: signedIn('appKeySecret') });
		const stored = run.row.load();
		const told = inspect([stored, run.items, run.log], { depth: 20, maxStringLength: null, maxArrayLength: null });
		for (const secret of [
			sandboxAliyunAccount.appCode,
			sandboxAliyunAccount.appSecret,
			smallPhoto().toString('base64').slice(16, 48),
		])
			expect(told).not.toContain(secret);
		expect(JSON.stringify(stored.executionData?.contextData)).toContain(idsOf(run)[0]);
	});
});

describe('Stop while the image of a portrait that has ended at once is downloaded', () => {
	it('the log names the paid portrait, which no list would show', async () => {
		const items = await portraits(1);
		control.fates([{ taskMs: 0 }]);
		faults({ on: 'file', kind: 'delay', ms: 5_000 });
		const parameters = portraying({ downloadImages: true });
		const run = await stoppedWhen(
			() => control.files().length > 0,
			async (signal) => await attempt(parameters, { ...items, signal }),
		);
		const { taskId } = control.ledger().find(({ resource }) => resource === 'portrait') ?? {};
		const warnings = run.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
		expect(warnings).toEqual([expect.stringContaining(String(taskId))]);
	});
});
