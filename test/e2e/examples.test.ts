import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { failureOf, outputOf, type Execution, type Item } from '../../sandbox/n8n/execution';
import type { LedgerEntry } from '../../sandbox/provider';
import { photoFolder, photoNamed } from '../../sandbox/start/photos';
import { PATIENCE } from '../harness/patience';
import * as setup from './setup/examples';
import { decode, findIn, greatestDifference, likeness, type Find } from './setup/pixels';
import { failedBy } from './setup/failed';
import { RELEASE } from './setup/release';
import { open, type Opened } from './setup/surroundings';

let opened: Opened;

beforeAll(async () => {
	opened = await open();
});

beforeEach(async () => {
	await opened.provider.reset();
});

const imported = async (key: string) => await setup.imported(opened, key);
const run = async (id: string, trigger: string) => await setup.run(opened, id, trigger);
const picture = async (item: Item | undefined, field?: string) => await setup.picture(opened, item, field);
const photo = async (name: string) => await readFile(join(photoFolder, name));

describe('examples/extend-a-photo.json, started by hand', () => {
	it('delivers a picture of exactly the computed size with the photo untouched at its exact place', async () => {
		const execution = await run(await imported('extend-a-photo'), 'Start');
		const [item, ...others] = outputOf(execution, 'Extend It');
		expect(others).toEqual([]);
		const result = await decode(await picture(item));
		const original = await decode(await photo('mountains.jpg'));
		// 4:3 becomes 16:9: the same height, and as much to the left as to the right.
		const wanted = { width: Math.round((original.height * 16) / 9), height: original.height };
		expect({ width: result.width, height: result.height }).toEqual(wanted);
		const [left, top] = [Math.round((wanted.width - original.width) / 2), 0];
		expect(greatestDifference(result, original, left, top)).toBe(0);
		expect(greatestDifference(result, original, left - 1, top), 'and nowhere beside it').toBeGreaterThan(50);
	});

	it('says which task it was and what it cost, and pairs the item with the photo', async () => {
		const execution = await run(await imported('extend-a-photo'), 'Start');
		const [item] = outputOf(execution, 'Extend It');
		const [entry] = await opened.provider.ledger();
		expect(item?.json).toMatchObject({
			service: 'kling',
			resource: 'imageExpansion',
			status: 'succeeded',
			taskId: entry?.taskId,
		});
		expect(item?.json.unitsDeducted).toBe(entry?.chargedUnits);
		expect(item?.pairedItem).toEqual({ item: 0 });
	});
});

describe('examples/combine-subjects-in-one-scene.json, called by webhook', () => {
	const path = 'combine-subjects';
	const sent = ['astronaut.jpg', 'dogs.jpg', 'coffee.jpg'];
	let id: string;

	beforeAll(async () => {
		id = await imported('combine-subjects-in-one-scene');
		await opened.n8n.publish(id);
		return async () => await opened.n8n.unpublish(id);
	});

	async function call(names: string[]) {
		const form = new FormData();
		for (const [index, name] of names.entries()) {
			form.append(`photo${index + 1}`, new Blob([await photo(name)], { type: 'image/jpeg' }), name);
		}
		form.append('prompt', 'All of them on a sunny terrace');
		return await opened.n8n.callWebhook(path, form);
	}

	it('answers the call with a picture that shows every subject whole, apart from the others, and no other one', async () => {
		const { status, contentType, body } = await call(sent);
		expect({ status, contentType }).toEqual({ status: 200, contentType: 'image/png' });
		const { format, width, height } = await sharp(body).metadata();
		expect({ format, width }, 'square, as the example asks').toEqual({ format: 'png', width: height });
		const finds = await Promise.all(sent.map(async (name) => await findIn(body, await photo(name))));
		for (const [index, { likeness }] of finds.entries()) expect(likeness, sent[index]).toBeGreaterThan(0.95);
		for (const [index, find] of finds.entries()) {
			for (const other of finds.slice(index + 1)) expect(overlap(find, other)).toBe(0);
		}
		expect((await findIn(body, await photo('drum.jpg'))).likeness, 'a photo that was not sent').toBeLessThan(0.7);
	});

	it('hands the pictures and the prompt of the call to the service', async () => {
		await call(sent.slice(0, 2));
		const [entry] = await opened.provider.ledger();
		expect(entry?.request).toMatchObject({ prompt: 'All of them on a sunny terrace', aspect_ratio: '1:1' });
		const hashes = (entry?.request.subject_image_list as Array<{ subject_image: { sha256: string } }>).map(
			(subject) => subject.subject_image.sha256,
		);
		const wanted = await Promise.all(
			sent.slice(0, 2).map(async (name) =>
				createHash('sha256')
					.update(await photo(name))
					.digest('hex'),
			),
		);
		expect(hashes).toEqual(wanted);
	});

	it('answers a call without an image with an error and buys nothing', async () => {
		const { status, contentType, body } = await opened.n8n.callWebhook(path, { prompt: 'Nothing to show' });
		// A workflow that fails before its Respond to Webhook answers 200 on n8n 1.x, with an empty body.
		expect([status >= 500, body.length]).toEqual(RELEASE === '1.x' ? [false, 0] : [true, expect.any(Number)]);
		expect(contentType).not.toContain('image');
		expect(await opened.provider.ledger()).toEqual([]);
	});
});

describe('examples/three-views-on-a-schedule.json, run by hand from its schedule', () => {
	it('delivers three items, one for each view, all different and all of the front picture', async () => {
		const execution = await run(await imported('three-views-on-a-schedule'), 'Every Monday');
		const items = outputOf(execution, 'Make Three Views');
		expect(items.map(({ json }) => (json.images as Array<{ view: number }>).map(({ view }) => view))).toEqual([
			[1],
			[2],
			[3],
		]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }, { item: 0 }]);
		expect(new Set(items.map(({ json }) => json.taskId)).size).toBe(1);
		const views = await Promise.all(items.map(async (item) => await picture(item)));
		expect(new Set(views.map((view) => createHash('sha256').update(view).digest('hex'))).size).toBe(3);
		for (const [index, view] of views.entries()) {
			expect(await likenessEitherWay(view, await photo('drum.jpg')), `view ${index + 1}`).toBeGreaterThan(0.6);
			expect(
				await likenessEitherWay(view, await photo('dogs.jpg')),
				`view ${index + 1}, of another photo`,
			).toBeLessThan(0.4);
		}
	});

	it('puts the picture of a view into the item of that view, with its own address', async () => {
		const execution = await run(await imported('three-views-on-a-schedule'), 'Every Monday');
		for (const item of outputOf(execution, 'Make Three Views')) {
			const [{ url } = { url: '' }] = item.json.images as Array<{ url: string }>;
			const served = Buffer.from(await (await fetch(url)).arrayBuffer());
			expect((await picture(item)).equals(served)).toBe(true);
		}
	});
});

describe('examples/nightly-batch-on-a-schedule.json, run by hand from its schedule', () => {
	const runNight = async () => await run(await imported('nightly-batch-on-a-schedule'), 'Every Night');
	const productsOf = (execution: Execution, node: string) => outputOf(execution, node).map(({ json }) => json.product);

	it('saves the picture of each product under its name; a second run the same day buys nothing', async () => {
		for (const execution of [await runNight(), await runNight()])
			expect(productsOf(execution, 'Save')).toEqual(['mug', 'drum', 'brushes']);
		expect(await opened.provider.ledger()).toHaveLength(3);
		for (const [product, name] of [
			['mug', 'coffee.jpg'],
			['drum', 'drum.jpg'],
			['brushes', 'brushes.jpg'],
		] as const) {
			await setup.expectExtended(await readFile(join(opened.places.files, `${product}.png`)), name);
		}
	});

	it('saves the others when one fails, and says which and why', async () => {
		await opened.provider.fates([
			{ match: { externalTaskIdIncludes: 'drum' }, fate: 'failed', message: 'Failure to pass the risk control system' },
		]);
		const execution = await runNight();
		expect(productsOf(execution, 'Save')).toEqual(['mug', 'brushes']);
		const [failed, ...others] = outputOf(execution, 'Not Finished');
		expect(others).toEqual([]);
		const { taskId } = (await opened.provider.ledger()).find(({ status }) => status === 'failed')!;
		expect(failed?.json).toMatchObject({ product: 'drum', ...failedBy('risk control', taskId) });
		expect(outputOf(execution, 'Not Submitted')).toEqual([]);
	});
});

/** The examples that make portraits wait 15 s between two questions, so that they run once, side by side. */
describe('the examples of Aliyun AI Portrait and PS Task', () => {
	const keys = [
		'eight-photos-to-a-portrait',
		'portrait-by-callback',
		'styles-catalogue',
		'batch-edit-product-images',
	] as const;
	const runs = new Map<string, Execution>();
	let callbackId: string;
	let callbackLedger: LedgerEntry[];

	beforeAll(async () => {
		await opened.provider.reset();
		const ids = await Promise.all(keys.map(imported));
		callbackId = ids[1]!;
		await opened.n8n.publish(callbackId);
		const executions = await Promise.all(ids.map(async (id) => await run(id, 'Start')));
		await vi.waitUntil(async () => (await called()).length > 0, PATIENCE);
		callbackLedger = (await opened.provider.ledger()).filter(({ request }) => 'callback_url' in request);
		for (const [index, key] of keys.entries()) runs.set(key, executions[index]!);
		return async () => await opened.n8n.unpublish(callbackId);
	});

	const executionOf = (key: (typeof keys)[number]) => runs.get(key)!;

	/** What came out behind the filter in those executions that Aliyun's calls have started. */
	async function called(): Promise<Item[]> {
		const started = (await opened.n8n.executions(callbackId)).filter(({ mode }) => mode === 'webhook');
		const ended = await Promise.all(started.map(async ({ id }) => await opened.n8n.waitForEnd(id)));
		for (const execution of ended) expect(execution.status, failureOf(execution)).toBe('success');
		return ended.flatMap((execution) => outputOf(execution, 'Only Finished Tasks'));
	}

	it('eight-photos-to-a-portrait.json: three portraits of the person, from one model of the eight photos', async () => {
		const [item, ...others] = outputOf(executionOf('eight-photos-to-a-portrait'), 'Make Portraits');
		expect(others).toEqual([]);
		expect(item?.json).toMatchObject({ service: 'aliyunPortrait', resource: 'portrait', status: 'succeeded' });
		expect(item?.json.paths).toHaveLength(8);
		const portraits = await Promise.all(
			['image', 'image_1', 'image_2'].map(async (field) => await picture(item, field)),
		);
		expect(new Set(portraits.map((portrait) => createHash('sha256').update(portrait).digest('hex'))).size).toBe(3);
		// The third one shows the third photo mirrored in a circle, 0.78 of the portrait wide.
		const shown = await middle(portraits[2]!, 0.5);
		const mirrored = async (name: string) =>
			await middle(
				await sharp(await photoNamed(name))
					.flop()
					.toBuffer(),
				0.5 / 0.78,
			);
		expect(await likeness(shown, await mirrored('person-3.jpg')), 'the person').toBeGreaterThan(0.9);
		expect(await likeness(shown, await mirrored('dogs.jpg')), 'somebody else').toBeLessThan(0.5);
	});

	it('styles-catalogue.json: every style with its name, sex and preview, and nothing bought', async () => {
		const items = outputOf(executionOf('styles-catalogue'), 'Get the Previews');
		expect(items).toHaveLength(12);
		expect(items[1]?.json).toMatchObject({
			name: '花好月圆',
			sex: '女',
			styleId: '9ea64839-47df-4839-9823-cacac81eb933',
		});
		const previews = await Promise.all(items.map(async (item) => await picture(item, 'data')));
		expect(new Set(previews.map((preview) => createHash('sha256').update(preview).digest('hex'))).size).toBe(12);
	});

	it('batch-edit-product-images.json: every product with its edited picture in its old size', async () => {
		const execution = executionOf('batch-edit-product-images');
		const items = outputOf(execution, 'Edit Them');
		expect(items.map(({ json }) => json.product)).toEqual(['Mug', 'Drum', 'Brushes']);
		expect(outputOf(execution, 'What Failed')).toEqual([]);
		for (const [index, name] of ['coffee.jpg', 'drum.jpg', 'brushes.jpg'].entries()) {
			const [edited, original] = [await picture(items[index]), await photo(name)];
			const { width, height } = await sharp(original).metadata();
			expect(await sharp(edited).metadata()).toMatchObject({ width, height });
			expect(await likeness(edited, original), name).toBeGreaterThan(0.5);
			expect(edited.equals(original)).toBe(false);
		}
	});

	it('portrait-by-callback.json: the order ends at once, and the call brings the portraits', async () => {
		const [order, ...others] = outputOf(executionOf('portrait-by-callback'), 'Order Portraits');
		expect(others).toEqual([]);
		expect(['submitted', 'processing']).toContain(order?.json.status);
		expect(order?.binary).toBeUndefined();
		expect(callbackLedger.map(({ taskId }) => taskId)).toEqual([order?.json.taskId]);
		// A call about the running task may be read only after its end, as the last one is.
		for (const brought of await called()) {
			expect(brought.json).toMatchObject({ taskId: order?.json.taskId, status: 'succeeded' });
			for (const field of ['image', 'image_1', 'image_2']) await picture(brought, field);
		}
	});
});

function overlap(one: Find, other: Find): number {
	const across = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
	const down = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
	return Math.max(0, across) * Math.max(0, down);
}

/** The square in the middle of a picture, its side a share of the width. */
async function middle(file: Buffer, share: number): Promise<Buffer> {
	const { width, height } = await sharp(file).metadata();
	const side = Math.round(width * share);
	const place = { left: Math.round((width - side) / 2), top: Math.round((height - side) / 2) };
	return await sharp(file)
		.extract({ ...place, width: side, height: side })
		.png()
		.toBuffer();
}

/** A view from behind shows its subject mirrored. */
async function likenessEitherWay(view: Buffer, front: Buffer): Promise<number> {
	return Math.max(await likeness(view, front), await likeness(view, await sharp(front).flop().toBuffer()));
}
