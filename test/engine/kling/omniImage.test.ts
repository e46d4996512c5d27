/** Omni Image: single images and series, from text, images and elements. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { count, errorOf, factsOf, file, itemsOf, KLING, omni, photo, photos, smallPhotos, start } from './support.ts';

const { run, n8n, control, provider, creates, asked, unknown, mostAtOnce } = await start();
const { credentials } = provider;

const RESOURCE = 'omniImage';
const ELEMENT = '829836802793406551';
const url = (name: string) => `${provider.url}/_sandbox/photos/${name}.jpg`;
const series = (change: INodeParameters & { options?: INodeParameters } = {}) =>
	omni({ resultType: 'series', ...change });

const submit: typeof run = async (parameters, options) =>
	await run({ ...parameters, waitForCompletion: false }, options);

/** Items with two photographs in `one` and `two`. */
const pairs = (...jsons: IDataObject[]) =>
	jsons.map((json) => ({ json, binary: { one: file(photo('dogs')), two: file(photo('drum')) } }));

describe('exactly these fields are sent', () => {
	const usual = { prompt: 'A red kettle', model_name: 'kling-v3-omni', resolution: '1k', result_type: 'single', n: 1 };

	it('from text alone: a ratio, because auto is refused there, and no list', async () => {
		control.settings({ omniAutoRatio: 'refuse', emptyList: 'refuse' });
		const parameters = omni({ images: '={{ $json.none ?? [] }}' });
		itemsOf(await submit(omni()));
		itemsOf(await submit(parameters));
		itemsOf(await submit(omni({ images: ' ,\n' })));
		expect(asked()).toEqual(Array(3).fill({ ...usual, aspect_ratio: '16:9' }));
	});

	it('from text alone the ratio that was chosen', async () => {
		itemsOf(await submit(omni({ aspectRatio: '1:1' })));
		expect(asked()).toEqual([{ ...usual, aspect_ratio: '1:1' }]);
	});

	it('from images, in their order: the ratio stays theirs', async () => {
		itemsOf(await submit(omni({ images: `two, ${url('coffee')}, one`, n: 2, resolution: '4k' }), { items: pairs({}) }));
		expect(asked()).toMatchObject([{ ...usual, n: 2, resolution: '4k', aspect_ratio: 'auto' }]);
		const list = asked()[0]?.image_list as Array<{ image: { width?: number } | string }>;
		expect(list.map(({ image }) => (typeof image === 'string' ? image : image.width))).toEqual([
			720,
			url('coffee'),
			700,
		]);
		expect(asked()[0]).not.toHaveProperty('series_amount');
	});

	it('a series has its own number of images, and not the other one', async () => {
		itemsOf(await submit(series({ images: url('coffee'), n: 7, seriesAmount: 3 })));
		itemsOf(await submit(series({ images: url('coffee'), seriesAmount: 0 })));
		expect(asked().map(({ result_type, n, series_amount }) => [result_type, n, series_amount])).toEqual([
			['series', undefined, 3],
			['series', undefined, 'auto'],
		]);
	});

	it('where the result type is an expression, each item has the number that applies', async () => {
		const parameters = omni({ resultType: '={{ $json.type }}', n: 2, seriesAmount: 5 });
		itemsOf(await submit(parameters, { items: photos({ type: 'single' }, { type: 'series' }) }));
		const numbers = asked().map(({ n, series_amount }) => [n, series_amount]);
		expect(numbers).toContainEqual([2, undefined]);
		expect(numbers).toContainEqual([undefined, 5]);
	});

	it('elements as numbers, to the digit, with a watermark', async () => {
		control.settings({ unknownElement: 'failTask', elementIdAsString: 'refuse' });
		itemsOf(await submit(omni({ options: { elementIds: ELEMENT, watermark: true } })));
		expect(asked()).toEqual([
			{ ...usual, aspect_ratio: 'auto', element_list: [{ element_id: ELEMENT }], watermark_info: { enabled: true } },
		]);
	});

	it('one task from the images of all items', async () => {
		const parameters = omni({ images: '*', options: { imagesFrom: 'allItems' } });
		const items = itemsOf(await run(parameters, { items: pairs({}, {}) }));
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([[{ item: 0 }, { item: 1 }]]);
		expect(asked().map(({ image_list }) => (image_list as unknown[]).length)).toEqual([4]);
	});

	it('the images of another node chain as they are', async () => {
		const images = [
			{ index: 0, url: url('coffee') },
			{ index: 1, url: url('dogs') },
		];
		itemsOf(await submit(omni({ images: '={{ $json.images }}' }), { items: [{ json: { images } }] }));
		expect(asked()).toMatchObject([{ image_list: images.map(({ url: image }) => ({ image })) }]);
	});
});

describe('the operations', () => {
	it('create, get, wait and get many give a series in `images`, in order, with its type', async () => {
		const parameters = series({ images: 'data', seriesAmount: 2, prompt: '={{ "number " + $json.number }}' });
		const created = itemsOf(await run(parameters, { items: smallPhotos(...count(2)) }));
		for (const [index, { json, binary, pairedItem }] of created.entries()) {
			expect(json).toMatchObject({ resource: RESOURCE, status: 'succeeded', resultType: 'series', unitsDeducted: 16 });
			expect((json.images as IDataObject[]).map(({ index: place }) => place)).toEqual([0, 1]);
			expect([Object.keys(binary ?? {}), pairedItem]).toEqual([['image', 'image_1'], { item: index }]);
		}
		const ids = created.map(({ json }) => json.taskId);
		for (const operation of ['get', 'wait']) {
			const items = ids.map((taskId) => ({ json: { taskId } as IDataObject }));
			const read = itemsOf(await run({ resource: RESOURCE, operation }, { items }));
			expect(read.map(({ json }) => [json.resultType, (json.images as unknown[]).length])).toEqual([
				['series', 2],
				['series', 2],
			]);
		}
		const listed = itemsOf(await run({ resource: RESOURCE, operation: 'getAll', returnAll: true }));
		expect(listed.map(({ json }) => [json.resultType, (json.images as unknown[]).length])).toEqual([
			['series', 2],
			['series', 2],
		]);
	});

	it.each([
		['absent', false],
		['null', false],
		['empty', true],
	] as const)('equal images count once, whatever the unused array is (%s)', async (unusedImages, seriesMirrored) => {
		control.settings({ unusedImages, seriesMirrored });
		const [one] = itemsOf(await run(series({ seriesAmount: 2, downloadImages: false })));
		expect(one?.json).toMatchObject({ resultType: 'series', images: [{ index: 0 }, { index: 1 }] });
		const [single] = itemsOf(await run(omni({ downloadImages: false })));
		expect(single?.json).toMatchObject({ resultType: 'single', images: [{ index: 0 }] });
	});

	it('a series that the model decides on has the images there are', async () => {
		control.settings({ autoSeriesCount: 6 });
		const [one] = itemsOf(await run(series({ seriesAmount: 0, downloadImages: false })));
		expect([(one?.json.images as unknown[]).length, one?.json.unitsDeducted]).toEqual([6, 48]);
	});
});

describe('what the service would refuse or charge in vain is refused before anything is sent', () => {
	const o1 = { modelName: 'kling-image-o1' };
	const eleven = Array.from({ length: 11 }, (_, index) => `https://example.test/${index}.png`).join('\n');
	const CASES: Array<[string, INodeParameters, RegExp]> = [
		['no prompt', omni({ prompt: '={{ "" }}' }), /^Prompt is empty, but it must say what the image should show$/],
		[
			'a prompt of 2,501 characters',
			omni({ prompt: '字'.repeat(2501) }),
			/^Prompt is .* but it has 2501 characters \(at most 2500\)$/,
		],
		[
			'a series with the wrong model',
			omni({ ...o1, resultType: 'series' }),
			/^Result Type "series" does not work with the model Kling Image O1$/,
		],
		[
			'4k with the wrong model',
			omni({ ...o1, resolution: '4k' }),
			/^Resolution "4k" does not work with the model Kling Image O1$/,
		],
		[
			'a result type that there is not',
			omni({ resultType: '={{ "film" }}' }),
			/^Result Type is "film", but it must be single, series/,
		],
		[
			'a series of one',
			series({ seriesAmount: 1 }),
			/^Images in Series is "1", but it must be a whole number from 2 to 9, or 0 \(auto\)$/,
		],
		['a series of ten', series({ seriesAmount: 10 }), /^Images in Series is "10"/],
		['a series of words', series({ seriesAmount: '={{ "many" }}' }), /^Images in Series is "many"/],
		['n = 0', omni({ n: 0 }), /^Number of Images is "0"/],
		['eleven images', omni({ images: eleven }), /^Images: there are 11 images, and at most 10 are allowed/],
		[
			'eleven images and elements',
			omni({ images: eleven.slice(0, eleven.lastIndexOf('\n')), options: { elementIds: ELEMENT } }),
			/^Images and Element IDs: 10 images and 1 element, but at most 10 together$/,
		],
		['an unknown image', omni({ images: 'phto' }), /^Images: "phto" is neither a URL nor a binary field/],
		[
			'an element ID that has lost digits',
			omni({ options: { elementIds: `={{ ${ELEMENT} }}` } }),
			/^Element IDs is "829836802793406600", but it has lost digits: keep the IDs as text$/,
		],
	];

	it.each(CASES)('%s', async (_, parameters, message) => {
		const error = errorOf(await run(parameters));
		expect(error.message).toMatch(message);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(control.requests()).toEqual([]);
	});

	it('one bad item of two with Continue: the other one goes its way', async () => {
		const parameters = omni({ resolution: '={{ $json.resolution }}', ...o1 });
		const items = photos({ resolution: '4k' }, { resolution: '2k' });
		expect(errorOf(await run(parameters, { items })).description).toContain('Choose Kling V3 Omni as Model');
		expect(creates()).toEqual([]);
		const [bad, good] = itemsOf(await run(parameters, { items, onError: 'continueRegularOutput' }));
		expect(bad?.json).toMatchObject({
			error: expect.stringMatching(/^Resolution "4k" does not work with the model Kling Image O1$/),
		});
		expect([good?.json.status, good?.pairedItem]).toEqual(['succeeded', { item: 1 }]);
	});

	it('another model by expression is for the service to judge', async () => {
		const error = errorOf(await run(series({ modelName: '={{ "kling-v9-omni" }}', resolution: '4k' })));
		expect(error.message).toMatch(
			/^Kling refused to make the image: the model or the address does not exist: .*kling-v9-omni/,
		);
		expect(factsOf(error)).toMatchObject({ code: 1203, taskState: 'not-created' });
		expect(error.description).toContain('(kling-v3-omni, kling-image-o1)');
	});
});

describe('a prompt that names what is not there', () => {
	it('is a warning in the item, and is sent as it is', async () => {
		const prompt = 'Put <<<image_2>>> and <<<image_3>>> beside <<element_1>>, like <<<image_1>>>, <<<image_0>>>';
		const [item] = itemsOf(await run(omni({ prompt, images: 'one, two' }), { items: pairs({}) }));
		expect(asked()).toMatchObject([{ prompt }]);
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			warnings: [
				'The prompt names <<<image_3>>>, but there are 2 images.',
				'The prompt names <<element_1>>, but there is no element.',
				'The prompt names <<<image_0>>>, but there are 2 images.',
			],
		});
	});

	it('none where all are there', async () => {
		const prompt = '<<<image_1>>> in the style of <<<image_2>>>';
		const [item] = itemsOf(await run(omni({ prompt, images: '*' }), { items: pairs({}) }));
		expect(item?.json).not.toHaveProperty('warnings');
	});
});

describe('money', () => {
	it('lost answers are looked up before anything is sent again', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const items = itemsOf(
			await run(series({ prompt: '={{ "number " + $json.number }}' }), { items: photos(...count(2)) }),
		);
		expect(items.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect([creates().length, control.ledger().length]).toEqual([2, 2]);
	});

	it.each([
		['a series takes as many slots as it has images', { seriesAmount: 5 }],
		['a series that the model decides on takes nine', { seriesAmount: 0 }],
	])('%s', async (_, change) => {
		control.settings({ slots: 9, taskMs: [300, 300], autoSeriesSlots: 'maximum' });
		const parameters = series({ ...change, downloadImages: false, prompt: '={{ "number " + $json.number }}' });
		itemsOf(await run(parameters, { items: photos(...count(3)), credentials: unknown() }));
		expect([control.ledger().length, mostAtOnce()]).toEqual([3, 1]);
	});
});

describe('an agent', () => {
	it('makes a series by prompt and result type', async () => {
		const parameters = {
			resource: RESOURCE,
			operation: 'create',
			prompt: "={{ $fromAI('prompt') }}",
			resultType: "={{ $fromAI('type') }}",
			seriesAmount: "={{ $fromAI('amount', '', 'number') }}",
			images: "={{ $fromAI('image') }}",
			downloadImages: false,
			options: { pollInterval: 0.1 },
		};
		const call = { prompt: 'Four seasons of <<<image_1>>>', type: 'series', amount: 2, image: url('coffee') };
		const { answers } = await n8n.runAsTool({ node: KLING, credentials, parameters, calls: [[call]] });
		expect((answers[0]?.answer as IDataObject[])[0]).toMatchObject({ status: 'succeeded', resultType: 'series' });
		expect(asked()).toMatchObject([
			{ result_type: 'series', series_amount: 2, image_list: [{ image: url('coffee') }] },
		]);
	});
});
