/** A client of Kling that somebody else wrote (`kling-api` on npm; `jsonwebtoken` signs for it), against the simulator. */
import { fileURLToPath } from 'node:url';
import { KlingAPI } from 'kling-api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { sandboxAccount, startProvider, type Provider } from '../../../../sandbox/provider';

const photo = fileURLToPath(new URL('../../../../sandbox/photos/coffee.jpg', import.meta.url));

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

/** It takes no address without https, so that of the simulator is set behind its back. */
function client(change: Partial<typeof sandboxAccount> = {}): KlingAPI {
	const { accessKey, secretKey } = { ...sandboxAccount, ...change };
	const api = new KlingAPI({ accessKey, secretKey });
	api.client.defaults.baseURL = provider.url;
	return api;
}

const DAY_MS = 24 * 3600 * 1000;

test.each<[name: string, create: (kling: KlingAPI) => Promise<{ data: { task_id: string } }>, read: keyof KlingAPI]>([
	[
		'generations',
		async (kling) =>
			await kling.generateImage({ prompt: 'a red kettle', model_name: 'kling-v2-1', n: 2, aspect_ratio: '16:9' }),
		'queryImageGenTask',
	],
	[
		'expand',
		async (kling) =>
			await kling.expandImage({
				image: photo,
				up_expansion_ratio: 0,
				down_expansion_ratio: 0,
				left_expansion_ratio: 0.5,
				right_expansion_ratio: 0.5,
			}),
		'queryImageExpandTask',
	],
	[
		'omni-image',
		async (kling) =>
			await kling.omniImage({ prompt: '<<<image_1>>> in the snow', image_list: [{ image: photo }], resolution: '2k' }),
		'queryOmniImageTask',
	],
	[
		'multi-image2image',
		async (kling) =>
			await kling.multiImageToImage({ subject_image_list: [{ subject_image: photo }], scene_image: photo }),
		'queryMultiImageToImageTask',
	],
])('%s: its create is taken, and its wait ends with images', async (_name, create, read) => {
	const kling = client();
	const { data } = await create(kling);
	await provider.control.finish(data.task_id);
	const query = kling[read].bind(kling) as KlingAPI['queryImageGenTask'];
	const result = await kling.waitForImageResult(data.task_id, query, { showSpinner: false });
	expect(result.data.task_status).toBe('succeed');
	expect(result.data.task_result?.images).toContainEqual({ index: 0, url: expect.stringContaining(provider.url) });
	expect(provider.control.requests()).toMatchObject([
		{ authorization: 'jwt', status: 200 },
		{ authorization: 'jwt', status: 200 },
	]);
});

test('an external task ID of its own is used once', async () => {
	const order = { prompt: 'a red kettle', model_name: 'kling-v2-1', external_task_id: 'mine' } as const;
	await client().generateImage(order);
	await expect(client().generateImage(order)).rejects.toMatchObject({ code: 1201, httpStatus: 400 });
	expect(provider.control.ledger()).toHaveLength(1);
});

test('its default model is one that Kling has discontinued', async () => {
	await expect(client().generateImage({ prompt: 'a red kettle' })).rejects.toMatchObject({ code: 1203 });
});

test('it reads the packs of its account', async () => {
	const { data } = await client().getAccountInfo(Date.now() - 400 * DAY_MS, Date.now() + DAY_MS);
	expect(data).toMatchObject({
		code: 0,
		resource_pack_subscribe_infos: [expect.objectContaining({ status: 'online' })],
	});
});

test('it is refused with a wrong secret', async () => {
	const stranger = client({ secretKey: 'wrong-secret-0123456789abcdef0123' });
	await expect(stranger.generateImage({ prompt: 'a red kettle' })).rejects.toMatchObject({
		code: 1002,
		httpStatus: 401,
		requestId: expect.any(String),
	});
	expect(provider.control.ledger()).toEqual([]);
});
