import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider, type Settings } from '../../../../sandbox/provider';
import { load } from '../support/http';
import { finished, omni, post } from '../support/kling';
import { base64 } from '../support/pictures';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ slots: 500, taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const create = async (change: Record<string, unknown>) =>
	await post(provider, omni, { prompt: 'a red kettle', ...change });
const url = 'http://127.0.0.1:9/a.jpg';
const images = (count: number) => Array(count).fill({ image: url });
const able = { model_name: 'kling-v3-omni' };
const series = { ...able, aspect_ratio: '1:1', result_type: 'series' };

test.each([
	['prompt', undefined],
	['prompt', 'a'.repeat(2501)],
	['negative_prompt', ''],
	['image_fidelity', 0.5],
	['image_list', url],
	['image_list[0].image', [{}]],
	['image_list[0].image_url', [{ image_url: url }]],
	['element_list[0].element_id', [{ element_id: '' }]],
	['resolution', '8k'],
	['result_type', 'many'],
	['n', 10],
	['series_amount', 1],
	['series_amount', 10],
	['series_amount', '4'],
	['aspect_ratio', '5:4'],
])('refuses %s: %j', async (name, value) => {
	const { status, json } = await create({ [name.split('[')[0]!]: value });
	expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
	expect(json.message).toContain(name);
	expect(provider.control.ledger()).toEqual([]);
});

test('takes every field at once, and either model', async () => {
	const both = { image_list: images(10), n: 9, series_amount: 'auto', aspect_ratio: 'auto' };
	expect((await create({ ...both, ...able, resolution: '4k', result_type: 'series' })).json.code).toBe(0);
	expect((await create({ ...both, model_name: 'kling-image-o1', resolution: '2k' })).json.code).toBe(0);
	expect((await create({ ...both, model_name: 'kling-v3' })).json.code).toBe(1203);
});

test.each<[string, Record<string, unknown>, Partial<Settings>]>([
	['series', { result_type: 'series' }, { unsupportedField: 'failTask' }],
	['4k', { resolution: '4k' }, { unsupportedField: 'failTask' }],
	['total number', { image_list: images(11) }, { tooManyReferences: 'failTask' }],
])('%s is refused: %j; or fails the task by setting', async (word, change, settings) => {
	expect((await create(change)).json).toMatchObject({ code: 1201, message: expect.stringContaining(word) });
	provider.control.settings(settings);
	const { json } = await finished(provider, omni, { ...change, image_list: images(0).concat(change.image_list ?? []) });
	expect(json.data.task_status).toBe('failed');
	if (!change.image_list) expect(json.data.task_status_msg).toContain(word);
});

test('what the model does not have may be ignored: a series is single then, 4k is 2k', async () => {
	provider.control.settings({ unsupportedField: 'ignore' });
	const { json } = await finished(provider, omni, { result_type: 'series', resolution: '4k', n: 2 });
	const { result_type, images: pictures } = json.data.task_result;
	expect([result_type, pictures.length]).toEqual(['single', 2]);
	expect(await sharp(await load(pictures[0].url)).metadata()).toMatchObject({ width: 2048 });
});

test('auto from text alone is 16:9 with kling-v3-omni, or refused by setting', async () => {
	const { json } = await finished(provider, omni, able);
	expect(await sharp(await load(json.data.task_result.images[0].url)).metadata()).toMatchObject({
		width: 1024,
		height: 576,
	});
	provider.control.settings({ omniAutoRatio: 'refuse' });
	expect((await create(able)).json).toMatchObject({ code: 1201, message: expect.stringContaining('auto') });
	expect((await create({ model_name: 'kling-image-o1' })).json.code).toBe(0);
	expect((await create({ ...able, image_list: images(1) })).json.code).toBe(0);
});

test('auto beside an image is its ratio, and 4k is four times as large', async () => {
	const { json } = await finished(provider, omni, {
		...able,
		resolution: '4k',
		image_list: [{ image: await base64(600, 300) }],
	});
	expect(await sharp(await load(json.data.task_result.images[0].url)).metadata()).toMatchObject({
		width: 4096,
		height: 2048,
	});
	expect(json.data.final_unit_deduction).toBe('16');
});

test.each([
	['<<<image_3>>>', true],
	['<<image_3>>', true],
	['<<<image_0>>>', true],
	['<<<element_1>>>', true],
	['<<<object_1>>>', true],
	['<<<image_1>>> and <<image_2>>', false],
	['image_3', false],
])('%s in the prompt with two images: refused by setting: %s', async (prompt, dangling) => {
	const body = { prompt, image_list: images(2) };
	expect((await create(body)).json.code).toBe(0);
	provider.control.settings({ danglingReference: 'refuse' });
	expect((await create(body)).json.code).toBe(dangling ? 1201 : 0);
});

test.each([
	[{ series_amount: 2, n: 9 }, 2, 2],
	[{}, 4, 4],
	[{ series_amount: 'auto' }, 4, 4],
])('a series of %j has %i pictures and takes as many slots, whatever n says', async (change, count, slots) => {
	provider.control.settings({ slots });
	const { json } = await finished(provider, omni, { ...series, ...change });
	const { result_type, images: single, series_images } = json.data.task_result;
	expect([result_type, single, series_images.length]).toEqual(['series', [], count]);
	expect(series_images[1]).toEqual({ index: 1, url: expect.any(String) });
	expect(json.data.final_unit_deduction).toBe(String(8 * count));
	expect((await load(series_images[count - 1].url)).length).toBeGreaterThan(1000);
	provider.control.settings({ slots: slots - 1 });
	expect((await create({ ...series, ...change })).json.code).toBe(1303);
});

test('a series whose length the model decides may take nine slots', async () => {
	provider.control.settings({ autoSeriesCount: 3, autoSeriesSlots: 'maximum', slots: 9 });
	const { json } = await create({ ...series, series_amount: 'auto' });
	expect((await create({})).json.code).toBe(1303);
	expect(await provider.control.finish(json.data.task_id)).toMatchObject({ n: 3, chargedUnits: 24 });
	expect((await create({})).json.code).toBe(0);
});

test('a series from text alone may be refused', async () => {
	expect((await create(series)).json.code).toBe(0);
	provider.control.settings({ seriesFromText: 'refuse' });
	expect((await create(series)).json.code).toBe(1201);
	expect((await create({ ...series, image_list: images(1) })).json.code).toBe(0);
});

test.each<[Partial<Settings>, object, object]>([
	[{}, { images: [], series_images: [{}] }, { images: [{}], series_images: [] }],
	[{ unusedImages: 'absent' }, { series_images: [{}] }, { images: [{}] }],
	[{ unusedImages: 'null' }, { images: null, series_images: [{}] }, { images: [{}], series_images: null }],
	[{ seriesMirrored: true }, { images: [{}], series_images: [{}] }, { images: [{}], series_images: [] }],
])('with %j task_result of a series and of a single task', async (settings, ofSeries, ofSingle) => {
	provider.control.settings({ partialResult: 1, ...settings });
	const result = async (change: object) => {
		const { json } = await finished(provider, omni, { ...series, ...change });
		return JSON.parse(JSON.stringify(json.data.task_result, (key, value) => (/^\d+$/.test(key) ? {} : value)));
	};
	expect(await result({})).toEqual({ result_type: 'series', ...ofSeries });
	expect(await result({ result_type: 'single' })).toEqual({ result_type: 'single', ...ofSingle });
});
