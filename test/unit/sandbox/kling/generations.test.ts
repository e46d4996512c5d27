import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider, type Settings } from '../../../../sandbox/provider';
import { load } from '../support/http';
import { finished, generations, post } from '../support/kling';
import { base64 } from '../support/pictures';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ slots: 500, taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const create = async (change: Record<string, unknown>) =>
	await post(provider, generations, { prompt: 'a red kettle', ...change });
const url = 'http://127.0.0.1:9/a.jpg';
const v2 = { model_name: 'kling-v2-1' };

test.each([
	['prompt', undefined],
	['prompt', ''],
	['prompt', 'a'.repeat(2501)],
	['negative_prompt', 'a'.repeat(2501)],
	['image', 7],
	['image_reference', 'style'],
	['image_fidelity', 1.1],
	['image_fidelity', '0.5'],
	['human_fidelity', -0.1],
	['element_list', 'x'],
	['element_list[0]', [5]],
	['element_list[0].element_id', [{}]],
	['element_list[0].element_id', [{ element_id: 1.5 }]],
	['element_list[0].element_id', [{ element_id: -1 }]],
	['element_list[0].weight', [{ element_id: 1, weight: 1 }]],
	['resolution', '4k'],
	['resolution', '1K'],
	['n', 10],
	['aspect_ratio', 'auto'],
	['watermark_info', true],
])('refuses %s: %j', async (name, value) => {
	const { status, json } = await create({ [name.split('[')[0]!]: value });
	expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
	expect(json.message).toContain(name);
	expect(provider.control.ledger()).toEqual([]);
});

test('takes every field of a model at once', async () => {
	const all = { negative_prompt: '', image: url, n: 9, resolution: '2k', aspect_ratio: '21:9' };
	const people = { image_reference: 'subject', image_fidelity: 0, human_fidelity: 1 };
	expect((await create({ ...all, ...people, ...v2, watermark_info: { enabled: false } })).json.code).toBe(0);
	expect((await create({ negative_prompt: 'rain', model_name: 'kling-v3', element_list: [] })).json.code).toBe(0);
});

test('image_reference needs an image', async () => {
	const { json } = await create({ ...v2, image_reference: 'face' });
	expect(json).toMatchObject({ code: 1201, message: 'image is required when image_reference is set' });
});

test.each<[string, Record<string, unknown>, Partial<Settings>]>([
	['image_reference', { image: url, image_reference: 'face' }, { unsupportedField: 'ignore' }],
	['image_fidelity', { image_fidelity: 0 }, { unsupportedField: 'ignore' }],
	['human_fidelity', { human_fidelity: 0.45 }, { unsupportedField: 'ignore' }],
	['element_list', { ...v2, element_list: [{ element_id: 1 }] }, { unsupportedField: 'ignore' }],
	['negative_prompt', { image: url, negative_prompt: 'a' }, { negativeWithImage: 'ignore' }],
])('%s where it does not belong is refused, or ignored by setting: %j', async (field, change, lenient) => {
	const { status, json } = await create(change);
	expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
	expect(json.message).toContain(field);
	provider.control.settings(lenient);
	expect((await create(change)).json.code).toBe(0);
});

test.each<[string, Record<string, unknown>, Partial<Settings>]>([
	['image_fidelity', { image_fidelity: 0 }, { unsupportedField: 'failTask' }],
	['total number', { element_list: Array(11).fill({ element_id: 1 }) }, { tooManyReferences: 'failTask' }],
	['1234567890123456789', { element_list: [{ element_id: '1234567890123456789' }] }, { unknownElement: 'failTask' }],
])('a flaw that shows later fails the task by setting: %s', async (word, change, settings) => {
	expect((await create(change)).json).toMatchObject({ code: 1201, message: expect.stringContaining(word) });
	provider.control.settings({ unknownElement: 'failTask', ...settings });
	const { json } = await finished(provider, generations, change);
	expect(json.data).toMatchObject({ task_status: 'failed', task_status_msg: expect.stringContaining(word) });
	expect(provider.control.ledger()[0]).toMatchObject({ status: 'failed', chargedUnits: 0 });
});

test('an image and nine elements are ten references, ten elements beside it are too many', async () => {
	const elements = (count: number) => Array(count).fill({ element_id: 1 });
	provider.control.settings({ unknownElement: 'failTask' });
	expect((await create({ image: url, element_list: elements(9) })).json.code).toBe(0);
	expect((await create({ image: url, element_list: elements(10) })).json.code).toBe(1201);
});

test('the ledger has an element ID with every digit as text, and a number sent as text may be refused', async () => {
	provider.control.settings({ unknownElement: 'failTask' });
	const list = '[{"element_id":829836802793406551},{"element_id":161},{"element_id":"829836802793406553"}]';
	const send = async () =>
		await post(provider, generations, `{"prompt":"a \\"1234567890123456789\\"","element_list":${list}}`);
	expect((await send()).json.code).toBe(0);
	expect(provider.control.ledger()[0]!.request).toEqual({
		prompt: 'a "1234567890123456789"',
		element_list: ['829836802793406551', '161', '829836802793406553'].map((element_id) => ({ element_id })),
	});
	provider.control.settings({ elementIdAsString: 'refuse' });
	expect((await send()).json).toMatchObject({
		code: 1201,
		message: 'element_list[2].element_id must be a long integer',
	});
});

test('an empty element_list may be refused', async () => {
	provider.control.settings({ emptyList: 'refuse' });
	expect((await create({ element_list: [] })).json.code).toBe(1201);
});

test.each([
	['kling-v1', 'discontinued'],
	['kling-v1-5', 'discontinued'],
	['kling-v2', 'discontinued'],
	['kling-v2-new', 'discontinued'],
	['kling-v3-omni', 'not found'],
])('model %s is 404 / 1203: %s', async (model_name, words) => {
	const { status, json } = await create({ model_name });
	expect({ status, json }).toMatchObject({
		status: 404,
		json: { code: 1203, message: expect.stringContaining(words) },
	});
});

test('models retire by setting, and an empty model_name may stand for one', async () => {
	provider.control.settings({ retiredModels: ['kling-v3'] });
	expect((await create({})).json.message).toBe(
		"The model 'kling-v3' has been discontinued and is no longer available.",
	);
	provider.control.settings({ retiredModels: ['kling-v1'], defaultImageModel: 'discontinued' });
	expect((await create({ model: 'kling-v3' })).json.code).toBe(1203);
	expect((await create({ model_name: 'kling-v3' })).json.code).toBe(0);
});

test.each([
	[{}, 8],
	[{ resolution: '2k', n: 3 }, 24],
	[{ ...v2, n: 2 }, 8],
	[{ ...v2, withImage: true, n: 2 }, 16],
])('%j costs %i units and takes n slots', async ({ withImage, ...change }: Record<string, unknown>, units) => {
	const image = withImage ? { image: await base64() } : {};
	const { json } = await finished(provider, generations, { ...change, ...image });
	expect(json.data).toMatchObject({ task_status: 'succeed', final_unit_deduction: String(units) });
	expect(json.data).not.toHaveProperty('final_balance_deduction');
	expect(provider.control.ledger()[0]).toMatchObject({ units, chargedUnits: units, n: change.n ?? 1 });
	provider.control.settings({ slots: 2 });
	expect((await create({ n: 3 })).json.code).toBe(1303);
	expect((await create({ n: 2 })).json.code).toBe(0);
});

test.each(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'])('a %s picture has that ratio', async (ratio) => {
	const { json } = await finished(provider, generations, { aspect_ratio: ratio });
	const { width, height } = await sharp(await load(json.data.task_result.images[0].url)).metadata();
	const [x, y] = ratio.split(':').map(Number) as [number, number];
	expect(Math.max(width, height)).toBe(1024);
	expect(width / height).toBeCloseTo(x / y, 2);
});

test('a picture follows from the prompt, variants differ, and 2k is twice as large', async () => {
	const { json } = await finished(provider, generations, { n: 2, resolution: '2k' });
	const files = await Promise.all(json.data.task_result.images.map(({ url }: { url: string }) => load(url)));
	const other = await finished(provider, generations, { prompt: 'a blue table', resolution: '2k' });
	files.push(await load(other.json.data.task_result.images[0].url));
	for (const file of files) expect(await sharp(file).metadata()).toMatchObject({ width: 2048, height: 1152 });
	expect(new Set(files.map((file) => file.toString('base64'))).size).toBe(3);
});

test('the image is in the picture', async () => {
	const red = { create: { width: 400, height: 400, channels: 3, background: '#ff0000' } } as const;
	const image = (await sharp(red).png().toBuffer()).toString('base64');
	const { json } = await finished(provider, generations, { image, aspect_ratio: '1:1' });
	const file = await load(json.data.task_result.images[0].url);
	const middle = await sharp(file).extract({ left: 511, top: 511, width: 1, height: 1 }).removeAlpha().raw().toBuffer();
	expect([...middle]).toEqual([255, 0, 0]);
});

test('watermark_url is there only when asked for, or empty by setting', async () => {
	const entry = async (change: Record<string, unknown>) =>
		(await finished(provider, generations, change)).json.data.task_result.images[0];
	expect(await entry({})).not.toHaveProperty('watermark_url');
	expect(await entry({ watermark_info: { enabled: true } })).toHaveProperty('watermark_url', expect.any(String));
	provider.control.settings({ watermarkUrlUnasked: 'empty' });
	expect(await entry({ watermark_info: { enabled: false } })).toHaveProperty('watermark_url', '');
});

test('a task may end with fewer pictures than ordered, and what is charged then is a setting', async () => {
	provider.control.settings({ partialResult: 2 });
	const { json } = await finished(provider, generations, { n: 3 });
	expect(json.data.task_result.images).toHaveLength(2);
	expect(json.data.final_unit_deduction).toBe('16');
	provider.control.settings({ partialCharge: 'ordered' });
	expect((await finished(provider, generations, { n: 3 })).json.data.final_unit_deduction).toBe('24');
});
