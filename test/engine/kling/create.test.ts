/** What a create sends: exactly the fields of the documents, with their types. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { count, create, expand, file, itemsOf, multiImage, multiShot, photo, photos, start } from './support.ts';

const { run, asked, control, provider } = await start();

/** Results are the matter of results.test.ts. */
const submit: typeof run = async (parameters, options) =>
	await run({ ...parameters, waitForCompletion: false }, options);

/** How the ledger shows an image that came as raw base64. */
const stored = (buffer: Buffer, width: number, height: number) => ({
	bytes: buffer.length,
	sha256: createHash('sha256').update(buffer).digest('hex'),
	width,
	height,
});

const coffee = stored(photo('coffee'), 600, 400);
const dogs = stored(photo('dogs'), 700, 840);
const drum = stored(photo('drum'), 720, 703);
const url = (name: string) => `${provider.url}/_sandbox/photos/${name}.jpg`;

describe('exactly these fields are sent', () => {
	it('multiImageToImage with everything set', async () => {
		const parameters = multiImage({
			subjectImages: 'one,two',
			prompt: 'A desk',
			modelName: 'kling-v2',
			aspectRatio: '21:9',
			n: 2,
			sceneImage: 'scene',
			styleImage: url('brushes'),
			options: {
				watermark: true,
				externalTaskId: 'order 1042/ä',
				callbackUrl: `${provider.url}/none`,
				extraBody: '{"negative_prompt":"text"}',
			},
		});
		const binary = { one: file(photo('coffee')), two: file(photo('dogs')), scene: file(photo('drum')) };
		itemsOf(await submit(parameters, { items: [{ binary }] }));
		expect(control.ledger().map(({ request }) => request)).toEqual([
			{
				model_name: 'kling-v2',
				prompt: 'A desk',
				subject_image_list: [{ subject_image: coffee }, { subject_image: dogs }],
				scene_image: drum,
				style_image: url('brushes'),
				n: 2,
				aspect_ratio: '21:9',
				watermark_info: { enabled: true },
				callback_url: `${provider.url}/none`,
				external_task_id: 'order 1042/ä',
				negative_prompt: 'text',
			},
		]);
	});

	it('imageExpansion with everything set', async () => {
		const parameters = expand({
			expansionMode: 'ratios',
			upExpansionRatio: 0.1,
			downExpansionRatio: 0.2,
			leftExpansionRatio: 0.3,
			rightExpansionRatio: 0.4,
			prompt: 'More sky',
			n: 3,
			options: { watermark: false, externalTaskIdPrefix: 'shop-' },
		});
		itemsOf(await submit(parameters));
		expect(control.ledger().map(({ request }) => request)).toEqual([
			{
				image: coffee,
				up_expansion_ratio: 0.1,
				down_expansion_ratio: 0.2,
				left_expansion_ratio: 0.3,
				right_expansion_ratio: 0.4,
				prompt: 'More sky',
				n: 3,
				watermark_info: { enabled: false },
				external_task_id: expect.stringMatching(/^shop-[\w-]{32}$/),
			},
		]);
	});

	it('aiMultiShot', async () => {
		itemsOf(await submit(multiShot()));
		expect(control.ledger().map(({ request }) => request)).toEqual([
			{ element_frontal_image: coffee, external_task_id: expect.stringMatching(/^n8n-[\w-]{32}$/) },
		]);
	});

	it('with the defaults: model and all four ratios always, empty fields never', async () => {
		itemsOf(await submit(multiImage()));
		itemsOf(await submit(expand()));
		expect(asked()).toEqual([
			{ model_name: 'kling-v2-1', subject_image_list: [{ subject_image: coffee }], n: 1, aspect_ratio: '16:9' },
			{
				image: coffee,
				up_expansion_ratio: 0.5,
				down_expansion_ratio: 0,
				left_expansion_ratio: 0,
				right_expansion_ratio: 0,
				n: 1,
			},
		]);
	});
});

describe('images', () => {
	it('of every kind stand side by side in a list', async () => {
		const base64 = photo('drum').toString('base64');
		const list = ['dogs', `data:image/jpeg;base64,${base64}`, url('mountains'), base64];
		itemsOf(
			await submit(multiImage({ subjectImages: '={{ $json.list }}' }), {
				items: [{ json: { list }, binary: { dogs: file(photo('dogs')), other: file() } }],
			}),
		);
		const [{ subject_image_list } = {}] = asked();
		expect(subject_image_list).toEqual(
			[dogs, drum, url('mountains'), drum].map((subject_image) => ({ subject_image })),
		);
	});

	it.each([
		['commas', 'dogs,coffee'],
		['Chinese commas', 'dogs，coffee'],
		['new lines', 'dogs\ncoffee\n'],
		['*', '*'],
	])('of one item by %s', async (_, subjectImages) => {
		const binary = {
			dogs: file(photo('dogs')),
			note: file(Buffer.from('text'), 'a.txt', 'text/plain'),
			coffee: file(),
		};
		itemsOf(await submit(multiImage({ subjectImages }), { items: [{ binary }] }));
		expect(asked()).toMatchObject([{ subject_image_list: [{ subject_image: dogs }, { subject_image: coffee }] }]);
	});

	it('the default takes the only image, whatever its field is called', async () => {
		itemsOf(
			await submit(expand(), {
				items: [{ binary: { image: file(photo('dogs')), note: file(Buffer.from('x'), 'x', 'text/plain') } }],
			}),
		);
		expect(asked()).toMatchObject([{ image: dogs }]);
	});

	it('a field whose name is valid base64 is a field', async () => {
		itemsOf(
			await submit(expand({ image: 'photo123' }), {
				items: [{ binary: { photo123: file(), other: file(photo('dogs')) } }],
			}),
		);
		expect(asked()).toMatchObject([{ image: coffee }]);
	});

	it('are sent byte for byte, also as PNG with a wrong name', async () => {
		const png = await sharp(photo('coffee')).png().toBuffer();
		itemsOf(await submit(expand(), { items: [{ binary: { data: file(png, 'photo.jpg', 'image/jpeg') } }] }));
		expect(asked()).toMatchObject([{ image: stored(png, 600, 400) }]);
	});

	it('URL-safe base64 with line breaks is sent as plain base64', async () => {
		const wrapped = photo('dogs')
			.toString('base64url')
			.replace(/(.{76})/g, '$1\n');
		itemsOf(await submit(multiShot({ image: '={{ $json.text }}' }), { items: [{ json: { text: wrapped } }] }));
		expect(asked()).toMatchObject([{ element_frontal_image: dogs }]);
	});
});

describe('one task from all items', () => {
	const all = { n: 1, options: { imagesFrom: 'allItems' } };
	const items = (['coffee', 'dogs', 'drum'] as const).map((name) => ({
		json: { name },
		binary: { [name]: file(photo(name)) },
	}));

	it.each([
		['*', '*'],
		['the default', 'data'],
		['an expression for each item', '={{ $json.name }}'],
	])('by %s, paired with all of them', async (_, subjectImages) => {
		const output = itemsOf(await run(multiImage({ ...all, subjectImages }), { items }));
		expect(asked()).toMatchObject([
			{ subject_image_list: [coffee, dogs, drum].map((subject_image) => ({ subject_image })) },
		]);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([[{ item: 0 }, { item: 1 }, { item: 2 }]]);
		expect(output[0]?.json.status).toBe('succeeded');
	});

	it('a URL that is the same for all counts once', async () => {
		itemsOf(await submit(multiImage({ ...all, subjectImages: `${url('dogs')}, *` }), { items }));
		expect(asked()[0]?.subject_image_list).toHaveLength(4);
	});
});

describe('expressions', () => {
	it('give each item its own values, numbers also as text', async () => {
		const items = photos(
			...count(3).map(({ number }) => ({ n: `${Number(number) + 1}`, up: `0.${number}5`, words: `No ${number}` })),
		);
		const parameters = expand({
			n: '={{ $json.n }}',
			upExpansionRatio: '={{ $json.up }}',
			prompt: '={{ $json.words }}',
		});
		const output = itemsOf(await submit(parameters, { items }));
		const byPrompt = asked().sort((a, b) => String(a.prompt).localeCompare(String(b.prompt)));
		expect(byPrompt.map(({ n, up_expansion_ratio, prompt }) => [n, up_expansion_ratio, prompt])).toEqual([
			[1, 0.05, 'No 0'],
			[2, 0.15, 'No 1'],
			[3, 0.25, 'No 2'],
		]);
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});

	it('may name any model, and Raw JSON Fields may be an object', async () => {
		const parameters = multiImage({
			modelName: '={{ "kling-v2" }}',
			options: { extraBody: '={{ { negative_prompt: "a", watermark_info: { enabled: true } } }}' },
		});
		const [item] = itemsOf(await run(parameters));
		expect(asked()).toMatchObject([
			{ model_name: 'kling-v2', negative_prompt: 'a', watermark_info: { enabled: true } },
		]);
		expect(item?.json.images).toEqual([
			expect.objectContaining({ watermarkUrl: expect.stringContaining('watermark') }),
		]);
	});
});

it('Execute Once submits the first item only', async () => {
	itemsOf(await submit(expand(), { items: photos(...count(3)), executeOnce: true }));
	expect(control.ledger()).toHaveLength(1);
});

it('every resource signs in with the key of the credential', async () => {
	for (const resource of ['multiImageToImage', 'imageExpansion', 'aiMultiShot']) await submit(create(resource));
	expect(new Set(control.requests().map(({ authorization, status }) => `${authorization} ${status}`))).toEqual(
		new Set(['key 200']),
	);
});
