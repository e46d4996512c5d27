/** Element: a subject from a front image and further views, which other resources show by its ID. */
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { Activated } from '../../harness/activated.ts';
import { HELPER } from '../../harness/index.ts';
import { startImageServer } from '../imageServer.ts';
import { CALLBACK_TRIGGER } from './callbackSupport.ts';
import { element, errorOf, factsOf, file, itemsOf, KLING, multiShot, omni, photo, photos, start } from './support.ts';
import { suspending } from './suspendedSupport.ts';

const { run, control, provider, n8n, asked, creates } = await start();
const { credentials } = provider;

/** Where pictures with links are. */
const pictures = await startImageServer((response) => void response.end(photo()));
const link = (name: number | string) => `${pictures.at('127.0.0.1')}/${name}.jpg`;
const FRONT = link('front');
const view = (number: number, more: IDataObject = {}): IDataObject => ({
	index: number,
	url: link(number),
	view: number,
	...more,
});
const names = { elementName: 'Blue kettle', elementDescription: 'Enamel kettle, dark blue, wooden handle' };
const byLinks = { frontalImage: FRONT, referImages: '={{ $json.images }}', ...names };

const listOf = (request?: Record<string, unknown>) =>
	request?.element_image_list as { frontal_image: unknown; refer_images: unknown[] };

describe('a create', () => {
	it('sends the front image and the views of the item, and gives the ID of the element as text, to the digit', async () => {
		const items = [{ json: { images: [view(1), view(2), view(3)] } }];
		const [item] = itemsOf(await run(element(byLinks), { items }));
		expect(asked()).toEqual([
			{
				element_name: 'Blue kettle',
				element_description: 'Enamel kettle, dark blue, wooden handle',
				reference_type: 'image_refer',
				element_image_list: {
					frontal_image: FRONT,
					refer_images: [1, 2, 3].map((number) => ({ image_url: link(number) })),
				},
			},
		]);
		const { json, binary } = item as INodeExecutionData;
		expect(json).toMatchObject({
			service: 'kling',
			resource: 'element',
			status: 'succeeded',
			images: [],
			unitsDeducted: 0,
			elementName: 'Blue kettle',
		});
		expect(json.elementId).toMatch(/^8\d{17}$/);
		expect(BigInt(String(json.elementId))).toBeGreaterThan(2n ** 53n);
		expect([json.warnings, json.expiresAt, binary]).toEqual([undefined, undefined, undefined]);
	});

	it('takes binary fields too; the view may be any image of the item', async () => {
		const items = [{ json: {}, binary: { data: file(photo('dogs')), side: file(photo('drum')) } }];
		itemsOf(await run(element({ referImages: 'side', ...names }), { items }));
		const [request] = asked();
		expect(request).toMatchObject({
			element_image_list: {
				frontal_image: { bytes: photo('dogs').length },
				refer_images: [{ image_url: { bytes: photo('drum').length } }],
			},
		});
	});

	it('takes the first set, where AI Multi-Shot has given several', async () => {
		const images = [0, 1, 2].flatMap((set) => [1, 2, 3].map((number) => view(set * 3 + number, { set, view: number })));
		itemsOf(await run(element(byLinks), { items: [{ json: { images } }, { json: { images: images.slice(6) } }] }));
		const urls = asked().map((request) => JSON.stringify(listOf(request).refer_images));
		expect(urls.sort()).toEqual(
			[
				[1, 2, 3],
				[7, 8, 9],
			].map((set) => JSON.stringify(set.map((number) => ({ image_url: link(number) })))),
		);
	});

	it('counts characters as people do', async () => {
		const elementName = '🫖'.repeat(20);
		itemsOf(await run(element({ ...byLinks, elementName }), { items: [{ json: { images: [view(1)] } }] }));
		expect(asked()).toMatchObject([{ element_name: elementName }]);
	});

	it('is the same work however its images are handed over, and another one with another image', async () => {
		const binary = { front: file(photo('dogs')), side: file(photo('drum')), other: file(photo('coffee')) };
		const base64 = photo('drum').toString('base64');
		const make = async (referImages: string) =>
			await run(element({ frontalImage: 'front', referImages, ...names }), {
				items: [{ json: {}, binary }],
				executionId: '42',
				resumeToken: 'one-and-the-same',
			});
		for (const refer of ['side', `data:image/jpeg;base64,${base64}`, 'other']) itemsOf(await make(refer));
		expect(control.ledger()).toHaveLength(2);
	});

	it('may carry tags by Raw JSON Fields', async () => {
		const options = { extraBody: '{"tag_list":[{"tag_id":"o_104"}]}' };
		itemsOf(await run(element({ ...byLinks, options }), { items: [{ json: { images: [view(1)] } }] }));
		expect(asked()).toMatchObject([{ tag_list: [{ tag_id: 'o_104' }], reference_type: 'image_refer' }]);
	});
});

describe('what cannot be sent is refused by name, and nothing is sent', () => {
	const four = [1, 2, 3, 4].map((number) => view(number));

	it.each<[string, INodeParameters, IDataObject, string]>([
		['no name', { elementName: ' ' }, {}, 'Element Name is empty, but it must be a text of at most 20 characters'],
		[
			'a long name',
			{ elementName: 'n'.repeat(21) },
			{},
			`Element Name is "${'n'.repeat(21)}", but it has 21 characters (at most 20)`,
		],
		[
			'no description',
			{ elementDescription: '={{ "" }}' },
			{},
			'Element Description is empty, but it must be a text of at most 100 characters',
		],
		[
			'a long description',
			{ elementDescription: 'word '.repeat(21) },
			{},
			`Element Description is "${'word '.repeat(4)}wor…", but it has 105 characters (at most 100)`,
		],
		['four views', {}, { images: four }, 'Reference Images: there are 4 images, and at most 3 are allowed'],
		['no view', {}, { images: [] }, 'Reference Images: there is no image'],
		['an item without images', {}, { images: undefined }, 'Reference Images: the expression returned nothing'],
		['no front image', { frontalImage: '={{ "" }}' }, {}, 'Frontal Image is empty'],
		[
			'two front images',
			{ frontalImage: '={{ $json.images.concat($json.images) }}' },
			{},
			'Frontal Image: there are 2 images, and at most 1 is allowed',
		],
		[
			'an unknown field',
			{ referImages: 'side' },
			{},
			'Reference Images: "side" is neither a URL nor a binary field of the item',
		],
	])('%s', async (_, change, json, message) => {
		const items = photos({ images: [view(1)], ...json });
		const error = errorOf(await run(element({ ...byLinks, ...change }), { items }));
		expect(error.message).toBe(message);
		expect(factsOf(error).taskState).toBe('not-created');
		expect(control.requests()).toEqual([]);
	});

	it('and with Continue On Fail the other item is made', async () => {
		const items = [{ json: { images: four } }, { json: { images: [view(1)] } }];
		const made = itemsOf(await run(element(byLinks), { items, onError: 'continueRegularOutput' }));
		expect(made.map(({ json, pairedItem }) => [json.error ?? json.status, pairedItem])).toEqual([
			['Reference Images: there are 4 images, and at most 3 are allowed', { item: 0 }],
			['succeeded', { item: 1 }],
		]);
		expect(creates()).toHaveLength(1);
	});
});

describe('reading', () => {
	const two = [{ json: { images: [view(1)] } }, { json: { images: [view(2)] } }];

	it('get, get many and wait give the element', async () => {
		const made = itemsOf(await run(element(byLinks), { items: two }));
		const ids = made.map(({ json }) => json.elementId);
		expect(new Set(ids).size).toBe(2);
		const items = made.map(({ json }) => ({ json: { taskId: json.taskId ?? '' } }));
		for (const operation of ['get', 'wait']) {
			const read = itemsOf(await run({ resource: 'element', operation }, { items }));
			expect(read.map(({ json, pairedItem }) => [json.elementId, pairedItem])).toEqual(
				ids.map((id, item) => [id, { item }]),
			);
		}
		const listed = itemsOf(await run({ resource: 'element', operation: 'getAll' }, { items: [{}] }));
		expect(listed.map(({ json }) => json.elementId).sort()).toEqual([...ids].sort());
	});

	it('without Simplify, the ID keeps its digits too', async () => {
		const [made] = itemsOf(await run(element(byLinks), { items: two.slice(1) }));
		const parameters = { resource: 'element', operation: 'get', taskId: String(made?.json.taskId), simplify: false };
		const [{ json }] = itemsOf(await run(parameters, { items: [{}] })) as [INodeExecutionData];
		expect(json).toMatchObject({ data: { task_result: { elements: [{ element_id: made?.json.elementId }] } } });
	});

	it('a task that fails says so', async () => {
		control.fates([{ fate: 'failed' }]);
		const error = errorOf(await run(element(byLinks), { items: two.slice(1) }));
		expect(error.message).toMatch(/^Kling could not make the element: /);
	});
});

describe('a callback of Kling does not tell the element', () => {
	const items = [{ json: { images: [view(1)] } }, { json: { images: [view(2)] } }];

	it('Create and Wait for Callback reads it, so that each item has its own', async () => {
		const { suspended, ended } = await n8n.runWaiting({
			node: KLING,
			parameters: suspending('element', byLinks),
			items,
			credentials,
		});
		expect(suspended.status).toBe('waiting');
		const found = itemsOf(await ended);
		expect(found.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(new Set(found.map(({ json }) => json.elementId)).size).toBe(2);
		for (const { json, binary } of found) {
			expect(json.elementId).toMatch(/^8\d{17}$/);
			expect([json.images, json.warnings, binary]).toEqual([[], undefined, undefined]);
		}
	});

	it('so the callback trigger reads it', async () => {
		const [made] = itemsOf(await run(element(byLinks), { items: items.slice(1) }));
		const hook = n8n.webhook({
			node: CALLBACK_TRIGGER,
			parameters: { resource: 'element', options: { verifyByReading: false, requireSignature: false } },
			credentials,
			workflowId: 'elements',
		});
		const body = { task_id: made?.json.taskId, task_status: 'succeed', task_result: {} };
		const answer = await hook.call({ body });
		expect(answer.items).toMatchObject([{ json: { resource: 'element', elementId: made?.json.elementId } }]);
	});
});

it('the polling trigger watches elements when asked to', async () => {
	const trigger = new Activated(n8n, {
		node: 'n8n-nodes-kling-aliyun.klingTrigger',
		parameters: { resources: ['element'] },
		credentials,
	});
	await trigger.poll();
	const [made] = itemsOf(await run(element(byLinks), { items: [{ json: { images: [view(1)] } }] }));
	const { items } = await trigger.poll();
	expect(items?.flat()).toMatchObject([{ json: { resource: 'element', elementId: made?.json.elementId } }]);
});

it('a front photo becomes views, an element, and a scene: one expression for each step', async () => {
	const { output, error } = await n8n.runWorkflow(
		{
			nodes: [
				{ name: 'Start', type: HELPER.start },
				{ name: 'Photos', type: HELPER.items, items: photos({}, {}) },
				{ name: 'Views', type: KLING, parameters: multiShot() },
				{
					name: 'Element',
					type: KLING,
					// The other images are the views that arrive, unless something else is said.
					parameters: { ...names, resource: 'element', frontalImage: "={{ $('Photos').item.binary.data }}" },
				},
				{
					name: 'Scene',
					type: KLING,
					parameters: omni({ prompt: 'The kettle on a stove', options: { elementIds: '={{ $json.elementId }}' } }),
				},
			],
			connections: [
				['Start', 'Photos'],
				['Photos', 'Views'],
				['Views', 'Element'],
				['Element', 'Scene'],
			],
		},
		{ credentials },
	);
	expect(error).toBeUndefined();
	const elements = output('Element').map(({ json }) => json.elementId);
	expect(elements).toHaveLength(2);
	const scenes = output('Scene').map(({ json, pairedItem }) => [json.status, pairedItem]);
	expect(scenes).toEqual([
		['succeeded', { item: 0 }],
		['succeeded', { item: 1 }],
	]);
	const lists = control
		.ledger()
		.flatMap(({ request }) => (request.element_list as Array<{ element_id: string }>) ?? []);
	expect(lists.map(({ element_id }) => element_id).sort()).toEqual([...elements].sort());
	// The views went as the links that the task has given.
	const made = asked().find((request) => 'element_name' in request);
	expect(listOf(made)).toMatchObject({
		frontal_image: { bytes: photo().length },
		refer_images: [1, 2, 3].map(() => ({ image_url: expect.stringMatching(/^http/) })),
	});
});
