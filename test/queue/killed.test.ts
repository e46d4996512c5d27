/** Workers killed while executions wait inline. Settings as docs/scaling.md says, but that n8n gives up within a minute what has no lock. */
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PATIENCE } from '../harness/patience';
import { KLING, orderNames, orders } from './setup/orders';
import { executionsOf, runningOn, startQueueMode, type QueueMode } from './setup/queue-mode';
import { resultsOf } from './setup/results';

const ORDERS = 200;
const KILLS = 20;
const IN_FLIGHT = 10;
const CONCURRENCY = 6;

let mode: QueueMode;

beforeAll(async () => {
	const env = { EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'true', QUEUE_WORKER_LOCK_DURATION: '3600000' };
	mode = await startQueueMode({ concurrency: CONCURRENCY, env });
});

afterAll(async () => {
	await mode?.stop();
});

const inFlight = async () => (await Promise.all(mode.queue.workers.map(runningOn))).reduce((sum, each) => sum + each);

it(`${ORDERS} executions, workers killed ${KILLS} times: every task is bought once, and Retry brings its picture`, async () => {
	// Some tasks outlive several workers, some end between two kills: a kill meets a node at any point.
	mode.provider.settings({ taskMs: [500, 30_000] });
	const { workflowId, place } = await orders(mode, { operation: 'create' });
	const startedAt = Date.now();
	await place(orderNames(ORDERS));
	for (let kill = 0; kill < KILLS; kill++) {
		const worker = mode.queue.workers[kill % mode.queue.workers.length]!;
		await vi.waitUntil(async () => (await inFlight()) >= IN_FLIGHT, { ...PATIENCE, interval: 50 });
		await worker.kill();
		await worker.start();
	}
	const killedFor = Date.now() - startedAt;
	mode.provider.settings({ taskMs: [500, 1000] });
	const isQuiet = async () => (await mode.queue.jobs()).waiting === 0 && (await inFlight()) === 0;
	await vi.waitUntil(isQuiet, PATIENCE);

	const first = await executionsOf(mode, workflowId);
	expect(first).toHaveLength(ORDERS);
	const crashed = first.filter(({ status }) => status !== 'success');
	const retrying = pLimit(2 * CONCURRENCY);
	await retrying.map(
		crashed.filter(({ status }) => status === 'crashed'),
		async ({ id }) => await mode.n8n.retryExecution(id),
	);

	const ledger = mode.provider.ledger();
	const last = new Map(
		(await executionsOf(mode, workflowId)).map((execution) => [execution.retryOf || execution.id, execution.id]),
	);
	const results = await resultsOf(mode, [...last.values()], KLING);
	const pictured = results.filter(({ picture }) => picture !== undefined);
	const others = results.filter(({ picture }) => picture === undefined);
	console.log({
		kills: KILLS,
		killedFor,
		executions: ORDERS,
		killed: crashed.length,
		pictured: pictured.length,
		tasks: ledger.length,
		others,
	});

	expect(crashed.length, 'the kills hit executions').toBeGreaterThanOrEqual(KILLS);
	const prompts = ledger.map(({ request }) => request.prompt);
	expect(new Set(prompts).size, 'no order is bought twice').toBe(ledger.length);
	expect(new Set(pictured.map(({ taskId }) => taskId)).size, 'every picture is of a task of its own').toBe(
		pictured.length,
	);
	expect(pictured.length).toBeGreaterThanOrEqual(0.95 * ORDERS);
	// What has no picture has bought nothing, or says what it bought.
	const paid = new Set(pictured.map(({ taskId }) => taskId));
	const unclaimed = ledger.filter(({ taskId }) => !paid.has(taskId));
	for (const { taskId } of unclaimed) expect(JSON.stringify(others.map(({ facts }) => facts))).toContain(taskId);
});
