/** Executions that sleep in n8n's database until the provider calls back, in queue mode. */
import pLimit from 'p-limit';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { N8nClient } from '../../sandbox/n8n/client';
import { isOpen, outputOf } from '../../sandbox/n8n/execution';
import { PATIENCE } from '../harness/patience';
import { KLING, NEXT, orderNames, orders } from './setup/orders';
import { executionsOf, startQueueMode, type ExecutionRow, type QueueMode } from './setup/queue-mode';
import { medianAndP95, resultsOf, type Result } from './setup/results';

const CONCURRENCY = 10;
const CALLBACKS = 4;

let mode: QueueMode;

beforeAll(async () => {
	// Without it every callback takes the main about twice as long.
	mode = await startQueueMode({ concurrency: CONCURRENCY, env: { N8N_EXPRESSION_ENGINE_COMPILE_CACHE: 'true' } });
});

afterAll(async () => {
	await mode?.stop();
});

beforeEach(() => {
	mode.provider.reset();
	mode.provider.fates([{ fate: 'stuck' }]); // tasks end when the test says so
});

const suspending = (options: Record<string, unknown> = {}) => ({
	operation: 'createAndWaitForCallback',
	options: { allowUnreachable: true, ...options },
});

/** Resolves when that many executions of the workflow have that status. */
async function reached(workflowId: string, status: string, count: number): Promise<void> {
	const counted = async () =>
		(await executionsOf(mode, workflowId)).filter((execution) => execution.status === status).length;
	await vi.waitUntil(async () => (await counted()) === count, { timeout: 600_000, interval: 500 });
}

/**
 * Ends tasks as fast as n8n takes the callbacks: a few at a time, the next one when a callback has been answered. A main
 * that gets hundreds in the same second answers later than a provider waits (docs/scaling.md).
 */
async function endTasks(taskIds: string[]): Promise<void> {
	await pLimit(CALLBACKS).map(taskIds, async (taskId) => {
		await mode.provider.finish(taskId);
		const told = () =>
			mode.provider
				.callbacks()
				.some(
					(call) =>
						call.taskId === taskId && call.taskStatus === 'succeed' && (call.status === 200 || call.attempt === 2),
				);
		await vi.waitUntil(told, { ...PATIENCE, interval: 20 });
	});
}

const unfinished = () =>
	mode.provider
		.ledger()
		.filter(({ status }) => status !== 'succeed')
		.map(({ taskId }) => taskId);

/** Resident memory of both workers together, MB: the least of 20 s, in which a new worker's first garbage is collected. */
async function memory(): Promise<number> {
	const taken: number[] = [];
	for (let second = 0; second < 20; second++) {
		const each = await Promise.all(
			mode.queue.workers.map(async (worker) => (await worker.metrics()).n8n_process_resident_memory_bytes ?? NaN),
		);
		taken.push(Math.round(each.reduce((sum, bytes) => sum + bytes) / 2 ** 20));
		await new Promise((resolve) => setTimeout(resolve, 1_000));
	}
	return Math.min(...taken);
}

/** How long after the end of its task each execution ended. */
function lagsOf(executions: ExecutionRow[], results: Result[]): string {
	const endOf = new Map(mode.provider.ledger().map(({ taskId, endsAt }) => [taskId, endsAt ?? NaN]));
	const taskOf = new Map(results.map(({ id, taskId }) => [id, String(taskId)]));
	return medianAndP95(executions.map(({ id, stoppedAt }) => stoppedAt - (endOf.get(taskOf.get(id) ?? '') ?? NaN)));
}

it('300 suspended executions hold no slot, and all go on with their pictures when their tasks end', async () => {
	const count = 300;
	const { workflowId, place } = await orders(mode, suspending());
	const idle = await memory();

	const placedAt = Date.now();
	await place(orderNames(count));
	await reached(workflowId, 'waiting', count);
	const submittedIn = Date.now() - placedAt;
	const waiting = await memory();
	const slots = await mode.queue.jobs();
	expect(slots).toEqual({ active: 0, waiting: 0 });
	// What the workers hold now is also what is left of submitting; new ones show what the waiting itself takes.
	await Promise.all(mode.queue.workers.splice(0).map(async (worker) => await worker.stop()));
	await Promise.all([mode.queue.addWorker(), mode.queue.addWorker()]);
	const replaced = await memory();

	const wokenAt = Date.now();
	await endTasks(unfinished());
	await reached(workflowId, 'success', count);
	const resumedIn = Date.now() - wokenAt;
	const ledger = mode.provider.ledger();
	expect(ledger).toHaveLength(count);
	expect(new Set(ledger.map(({ request }) => request.prompt)).size).toBe(count);
	const executions = await executionsOf(mode, workflowId);
	const results = await resultsOf(
		mode,
		executions.map(({ id }) => id),
		KLING,
	);
	expect(results.filter(({ picture }) => picture === undefined)).toEqual([]);
	expect(new Set(results.map(({ taskId }) => taskId))).toEqual(new Set(ledger.map(({ taskId }) => taskId)));
	expect((await sharp(await mode.n8n.download(results.at(-1)!.picture!)).metadata()).width).toBe(900);

	console.log({
		suspended: count,
		submittedIn,
		slots,
		idleMB: idle,
		waitingMB: waiting,
		replacedMB: replaced,
		resumedIn,
		lag: lagsOf(executions, results),
	});
});

it(`${2 * CONCURRENCY} executions that wait inline hold ${2 * CONCURRENCY} slots: the same, for comparison`, async () => {
	const count = 2 * CONCURRENCY;
	const { workflowId, place } = await orders(mode, { operation: 'create' });
	const idle = await memory();
	await place(orderNames(count));
	await vi.waitUntil(() => mode.provider.ledger().length === count, PATIENCE);
	const waiting = await memory();
	const slots = await mode.queue.jobs();
	expect(slots).toEqual({ active: count, waiting: 0 });
	await Promise.all(unfinished().map(async (taskId) => await mode.provider.finish(taskId)));
	await reached(workflowId, 'success', count);
	const executions = await executionsOf(mode, workflowId);
	const results = await resultsOf(
		mode,
		executions.map(({ id }) => id),
		KLING,
	);
	console.log({ inline: count, slots, idleMB: idle, waitingMB: waiting, lag: lagsOf(executions, results) });
});

it('50 suspended executions survive SIGKILL of the main and of all workers, also those whose callbacks were lost', async () => {
	const count = 50;
	const lost = 5;
	const { workflowId, place } = await orders(mode, suspending({ timeout: 3 }), {
		resource: 'imageExpansion',
		operation: 'wait',
	});
	await place(orderNames(count));
	await reached(workflowId, 'waiting', count);
	const instances = [mode.queue.main, ...mode.queue.workers];
	await Promise.all(instances.map(async (instance) => await instance.kill()));
	await endTasks(unfinished().slice(0, lost));
	await vi.waitUntil(
		() => mode.provider.callbacks().filter(({ attempt, status }) => attempt === 2 && status === 0).length >= lost,
		PATIENCE,
	);
	await mode.queue.main.start();
	await Promise.all(mode.queue.workers.map(async (worker) => await worker.start()));
	mode.n8n = await N8nClient.connect(mode.queue.url);
	const givenUp = (await executionsOf(mode, workflowId)).filter(
		({ status }) => status === 'crashed' || status === 'error',
	);
	expect(givenUp).toEqual([]);

	await endTasks(unfinished());
	await reached(workflowId, 'success', count);
	const executions = await executionsOf(mode, workflowId);
	const results = await resultsOf(
		mode,
		executions.map(({ id }) => id),
		NEXT,
	);
	expect(results.filter(({ picture }) => picture === undefined)).toEqual([]);
	expect(new Set(results.map(({ taskId }) => taskId))).toEqual(
		new Set(mode.provider.ledger().map(({ taskId }) => taskId)),
	);
	expect(mode.provider.ledger()).toHaveLength(count);
	console.log({ suspended: count, lostCallbacks: lost, lag: lagsOf(executions, results) });
});

it('an execution that was stopped before any node ran: its Retry is refused callbacks, and has the picture at the deadline', async () => {
	const { workflowId, place } = await orders(mode, suspending({ timeout: 0.5 }), {
		resource: 'imageExpansion',
		operation: 'wait',
	});
	await Promise.all(mode.queue.workers.map(async (worker) => await worker.kill()));
	await place(orderNames(1));
	const [{ id } = { id: '' }] = await executionsOf(mode, workflowId);
	// As a worker leaves it that is killed when it has just begun.
	await mode.queue.query(`update execution_entity set status = 'running', "startedAt" = now() where id = ${id}`);
	await mode.n8n.stopExecution(id);
	await Promise.all(mode.queue.workers.map(async (worker) => await worker.start()));
	const retry = mode.n8n.retryExecution(id);
	await reached(workflowId, 'waiting', 1);
	await endTasks(unfinished());
	const answers = new Set(mode.provider.callbacks().map(({ status }) => status));
	await retry;
	await vi.waitUntil(async () => !(await executionsOf(mode, workflowId)).some(isOpen), PATIENCE);
	const rows = await executionsOf(mode, workflowId);
	const [item] = outputOf(await mode.n8n.execution(rows.at(-1)!.id), NEXT);
	expect(rows.map(({ retryOf }) => retryOf)).toEqual(['', id]);
	expect((await sharp(await mode.n8n.download(item!.binary!.image!)).metadata()).width).toBe(900);
	expect(mode.provider.ledger()).toHaveLength(1);
	expect(answers).toEqual(new Set([409]));
	expect(rows.map(({ status }) => status)).toEqual(['canceled', 'error']);
});
