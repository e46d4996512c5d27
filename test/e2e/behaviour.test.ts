import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readFile } from 'node:fs/promises';
import { outputOf, type Execution, type Item } from '../../sandbox/n8n/execution';
import { PATIENCE } from '../harness/patience';
import { startStopwatch } from '../harness/stopwatch';
import { decode } from './setup/pixels';
import { failedBy } from './setup/failed';
import { open, type Opened } from './setup/surroundings';
import { EXPANSION, KLING, taskWorkflow, TRIGGER } from './setup/workflows';

let opened: Opened;

beforeAll(async () => {
	opened = await open();
});

beforeEach(async () => {
	await opened.provider.reset();
});

const photoUrl = (name = 'coffee') => `${opened.photosUrl}/photos/${name}.jpg`;
const good = (prompt: string) => ({ photo: photoUrl(), prompt });

type Settings = NonNullable<Parameters<typeof taskWorkflow>[4]>;

async function imported(
	title: string,
	items: Array<Record<string, unknown>>,
	parameters = EXPANSION,
	extras: Settings = {},
): Promise<string> {
	const workflow = taskWorkflow(title, items, parameters, opened.credentials.klingApi, extras);
	return (await opened.n8n.importWorkflow(workflow)).id;
}

/** The item's picture has the width that the ratios ask for (the photo is 600 wide). */
async function expectPicture(item: Item | undefined): Promise<void> {
	const binary = item?.binary?.image;
	if (binary === undefined) throw new Error(`No picture in ${JSON.stringify(item?.json)}`);
	expect((await decode(await opened.n8n.download(binary))).width).toBe(900);
}

async function logSince(start: number): Promise<string> {
	return (await readFile(opened.logFile, 'utf8')).slice(start);
}

const logLength = async () => (await readFile(opened.logFile, 'utf8')).length;

describe('one item of two fails', () => {
	const items = () => [good('a storm over the sea'), good('a calm sea')];

	beforeEach(async () => {
		await opened.provider.fates([
			{ match: { promptIncludes: 'storm' }, fate: 'failed', message: 'Failure to pass the risk control system' },
		]);
	});

	it('under Continue On Fail: its item carries the facts, the other one its picture, each paired', async () => {
		const id = await imported('Continue', items(), EXPANSION, { settings: { onError: 'continueRegularOutput' } });
		const execution = await opened.n8n.runToEnd(id, TRIGGER);
		expect(execution.status).toBe('success');
		const [failed, fine, ...others] = outputOf(execution, KLING);
		expect(others).toEqual([]);
		const entry = (await opened.provider.ledger()).find(({ status }) => status === 'failed');
		expect(failed).toEqual({
			json: {
				error: expect.stringContaining('Failure to pass the risk control system') as string,
				details: {
					taskId: entry?.taskId,
					externalTaskId: entry?.externalTaskId,
					requestId: expect.any(String) as string,
					taskState: 'created',
					retryable: false,
					hint: expect.any(String) as string,
				},
			},
			pairedItem: { item: 0 },
		});
		expect(fine).toMatchObject({ json: { status: 'succeeded' }, pairedItem: { item: 1 } });
		await expectPicture(fine);
	});

	it('with an error output: the facts leave by it, the image by the other one', async () => {
		const id = await imported('Error output', items(), EXPANSION, {
			settings: { onError: 'continueErrorOutput' },
			behind: ['Fine', 'Failed'],
		});
		const execution = await opened.n8n.runToEnd(id, TRIGGER);
		expect(execution.status).toBe('success');
		const [fine, failed] = [outputOf(execution, 'Fine'), outputOf(execution, 'Failed')];
		expect([fine.length, failed.length]).toEqual([1, 1]);
		await expectPicture(fine[0]);
		const { taskId } = (await opened.provider.ledger()).find(({ status }) => status === 'failed')!;
		expect(failed[0]?.json).toMatchObject(failedBy('risk control', taskId));
		expect([fine[0]?.pairedItem, failed[0]?.pairedItem]).toEqual([{ item: 0 }, { item: 0 }]);
		expect([outputOf(execution, KLING, 0)[0]?.pairedItem, outputOf(execution, KLING, 1)[0]?.pairedItem]).toMatchObject([
			{ item: 1 },
			{ item: 0 },
		]);
	});

	it('under Stop Workflow: the execution fails and its error names the tasks of the whole run', async () => {
		const execution = await opened.n8n.runToEnd(await imported('Stop', items()), TRIGGER);
		expect(execution.status).toBe('error');
		const text = JSON.stringify(execution.data.resultData.error);
		for (const { taskId } of await opened.provider.ledger()) expect(text).toContain(taskId);
		expect(text).toContain('Failure to pass the risk control system');
	});
});

describe('Stop', () => {
	it('ends a waiting execution within 2 s and leaves one warning with the IDs of all running tasks in the log', async () => {
		await opened.provider.fates([{ fate: 'stuck' }]);
		const id = await imported('Stop button', [good('one'), good('two')]);
		const logStart = await logLength();
		const executionId = await opened.n8n.run(id, TRIGGER);
		await vi.waitUntil(async () => (await opened.provider.ledger()).length === 2, { ...PATIENCE, interval: 50 });
		const stopwatch = startStopwatch();
		await opened.n8n.stopExecution(executionId);
		const execution = await opened.n8n.waitForEnd(executionId);
		expect(execution.status).toBe('canceled');
		await vi.waitUntil(async () => (await logSince(logStart)).includes('Stopped in node'), {
			...PATIENCE,
			interval: 50,
		});
		expect(stopwatch.stop()).toBeLessThan(2_000);
		const reads = (await opened.provider.requests()).length;
		const warnings = (await logSince(logStart)).split('\n').filter((line) => line.includes('Stopped in node'));
		expect(warnings).toHaveLength(1);
		for (const { taskId } of await opened.provider.ledger()) expect(warnings[0]).toContain(taskId);
		// Two intervals of reading pass without a further request.
		await new Promise((resolve) => setTimeout(resolve, 2_500));
		expect((await opened.provider.requests()).length, 'nothing is read after the stop').toBe(reads);
	});
});

describe('Retry in the list of executions buys nothing again', () => {
	const retry = async (failed: Execution) => await opened.n8n.waitForEnd(await opened.n8n.retryExecution(failed.id));

	it('after a dead result address: the same task, and this time its picture', async () => {
		await opened.provider.faults([{ on: 'file', kind: 'status', status: 403 }]);
		const id = await imported('Dead address', [good('a calm sea')]);
		const failed = await opened.n8n.runToEnd(id, TRIGGER);
		expect(failed.status).toBe('error');
		await opened.provider.faults([]);
		const retried = await retry(failed);
		expect(retried.status).toBe('success');
		const ledger = await opened.provider.ledger();
		expect(ledger).toHaveLength(1);
		expect(outputOf(retried, KLING)[0]?.json.taskId).toBe(ledger[0]?.taskId);
		await expectPicture(outputOf(retried, KLING)[0]);
	});

	it('after the create of one of two items was refused: one task per item', async () => {
		await opened.provider.faults([
			{ on: 'create', kind: 'code', code: 1301, message: 'Not this one', after: false, count: 1 },
		]);
		const id = await imported('One refused', [good('first'), { ...good('second'), photo: photoUrl('astronaut') }]);
		const failed = await opened.n8n.runToEnd(id, TRIGGER);
		expect(failed.status).toBe('error');
		expect(await opened.provider.ledger()).toHaveLength(1);
		const retried = await retry(failed);
		expect(retried.status).toBe('success');
		const ledger = await opened.provider.ledger();
		expect(ledger).toHaveLength(2);
		expect(
			outputOf(retried, KLING)
				.map(({ json }) => json.taskId)
				.sort(),
		).toEqual(ledger.map(({ taskId }) => taskId).sort());
	});

	it('but a new execution of the same workflow is new work', async () => {
		const id = await imported('Twice', [good('a calm sea')]);
		await opened.n8n.runToEnd(id, TRIGGER);
		await opened.n8n.runToEnd(id, TRIGGER);
		const ids = (await opened.provider.ledger()).map(({ externalTaskId }) => externalTaskId);
		expect(new Set(ids).size).toBe(2);
	});
});
