/** What a finished task becomes: pixels, names, fields, items. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { expansionOf } from '../../../sandbox/provider/index.ts';
import { parseJson } from '../../../nodes/tasks/util/parse.ts';
import { HELPER } from '../../harness/index.ts';
import { expand, file, itemsOf, KLING, multiImage, multiShot, photo, photos, start } from './support.ts';

const { run, control, provider, n8n } = await start();

const names = (item: { binary?: object } | undefined) => Object.keys(item?.binary ?? {});

/** Raw RGB pixels of a part of an image. */
async function pixels(buffer: Buffer, part?: { left: number; top: number; width: number; height: number }) {
	const image = sharp(buffer).removeAlpha();
	return await (part ? image.extract(part) : image).raw().toBuffer({ resolveWithObject: true });
}

describe('pixels', () => {
	it('an expansion has the right size and the original at its offset, pixel for pixel', async () => {
		const ratios = { up: 0.25, down: 0.1, left: 0.5, right: 0.05 };
		const parameters = expand({
			upExpansionRatio: 0.25,
			downExpansionRatio: 0.1,
			leftExpansionRatio: 0.5,
			rightExpansionRatio: 0.05,
		});
		const result = await run(parameters);
		const image = await result.binary(itemsOf(result)[0], 'image');
		const { canvas, original } = expansionOf({ width: 600, height: 400 }, ratios);
		expect(canvas).toEqual({ width: 930, height: 540 });
		expect(original).toEqual({ left: 300, top: 100, width: 600, height: 400 });
		expect(await sharp(image).metadata()).toMatchObject({ ...canvas, format: 'png' });
		const [inside, before] = [await pixels(image, original), await pixels(photo('coffee'))];
		expect(inside.data.equals(before.data)).toBe(true);
	});

	it('several images become image, image_1, image_2, in order and different', async () => {
		const result = await run(multiImage({ n: 3, aspectRatio: '3:4' }));
		const [item] = itemsOf(result);
		expect(names(item)).toEqual(['image', 'image_1', 'image_2']);
		expect(item?.json.images).toEqual([0, 1, 2].map((index) => expect.objectContaining({ index })));
		const buffers = await Promise.all(names(item).map(async (name) => await result.binary(item, name)));
		for (const buffer of buffers) {
			const { width, height } = await sharp(buffer).metadata();
			expect([width, height]).toEqual([768, 1024]);
		}
		const files = await Promise.all(
			(item?.json.images as Array<{ url: string }>).map(async ({ url }) =>
				Buffer.from(await (await fetch(url)).arrayBuffer()),
			),
		);
		expect(buffers.map((buffer, index) => buffer.equals(files[index] as Buffer))).toEqual([true, true, true]);
		expect(new Set(buffers.map((buffer) => buffer.toString('base64'))).size).toBe(3);
	});

	it.each([
		['url', 'url'],
		['url_1 to url_3', 'url_n'],
	] as const)('three views of a subject, in the shape %s', async (_, shape) => {
		control.fates([{ shape }]);
		const result = await run(multiShot());
		const [item] = itemsOf(result);
		expect(names(item)).toEqual(['image', 'image_1', 'image_2']);
		expect((item?.json.images as Array<{ view?: number }>).map(({ view }) => view)).toEqual([1, 2, 3]);
		const buffers = await Promise.all(names(item).map(async (name) => await result.binary(item, name)));
		expect(new Set(buffers.map((buffer) => buffer.toString('base64'))).size).toBe(3);
		for (const buffer of buffers) expect((await sharp(buffer).metadata()).format).toBe('png');
	});
});

describe('the images of AI Multi-Shot', () => {
	/** Without the hosts and signatures of their links. */
	const shown = (images: unknown) =>
		(images as Array<{ url: string }>).map(({ url, ...image }) => ({ ...image, url: /view-\d/.exec(url)?.[0] }));
	const expected = [1, 2, 3].map((view) => ({ index: view - 1, view, url: `view-${view}` }));

	it.each([1, 3, 4])('are equal for %i items that wait, in Get, Get Many and the list', async (length) => {
		control.fates([
			{ shape: 'url', match: { nth: 1 } },
			{ shape: 'url', match: { nth: 3 } },
		]);
		const items = Array.from({ length }, () => photos({})[0]!);
		const made = itemsOf(await run(multiShot({ downloadImages: false }), { items }));
		expect(made.map(({ json }) => shown(json.images))).toEqual(Array(length).fill(expected));
		const on = (operation: string) => ({ resource: 'aiMultiShot', operation });
		const got = itemsOf(await run(on('get'), { items: made.map(({ json }) => ({ json })) }));
		expect(got.map(({ json }) => shown(json.images))).toEqual(Array(length).fill(expected));
		const listed = itemsOf(await run({ ...on('getAll'), returnAll: true }));
		expect(listed.map(({ json }) => shown(json.images))).toEqual(Array(length).fill(expected));
	});
});

describe('files', () => {
	it.each(['png', 'jpeg', 'webp'] as const)('%s has its true name and type', async (resultFormat) => {
		control.settings({ resultFormat });
		const [item] = itemsOf(await run(expand()));
		const extension = resultFormat === 'jpeg' ? 'jpg' : resultFormat;
		expect(item?.binary?.image).toMatchObject({
			fileName: `photo_1.${extension}`,
			mimeType: `image/${resultFormat}`,
			fileExtension: extension,
			fileType: 'image',
		});
	});

	it('are fetched once each, without the Authorization header', async () => {
		itemsOf(await run(expand({ n: 2 })));
		expect(control.files().map(({ method, hadAuthorization, status }) => [method, hadAuthorization, status])).toEqual([
			['GET', false, 200],
			['GET', false, 200],
		]);
	});

	it('are not fetched with Download Images off', async () => {
		const [item] = itemsOf(await run(expand({ downloadImages: false })));
		expect([names(item), control.files()]).toEqual([[], []]);
		expect(item?.json.images).toHaveLength(1);
	});

	it('come also without an announced length', async () => {
		control.settings({ announceLength: false });
		const result = await run(expand());
		const { width, height } = await sharp(await result.binary(itemsOf(result)[0], 'image')).metadata();
		expect([width, height]).toEqual([600, 600]);
	});

	it.each(['dropBefore', 'dropAfter', 'html502', 'status'] as const)(
		'that fail by %s are fetched again',
		async (kind) => {
			control.faults([{ on: 'file', kind, count: 1 }]);
			const result = await run(expand());
			expect(itemsOf(result)).toHaveLength(1);
			expect(await sharp(await result.binary(result.items[0], 'image')).metadata()).toMatchObject({
				width: 600,
				height: 600,
			});
		},
	);
});

describe('the task object', () => {
	it('has every key of the contract, and IDs stay text beyond 2^53', async () => {
		control.fates([{ sendNumbersAsIds: true }]);
		const [item] = itemsOf(await run(expand({ options: { watermark: true } })));
		const [task] = control.ledger();
		expect(Number.isSafeInteger(Number(task?.taskId))).toBe(false);
		expect(item?.json).toEqual({
			service: 'kling',
			resource: 'imageExpansion',
			taskId: task?.taskId,
			externalTaskId: task?.externalTaskId,
			status: 'succeeded',
			providerStatus: 'succeed',
			images: [
				{
					index: 0,
					url: expect.stringMatching(/\/0\.png\?/),
					watermarkUrl: expect.stringMatching(/\/0-watermark\.png\?/),
					width: 600,
					height: 600,
					binaryField: 'image',
					watermarkBinaryField: 'image_watermark',
				},
			],
			watermark: true,
			createdAt: new Date(task?.createdAt ?? 0).toISOString(),
			updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
			expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
			unitsDeducted: 8,
			requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
		});
		const kept = Date.parse(String(item?.json.expiresAt)) - Date.parse(String(item?.json.updatedAt));
		expect(kept).toBe(30 * 24 * 3600 * 1000);
	});

	it('images without an index count by their place', async () => {
		control.fates([{ index: false }]);
		const [item] = itemsOf(await run(expand({ n: 2 })));
		expect((item?.json.images as Array<{ index: number }>).map(({ index }) => index)).toEqual([0, 1]);
	});

	it('Simplify off is the whole body, equal to what was received', async () => {
		const [item] = itemsOf(await run(expand({ n: 2, simplify: false })));
		const [task] = control.ledger();
		const answer = await fetch(`${provider.url}/v1/images/editing/expand/${task?.taskId}`, {
			headers: { authorization: `Bearer ${provider.credentials.klingApi.apiKey}` },
		});
		const body = parseJson(await answer.text()) as object;
		expect(item?.json).toEqual({ ...body, request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
		expect(names(item)).toEqual(['image', 'image_1']);
	});
});

describe('items', () => {
	it('one per image, each with its image and paired with its input', async () => {
		const parameters = multiImage({ n: '={{ $json.n }}', options: { outputItems: 'perImage' } });
		const result = await run(parameters, { items: photos({ n: 2 }, { n: 1 }) });
		const items = itemsOf(result);
		expect(
			items.map(({ pairedItem, json, binary }) => [
				pairedItem,
				(json.images as Array<{ index: number }>).map(({ index }) => index),
				Object.keys(binary ?? {}),
			]),
		).toEqual([
			[{ item: 0 }, [0], ['image']],
			[{ item: 0 }, [1], ['image']],
			[{ item: 1 }, [0], ['image']],
		]);
		const first = await result.binary(items[0], 'image');
		const second = await result.binary(items[1], 'image');
		expect(first.equals(second)).toBe(false);
		expect(items[0]?.json.taskId).toBe(items[1]?.json.taskId);
	});

	it('One per Image needs Simplify: without it a task is one item', async () => {
		expect(
			itemsOf(await run(multiImage({ n: 2, simplify: false, options: { outputItems: 'perImage' } }))),
		).toHaveLength(1);
	});

	it('keep the input fields beside those of the task if asked to, and the task wins', async () => {
		const items = photos({ order: 12, status: 'mine', nested: { a: 1 } });
		const [kept] = itemsOf(await run(expand({ options: { passInputFields: true } }), { items }));
		expect(kept?.json).toMatchObject({ order: 12, nested: { a: 1 }, status: 'succeeded' });
		const [plain] = itemsOf(await run(expand(), { items }));
		expect(Object.keys(plain?.json ?? {})).not.toContain('order');
	});

	it('name their binary fields by the prefix', async () => {
		const [item] = itemsOf(await run(expand({ n: 2, options: { binaryPrefix: 'photo' } })));
		expect(names(item)).toEqual(['photo', 'photo_1']);
	});
});

it('two nodes chain with their defaults', async () => {
	const { output } = await n8n.runWorkflow(
		{
			nodes: [
				{ name: 'Start', type: HELPER.start },
				{ name: 'Items', type: HELPER.items, items: [{ json: { title: 'kept' }, binary: { data: file() } }] },
				{
					name: 'Extend',
					type: KLING,
					parameters: { resource: 'imageExpansion', expansionMode: 'ratios', upExpansionRatio: 0.5 },
				},
				{ name: 'Views', type: KLING, parameters: { resource: 'aiMultiShot' } },
				{
					name: 'Title',
					type: KLING,
					parameters: {
						resource: 'multiImageToImage',
						waitForCompletion: false,
						subjectImages: '*',
						prompt: "={{ $('Items').item.json.title }}",
					},
				},
			],
			connections: [
				['Start', 'Items'],
				['Items', 'Extend'],
				['Extend', 'Views'],
				['Views', 'Title'],
			],
		},
		{ credentials: provider.credentials },
	);
	expect(output('Views').map(({ json }) => json.status)).toEqual(['succeeded']);
	const [extended, views, combined] = control.ledger();
	expect(views?.request.element_frontal_image).toMatchObject({ width: 600, height: 600 });
	expect(extended?.request.image).toMatchObject({ width: 600, height: 400 });
	expect(combined?.request).toMatchObject({ prompt: 'kept', subject_image_list: { length: 3 } });
});
