/** What result files are called, and what the task object says of them, for every resource. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { NODE } from '../../harness/graph.ts';
import type { InputItem } from '../../harness/index.ts';
import { create, expand, file, generate, itemsOf, KLING, multiImage, photo, start } from './support.ts';

const { run, n8n, control, provider, created } = await start();

const named = (fileName: string, json = {}): InputItem => ({ json, binary: { data: { ...file(), fileName } } });
const filesOf = (item: { binary?: Record<string, { fileName?: string }> } | undefined) =>
	Object.values(item?.binary ?? {}).map(({ fileName }) => fileName);

/** The keys that people look for first. */
const FIRST = ['status', 'images', 'url', 'taskId', 'unitsDeducted', 'expiresAt', 'warnings'];

describe.each(['imageExpansion', 'imageGeneration', 'multiImageToImage', 'omniImage', 'aiMultiShot'])(
	'%s',
	(resource) => {
		const withImage = { imageGeneration: { image: 'data' }, omniImage: { images: 'data' } }[resource] ?? {};

		it.each(['perTask', 'perImage'])('gives its files the name of the input and a number (%s)', async (outputItems) => {
			const items = [named('Red shoe.jpg'), named('kettle.jpeg')];
			const result = await run(create(resource, { ...withImage, options: { outputItems } }), { items });
			const made = itemsOf(result);
			for (const [index, stem] of ['Red shoe', 'kettle'].entries()) {
				const own = made.filter(({ pairedItem }) => (pairedItem as { item: number }).item === index);
				const all = own.flatMap(filesOf);
				expect(all.length).toBeGreaterThan(0);
				expect(all).toEqual(all.map((_, number) => `${stem}_${number + 1}.png`));
			}
			for (const { json } of made) {
				const keys = Object.keys(json);
				const first = FIRST.filter((key) => key in json);
				expect(keys.slice(0, first.length)).toEqual(first);
				expect(first).toEqual(expect.arrayContaining(['status', 'images', 'taskId', 'expiresAt']));
			}
		});

		it('says the true size of each image, beside the field that holds it', async () => {
			const result = await run(create(resource, withImage));
			for (const item of itemsOf(result)) {
				for (const image of item.json.images as Array<Record<string, unknown>>) {
					const { width, height } = await sharp(await n8n.binary(item, String(image.binaryField))).metadata();
					expect(image).toMatchObject({ width, height, url: expect.stringMatching(/^http/) as string });
				}
			}
		});

		it('without downloads it says no size', async () => {
			const [item] = itemsOf(await run(create(resource, { ...withImage, downloadImages: false })));
			for (const image of item?.json.images as object[]) {
				expect(Object.keys(image)).not.toContain('width');
				expect(Object.keys(image)).not.toContain('binaryField');
			}
		});
	},
);

describe('the name of a file', () => {
	it('of an image made of text alone is the ID of the task', async () => {
		const [item] = itemsOf(await run(generate(), { items: [{ json: {} }] }));
		expect(filesOf(item)).toEqual([`${String(item?.json.taskId)}_1.png`]);
	});

	it('after a URL is its last part, after base64 the ID of the task', async () => {
		const base64 = photo().toString('base64');
		const items = [{ json: { image: `${provider.url}/_sandbox/photos/coffee.jpg?w=1` } }, { json: { image: base64 } }];
		const made = itemsOf(await run(expand({ image: '={{ $json.image }}' }), { items }));
		expect(made.map(filesOf)).toEqual([['coffee_1.png'], [`${String(made[1]?.json.taskId)}_1.png`]]);
	});

	it('is that of the first image where there are several', async () => {
		const items = [
			{ json: {}, binary: { a: { ...file(), fileName: 'left.png' }, b: { ...file(), fileName: 'right.png' } } },
		];
		const [item] = itemsOf(await run(multiImage({ subjectImages: '*', n: 2 }), { items }));
		expect(filesOf(item)).toEqual(['left_1.png', 'left_2.png']);
	});

	it('tells watermarked files apart', async () => {
		const [item] = itemsOf(await run(expand({ n: 2, options: { watermark: true } }), { items: [named('shoe.jpg')] }));
		expect(filesOf(item)).toEqual(['shoe_1.png', 'shoe_1_watermark.png', 'shoe_2.png', 'shoe_2_watermark.png']);
	});

	it('has the ending of what the file is', async () => {
		control.settings({ resultFormat: 'webp' });
		const [item] = itemsOf(await run(expand(), { items: [named('shoe.jpg')] }));
		expect(filesOf(item)).toEqual(['shoe_1.webp']);
		expect(item?.binary?.image).toMatchObject({ mimeType: 'image/webp' });
	});

	it('is what File Name says, for each item by itself; where it is empty, the name of the input', async () => {
		const items = ['2026/Summer: hero.png', '夏の靴', '👟 new', 'x'.repeat(300), '', 12].map((name) =>
			named('shoe.jpg', { name }),
		);
		const made = itemsOf(await run(expand({ options: { fileName: '={{ $json.name }}' } }), { items }));
		expect(made.map(filesOf)).toEqual(
			['2026_Summer_ hero', '夏の靴', '👟 new', 'x'.repeat(94), 'shoe', '12'].map((stem) => [`${stem}_1.png`]),
		);
	});

	it('that is no text fails its item, and nothing is sent for it', async () => {
		const items = [named('shoe.jpg', { name: { a: 1 } }), named('shoe.jpg', { name: 'good' })];
		const parameters = expand({ options: { fileName: '={{ $json.name }}' } });
		const [failed, good] = itemsOf(await run(parameters, { items, onError: 'continueRegularOutput' }));
		expect(failed?.json).toMatchObject({
			error: expect.stringContaining('File Name') as string,
			details: { taskState: 'not-created' },
		});
		expect(filesOf(good)).toEqual(['good_1.png']);
		expect(created(1)).toBe(true);
	});

	it('does not decide what is bought: another name is the same task again', async () => {
		const parameters = (fileName: string) => expand({ options: { fileName, reuseResults: 'always' } });
		const items = [named('shoe.jpg')];
		const [first] = itemsOf(await run(parameters('one'), { items, nodeId: 'step' }));
		const [again] = itemsOf(await run(parameters('two'), { items, nodeId: 'step' }));
		expect([filesOf(first), filesOf(again)]).toEqual([['one_1.png'], ['two_1.png']]);
		expect(again?.json.taskId).toBe(first?.json.taskId);
	});

	it.each(['get', 'wait'])('by %s is the ID of the task', async (operation) => {
		const [submitted] = itemsOf(await run(expand({ waitForCompletion: false })));
		const taskId = String(submitted?.json.taskId);
		await control.finish(taskId);
		const parameters = { resource: 'imageExpansion', operation, downloadImages: true };
		const items = [{ json: { taskId } }];
		const result = await n8n.run({ node: KLING, parameters, items, credentials: provider.credentials });
		expect(filesOf(itemsOf(result)[0])).toEqual([`${taskId}_1.png`]);
	});

	it('by Wait for Completion is what File Name says', async () => {
		const [submitted] = itemsOf(await run(expand({ waitForCompletion: false })));
		const parameters = { resource: 'imageExpansion', operation: 'wait', options: { fileName: '={{ $json.name }}' } };
		const items = [{ json: { taskId: submitted?.json.taskId, name: 'hero' } }];
		expect(filesOf(itemsOf(await run(parameters, { items }))[0])).toEqual(['hero_1.png']);
	});
});

describe('what is not finished', () => {
	const hintOf = (result: Awaited<ReturnType<typeof run>>) => result.hints(NODE).filter((hint) => /task/.test(hint));
	const later = 'Get the result later: the operation Wait for Completion takes these items as they are.';

	it('is said above the output, and each item says its status first', async () => {
		control.fates([{ match: { promptIncludes: 'slow' }, fate: 'stuck', taskMs: 600_000 }]);
		const items = ['slow', 'quick', 'slow', 'quick', 'quick'].map((prompt) => named('shoe.jpg', { prompt }));
		const parameters = expand({ prompt: '={{ $json.prompt }}', downloadImages: false, options: { timeout: 0.02 } });
		const result = await run(parameters, { items });
		expect(hintOf(result)).toEqual([`2 of 5 tasks are still running. ${later}`]);
		for (const { json } of itemsOf(result)) expect(Object.keys(json)[0]).toBe('status');
	});

	it('is said of the items that did not fail, with Continue On Fail', async () => {
		control.fates([
			{ match: { promptIncludes: 'storm' }, fate: 'failed' },
			{ match: { promptIncludes: 'slow' }, fate: 'stuck', taskMs: 600_000 },
		]);
		const items = ['storm', 'slow'].map((prompt) => named('shoe.jpg', { prompt }));
		const parameters = expand({ prompt: '={{ $json.prompt }}', downloadImages: false, options: { timeout: 0.02 } });
		const result = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(hintOf(result)).toEqual([`The task is still running. ${later}`]);
	});

	it('by Get too; a task that failed there is said to have failed', async () => {
		control.fates([{ fate: 'stuck', taskMs: 600_000 }]);
		const submitted = itemsOf(
			await run(expand({ waitForCompletion: false }), { items: [named('a.jpg'), named('b.jpg')] }),
		);
		await control.finish(String(submitted[0]?.json.taskId), 'failed');
		const items = submitted.map(({ json: { taskId } }) => ({ json: { taskId } }));
		const result = await run({ resource: 'imageExpansion', operation: 'get' }, { items });
		expect(hintOf(result)).toEqual([
			`1 of 2 tasks is still running. ${later}`,
			'1 of 2 tasks failed. Look at statusMessage of the item.',
		]);
	});

	it('nothing is said where all is there', async () => {
		expect(hintOf(await run(expand(), { items: [named('a.jpg'), named('b.jpg')] }))).toEqual([]);
	});
});
