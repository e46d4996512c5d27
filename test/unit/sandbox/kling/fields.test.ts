import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { bodyOf, call, elements, expand, generations, get, multiImage, multiShot, omni, post } from '../support/kling';
import { base64 } from '../support/pictures';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

/** Creates with a change to the smallest right body; undefined removes a field. */
const create = async (path: string, change: Record<string, unknown>) =>
	await post(provider, path, { ...(await bodyOf(path)), ...change });

const url = 'http://127.0.0.1:9/a.jpg';

describe.each([generations, omni, multiImage, expand, multiShot, elements])('%s', (path) => {
	test('takes the smallest right body and answers without task_info', async () => {
		const { status, json } = await create(path, {});
		expect(status).toBe(200);
		expect(json).toEqual({
			code: 0,
			message: 'SUCCEED',
			request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
			data: {
				task_id: expect.stringMatching(/^\d{18}$/),
				task_status: 'submitted',
				created_at: expect.any(Number),
				updated_at: json.data.created_at,
			},
		});
	});

	test('task_id is greater than 2^53 and does not survive as a number', async () => {
		const { json } = await create(path, {});
		expect(BigInt(json.data.task_id)).toBeGreaterThan(2n ** 53n);
		expect(String(Number(json.data.task_id))).not.toBe(json.data.task_id);
	});

	test.each([
		['an unknown field', { surprise: 1 }, 'surprise'],
		['a number as external_task_id', { external_task_id: 5 }, 'external_task_id'],
		['null as callback_url', { callback_url: null }, 'callback_url'],
		['a callback_url that is no URL', { callback_url: 'nowhere' }, 'callback_url'],
		['a callback_url that is not http', { callback_url: 'ftp://example.com/' }, 'callback_url'],
	])('refuses %s and names it', async (_title, change, field) => {
		const { status, json } = await create(path, change);
		expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
		expect(json.message).toContain(field);
		expect(provider.control.ledger()).toEqual([]);
	});

	test('takes empty optional texts for none', async () => {
		for (const _ of [1, 2]) {
			expect((await create(path, { external_task_id: '', callback_url: '' })).json.code).toBe(0);
		}
	});

	test('a body that is no JSON is 1200', async () => {
		expect((await call(provider, 'POST', path, { body: '{"n":' })).json.code).toBe(1200);
	});
});

test.each([
	['subject_image_list', undefined],
	['subject_image_list', []],
	['subject_image_list', Array(5).fill({ subject_image: url })],
	['subject_image_list', url],
	['subject_image_list', [url]],
	['subject_image', [{ subject_image: url, weight: 1 }]],
	['subject_image', [{}]],
	['n', '2'],
	['n', 0],
	['n', 10],
	['n', 1.5],
	['n', null],
	['aspect_ratio', '5:4'],
	['prompt', 7],
	['watermark_info', true],
	['enabled', { enabled: 'true' }],
	['colour', { enabled: true, colour: 'red' }],
])('multi-image2image refuses %s of the wrong kind: %j', async (field, value) => {
	const name =
		{ subject_image: 'subject_image_list', enabled: 'watermark_info', colour: 'watermark_info' }[field] ?? field;
	const { status, json } = await create(multiImage, { [name]: value });
	expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
	expect(json.message).toContain(field);
});

test('multi-image2image takes every field of the documents at once', async () => {
	const image = await base64();
	const { json } = await create(multiImage, {
		model_name: 'kling-v2-1',
		prompt: 'two friends',
		negative_prompt: '',
		subject_image_list: Array(4).fill({ subject_image: url }),
		scene_image: image,
		style_image: url,
		n: 9,
		aspect_ratio: '21:9',
		watermark_info: { enabled: false },
		callback_url: 'http://127.0.0.1:9/hook?a=1',
		external_task_id: 'all-fields',
	});
	expect(json.code).toBe(0);
});

test('a prompt may have 2500 code points, not 2501', async () => {
	expect((await create(multiImage, { prompt: '🦊'.repeat(2500) })).json.code).toBe(0);
	expect((await create(multiImage, { prompt: '🦊'.repeat(2501) })).json.code).toBe(1201);
});

test.each([
	['kling-v1', "The model 'kling-v1' has been discontinued and is no longer available."],
	['kling-v9', "The model 'kling-v9' is not found"],
])('model %s is 404 / 1203', async (model_name, message) => {
	const { status, json } = await create(multiImage, { model_name });
	expect({ status, json }).toMatchObject({ status: 404, json: { code: 1203, message } });
});

test('multi-image2image takes kling-v2 until it retires by setting, and kling-v2-1 when no model is named', async () => {
	expect((await create(multiImage, { model_name: 'kling-v2' })).json.code).toBe(0);
	provider.control.settings({ retiredModels: ['kling-v2'] });
	expect((await create(multiImage, { model_name: 'kling-v2' })).json).toMatchObject({
		code: 1203,
		message: "The model 'kling-v2' has been discontinued and is no longer available.",
	});
	expect((await create(multiImage, {})).json.code).toBe(0);
	provider.control.settings({ retiredModels: ['kling-v2-1'] });
	expect((await create(multiImage, {})).json.code).toBe(1203);
});

test.each(['up', 'down', 'left', 'right'])('expand needs %s_expansion_ratio as a number from 0 to 2', async (side) => {
	const name = `${side}_expansion_ratio`;
	for (const value of [undefined, '0.1', -0.1, 2.1, null]) {
		const { json } = await create(expand, { [name]: value });
		expect({ value, code: json.code }).toEqual({ value, code: 1201 });
		expect(json.message).toContain(name);
	}
});

test('expand takes an area of 3 with the rounding of the vendor, and no more', async () => {
	const area = async (height: number) =>
		(await create(expand, { up_expansion_ratio: height, right_expansion_ratio: 0.5 })).json.code;
	expect(await area(1)).toBe(0);
	expect(await area(1.0006)).toBe(0);
	expect(await area(1.002)).toBe(1201);
});

test('expand refuses to expand by nothing', async () => {
	const { json } = await create(expand, { up_expansion_ratio: 0, right_expansion_ratio: 0 });
	expect(json.code).toBe(1201);
});

test('expand has no model_name and no aspect_ratio, ai-multi-shot has no n and no prompt', async () => {
	expect((await create(expand, { model_name: 'kling-v2-1' })).json.message).toContain('model_name');
	expect((await create(expand, { aspect_ratio: '1:1' })).json.message).toContain('aspect_ratio');
	expect((await create(multiShot, { n: 1 })).json.message).toContain('n');
	expect((await create(multiShot, { prompt: '' })).json.message).toContain('prompt');
});

test.each([
	['DELETE', multiImage, 1202],
	['POST', `${multiImage}/1`, 1202],
	['GET', '/v1/images/kolors', 1203],
	['GET', '/kling/v1/videos', 1203],
	['GET', '/elsewhere', 1203],
])('%s %s is 404 / %i', async (method, path, code) => {
	const { status, json } = await call(provider, method, path);
	expect({ status, code: json.code }).toEqual({ status: 404, code });
});

test('the API is under the prefix of relays too', async () => {
	const { json } = await post(provider, `/kling${multiImage}`, await bodyOf(multiImage));
	expect(json.code).toBe(0);
	expect((await get(provider, `${multiImage}/${json.data.task_id}`)).json.code).toBe(0);
});
