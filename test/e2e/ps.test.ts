import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { failureOf, outputOf, type Execution, type Item } from '../../sandbox/n8n/execution';
import { failedBy } from './setup/failed';
import { open, type Opened } from './setup/surroundings';
import { EDIT, PS, taskWorkflow, TRIGGER } from './setup/workflows';

let opened: Opened;

beforeAll(async () => {
	opened = await open();
});

beforeEach(async () => {
	await opened.provider.reset();
});

const mug = () => ({ photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt: 'a storm over the sea' });
/** On the service's own machine. */
const drum = { photo: '/data/photos/drum.jpg', prompt: '将背景改为赛博朋克风格' };

type Extras = NonNullable<Parameters<typeof taskWorkflow>[4]>;

async function run(title: string, items: Array<Record<string, unknown>>, extras: Extras = {}): Promise<Execution> {
	const workflow = taskWorkflow(title, items, EDIT, opened.credentials.psTaskApi, extras);
	return await opened.n8n.runToEnd((await opened.n8n.importWorkflow(workflow)).id, TRIGGER);
}

async function expectPicture(item: Item | undefined, size: { width: number; height: number }): Promise<void> {
	const binary = item?.binary?.image;
	expect(binary, JSON.stringify(item?.json)).toMatchObject({
		mimeType: 'image/png',
		fileName: expect.stringMatching(/\.png$/) as string,
	});
	const file = await opened.n8n.download(binary!);
	expect(await sharp(file).metadata()).toMatchObject({ format: 'png', ...size });
	const [{ url } = { url: '' }] = item?.json.images as Array<{ url: string }>;
	expect(file.equals(Buffer.from(await (await fetch(url)).arrayBuffer()))).toBe(true);
}

const MUG = { width: 600, height: 400 };
const DRUM = { width: 720, height: 703 };

it("edits two pictures, one by its address and one on the service's machine, and keeps their sizes", async () => {
	const execution = await run('Two pictures', [mug(), drum]);
	expect(execution.status, failureOf(execution)).toBe('success');
	const [one, two, ...others] = outputOf(execution, PS);
	expect(others).toEqual([]);
	await expectPicture(one, MUG);
	await expectPicture(two, DRUM);
	expect([one?.pairedItem, two?.pairedItem]).toEqual([{ item: 0 }, { item: 1 }]);
	const ledger = await opened.provider.ledger();
	expect(ledger.map(({ request }) => request)).toEqual(
		expect.arrayContaining([mug(), drum].map(({ photo, prompt }) => ({ image_url: photo, prompt, keep_size: true }))),
	);
	expect(one?.json).toMatchObject({
		service: 'psTask',
		resource: 'task',
		status: 'succeeded',
		imageRid: expect.any(String) as string,
	});
});

describe('one item of two fails', () => {
	beforeEach(async () => {
		await opened.provider.fates([
			{ match: { promptIncludes: 'storm' }, fate: 'failed', message: 'NSFW content detected' },
		]);
	});

	it('under Continue On Fail: its item carries the facts, the other one its picture', async () => {
		const execution = await run('Continue', [mug(), drum], { settings: { onError: 'continueRegularOutput' } });
		expect(execution.status).toBe('success');
		const [failed, fine] = outputOf(execution, PS);
		const entry = (await opened.provider.ledger()).find(({ status }) => status === 'failed');
		expect(failed).toEqual({
			json: {
				error: expect.stringContaining('NSFW content detected') as string,
				details: {
					taskId: entry?.taskId,
					taskState: 'created',
					retryable: false,
					hint: expect.any(String) as string,
				},
			},
			pairedItem: { item: 0 },
		});
		await expectPicture(fine, DRUM);
	});

	it('with an error output: the facts leave by it, the image by the other one', async () => {
		const execution = await run('Error output', [mug(), drum], {
			settings: { onError: 'continueErrorOutput' },
			behind: ['Fine', 'Failed'],
		});
		expect(execution.status).toBe('success');
		const [fine, failed] = [outputOf(execution, 'Fine'), outputOf(execution, 'Failed')];
		expect([fine.length, failed.length]).toEqual([1, 1]);
		await expectPicture(fine[0], DRUM);
		const { taskId } = (await opened.provider.ledger()).find(({ status }) => status === 'failed')!;
		expect(failed[0]?.json).toMatchObject(failedBy('NSFW', taskId));
	});
});

describe('nothing is bought twice', () => {
	const retrying: Extras = { settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 } };

	it('by Retry On Fail after a picture that could not be downloaded', async () => {
		await opened.provider.faults([{ on: 'file', kind: 'status', status: 403, count: 1 }]);
		const execution = await run('Retry On Fail', [mug(), drum], retrying);
		expect(execution.status, failureOf(execution)).toBe('success');
		const items = outputOf(execution, PS);
		await expectPicture(items[0], MUG);
		await expectPicture(items[1], DRUM);
		expect(await opened.provider.ledger()).toHaveLength(2);
	});

	it('by Retry On Fail after a submit whose answer was lost: the item says that it may exist', async () => {
		await opened.provider.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const execution = await run('Lost submit', [mug()], retrying);
		expect(execution.status).toBe('error');
		expect(JSON.stringify(execution.data.resultData.error)).toContain('may-exist');
		expect(await opened.provider.ledger()).toHaveLength(1);
	});
});
