/** The examples of ways to wait. They run against one simulator that is not reset between them, as in an account. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { outputOf, type Execution, type ExecutionStatus } from '../../sandbox/n8n/execution';
import type { LedgerEntry } from '../../sandbox/provider';
import { PATIENCE } from '../harness/patience';
import { expectExtended, imported, picture, run, succeeded } from './setup/examples';
import { open, type Opened } from './setup/surroundings';

const POLLING = 'start-when-a-kling-task-ends';

let opened: Opened;
let pollingId: string;
let polledTask: string;

/** n8n polls once a minute, so this is begun first and looked at last. */
beforeAll(async () => {
	opened = await open();
	pollingId = await published(POLLING);
	const [submitted] = outputOf(await run(opened, pollingId, 'Start'), 'Submit');
	polledTask = String(submitted?.json.taskId);
	return async () => await opened.n8n.unpublish(pollingId);
});

afterEach(async () => {
	await opened.provider.fates([]);
});

async function published(key: string): Promise<string> {
	const id = await imported(opened, key);
	await opened.n8n.publish(id);
	return id;
}

/** What the ledger has more after the work than before. */
async function bought(work: () => Promise<unknown>): Promise<LedgerEntry[]> {
	const before = (await opened.provider.ledger()).length;
	await work();
	return (await opened.provider.ledger()).slice(before);
}

/** The executions of that mode which have come since the newest one that was known, once there are any. */
async function startedBy(mode: string, id: string, known: string[] = []): Promise<Execution[]> {
	const started = await opened.n8n.newExecutions(id, known, mode);
	return await Promise.all(started.map(async (one) => await opened.n8n.waitForEnd(one.id)));
}

const isAsleep = (status: ExecutionStatus) => status === 'waiting';

const executionsOf = async (id: string) => (await opened.n8n.executions(id)).map((execution) => execution.id);

describe('examples/start-when-kling-calls-back.json, published and run by hand', () => {
	let id: string;

	beforeAll(async () => {
		id = await published('start-when-kling-calls-back');
		return async () => await opened.n8n.unpublish(id);
	});

	it('the first execution submits and ends, the callback starts one more, with the picture', async () => {
		const submitted = outputOf(await run(opened, id, 'Start'), 'Submit');
		expect(submitted).toMatchObject([{ json: { status: 'submitted' } }]);
		const executions = await startedBy('webhook', id);
		expect(executions).toHaveLength(1);
		const [item, ...others] = outputOf(succeeded(executions[0]!), 'Use the Images');
		expect(others).toEqual([]);
		expect(item?.json).toMatchObject({ taskId: submitted[0]?.json.taskId, status: 'succeeded' });
		await expectExtended(await picture(opened, item), 'mountains.jpg');
	});

	it('a task that has failed leaves by the other way with its reason', async () => {
		const known = await executionsOf(id);
		await opened.provider.fates([{ fate: 'failed', message: 'Failure to pass the risk control system' }]);
		await run(opened, id, 'Start');
		const [execution] = await startedBy('webhook', id, known);
		const failed = outputOf(succeeded(execution!), 'Say What Failed');
		expect(failed).toMatchObject([
			{ json: { status: 'failed', statusMessage: 'Failure to pass the risk control system' } },
		]);
		expect(outputOf(execution!, 'Use the Images')).toEqual([]);
	});
});

describe('examples/same-webhook-twice-buys-once.json, called by webhook', () => {
	let id: string;

	beforeAll(async () => {
		id = await published('same-webhook-twice-buys-once');
		return async () => await opened.n8n.unpublish(id);
	});

	const call = async (order: unknown) =>
		await opened.n8n.callWebhook('order-once', { order, photo: `${opened.photosUrl}/photos/mountains.jpg` });

	it('two calls at the same moment and one later get the same picture, of one task', async () => {
		const tasks = await bought(async () => {
			const answers = [...(await Promise.all([call('A-1001'), call('A-1001')])), await call('A-1001')];
			expect(answers.map(({ status, contentType }) => [status, contentType])).toEqual(
				answers.map(() => [200, 'image/png']),
			);
			await expectExtended(answers[0]!.body, 'mountains.jpg');
			for (const { body } of answers) expect(body.equals(answers[0]!.body)).toBe(true);
		});
		expect(tasks).toMatchObject([{ externalTaskId: 'order-A-1001' }]);
	});

	it.each(['A-1002', 1003])('the order %j is another task', async (order) => {
		expect(await bought(async () => await call(order))).toMatchObject([{ externalTaskId: `order-${order}` }]);
	});

	it.each([undefined, '', 'A 1001'])('a call with the order number %j is refused and buys nothing', async (order) => {
		const tasks = await bought(async () => expect((await call(order)).status).toBe(400));
		expect(tasks).toEqual([]);
	});
});

describe('examples/answer-now-image-later.json, called by webhook', () => {
	const received: Array<{ headers: IncomingHttpHeaders; body: Buffer }> = [];
	let caller: Server;
	let id: string;

	beforeAll(async () => {
		caller = createServer(async (request, response) => {
			const parts: Buffer[] = [];
			for await (const part of request) parts.push(part as Buffer);
			received.push({ headers: request.headers, body: Buffer.concat(parts) });
			response.end();
		});
		await new Promise<void>((listening) => caller.listen(0, '127.0.0.1', listening));
		id = await published('answer-now-image-later');
		return async () => {
			caller.close();
			await opened.n8n.unpublish(id);
		};
	});

	/** Orders a picture; gives the answer, and the execution that it has started. */
	async function order(number: string) {
		const known = await executionsOf(id);
		const { port } = caller.address() as { port: number };
		const photo = `${opened.photosUrl}/photos/mountains.jpg`;
		const answer = await opened.n8n.callWebhook('order-an-image', {
			order: number,
			photo,
			replyTo: `http://127.0.0.1:${port}/`,
		});
		const [execution] = await opened.n8n.newExecutions(id, known);
		return { answer, executionId: execution!.id };
	}

	it('answers at once, sleeps in the database, and sends the picture when Kling has called', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const { answer, executionId } = await order('A-1');
		expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([202, { order: 'A-1', status: 'accepted' }]);
		await opened.n8n.waitFor(executionId, isAsleep);
		expect(received).toEqual([]);
		await opened.provider.finishAll();
		succeeded(await opened.n8n.waitForEnd(executionId));
		expect(received.map(({ headers }) => [headers['x-order'], headers['content-type']])).toEqual([
			['A-1', 'image/png'],
		]);
		await expectExtended(received[0]!.body, 'mountains.jpg');
	});

	it('sends the reason when the task has failed', async () => {
		received.length = 0;
		await opened.provider.fates([{ fate: 'stuck' }]);
		const { executionId } = await order('A-2');
		await opened.n8n.waitFor(executionId, isAsleep);
		await opened.provider.finishAll('failed', 'Failure to pass the risk control system');
		succeeded(await opened.n8n.waitForEnd(executionId));
		expect(received.map(({ headers }) => headers['x-order'])).toEqual(['A-2']);
		expect(JSON.parse(received[0]!.body.toString())).toMatchObject({
			status: 'failed',
			message: 'Failure to pass the risk control system',
		});
	});
});

describe('examples/train-a-portrait-model-overnight.json, run by hand', () => {
	it('sleeps through training and portraits, and delivers three portraits of one model', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const id = await imported(opened, 'train-a-portrait-model-overnight');
		let execution: Execution | undefined;
		const tasks = await bought(async () => {
			const executionId = await opened.n8n.run(id, 'Start');
			for (const node of ['Train', 'Make Portraits']) {
				const sleepsThere = async () => {
					const { status, data } = await opened.n8n.execution(executionId);
					return status === 'waiting' && data.resultData.lastNodeExecuted === node;
				};
				await vi.waitUntil(sleepsThere, PATIENCE);
				await opened.provider.finishAll();
			}
			execution = succeeded(await opened.n8n.waitForEnd(executionId));
		});
		expect(tasks.map(({ resource }) => resource)).toEqual(['userModel', 'portrait']);
		const [item, ...others] = outputOf(execution!, 'Use the Portraits');
		expect(others).toEqual([]);
		expect(item?.json).toMatchObject({
			resource: 'portrait',
			status: 'succeeded',
			userId: outputOf(execution!, 'Train')[0]?.json.userId,
		});
		const portraits = await Promise.all(
			['image', 'image_1', 'image_2'].map(async (field) => await picture(opened, item, field)),
		);
		expect(new Set(portraits.map((portrait) => portrait.toString('base64'))).size).toBe(3);
		for (const node of ['Look Again', 'Fetch Them'])
			expect(execution!.data.resultData.runData, node).not.toHaveProperty(node);
	});
});

describe('examples/submit-now-collect-later.json, its two parts run by hand', () => {
	let id: string;
	const collect = async () => await run(opened, id, 'Every 10 Minutes');
	const productsOf = (execution: Execution, node: string) => outputOf(execution, node).map(({ json }) => json.product);

	beforeAll(async () => {
		id = await imported(opened, 'submit-now-collect-later');
	});

	it('makes the table, notes what was submitted, and collects each task once, when it has ended', async () => {
		await opened.provider.fates([{ match: { nth: 2 }, taskMs: 5_000 }]);
		const submitted = outputOf(await run(opened, id, 'Start'), 'Note the Task');
		expect(submitted.map(({ json }) => [json.product, json.status])).toEqual([
			['Mug', 'open'],
			['Drum', 'open'],
		]);
		expect(
			submitted.map(({ json }) => typeof json.taskId),
			'longer than a number can hold',
		).toEqual(['string', 'string']);

		const collected: string[] = [];
		for (const deadline = Date.now() + 30_000; collected.length < 2 && Date.now() < deadline;) {
			const execution = await collect();
			expect(outputOf(execution, 'Open Tasks'), 'only what is open is read').toHaveLength(2 - collected.length);
			for (const item of outputOf(execution, 'Use the Images')) {
				const isMug = item.json.taskId === submitted[0]?.json.taskId;
				await expectExtended(await picture(opened, item), isMug ? 'coffee.jpg' : 'drum.jpg');
			}
			expect(outputOf(execution, 'Note the End').map(({ json }) => json.status)).toEqual(
				productsOf(execution, 'Note the End').map(() => 'succeeded'),
			);
			collected.push(...productsOf(execution, 'Note the End').map(String));
		}
		expect(collected.sort()).toEqual(['Drum', 'Mug']);
		expect(outputOf(await collect(), 'Open Tasks')).toEqual([]);
	});

	it('takes the table that is there when it is run again', async () => {
		expect(outputOf(await run(opened, id, 'Start'), 'Note the Task')).toHaveLength(2);
		await vi.waitUntil(async () => outputOf(await collect(), 'Open Tasks').length === 0, PATIENCE);
	});
});

describe(`examples/${POLLING}.json, published and run by hand`, () => {
	it('a poll starts it once, for the task with its prefix and for no other of the account', async () => {
		const executions = await startedBy('trigger', pollingId);
		expect(executions).toHaveLength(1);
		const [item, ...others] = outputOf(succeeded(executions[0]!), 'Use the Images');
		expect(others).toEqual([]);
		expect(item?.json).toMatchObject({
			taskId: polledTask,
			externalTaskId: expect.stringMatching(/^shop-/) as string,
			status: 'succeeded',
		});
		await expectExtended(await picture(opened, item), 'mountains.jpg');
	});
});
