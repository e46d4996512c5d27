import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { failureOf, outputOf, type Execution, type Item } from '../../sandbox/n8n/execution';
import { importExample, readExamples, type Example } from '../../sandbox/start/examples';
import { photoFolder } from '../../sandbox/start/photos';
import { decode, findIn, greatestDifference, likeness, type Find } from './setup/pixels';
import { open, type Opened } from './setup/surroundings';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

let opened: Opened;
let examples: Map<string, Example>;

beforeAll(async () => {
	opened = await open();
	examples = new Map((await readExamples()).map((example) => [example.key, example]));
});

beforeEach(async () => {
	await opened.provider.reset();
});

/** Imports an example as `npm start` does; gives its ID. */
async function imported(key: string): Promise<string> {
	const example = examples.get(key);
	if (example === undefined) throw new Error(`There is no example ${key}; there are ${[...examples.keys()].join(', ')}`);
	return await importExample(opened.n8n, example, opened.photosUrl, opened.credential);
}

async function run(id: string, trigger: string): Promise<Execution> {
	const execution = await opened.n8n.runToEnd(id, trigger);
	expect(execution.status, failureOf(execution)).toBe('success');
	return execution;
}

const photo = async (name: string) => await readFile(join(photoFolder, name));

/** The picture of an item's field, through n8n's own endpoint for binary data. */
async function picture(item: Item | undefined, field = 'image'): Promise<Buffer> {
	const binary = item?.binary?.[field];
	if (binary === undefined) throw new Error(`No binary field ${field}; there are ${Object.keys(item?.binary ?? {}).join(', ') || 'none'}`);
	expect(binary, 'true name and type').toMatchObject({ mimeType: 'image/png', fileName: expect.stringMatching(/\.png$/) as string });
	const file = await opened.n8n.download(binary);
	expect(file.subarray(0, 8).equals(PNG), 'a PNG from its first byte').toBe(true);
	return file;
}

describe('examples/extend-a-photo.json, started by hand', () => {
	it('delivers a picture of exactly the computed size with the photo untouched at its exact place', async () => {
		const execution = await run(await imported('extend-a-photo'), 'Start');
		const [item, ...others] = outputOf(execution, 'Extend It');
		expect(others).toEqual([]);
		const result = await decode(await picture(item));
		const original = await decode(await photo('mountains.jpg'));
		// up 0.1, down 0.1 of the height; left 0.4, right 0.4 of the width, as the example says
		const wanted = { width: Math.round(original.width * 1.8), height: Math.round(original.height * 1.2) };
		expect({ width: result.width, height: result.height }).toEqual(wanted);
		const [left, top] = [Math.round(original.width * 0.4), Math.round(original.height * 0.1)];
		expect(greatestDifference(result, original, left, top)).toBe(0);
		expect(greatestDifference(result, original, left - 1, top), 'and nowhere beside it').toBeGreaterThan(50);
	});

	it('says which task it was and what it cost, and pairs the item with the photo', async () => {
		const execution = await run(await imported('extend-a-photo'), 'Start');
		const [item] = outputOf(execution, 'Extend It');
		const [entry] = await opened.provider.ledger();
		expect(item?.json).toMatchObject({ service: 'kling', resource: 'imageExpansion', status: 'succeeded', taskId: entry?.taskId });
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
		const hashes = (entry?.request.subject_image_list as Array<{ subject_image: { sha256: string } }>).map((subject) => subject.subject_image.sha256);
		const wanted = await Promise.all(sent.slice(0, 2).map(async (name) => createHash('sha256').update(await photo(name)).digest('hex')));
		expect(hashes).toEqual(wanted);
	});

	it('answers a call without a picture with an error and buys nothing', async () => {
		const { status, contentType } = await opened.n8n.callWebhook(path, { prompt: 'Nothing to show' });
		expect(status).toBeGreaterThanOrEqual(500);
		expect(contentType).not.toContain('image');
		expect(await opened.provider.ledger()).toEqual([]);
	});
});

describe('examples/three-views-on-a-schedule.json, run by hand from its schedule', () => {
	it('delivers three items, one for each view, all different and all of the front picture', async () => {
		const execution = await run(await imported('three-views-on-a-schedule'), 'Every Monday');
		const items = outputOf(execution, 'Make Three Views');
		expect(items.map(({ json }) => (json.images as Array<{ view: number }>).map(({ view }) => view))).toEqual([[1], [2], [3]]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }, { item: 0 }]);
		expect(new Set(items.map(({ json }) => json.taskId)).size).toBe(1);
		const views = await Promise.all(items.map(async (item) => await picture(item)));
		expect(new Set(views.map((view) => createHash('sha256').update(view).digest('hex'))).size).toBe(3);
		for (const [index, view] of views.entries()) {
			expect(await likenessEitherWay(view, await photo('drum.jpg')), `view ${index + 1}`).toBeGreaterThan(0.6);
			expect(await likenessEitherWay(view, await photo('dogs.jpg')), `view ${index + 1}, of another photo`).toBeLessThan(0.4);
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

function overlap(one: Find, other: Find): number {
	const across = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
	const down = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
	return Math.max(0, across) * Math.max(0, down);
}

/** A view from behind shows its subject mirrored. */
async function likenessEitherWay(view: Buffer, front: Buffer): Promise<number> {
	return Math.max(await likeness(view, front), await likeness(view, await sharp(front).flop().toBuffer()));
}
