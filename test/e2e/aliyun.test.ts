import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { failureOf, outputOf, type Execution, type Item } from '../../sandbox/n8n/execution';
import { failedBy } from './setup/failed';
import { open, type Opened } from './setup/surroundings';
import { ALIYUN, GENERATION, personPhotos, PORTRAIT, taskWorkflow, TRAINING, TRIGGER } from './setup/workflows';

const PORTRAITS = 'Portraits';
const FIELDS = ['image', 'image_1', 'image_2'];

let opened: Opened;
let person: { photos: string[] };

beforeAll(async () => {
	opened = await open();
	person = { photos: personPhotos(opened.photosUrl) };
});

beforeEach(async () => {
	await opened.provider.reset();
});

type Extras = NonNullable<Parameters<typeof taskWorkflow>[4]>;

async function imported(
	title: string,
	items: Array<Record<string, unknown>>,
	parameters = GENERATION,
	extras: Extras = {},
): Promise<string> {
	const workflow = taskWorkflow(title, items, parameters, opened.credentials.aliyunMarketApi, extras);
	return (await opened.n8n.importWorkflow(workflow)).id;
}

async function run(...workflow: Parameters<typeof imported>): Promise<Execution> {
	return await opened.n8n.runToEnd(await imported(...workflow), TRIGGER);
}

/** The tasks that were bought, as `userModel` or `portrait`. */
async function bought(): Promise<string[]> {
	return (await opened.provider.ledger()).map(({ resource }) => resource).sort();
}

/** The item has three portraits, each the very file that the service has. */
async function expectPortraits(item: Item | undefined): Promise<void> {
	expect(Object.keys(item?.binary ?? {}), JSON.stringify(item?.json)).toEqual(FIELDS);
	const images = item?.json.images as Array<{ url: string }>;
	for (const [index, field] of FIELDS.entries()) {
		const file = await opened.n8n.download(item!.binary![field]!);
		expect(item?.binary?.[field]).toMatchObject({
			mimeType: 'image/png',
			fileName: expect.stringMatching(/\.png$/) as string,
		});
		expect(await sharp(file).metadata()).toMatchObject({ format: 'png', width: 768, height: 1024 });
		expect(file.equals(Buffer.from(await (await fetch(images[index]!.url)).arrayBuffer()))).toBe(true);
	}
}

describe('photos to portraits', () => {
	it('in two nodes for two persons: each model makes the portraits of its own person', async () => {
		const other = { photos: [...person.photos].reverse() };
		const execution = await run('Two nodes', [person, other], TRAINING, {
			next: { name: PORTRAITS, parameters: PORTRAIT },
		});
		expect(execution.status, failureOf(execution)).toBe('success');
		const [models, portraits] = [outputOf(execution, ALIYUN), outputOf(execution, PORTRAITS)];
		expect(models.map(({ json }) => [json.status, json.taskType, (json.paths as string[]).length])).toEqual([
			['succeeded', 'training', 8],
			['succeeded', 'training', 8],
		]);
		expect(portraits.map(({ json }) => json.userId)).toEqual(models.map(({ json }) => json.userId));
		expect(portraits.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		for (const item of portraits) await expectPortraits(item);
		expect(await bought()).toEqual(['portrait', 'portrait', 'userModel', 'userModel']);
	});

	it('in one node: the item says what was made on the way', async () => {
		const execution = await run('One node', [person]);
		expect(execution.status, failureOf(execution)).toBe('success');
		const [item] = outputOf(execution, ALIYUN);
		const [training, portrait, ...others] = await opened.provider.ledger();
		expect(others).toEqual([]);
		expect(item?.json).toMatchObject({
			service: 'aliyunPortrait',
			resource: 'portrait',
			status: 'succeeded',
			taskId: portrait?.taskId,
			modelTaskId: training?.taskId,
			userId: training?.userId,
			paths: training?.request.img_set,
		});
		await expectPortraits(item);
	});
});

describe('one item of two fails', () => {
	/** The second portrait that is asked for. */
	beforeEach(async () => {
		await opened.provider.fates([{ match: { resource: 'portrait', nth: 2 }, fate: 'failed' }]);
	});

	it('under Continue On Fail: its item carries the facts and what is paid already, the other one its pictures', async () => {
		const execution = await run('Continue', [person, person], GENERATION, {
			settings: { onError: 'continueRegularOutput' },
		});
		expect(execution.status).toBe('success');
		const items = outputOf(execution, ALIYUN);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		const failed = items.find(({ json }) => 'error' in json);
		const entry = (await opened.provider.ledger()).find(({ status }) => status === 'failed');
		const training = (await opened.provider.ledger()).find(
			({ resource, userId }) => resource === 'userModel' && userId === entry?.userId,
		);
		expect(failed).toMatchObject({
			json: {
				error: expect.stringContaining('could not make the portraits') as string,
				details: {
					taskId: entry?.taskId,
					taskState: 'created',
					retryable: expect.any(Boolean) as boolean,
					hint: expect.any(String) as string,
					userId: entry?.userId,
					modelTaskId: training?.taskId,
					paths: training?.request.img_set,
				},
			},
		});
		expect(failed?.error).toBeUndefined();
		await expectPortraits(items.find((item) => item !== failed));
	});

	it('with an error output: the facts leave by it, the pictures by the other one', async () => {
		const execution = await run('Error output', [person, person], GENERATION, {
			settings: { onError: 'continueErrorOutput' },
			behind: ['Fine', 'Failed'],
		});
		expect(execution.status).toBe('success');
		const [fine, failed] = [outputOf(execution, 'Fine'), outputOf(execution, 'Failed')];
		expect([fine.length, failed.length]).toEqual([1, 1]);
		await expectPortraits(fine[0]);
		const { taskId, userId } = (await opened.provider.ledger()).find(({ status }) => status === 'failed')!;
		expect(failed[0]?.json).toMatchObject(failedBy('could not make the portraits', taskId, { userId }));
	});
});

describe('nothing is bought twice', () => {
	const retrying: Extras = { settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 } };

	it('by Retry On Fail after a portrait that could not be downloaded', async () => {
		await opened.provider.faults([{ on: 'file', kind: 'status', status: 403, count: 1 }]);
		const execution = await run('Retry On Fail', [person, person], GENERATION, retrying);
		expect(execution.status, failureOf(execution)).toBe('success');
		for (const item of outputOf(execution, ALIYUN)) await expectPortraits(item);
		expect(await bought()).toEqual(['portrait', 'portrait', 'userModel', 'userModel']);
	});

	it('by Retry On Fail after a create whose answer was lost: the item says that it may exist', async () => {
		await opened.provider.faults([{ on: 'create', resource: 'userModel', kind: 'dropAfter', count: 1 }]);
		const execution = await run('Lost create', [person], GENERATION, retrying);
		expect(execution.status).toBe('error');
		expect(JSON.stringify(execution.data.resultData.error)).toContain('may-exist');
		expect(await bought()).toEqual(['userModel']);
	});

	it('by Retry in the list of executions after one of two portraits was refused', async () => {
		await opened.provider.faults([
			{ on: 'create', resource: 'portrait', kind: 'code', code: 1001, message: 'Not this one', count: 1 },
		]);
		const failed = await run('Retry', [person, person], TRAINING, { next: { name: PORTRAITS, parameters: PORTRAIT } });
		expect(failed.status).toBe('error');
		expect(await bought()).toEqual(['portrait', 'userModel', 'userModel']);
		const retried = await opened.n8n.waitForEnd(await opened.n8n.retryExecution(failed.id));
		expect(retried.status, failureOf(retried)).toBe('success');
		for (const item of outputOf(retried, PORTRAITS)) await expectPortraits(item);
		expect(await bought()).toEqual(['portrait', 'portrait', 'userModel', 'userModel']);
	});
});
