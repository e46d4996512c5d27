/** A worker that never comes back. n8n's own settings, but that it notices within seconds. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PATIENCE } from '../harness/patience';
import { KLING, orderNames, orders } from './setup/orders';
import { executionsOf, runningOn, startQueueMode, type QueueMode } from './setup/queue-mode';
import { resultsOf } from './setup/results';

const ORDERS = 12;
const CONCURRENCY = 6;

let mode: QueueMode;

beforeAll(async () => {
	const env = {
		QUEUE_WORKER_LOCK_DURATION: '10000',
		QUEUE_WORKER_LOCK_RENEW_TIME: '1000',
		QUEUE_WORKER_STALLED_INTERVAL: '2000',
	};
	mode = await startQueueMode({ concurrency: CONCURRENCY, env });
});

afterAll(async () => {
	await mode?.stop();
});

it('its executions end in error and n8n forgets their input; the same orders placed again get the tasks that were bought', async () => {
	mode.provider.fates([{ fate: 'stuck' }]); // tasks end when the worker's loss has been noticed
	const parameters = {
		operation: 'create',
		options: { externalTaskId: '={{ $json.body.order.replaceAll(" ", "-") }}', onDuplicate: 'returnExisting' },
	};
	const { workflowId, place } = await orders(mode, parameters);
	const names = orderNames(ORDERS);
	await place(names);
	await vi.waitUntil(() => mode.provider.ledger().length === ORDERS, PATIENCE);
	const [lost] = mode.queue.workers;
	const killed = await runningOn(lost!);
	expect(killed).toBeGreaterThan(0);
	await lost!.kill();
	const ending = async (end: string) => (await executionsOf(mode, workflowId)).filter(({ status }) => status === end);
	await vi.waitUntil(async () => (await ending('error')).length >= killed, PATIENCE);
	for (const { taskId } of mode.provider.ledger()) await mode.provider.finish(taskId);
	await vi.waitUntil(async () => (await ending('success')).length === ORDERS - killed, PATIENCE);
	const failed = await ending('error');
	expect(failed).toHaveLength(killed);

	for (const { id } of failed) await mode.n8n.retryExecution(id).catch(() => undefined);
	const retried = (await executionsOf(mode, workflowId)).filter(({ retryOf }) => retryOf !== '');
	const brought = await resultsOf(
		mode,
		retried.map(({ id }) => id),
		KLING,
	);
	expect(
		brought.filter(({ picture }) => picture !== undefined),
		'nothing is left that Retry could run',
	).toEqual([]);
	console.log({
		killed,
		errors: [
			...new Set(
				(
					await resultsOf(
						mode,
						failed.map(({ id }) => id),
						KLING,
					)
				).map(({ failure }) => failure),
			),
		],
		retries: [...new Set(brought.map(({ failure }) => failure))],
	});

	const before = (await executionsOf(mode, workflowId)).length;
	await place(names);
	const again = async () => (await executionsOf(mode, workflowId)).slice(before);
	await vi.waitUntil(
		async () => (await again()).filter(({ status }) => status === 'success').length === ORDERS,
		PATIENCE,
	);
	const results = await resultsOf(
		mode,
		(await again()).map(({ id }) => id),
		KLING,
	);
	const ledger = mode.provider.ledger();
	expect(ledger, 'every order was bought once').toHaveLength(ORDERS);
	expect(results.filter(({ picture }) => picture === undefined)).toEqual([]);
	expect(new Set(results.map(({ taskId }) => taskId))).toEqual(new Set(ledger.map(({ taskId }) => taskId)));
});
