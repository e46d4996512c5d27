/** How a wait ends when the task does not, and what Stop does. */
import { beforeEach, describe, expect, it } from 'vitest';

import type { Run } from '../../harness/index.ts';
import { expectNothingSent, expectNothingUnhandled, stoppedWhen } from '../support.ts';
import { count, errorOf, expand, factsOf, itemsOf, photos, start } from './support.ts';

const { run, control, creates, created, unknown } = await start();

/** 0.6 s. */
const timeout = 0.01;

describe('a task still running at the end of the timeout', () => {
	beforeEach(() => control.fates([{ fate: 'stuck' }]));

	it('is no failure: the item says processing, and how to get the result', async () => {
		const result = await run(expand({ options: { timeout } }));
		const [task] = control.ledger();
		const [item] = itemsOf(result);
		expect(item?.json).toMatchObject({
			taskId: task?.taskId,
			status: expect.stringMatching(/^(submitted|processing)$/),
			images: [],
		});
		expect(item?.json.warnings).toEqual([
			'Still running after 0.6 seconds; this is not a failure. Get it later with the operation Wait for Completion and its task ID.',
		]);
		expect(Object.keys(item ?? {})).toEqual(['json', 'pairedItem']);
	});

	it('is an error with the facts of the task, if so set', async () => {
		const error = errorOf(await run(expand({ options: { timeout, onTimeout: 'error' } })));
		const [task] = control.ledger();
		expect(error.message).toMatch(/^Kling is still working after 0\.6 seconds$/);
		expect(error.description).toContain('The task goes on and will be charged.');
		expect(factsOf(error)).toEqual({
			taskId: task?.taskId,
			externalTaskId: task?.externalTaskId,
			requestId: expect.any(String),
			taskState: 'created',
			retryable: true,
			status: expect.stringMatching(/^(submitted|processing)$/),
			hint: expect.stringContaining('Wait for Completion'),
		});
	});

	it('is seen no later than the timeout, even with a long interval', async () => {
		const result = await run(expand({ options: { timeout, pollInterval: 60 } }));
		expect(itemsOf(result)[0]?.json.warnings).toHaveLength(1);
		expect(result.ownMs).toBeLessThan(10_000);
	});

	it('is told by the operation Wait too', async () => {
		const [submitted] = itemsOf(await run(expand({ waitForCompletion: false })));
		const parameters = { resource: 'imageExpansion', operation: 'wait', options: { timeout, pollInterval: 0.1 } };
		const [item] = itemsOf(await run(parameters, { items: [{ json: submitted?.json }] }));
		expect(item?.json).toMatchObject({
			taskId: submitted?.json.taskId,
			warnings: [expect.stringContaining('Still running')],
		});
	});
});

it('an unknown status is still running', async () => {
	control.fates([{ fate: 'unknownStatus', taskMs: 800 }]);
	expect(itemsOf(await run(expand()))[0]?.json.status).toBe('succeeded');
	control.fates([{ fate: 'unknownStatus', taskMs: 60_000 }]);
	const [item] = itemsOf(await run(expand({ prompt: 'another', options: { timeout: 0.005 } })));
	expect(item?.json).toMatchObject({ status: 'unknown', providerStatus: 'reviewing' });
	expect(item?.json.warnings).toContainEqual(expect.stringContaining('"reviewing"'));
});

it('Poll Interval is the time between two reads', async () => {
	control.fates([{ fate: 'stuck' }]);
	const times = () =>
		control
			.requests()
			.filter(({ method }) => method === 'GET')
			.map(({ at }) => at);
	const running = run(expand({ options: { pollInterval: 0.5 } }));
	await expect.poll(() => times().length).toBeGreaterThanOrEqual(2);
	await control.finish(control.ledger()[0]?.taskId ?? '');
	itemsOf(await running);
	const reads = times();
	expect(reads.length).toBeGreaterThanOrEqual(3);
	for (const [index, at] of reads.entries())
		if (index > 0) expect(at - (reads[index - 1] ?? 0)).toBeGreaterThanOrEqual(495);
});

it('without an interval the first read is after 2 s, and later ones know how long tasks take', async () => {
	control.fates([{ taskMs: 200 }]);
	const credentials = unknown();
	const adaptive = { downloadImages: false, options: { pollInterval: 0 } };
	const first = await run(expand(adaptive), { items: photos(...count(3)), credentials });
	expect(first.elapsedMs).toBeGreaterThan(1_750);
	const second = await run(expand({ ...adaptive, prompt: 'again' }), { credentials });
	expect(itemsOf(second)[0]?.json.status).toBe('succeeded');
	expect(second.ownMs).toBeLessThan(1_750);
});

describe('a failed task', () => {
	beforeEach(() => control.fates([{ fate: 'failed', message: 'Failure to pass the risk control system' }]));

	it('is an item with its reason, if so set', async () => {
		const [item] = itemsOf(await run(expand({ options: { onTaskFailed: 'returnItem' } })));
		expect(item?.json).toMatchObject({
			status: 'failed',
			statusMessage: 'Failure to pass the risk control system',
			images: [],
		});
	});
});

describe('Stop', () => {
	expectNothingUnhandled();

	const warnings = ({ log }: Run) => log.filter(({ level }) => level === 'warn').map(({ message }) => message);

	it.each([
		['with Stop Workflow', undefined, {}],
		['under Continue On Fail', 'continueRegularOutput', {}],
		['with an error output', 'continueErrorOutput', {}],
		['with the adaptive interval', undefined, { pollInterval: 0 }],
		['with a long interval', undefined, { pollInterval: 60 }],
	] as const)('ends waiting within a second and names the running tasks once, %s', async (_, onError, options) => {
		control.fates([{ match: { nth: 2 }, taskMs: 50 }, { fate: 'stuck' }]);
		const result = await stoppedWhen(
			() => created(3),
			async (signal) => await run(expand({ options }), { items: photos(...count(3)), onError, signal }),
		);
		expect(result.status).toBe('canceled');
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(warnings(result)).toHaveLength(1);
		const running = control.ledger().filter(({ endsAt }) => endsAt === null);
		expect(running).toHaveLength(2);
		for (const { taskId, externalTaskId } of running) {
			expect(warnings(result)[0]).toContain(taskId);
			expect(warnings(result)[0]).toContain(externalTaskId);
		}
	});

	it('reads nothing afterwards', async () => {
		control.fates([{ fate: 'stuck' }]);
		await stoppedWhen(
			() => created(1),
			async (signal) => await run(expand(), { signal }),
		);
		await expectNothingSent();
	});

	it('cuts off creates on their way as may-exist, and sends those in line no more', async () => {
		control.faults([{ on: 'create', kind: 'delay', ms: 5_000 }]);
		const result = await stoppedWhen(
			() => creates().length === 4,
			async (signal) => await run(expand(), { items: photos(...count(9)), signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(control.requests()).toHaveLength(4);
		expect(warnings(result)).toEqual([
			expect.stringMatching(/item 0: external task ID: n8n-\S+ \(may exist\); item 1: .*; item 2: .*; item 3: [^;]*$/),
		]);
	});

	it('ends waiting for a slot too', async () => {
		control.settings({ slots: 1 });
		control.fates([{ fate: 'stuck' }]);
		const result = await stoppedWhen(
			() => created(1) && creates().length === 3,
			async (signal) => await run(expand(), { items: photos(...count(3)), signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		const [task] = control.ledger();
		expect(control.ledger()).toHaveLength(1);
		expect(warnings(result)).toEqual([expect.stringContaining(String(task?.taskId))]);
		expect(warnings(result)[0]?.match(/item \d/g)).toHaveLength(1);
	});

	it('ends downloading too', async () => {
		control.faults([{ on: 'file', kind: 'delay', ms: 5_000 }]);
		const result = await stoppedWhen(
			() => control.files().length > 0,
			async (signal) => await run(expand({ n: 5 }), { signal }),
		);
		expect(result.status).toBe('canceled');
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
	});
});
