/** What a piece of paid work became (ARCHITECTURE.md, Money rules). */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it, vi } from 'vitest';

import { fingerprintOf } from '../../../../nodes/tasks/item/fingerprint';
import { WorkRecords } from '../../../../nodes/tasks/item/workRecord';
import type { Task } from '../../../../nodes/tasks/model/task';
import { cpuMs, expectLinearIn } from '../growth';
import { itemOf, type Given } from '../support';
import { keep, newExecution, PRINT, stored, taskOf, TOOL, workOf, type GivenWork } from './workSupport';

/** The class as another process has it, which remembers nothing by itself. */
async function otherProcess(): Promise<typeof WorkRecords> {
	vi.resetModules();
	return (await import('../../../../nodes/tasks/item/workRecord')).WorkRecords;
}

const print = (body: IDataObject) => fingerprintOf(body, []);

describe('a kept task', () => {
	it('is found by the same work: same execution, node, run, item and request', () => {
		const work = newExecution();
		keep(work, 'T1', { userId: 'U1' });
		expect(workOf(work).task).toEqual({ taskId: 'T1', facts: { userId: 'U1' } });
	});

	it.each<[string, GivenWork]>([
		['another execution', { ...newExecution() }],
		['another node', { node: { id: 'node-2' } }],
		['another run', { runIndex: 1 }],
		['another item', { itemIndex: 1 }],
		['another request', { fingerprint: print({ prompt: 'a mug' }) }],
	])('is not found by %s', (_, other) => {
		const work = newExecution();
		keep(work);
		expect(taskOf({ ...work, ...other })).toBeUndefined();
	});

	it('is found by an agent that calls the tool again, as another item of another run', () => {
		const work = { ...newExecution(), node: TOOL };
		keep(work);
		expect(taskOf({ ...work, runIndex: 3, itemIndex: 2 })).toBe('T1');
	});

	it("without a resume token belongs to the execution's ID", () => {
		const work = { ...newExecution(), resumeUrl: 'https://n8n.test/x' };
		keep(work);
		expect(taskOf({ ...work, memory: {} })).toBe('T1');
		expect(taskOf({ ...work, memory: {}, executionId: 'other' })).toBeUndefined();
	});

	it('is forgotten when it has failed, with what it alone had told', () => {
		const work = newExecution();
		keep(work, 'T1', { userId: 'U1' });
		workOf(work).fail();
		keep(work, 'T2');
		expect(workOf(work).task).toEqual({ taskId: 'T2', facts: {} });
	});
});

describe("n8n's memory of the node", () => {
	it('brings the task to another process, and to a retry with another ID', async () => {
		const work = newExecution();
		keep(work);
		const Records = await otherProcess();
		const retry = { ...work, executionId: 'retry', Records };
		expect(taskOf({ ...retry, memory: stored(work.memory) })).toBe('T1');
		expect(taskOf({ ...retry, memory: {} })).toBeUndefined();
	});

	it('does so on n8n 1, whose resume URL has no signature, in this process and in another', async () => {
		const work = { ...newExecution(), resumeUrl: undefined };
		keep(work);
		const retry = { ...work, executionId: 'retry', memory: stored(work.memory) };
		expect(taskOf(retry)).toBe('T1');
		expect(taskOf({ ...retry, Records: await otherProcess() })).toBe('T1');
	});

	it("brings lost creates, uploads, failures and the user's own ID too", async () => {
		const work = newExecution();
		const record = workOf(work);
		record.keepUploads([['u/1.jpg']]);
		record.keepOwnId('order-1', 1_700_000_000_000);
		record.lose({ reason: 'No answer' });
		const other = workOf({ ...work, memory: stored(work.memory), Records: await otherProcess() });
		expect([other.uploads, other.lost, other.sentAt('order-1')]).toEqual([
			[['u/1.jpg']],
			{ reason: 'No answer' },
			1_700_000_000_000,
		]);
	});

	it('counts where it is newer than what the process remembers: queue mode, worker A, then B, then A again', async () => {
		const work = newExecution();
		// Worker A uploads and loses the create. The user retries, and worker B buys the task.
		const onA = workOf(work);
		onA.keepUploads([['u/1.jpg']]);
		onA.lose({ reason: 'No answer' });
		const memoryOnB = stored(work.memory);
		keep({ ...work, memory: memoryOnB, Records: await otherProcess() });
		// The user retries that execution, and n8n gives it to worker A.
		expect(taskOf({ ...work, memory: stored(memoryOnB) })).toBe('T1');
	});

	it('does not count where it is older: n8n has saved nothing of the last try', () => {
		const work = newExecution();
		const record = workOf(work);
		record.keepUploads([['u/1.jpg']]);
		const before = stored(work.memory);
		keep(work);
		expect(taskOf({ ...work, memory: before })).toBe('T1');
	});

	it.each([[null], ['x'], [7], [[]], [{ runs: 'x' }], [{ runs: { 0: [] } }], [{ runs: { 0: { x: null } } }]])(
		'that holds %j under our name does no harm',
		(held) => {
			const work = { ...newExecution(), memory: { work: held } as IDataObject };
			expect(taskOf(work)).toBeUndefined();
			keep(work);
			expect(taskOf({ ...work, memory: stored(work.memory) })).toBe('T1');
		},
	);

	it('keeps what other code of the node has there', () => {
		const work = { ...newExecution(), memory: { other: 1 } as IDataObject };
		keep(work);
		expect(work.memory.other).toBe(1);
	});
});

describe('where n8n has no execution, as below an MCP Server Trigger', () => {
	const loose: Given = { executionId: '', resumeUrl: undefined, node: TOOL };

	it('each call is a work of its own', () => {
		keep(loose);
		expect(taskOf(loose)).toBeUndefined();
	});

	it('what a call became is known within it', () => {
		const records = new WorkRecords(itemOf(loose));
		records.of(0, PRINT).keep({ taskId: 'T1' } as Task, {});
		expect(records.of(0, PRINT).task?.taskId).toBe('T1');
		expect(records.of(0, PRINT).lost).toBeUndefined();
		records.of(0, PRINT).lose({ reason: 'No answer' });
		expect(records.of(0, PRINT).lost).toEqual({ reason: 'No answer' });
	});
});

describe('a lost create', () => {
	it('is lost in this execution, for Retry On Fail, and not for a retry by the user', () => {
		const work = newExecution();
		workOf(work).lose({ reason: 'No answer' });
		expect([workOf(work).lost, workOf({ ...work, executionId: 'retry' }).lost]).toEqual([
			{ reason: 'No answer' },
			undefined,
		]);
	});

	it('is forgotten once a task was kept', () => {
		const work = newExecution();
		workOf(work).lose({ reason: 'No answer' });
		keep({ ...work, executionId: 'retry' });
		expect([workOf(work).lost, workOf({ ...work, executionId: 'retry' }).lost]).toEqual([undefined, undefined]);
	});

	it('keeps the images that are there', () => {
		const work = newExecution();
		workOf(work).keepUploads([['u/1.jpg']]);
		workOf(work).lose({ reason: 'No answer' });
		expect(workOf(work).uploads).toEqual([['u/1.jpg']]);
	});

	it('that never was is not lost', () => {
		expect(workOf(newExecution()).lost).toBeUndefined();
	});
});

describe('a failed task', () => {
	it('may be bought again, four times; then the last one stays', () => {
		const work = newExecution();
		for (let time = 1; time <= 4; time += 1) {
			keep(work, `T${time}`);
			workOf(work).fail();
			expect(taskOf(work)).toBeUndefined();
		}
		keep(work, 'T5');
		workOf(work).fail();
		expect(taskOf(work)).toBe('T5');
	});

	it('leaves the images that are there', () => {
		const work = newExecution();
		workOf(work).keepUploads([['u/1.jpg']]);
		keep(work);
		workOf(work).fail();
		expect(workOf(work).uploads).toEqual([['u/1.jpg']]);
	});
});

describe("an external ID of the user's", () => {
	it('is known to be this very work’s, since when, also on a retry', () => {
		const work = newExecution();
		workOf(work).keepOwnId('order-1', 123);
		const retry = { ...work, executionId: 'retry', memory: stored(work.memory) };
		expect([workOf(work), workOf(retry)].map((record) => record.sentAt('order-1'))).toEqual([123, 123]);
	});

	it('is not this work’s when another item, another request or nobody has sent it', () => {
		const work = newExecution();
		workOf(work).keepOwnId('order-1', 123);
		expect(workOf(work).sentAt('order-2')).toBeUndefined();
		expect(workOf({ ...work, itemIndex: 1 }).sentAt('order-1')).toBeUndefined();
		expect(workOf({ ...work, fingerprint: print({ prompt: 'a mug' }) }).sentAt('order-1')).toBeUndefined();
	});
});

describe('the same work asked for twice at once', () => {
	it('is done one after the other, so that the second finds what the first has made', async () => {
		const work = { ...newExecution(), node: TOOL };
		const log: string[] = [];
		const call = async (name: string) => {
			const record = workOf(work);
			return await record.alone(async () => {
				log.push(`${name} finds ${record.task?.taskId ?? 'nothing'}`);
				await Promise.resolve();
				if (!record.task) keep(work, name);
				return record.task?.taskId;
			});
		};
		expect(await Promise.all([call('A'), call('B'), call('C')])).toEqual(['A', 'A', 'A']);
		expect(log).toEqual(['A finds nothing', 'B finds A', 'C finds A']);
	});

	it('goes on with the next one when the first fails', async () => {
		const record = workOf(newExecution());
		const first = record.alone(async () => await Promise.reject(new Error('no')));
		const second = record.alone(async () => 'done');
		await expect(first).rejects.toThrow('no');
		expect(await second).toBe('done');
	});

	it('does not hold up other work', async () => {
		const work = newExecution();
		void workOf(work).alone(async () => await new Promise(() => undefined));
		expect(await workOf({ ...work, itemIndex: 1 }).alone(async () => 'done')).toBe('done');
	});
});

describe('what n8n keeps with the execution', () => {
	/** Every item of one run gets a task; gives what n8n keeps. */
	function runWith(items: number, given: Given = newExecution()): IDataObject {
		const records = new WorkRecords(itemOf(given));
		for (let itemIndex = 0; itemIndex < items; itemIndex += 1) {
			records.of(itemIndex, PRINT).keep({ taskId: `${930810057590833241n + BigInt(itemIndex)}` } as Task, {});
		}
		return given.memory as IDataObject;
	}

	const bytesOf = (memory: IDataObject) => Buffer.byteLength(JSON.stringify(memory));

	it('is about 100 bytes for a task', () => {
		const bytes = bytesOf(runWith(1_000)) / 1_000;
		expect(bytes).toBeGreaterThan(50);
		expect(bytes).toBeLessThan(120);
	});

	it('is at most 400 bytes for all that one work can have', () => {
		const work = newExecution();
		const empty = bytesOf(runWith(0, work));
		const record = workOf(work);
		record.lose({ reason: 'No answer' });
		record.keepOwnId('x'.repeat(64), 1_700_000_000_000);
		keep(work, '00e0931c-de26-4e67-9b7e-15f56ea4c0f5', { userId: 'U0000000013835', modelTaskId: 'x'.repeat(36) });
		for (let time = 1; time <= 4; time += 1) record.fail();
		keep(work, '00e0931c-de26-4e67-9b7e-15f56ea4c0f5', { userId: 'U0000000013835', modelTaskId: 'x'.repeat(36) });
		expect(bytesOf(work.memory as IDataObject) - empty).toBeLessThan(400);
	});

	it('holds no answer of the service', () => {
		const work = newExecution();
		const task = {
			taskId: 'T1',
			images: [{ index: 0, url: 'https://cdn/a.png?Signature=s3cret' }],
			requestId: 'request-1',
		};
		workOf(work).keep(task as unknown as Task, {});
		expect(JSON.stringify(work.memory)).not.toMatch(/s3cret|request-1/);
	});

	it('has at most 10,000 entries: the oldest of the run are forgotten first', async () => {
		const work = newExecution();
		runWith(10_500, work);
		const memory = stored(work.memory);
		expect(entriesIn(memory)).toBeGreaterThanOrEqual(9_000);
		expect(entriesIn(memory)).toBeLessThanOrEqual(10_000);
		const Records = await otherProcess();
		const known = [0, 499, 5_000, 10_499].map(
			(itemIndex) => taskOf({ ...work, memory, itemIndex, Records }) !== undefined,
		);
		expect(known).toEqual([false, false, true, true]);
	});

	it('forgets finished runs first, the oldest before others', () => {
		const work = newExecution();
		for (const [runIndex, items] of [
			[0, 3_000],
			[1, 3_000],
			[2, 4_500],
		] as const)
			runWith(items, { ...work, runIndex });
		const { runs } = (work.memory as { work: { runs: Record<string, object> } }).work;
		expect(Object.entries(runs).map(([run, entries]) => [run, Object.keys(entries).length])).toEqual([
			['1', 3_000],
			['2', 4_500],
		]);
	});

	it('counts what a retry brings along', () => {
		const work = newExecution();
		runWith(9_900, work);
		const retry = { ...work, executionId: 'retry', runIndex: 1, memory: stored(work.memory) };
		expect(entriesIn(runWith(300, retry))).toBeLessThanOrEqual(10_000);
	});

	it('costs a run of many items, and a loop of many runs, linear time', () => {
		expectLinearIn([5_000, 20_000], (items) => cpuMs(() => runWith(items)));
		expectLinearIn([2_000, 12_000], (runs) =>
			cpuMs(() => {
				const work = newExecution();
				for (let runIndex = 0; runIndex < runs; runIndex += 1) runWith(1, { ...work, runIndex });
			}),
		);
	});
});

function entriesIn(memory: IDataObject): number {
	const { runs } = (memory as { work: { runs: Record<string, object> } }).work;
	return Object.values(runs).reduce((sum, entries) => sum + Object.keys(entries).length, 0);
}

it('the process forgets the oldest works first, beyond 20,000', () => {
	const records = new WorkRecords(itemOf({ executionId: '' }));
	for (let item = 0; item < 20_000; item += 1) records.of(item, PRINT).keep({ taskId: `T${item}` } as Task, {});
	expect(records.of(0, PRINT).task?.taskId).toBe('T0');
	records.of(20_000, PRINT).keep({ taskId: 'one more' } as Task, {});
	expect([0, 1, 20_000].map((item) => records.of(item, PRINT).task?.taskId)).toEqual([undefined, 'T1', 'one more']);
});
