/** Redis is restarted while an execution is suspended (docs/scaling.md, When Redis is restarted). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startRedis, type OwnRedis } from '../../sandbox/n8n/redis';
import { PATIENCE } from '../harness/patience';
import { NEXT, orders } from './setup/orders';
import { executionsOf, startQueueMode, type QueueMode } from './setup/queue-mode';
import { resultsOf } from './setup/results';

/** From the end of Redis to its end of loading at least, and how long n8n does without a sign of an execution's worker. */
const LOADING_MS = 8_000;
const LOCK_MS = 30_000;

let redis: OwnRedis;
let mode: QueueMode;
const stops: Array<() => Promise<void>> = [];

beforeAll(async () => {
	const folder = await mkdtemp(join(tmpdir(), 'kling-redis-'));
	stops.push(async () => await rm(folder, { recursive: true, force: true }));
	redis = await startRedis(folder);
	stops.push(redis.stop);
	const env = {
		QUEUE_BULL_REDIS_TIMEOUT_THRESHOLD: '60000',
		QUEUE_WORKER_LOCK_DURATION: String(LOCK_MS),
		QUEUE_WORKER_LOCK_RENEW_TIME: '1000',
		QUEUE_WORKER_STALLED_INTERVAL: '2000',
	};
	mode = await startQueueMode({ concurrency: 2, env, redis: redis.place });
	stops.push(mode.stop);
});

afterAll(async () => {
	for (const stop of stops.reverse()) await stop();
});

beforeEach(() => {
	mode.provider.reset();
	mode.provider.fates([{ fate: 'stuck' }]); // the task ends when the test says so
});

/** A worker suspends an execution while Redis takes its time to load; gives what becomes of it. */
async function suspendedWhileLoading(isReachable: boolean) {
	const suspending = { operation: 'createAndWaitForCallback', options: { allowUnreachable: true } };
	const { workflowId, place } = await orders(mode, suspending, { resource: 'imageExpansion', operation: 'wait' });
	const is = async (...wanted: string[]) =>
		(await executionsOf(mode, workflowId)).every(({ status }) => wanted.includes(status));
	mode.provider.faults([{ on: 'create', kind: 'delay' }]); // until the rules are replaced
	await place(['Order 1']);
	await vi.waitUntil(() => mode.provider.requests().some(({ on }) => on === 'create'), PATIENCE);
	const up = redis.restart(500, { ms: LOADING_MS, isReachable });
	if (isReachable) await up;
	mode.provider.faults([]);
	await up;
	await vi.waitUntil(async () => await is('waiting', 'error'), PATIENCE);
	return { workflowId, is };
}

async function resultOf(workflowId: string) {
	const ids = (await executionsOf(mode, workflowId)).map(({ id }) => id);
	return (await resultsOf(mode, ids, NEXT)).at(-1)!;
}

it('what a worker suspends arrives, if n8n reaches Redis only when that has loaded', async () => {
	const { workflowId, is } = await suspendedWhileLoading(false);
	const [task] = mode.provider.ledger();
	await mode.provider.finish(task!.taskId);
	await vi.waitUntil(async () => await is('success', 'error'), PATIENCE);
	const { status, failure, taskId, picture } = await resultOf(workflowId);
	expect([status, taskId, picture?.mimeType], failure).toEqual(['success', task!.taskId, 'image/png']);
	expect(mode.provider.ledger()).toHaveLength(1);
});

it('n8n that reaches Redis while it loads forgets what a worker suspends, and Retry has nothing to run', async () => {
	const { workflowId, is } = await suspendedWhileLoading(true);
	await vi.waitUntil(async () => await is('error'), PATIENCE);
	const { id, failure } = await resultOf(workflowId);
	await mode.n8n.retryExecution(id).catch(() => undefined);
	expect(await resultOf(workflowId)).toMatchObject({ status: 'error', failure, facts: undefined });
	expect(mode.provider.ledger()).toHaveLength(1);
});
