import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { sandboxAccount, startProvider, type Provider } from '../../../../sandbox/provider';
import { bodyOf, call, elements, finished, generations, omni, post } from '../support/kling';
import { load, send } from '../support/http';

const other = { name: 'other', apiKey: 'key-of-another', accessKey: 'another', secretKey: 'another-secret' };

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ slots: 500, taskMs: [60_000, 60_000], accounts: [sandboxAccount, other] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const url = 'http://127.0.0.1:9/a.jpg';
const create = async (change: Record<string, unknown> = {}) =>
	await post(provider, elements, { ...(await bodyOf(elements)), ...change });
const text = async (path: string) =>
	(await send(provider, path, { headers: { authorization: `Bearer ${sandboxAccount.apiKey}` } })).text;
const idIn = (answer: string) => /"element_id":(\d+),/.exec(answer)?.[1] ?? 'no ID';
const plain = async (background: string) =>
	(
		await sharp({ create: { width: 400, height: 400, channels: 3, background } })
			.png()
			.toBuffer()
	).toString('base64');

/** Makes an element; gives its ID. */
async function made(change: Record<string, unknown> = {}): Promise<string> {
	const { json } = await create(change);
	await provider.control.finish(json.data.task_id);
	return idIn(await text(`${elements}/${json.data.task_id}`));
}

/** Creates with an element ID as it stands in JSON. */
const use = async (id: string, { path = generations, authorization = `Bearer ${sandboxAccount.apiKey}` } = {}) =>
	await call(provider, 'POST', path, {
		body: `{"prompt":"tea","aspect_ratio":"1:1","element_list":[{"element_id":${id}}]}`,
		authorization,
	});

test.each([
	['element_name', undefined],
	['element_name', 'a'.repeat(21)],
	['element_description', ''],
	['element_description', 'a'.repeat(101)],
	['reference_type', undefined],
	['reference_type', 'video_refer'],
	['element_image_list', undefined],
	['element_image_list', [url]],
	['element_image_list.frontal_image', { refer_images: [{ image_url: url }] }],
	['element_image_list.refer_images', { frontal_image: url }],
	['element_image_list.refer_images', { frontal_image: url, refer_images: [] }],
	['element_image_list.refer_images', { frontal_image: url, refer_images: Array(4).fill({ image_url: url }) }],
	['element_image_list.refer_images[0].image_url', { frontal_image: url, refer_images: [{}] }],
	['element_image_list.refer_images[0].url', { frontal_image: url, refer_images: [{ url }] }],
	['tag_list[0].tag_id', [{ tag_id: 'o_109' }]],
	['tag_list[0].tag_id', [{}]],
	['element_voice_id', 7],
	['prompt', 'x'],
	['n', 1],
])('refuses %s: %j', async (name, value) => {
	const { status, json } = await create({ [name.split('.')[0]!.split('[')[0]!]: value });
	expect({ status, code: json.code }).toEqual({ status: 400, code: 1201 });
	expect(json.message).toContain(name);
	expect(provider.control.ledger()).toEqual([]);
});

test('names and descriptions are counted in code points, and every field of the documents is taken', async () => {
	const { json } = await create({
		element_name: '🦊'.repeat(20),
		element_description: '🦊'.repeat(100),
		element_image_list: { frontal_image: url, refer_images: Array(3).fill({ image_url: url }) },
		element_video_list: {},
		element_voice_id: '',
		tag_list: [{ tag_id: 'o_101' }, { tag_id: 'o_108' }],
		callback_url: url,
		external_task_id: 'fox',
	});
	expect(json.code).toBe(0);
});

test('an element costs nothing and takes no slot, or one by setting', async () => {
	provider.control.settings({ slots: 0 });
	const { json } = await finished(provider, elements);
	expect(json.data).toMatchObject({ task_status: 'succeed', final_unit_deduction: '0' });
	expect(provider.control.ledger()[0]).toMatchObject({ n: 0, units: 0, chargedUnits: 0 });
	provider.control.settings({ elementSlots: 1 });
	expect((await create()).json.code).toBe(1303);
});

test('the ID is a bare number of 18 digits beyond 2^53 that no JavaScript number keeps, in reads and lists', async () => {
	const { json } = await finished(provider, elements, { external_task_id: 'kettle', tag_list: [{ tag_id: 'o_104' }] });
	const single = await text(`${elements}/kettle`);
	const id = idIn(single);
	expect(id).toMatch(/^\d{18}$/);
	expect(id).not.toBe(json.data.task_id);
	expect(String(Number(id))).not.toBe(id);
	expect(idIn(await text(elements))).toBe(id);
	const [element] = json.data.task_result.elements;
	expect(element).toEqual({
		element_id: Number(id),
		element_name: 'Blue kettle',
		element_description: 'Enamel, dark blue',
		reference_type: 'image_refer',
		element_image_list: { frontal_image: expect.any(String), refer_images: [{ image_url: expect.any(String) }] },
		element_video_list: {},
		element_voice_info: {},
		tag_list: [{ tag_id: 'o_104' }],
		owned_by: expect.stringMatching(/^\d+$/),
		status: 'succeed',
	});
	const { frontal_image, refer_images } = element.element_image_list;
	for (const image of [frontal_image, refer_images[0].image_url]) {
		expect(await sharp(await load(image)).metadata()).toMatchObject({ width: 320, height: 300 });
	}
});

test('the ID may have 15 digits', async () => {
	provider.control.settings({ elementIdDigits: 15 });
	const id = await made();
	expect(id).toMatch(/^\d{15}$/);
	expect((await use(id)).json.code).toBe(0);
});

test.each([generations, omni])('%s shows the front of an element', async (path) => {
	const frontal_image = await plain('#ff0000');
	const id = await made({ element_image_list: { frontal_image, refer_images: [{ image_url: await plain('#00f') }] } });
	const { json } = await use(id, { path });
	await provider.control.finish(json.data.task_id);
	const { images } = JSON.parse(await text(`${path}/${json.data.task_id}`)).data.task_result;
	const file = await load(images[0].url);
	const middle = await sharp(file).extract({ left: 511, top: 511, width: 1, height: 1 }).removeAlpha().raw().toBuffer();
	expect([...middle]).toEqual([255, 0, 0]);
	expect(provider.control.ledger()[1]!.request.element_list).toEqual([{ element_id: id }]);
});

test('an element is found by every digit, as a number or a text, and not by a rounded number', async () => {
	const id = await made();
	expect((await use(id)).json.code).toBe(0);
	expect((await use(`"${id}"`)).json.code).toBe(0);
	const rounded = String(Number(id));
	const { status, json } = await use(rounded);
	expect({ status, json }).toMatchObject({
		status: 400,
		json: { code: 1201, message: `Element id not found: ${rounded}` },
	});
});

test('an element belongs to its account, and exists when its task has succeeded', async () => {
	const id = await made();
	const foreign = await use(id, { authorization: `Bearer ${other.apiKey}` });
	expect(foreign.json).toMatchObject({ code: 1201, message: `Element id not found: ${id}` });
	const { json } = await create();
	expect((await use(`8${json.data.task_id.slice(1)}`)).json.code).toBe(1201);
	await provider.control.finish(json.data.task_id);
	expect((await use(`8${json.data.task_id.slice(1)}`)).json.code).toBe(0);
	await provider.control.finish((await create()).json.data.task_id, 'failed');
	expect((await call(provider, 'GET', elements, { authorization: `Bearer ${other.apiKey}` })).json.data).toEqual([]);
});

test('a callback has no element, unless a setting says so', async () => {
	const told = vi.spyOn(globalThis, 'fetch');
	const bodies = () => told.mock.calls.filter(([address]) => address === url).map(([, init]) => String(init?.body));
	try {
		await provider.control.finish((await create({ callback_url: url })).json.data.task_id);
		await vi.waitFor(() => expect(bodies().length).toBeGreaterThan(0), 10_000);
		expect(JSON.parse(bodies()[0]!)).toMatchObject({ task_status: 'succeed', task_result: {} });
		expect(bodies()[0]).not.toContain('element_id');
		provider.control.settings({ callbackElements: 'full' });
		await provider.control.finish((await create({ callback_url: url })).json.data.task_id);
		await vi.waitFor(() => expect(idIn(bodies().at(-1)!)).toMatch(/^\d{18}$/), 10_000);
	} finally {
		told.mockRestore();
	}
});
