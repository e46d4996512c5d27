/** Ways through a workflow that people build around a task: forms, sub-workflows, callers that wait and repeat. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { failureOf, outputOf, type Execution } from '../../sandbox/n8n/execution';
import type { Workflow, WorkflowNode } from '../../sandbox/n8n/workflow';
import { PATIENCE } from '../harness/patience';
import { openBrowser, screenshots, type Browser } from './setup/browser';
import { called, chain, ours, step, subWorkflow } from './setup/chain';
import { expectShown, fillIn, formWorkflow, SHOWN } from './setup/forms';
import { decode } from './setup/pixels';
import { RELEASE } from './setup/release';
import { open } from './setup/surroundings';
import { EXPANSION, KLING, TRIGGER } from './setup/workflows';

const opened = await open();

beforeEach(async () => {
	await opened.provider.reset();
});

const imported = async (workflow: Workflow) => (await opened.n8n.importWorkflow(workflow)).id;

/** Imports and publishes it for the length of a test; gives its ID. */
async function published(workflow: Workflow): Promise<string> {
	const id = await imported(workflow);
	await opened.n8n.publish(id);
	return id;
}

/** This n8n has no other address than that of its own machine. */
const reachable = { allowUnreachable: true };
const AWAKE = { operation: 'create' };
const ASLEEP = { operation: 'createAndWaitForCallback', options: reachable };
const expand = (change: Record<string, unknown> = {}) =>
	ours('kling', KLING, { ...EXPANSION, ...change }, opened.credentials.klingApi);

const byHand = () => step('manualTrigger', 1, TRIGGER);
const item = (prompt: string) => ({ photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt, order: prompt });
/** Items, as if they came from anywhere. */
const given = (prompts: string[]): WorkflowNode[] => [
	step('set', 3.4, 'Inputs', { mode: 'raw', jsonOutput: JSON.stringify({ items: prompts.map(item) }), options: {} }),
	step('splitOut', 1, 'One by One', { fieldToSplitOut: 'items', options: {} }),
];
const done = () => step('noOp', 1, 'Done');

async function expectPicture(execution: Execution, node: string, count: number): Promise<void> {
	const items = outputOf(execution, node);
	expect(items.map(({ json }) => json.status)).toEqual(Array.from({ length: count }, () => 'succeeded'));
	for (const { binary } of items) expect((await decode(await opened.n8n.download(binary!.image!))).width).toBe(900);
}

describe('a form that ends with the picture', () => {
	let browser: Browser;

	beforeAll(async () => {
		browser = await openBrowser();
		return async () => await browser.close();
	});

	const form = (change: Record<string, unknown>, ending: Record<string, unknown>) =>
		formWorkflow(expand({ image: 'photo', ...change }), ending);

	async function send(workflow: Workflow): Promise<string> {
		const id = await published(workflow);
		await fillIn(browser, opened.n8nUrl, workflow);
		return id;
	}

	it('that the visitor waits for', async () => {
		const id = await send(form(AWAKE, SHOWN));
		await expectShown(browser);
		await browser.page.screenshot({ path: join(screenshots, 'form-ending.png') });
		expect(await opened.provider.ledger()).toHaveLength(1);
		await opened.n8n.unpublish(id);
	});

	it('of an execution that was suspended meanwhile', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]); // the task ends when the test says so
		const id = await send(form(ASLEEP, SHOWN));
		await vi.waitUntil(async () => (await opened.n8n.executions(id))[0]?.status === 'waiting', PATIENCE);
		await opened.provider.finishAll();
		await expectShown(browser);
		expect(await opened.provider.ledger()).toHaveLength(1);
		await opened.n8n.unpublish(id);
	});

	it('as a file that is downloaded', async () => {
		const download = browser.page.waitForEvent('download');
		const id = await send(
			form(AWAKE, { respondWith: 'returnBinary', completionTitle: 'Here it is', inputDataFieldName: 'image' }),
		);
		expect((await download).suggestedFilename()).toMatch(/\.png$/);
		await opened.n8n.unpublish(id);
	});
});

describe('a sub-workflow', () => {
	/** Publishes the sub-workflow with these nodes, and imports a workflow that calls it with items. */
	async function calling(
		prompts: string[],
		nodes: WorkflowNode[],
		mode?: 'once' | 'each',
		more: Partial<WorkflowNode> = {},
	): Promise<{ caller: string; callee: string }> {
		const callee = await published(chain('Called', [called(), ...nodes]));
		const caller = chain('Caller', [byHand(), ...given(prompts), subWorkflow(callee, mode, more), done()]);
		return { caller: await imported(caller), callee };
	}

	// n8n 1.x hands the caller its own items back; the pictures are in the sub-workflow's execution.
	it('that is suspended brings all images, to the workflow that called it with all items from n8n 2 on', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const { caller, callee } = await calling(['a calm sea', 'a storm'], [expand(ASLEEP)]);
		const executionId = await opened.n8n.run(caller, TRIGGER);
		await opened.n8n.waitFor(executionId, (status) => status === 'waiting');
		await vi.waitUntil(async () => (await opened.n8n.executions(callee))[0]?.status === 'waiting', PATIENCE);
		await opened.provider.finishAll();
		const ended = await opened.n8n.waitForEnd(executionId);
		expect(ended.status, failureOf(ended)).toBe('success');
		expect(await opened.provider.ledger()).toHaveLength(2);
		if (RELEASE === '2.x') return await expectPicture(ended, 'Done', 2);
		expect(outputOf(ended, 'Done').map(({ json }) => json)).toEqual(['a calm sea', 'a storm'].map(item));
		const [latest] = await opened.n8n.executions(callee);
		await expectPicture(await opened.n8n.waitForEnd(latest!.id), KLING, 2);
	});

	it('that is called once for each item, and waits awake, brings all pictures', async () => {
		const { caller } = await calling(['a calm sea', 'a storm'], [expand(AWAKE)], 'each');
		const ended = await opened.n8n.runToEnd(caller, TRIGGER);
		expect(ended.status, failureOf(ended)).toBe('success');
		await expectPicture(ended, 'Done', 2);
		expect(await opened.provider.ledger()).toHaveLength(2);
	});

	const broken = () => step('stopAndError', 1, 'Broken', { errorMessage: 'The shop is closed' });
	const tries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 100 };
	const own = { options: { externalTaskId: '={{ $json.order }}', onDuplicate: 'returnExisting' } };

	it.each([
		['buys again without an ID of its own: nothing of the caller tells that it is the same work', {}, [2, 4]],
		['buys once with an External Task ID and Return the Existing Task', own, [1, 1]],
	])('that is called again, by Retry On Fail and by Retry, %s', async (_, options, bought) => {
		const { caller } = await calling([`order-${randomUUID().slice(0, 8)}`], [expand(options), broken()], 'once', tries);
		const failed = await opened.n8n.runToEnd(caller, TRIGGER);
		expect(failed.status).toBe('error');
		const counts = [(await opened.provider.ledger()).length];
		const again = await opened.n8n.waitForEnd(await opened.n8n.retryExecution(failed.id));
		expect(again.status).toBe('error');
		counts.push((await opened.provider.ledger()).length);
		expect(counts).toEqual(bought);
	});

	it('finds its tasks when its own execution is retried', async () => {
		await opened.provider.fates([{ match: { promptIncludes: 'storm' }, fate: 'failed', count: 1 }]);
		const { caller, callee } = await calling(['a calm sea', 'a storm'], [expand()]);
		await opened.n8n.runToEnd(caller, TRIGGER);
		const [latest] = await opened.n8n.executions(callee);
		const failed = await opened.n8n.execution(latest!.id);
		expect(failed.data.resultData.error?.description).toContain(
			'Retry the execution of this sub-workflow, not that of its caller',
		);
		const again = await opened.n8n.waitForEnd(await opened.n8n.retryExecution(failed.id));
		expect(again.status, failureOf(again)).toBe('success');
		await expectPicture(again, KLING, 2);
		expect(await opened.provider.ledger()).toHaveLength(3);
	});
});

describe('Retry in the Executions list', () => {
	const two = [...given(['a calm sea', 'a storm'])];
	/** One of the two fails, once. */
	const oneFails = { match: { promptIncludes: 'storm' }, fate: 'failed', count: 1 } as const;
	const boughtOf = async (prompt: string) =>
		(await opened.provider.ledger()).filter(({ request }) => request.prompt === prompt).length;

	it('is there for an execution that was started by hand, as its error says, and reuses the good task', async () => {
		await opened.provider.fates([oneFails]);
		const id = await imported(chain('By hand', [byHand(), ...two, expand(), done()]));
		const failed = await opened.n8n.runToEnd(id, TRIGGER);
		expect(failed.data.resultData.error?.description).toContain(
			'Retry this execution from the Executions list: it is reused',
		);
		const again = await opened.n8n.waitForEnd(await opened.n8n.retryExecution(failed.id));
		expect(again.status, failureOf(again)).toBe('success');
		await expectPicture(again, 'Done', 2);
		expect([await boughtOf('a calm sea'), await boughtOf('a storm')]).toEqual([1, 2]);
	});

	it('of an execution that was stopped is refused by n8n 2, and does nothing in n8n 1', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const id = await imported(chain('Stopped', [byHand(), ...two, expand()]));
		const executionId = await opened.n8n.run(id, TRIGGER);
		await vi.waitUntil(async () => (await opened.provider.ledger()).length === 2, PATIENCE);
		await opened.n8n.stopExecution(executionId);
		expect((await opened.n8n.waitForEnd(executionId)).status).toBe('canceled');
		if (RELEASE === '2.x') await expect(opened.n8n.retryExecution(executionId)).rejects.toThrow();
		else {
			const again = await opened.n8n.waitForEnd(await opened.n8n.retryExecution(executionId));
			expect([again.status, outputOf(again, KLING)]).toEqual(['success', []]);
		}
		expect(await opened.provider.ledger()).toHaveLength(2);
	});

	it.each([['by hand', { saveManualExecutions: false }]])(
		'is not there for an execution that is not saved (%s)',
		async (_, settings) => {
			await opened.provider.fates([oneFails]);
			const id = await imported(chain('Unsaved', [byHand(), ...two, expand()], settings));
			const executionId = await opened.n8n.run(id, TRIGGER);
			await vi.waitUntil(async () => (await opened.n8n.executions(id)).length === 0, PATIENCE);
			await expect(opened.n8n.retryExecution(executionId)).rejects.toThrow();
		},
	);
});

describe('a caller whose proxy has no patience', () => {
	const PATIENCE_MS = 1_000;
	let proxy: Server;

	beforeAll(async () => {
		const { hostname, port } = new URL(opened.n8nUrl);
		proxy = createServer((caller: Socket) => {
			const n8n = connect(Number(port), hostname);
			for (const [one, other] of [
				[caller, n8n],
				[n8n, caller],
			] as const)
				one
					.on('error', () => undefined)
					.on('close', () => other.destroy())
					.pipe(other);
			setTimeout(() => caller.destroy(), PATIENCE_MS);
		});
		await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
	});

	afterAll(() => proxy.close());

	it('gets the picture when it repeats the call with the same order number, though nothing is saved: one purchase', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const webhook = step('webhook', 2, 'Order', {
			httpMethod: 'POST',
			path: randomUUID(),
			responseMode: 'responseNode',
			options: {},
		});
		const { path } = webhook.parameters as { path: string };
		const order = {
			image: '={{ $json.body.photo }}',
			prompt: '',
			options: { externalTaskId: '={{ $json.body.order }}', onDuplicate: 'returnExisting', pollInterval: 0.2 },
		};
		const answer = step('respondToWebhook', 1.1, 'Answer', {
			respondWith: 'binary',
			responseDataSource: 'set',
			inputFieldName: 'image',
			options: {},
		});
		const nothingSaved = { saveDataSuccessExecution: 'none', saveManualExecutions: false };
		const id = await published(chain('Order', [webhook, expand(order), answer], nothingSaved));
		const body = { order: `order-${randomUUID().slice(0, 8)}`, photo: `${opened.photosUrl}/photos/coffee.jpg` };
		const call = async (origin: string) =>
			await fetch(`${origin}/webhook/${path}`, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify(body),
			});
		await expect(call(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)).rejects.toThrow();
		const again = call(opened.n8nUrl);
		await vi.waitUntil(
			async () => (await opened.provider.requests()).filter(({ on }) => on === 'create').length === 2,
			PATIENCE,
		);
		await opened.provider.finishAll();
		const answered = await again;
		expect([answered.status, answered.headers.get('content-type')]).toEqual([200, 'image/png']);
		expect((await decode(Buffer.from(await answered.arrayBuffer()))).width).toBe(900);
		expect(await opened.provider.ledger()).toMatchObject([{ externalTaskId: body.order }]);
		await vi.waitUntil(async () => (await opened.n8n.executions(id)).length === 0, PATIENCE);
		await opened.n8n.unpublish(id);
	});
});

describe('the address at which a suspended execution is called', () => {
	it('is Kling’s by POST alone, and n8n’s by its signature: whatever else comes leaves it suspended', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const workflow = await imported(chain('Address', [byHand(), ...given(['a lake']), expand(ASLEEP), done()]));
		const executionId = await opened.n8n.run(workflow, TRIGGER);
		await opened.n8n.waitFor(executionId, (status) => status === 'waiting');
		const [task] = await opened.provider.ledger();
		const address = String(task!.request.callback_url);
		const looks = async () => (await opened.provider.requests()).length;
		const before = await looks();
		const told = {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ task_id: task!.taskId, task_status: 'succeed' }),
		};
		const bare = address.split('?')[0]!;
		const statuses = [
			(await fetch(address)).status,
			(await fetch(bare, told)).status,
			(await fetch(`${bare}?signature=${'0'.repeat(64)}`, told)).status,
		];
		// n8n 1.x has no signature there, so a call makes the node look, and no more.
		expect(statuses).toEqual(RELEASE === '1.x' ? [404, 200, 200] : [404, 401, 401]);
		expect((await looks()) > before).toBe(RELEASE === '1.x');
		expect((await opened.n8n.execution(executionId)).status).toBe('waiting');
		await opened.provider.finishAll();
		const ended = await opened.n8n.waitForEnd(executionId);
		expect(ended.status, failureOf(ended)).toBe('success');
		await expectPicture(ended, 'Done', 1);
	});
});
