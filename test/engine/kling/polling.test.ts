/** Many tasks, few status requests; and nobody is disturbed by the end of another. */
import { describe, expect, it } from 'vitest';

import type { Run } from '../../harness/index.ts';
import { expectNothingSent, expectNothingUnhandled, stoppedWhen } from '../support.ts';
import { count, create, expand, itemsOf, smallPhotos, start } from './support.ts';

const { run, control, created, creates, unknown } = await start();
const quick = { downloadImages: false };
const adaptive = { ...quick, options: { pollInterval: 0 } };
const RESOURCES = ['multiImageToImage', 'imageExpansion', 'aiMultiShot'];

const reads = () => control.requests().filter(({ method }) => method === 'GET');
const lists = () => reads().filter(({ query }) => query.includes('pageSize'));
const warnings = ({ log }: Run) => log.filter(({ level }) => level === 'warn').map(({ message }) => message);

describe('status requests', () => {
	it('of 24 waiting tasks in each resource are a few lists for all of them', async () => {
		control.fates([{ taskMs: 3_000 }]);
		await Promise.all(
			RESOURCES.map(async (resource) => {
				const items = itemsOf(await run(create(resource, adaptive), { items: smallPhotos(...count(24)) }));
				expect(items.map(({ json }) => json.status)).toEqual(Array(24).fill('succeeded'));
			}),
		);
		expect(lists().length).toBeGreaterThanOrEqual(3);
		expect(lists().length).toBeLessThanOrEqual(3 * 6);
		// The last three of a resource may be read singly.
		expect(reads().length - lists().length).toBeLessThanOrEqual(3 * 3);
		expect(control.ledger()).toHaveLength(72);
	}, 30_000);

	it('of three are single reads', async () => {
		itemsOf(await run(expand(quick), { items: smallPhotos(...count(3)) }));
		expect(reads().length).toBeGreaterThanOrEqual(3);
		expect(lists()).toEqual([]);
	});

	it('of two executions with the same credential are shared', async () => {
		control.fates([{ taskMs: 1_500 }]);
		const runs = await Promise.all(
			[1, 2].map(async () => await run(expand(adaptive), { items: smallPhotos(...count(3)) })),
		);
		for (const result of runs) expect(itemsOf(result)).toHaveLength(3);
		expect(lists().length).toBeGreaterThan(0);
		expect(reads().length).toBeLessThanOrEqual(6);
	});

	it.each([
		['does not show them', { kind: 'lag', ms: 60_000 }],
		['cannot be read', { kind: 'code', code: 1103 }],
	] as const)('go to single tasks where the list %s', async (_, fault) => {
		control.faults([{ on: 'list', ...fault }]);
		control.fates([{ fate: 'stuck' }]);
		// An account of its own: a list that failed is left alone for a while.
		const running = run(expand(quick), { items: smallPhotos(...count(6)), credentials: unknown() });
		await expect.poll(() => created(6) && lists().length > 0).toBe(true);
		await Promise.all(control.ledger().map(async ({ taskId }) => await control.finish(taskId)));
		expect(itemsOf(await running).map(({ json }) => json.status)).toEqual(Array(6).fill('succeeded'));
		expect(reads().length - lists().length).toBeGreaterThanOrEqual(6);
	});

	it('through the list bring the same item as single ones, and with Simplify off the whole answer', async () => {
		const many = itemsOf(await run(expand(), { items: smallPhotos(...count(5)) }));
		const [one] = itemsOf(await run(expand()));
		expect(new Set(many.map(({ json }) => Object.keys(json).join()))).toEqual(
			new Set([Object.keys(one?.json ?? {}).join()]),
		);
		const whole = itemsOf(await run(expand({ ...quick, simplify: false }), { items: smallPhotos(...count(5)) }));
		for (const { json } of whole)
			expect(json).toMatchObject({
				code: 0,
				request_id: expect.any(String),
				data: { task_status: 'succeed', task_result: { images: [{}] } },
			});
		expect(new Set(whole.map(({ json }) => (json.data as { task_id: string }).task_id)).size).toBe(5);
	});
});

describe('Stop', () => {
	expectNothingUnhandled();

	// With one item each they are read singly, with three each by one list.
	it.each([1, 3])(
		'of one of two executions that share a poller does not disturb the other (%i items each)',
		async (length) => {
			control.fates([{ taskMs: 2_000 }]);
			const items = smallPhotos(...count(length));
			const [stopped, other] = await Promise.all([
				stoppedWhen(
					() => created(2 * length) && reads().length > 0,
					async (signal) => await run(expand({ ...quick, prompt: 'stopped' }), { items, signal }),
				),
				run(expand(quick), { items }),
			]);
			expect(stopped.status).toBe('canceled');
			expect(stopped.stoppedAfterMs).toBeLessThan(1_000);
			expect(itemsOf(other).map(({ json }) => json.status)).toEqual(Array(length).fill('succeeded'));
			expect(other.ownMs).toBeLessThan(20_000);
			expect(warnings(other)).toEqual([]);
			expect(warnings(stopped)).toHaveLength(1);
			for (const { taskId, request } of control.ledger())
				expect(warnings(stopped)[0]?.includes(taskId)).toBe(request.prompt === 'stopped');
		},
	);

	it('in the middle of a request that both live by does not disturb the other', async () => {
		control.fates([{ fate: 'stuck' }]);
		control.faults([{ on: 'list', kind: 'delay', ms: 800 }]);
		const both = { items: smallPhotos(...count(3)), credentials: unknown() };
		const other = run(expand(quick), both);
		const stopped = await stoppedWhen(
			() => created(6) && lists().length > 0,
			async (signal) => await run(expand(quick), { ...both, signal }),
		);
		expect(stopped.stoppedAfterMs).toBeLessThan(1_000);
		await Promise.all(control.ledger().map(async ({ taskId }) => await control.finish(taskId)));
		expect(itemsOf(await other)).toHaveLength(3);
		expect(control.ledger()).toHaveLength(6);
	});

	it('of twelve items on four slots leaves nothing behind: no request, no create in line, one warning', async () => {
		control.settings({ slots: 4 });
		control.fates([{ fate: 'stuck' }]);
		// Until refusals have told that four fit, others are on their way: one more is tried when answers change places.
		const refused = () => creates().some(({ code }) => code === 1303) && creates().every(({ code }) => code !== null);
		const settled = () => refused() && Date.now() - Math.max(...creates().map(({ at }) => at)) > 1_000;
		const result = await stoppedWhen(
			settled,
			async (signal) => await run(expand(quick), { items: smallPhotos(...count(12)), signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(warnings(result)).toHaveLength(1);
		for (const { taskId } of control.ledger()) expect(warnings(result)[0]).toContain(taskId);
		expect(warnings(result)[0]?.match(/item \d+:/g)).toHaveLength(4);
		for (const { taskId } of control.ledger()) await control.finish(taskId);
		await expectNothingSent(1_500);
	});

	it('while a lost create is looked up names it as one that may exist', async () => {
		control.faults([
			{ on: 'create', kind: 'dropAfter' },
			{ on: 'get', kind: 'delay', ms: 5_000 },
		]);
		const result = await stoppedWhen(
			() => reads().length > 0,
			async (signal) => await run(expand(quick), { signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		const [task] = control.ledger();
		expect(warnings(result)).toEqual([
			expect.stringContaining(`external task ID: ${task?.externalTaskId} (may exist)`),
		]);
		expect(control.ledger()).toHaveLength(1);
	});
});

it('a workflow timeout ends the wait like Stop does', async () => {
	control.fates([{ fate: 'stuck' }]);
	const result = await stoppedWhen(
		() => created(4),
		async (signal) => await run(expand(quick), { items: smallPhotos(...count(4)), signal }),
		new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
	);
	expect(result.stoppedAfterMs).toBeLessThan(1_000);
	expect(warnings(result)).toHaveLength(1);
});

it('the item of a timeout is taken on by Wait for Completion', async () => {
	control.fates([{ fate: 'stuck' }]);
	const timedOut = itemsOf(await run(expand({ options: { timeout: 0.01 } }), { items: smallPhotos(...count(2)) }));
	expect(timedOut.map(({ json }) => json.warnings)).toEqual(Array(2).fill([expect.stringContaining('Still running')]));
	for (const { taskId } of control.ledger()) await control.finish(taskId);
	const waited = itemsOf(
		await run(
			{ resource: 'imageExpansion', operation: 'wait', options: { pollInterval: 0.1 } },
			{ items: timedOut.map(({ json }) => ({ json })) },
		),
	);
	expect(waited.map(({ json, binary }) => [json.taskId, json.status, Object.keys(binary ?? {})])).toEqual(
		timedOut.map(({ json }) => [json.taskId, 'succeeded', ['image']]),
	);
	expect(control.ledger()).toHaveLength(2);
});
