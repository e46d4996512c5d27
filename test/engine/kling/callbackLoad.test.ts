/** A thousand requests of every kind, in any order: only the valid ones start a workflow, and nothing stays in memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

import type { WebhookHook, WebhookRequest } from '../../harness/index.ts';
import { OTHER_SECRET, SECRET, signed, startCallbacks, type Told } from './callbackSupport.ts';

const { create, end, hook, reads } = await startCallbacks();

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** MB of heap in use after a collection. */
const heap = () => {
	collect();
	return process.memoryUsage().heapUsed / 2 ** 20;
};

const TASKS = 150;
/** Requests under way at the same time. */
const AT_ONCE = 25;

interface Tasks {
	running: Told[];
	ended: Told[];
}

async function tasks(): Promise<Tasks> {
	const running: Told[] = [];
	const ended: Told[] = [];
	for (let count = 0; count < TASKS; count += 1) {
		const told = await create();
		running.push(told);
		ended.push(await end(told, count % 3 === 0 ? 'failed' : 'succeed'));
	}
	return { running, ended };
}

/** The same order every time: neighbours are far apart in it. */
function mixed<T>(list: T[]): T[] {
	return list.map((_, index) => list[(index * 389) % list.length] as T);
}

/** How many requests ended with each status, and the IDs of the tasks that started the workflow. */
async function send(trigger: WebhookHook, requests: WebhookRequest[]) {
	const statuses: Record<number, number> = {};
	const startedWith: unknown[] = [];
	const thrown: unknown[] = [];
	const queue = [...requests];
	const work = async () => {
		for (let request = queue.shift(); request; request = queue.shift()) {
			const answer = await trigger.call(request);
			statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
			if (answer.execution) startedWith.push(answer.items[0]?.json.taskId);
			if (answer.thrown) thrown.push(answer.thrown);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	return { statuses, startedWith: startedWith.sort(), thrown };
}

const text = { 'content-type': 'text/plain' };
/** As bytes: a repeated text takes its memory only when it is first used. */
const huge = (told: object, index: number) =>
	Buffer.from(JSON.stringify({ ...told, padding: 'x'.repeat(65_536 + index * 20_000) }));

describe('a thousand requests', () => {
	it('to a trigger with a webhook secret', { timeout: 400_000 }, async () => {
		const { running, ended } = await tasks();
		const requests: WebhookRequest[] = [
			...ended.map((body) => ({ body, headers: signed(body) })),
			...ended.map((body) => ({ body, headers: signed(body) })),
			...running.map((body) => ({ body, headers: signed(body) })),
			...ended.map((body) => ({
				body: { ...body, task_id: `9${body.task_id}` },
				headers: signed(body, { secret: OTHER_SECRET }),
			})),
			...ended.map((body) => ({ body, headers: signed(body, { agoS: 301 + (Number(body.created_at) % 9_000) }) })),
			...ended.map((body) => ({
				body: JSON.stringify(body).slice(1),
				headers: { ...signed(JSON.stringify(body).slice(1)), ...text },
			})),
			...ended
				.slice(0, 50)
				.map((body, index) => ({ body: huge(body, index), headers: signed(String(huge(body, index))) })),
			...ended.slice(0, 50).map((body) => ({ body })),
		];
		expect(requests).toHaveLength(1_000);
		const trigger = hook({}, { webhookSecret: SECRET });
		await send(hook({}, { webhookSecret: SECRET }), mixed(requests).slice(0, 100));
		const before = heap();
		const { statuses, startedWith, thrown } = await send(trigger, mixed(requests));
		const grown = heap() - before;
		expect(startedWith).toEqual(ended.map(({ task_id: id }) => id).sort());
		expect(thrown).toEqual([]);
		expect(statuses).toEqual({ 200: 450, 400: 150, 401: 350, 413: 50 });
		expect(grown).toBeLessThan(20);
		expect(JSON.stringify(trigger.staticData).length).toBeLessThan(8_000);
	});

	it('to a trigger that knows no secret: what is told is read', { timeout: 400_000 }, async () => {
		const { running, ended } = await tasks();
		const requests: WebhookRequest[] = [
			...ended.flatMap((body) => [{ body }, { body }]),
			...running.map((body) => ({ body })),
			...ended.map((body, index) => ({ body: { ...body, task_id: `9${body.task_id}${index}` } })),
			...ended.map((body) => ({ body: { ...body, task_status: 'failed', task_status_msg: 'a lie' } })),
			...ended.map((body) => ({ body: `so says ${body.task_id}`, headers: text })),
			...ended.slice(0, 50).map((body, index) => ({ body: huge(body, index) })),
			...ended.slice(0, 50).map((body) => ({ body: { hello: body.task_id } })),
		];
		expect(requests).toHaveLength(1_000);
		const trigger = hook();
		await send(hook(), mixed(requests).slice(0, 100));
		const [before, readBefore] = [heap(), reads().length];
		const { statuses, startedWith, thrown } = await send(trigger, mixed(requests));
		const grown = heap() - before;
		expect(startedWith).toEqual(ended.map(({ task_id: id }) => id).sort());
		expect(thrown).toEqual([]);
		expect(statuses).toEqual({ 200: 750, 400: 200, 413: 50 });
		expect(grown).toBeLessThan(20);
		// One for each callback of an end that is not known to be told already.
		expect(reads().length - readBefore).toBeLessThanOrEqual(600);
	});
});
