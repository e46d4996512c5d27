import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { startProvider, type Provider, type Settings } from '../../../../sandbox/provider';
import { bodyOf, multiImage, multiShot, omni, post } from '../support/kling';

let provider: Provider;
beforeEach(async () => {
	provider = await startProvider({ taskMs: [200, 200], slots: 500 });
});
afterEach(async () => await provider.stop());

const control = async (method: string, path: string, body?: unknown) => {
	const init = { method, body: body === undefined ? undefined : JSON.stringify(body) };
	const response = await fetch(`${provider.url}/_sandbox${path}`, init);
	return { status: response.status, json: await response.json() };
};

interface Receiver {
	url: string;
	bodies: Array<ReturnType<typeof JSON.parse>>;
	server: Server;
}

/** Takes callbacks; answers with the statuses given, then 200. */
async function receiver(statuses: number[] = []): Promise<Receiver> {
	const bodies: unknown[] = [];
	const server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			bodies.push(JSON.parse(Buffer.concat(parts).toString()));
			response.writeHead(statuses.shift() ?? 200).end();
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, bodies, server };
}

test('a callback carries the bare task at processing and at the end', async () => {
	const { url, bodies, server } = await receiver();
	await post(provider, multiImage, { ...(await bodyOf(multiImage)), callback_url: url, external_task_id: 'cb' });
	await vi.waitFor(() => expect(bodies).toHaveLength(2), 10_000);
	expect(bodies[0]).toMatchObject({ task_status: 'processing', task_result: {} });
	expect(bodies[1]).toMatchObject({
		task_status: 'succeed',
		task_info: { external_task_id: 'cb' },
		final_unit_deduction: '16',
		task_result: { images: [{ index: 0, url: expect.any(String) }] },
	});
	expect(bodies[1]).not.toHaveProperty('code');
	server.close();
});

test('a callback that is refused is sent once more, then given up, and the task ends all the same', async () => {
	const { url, bodies, server } = await receiver([500, 500]);
	const { json } = await post(provider, multiShot, { ...(await bodyOf(multiShot)), callback_url: url });
	await vi.waitFor(() => expect(bodies).toHaveLength(3), 10_000);
	expect(bodies.map(({ task_status }) => task_status)).toEqual(['processing', 'processing', 'succeed']);
	const attempts = () => provider.control.callbacks().map(({ attempt, status }) => [attempt, status]);
	await vi.waitFor(
		() =>
			expect(attempts()).toEqual([
				[1, 500],
				[2, 500],
				[1, 200],
			]),
		10_000,
	);
	expect(provider.control.task(json.data.task_id)!.status).toBe('succeed');
	server.close();
});

test('a callback is signed once there is a secret, and both tries have one ID', async () => {
	const secret = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
	const arrived: Array<{ headers: Record<string, string>; body: string }> = [];
	const server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			arrived.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(parts).toString() });
			response.writeHead(500).end();
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	expect((await control('POST', '/settings', { webhookSecret: secret })).json).toMatchObject({ webhookSecret: 'set' });
	await post(provider, multiShot, {
		...(await bodyOf(multiShot)),
		callback_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
	});
	await vi.waitFor(() => expect(arrived.length).toBeGreaterThanOrEqual(2), 10_000);
	// The end may have been told as well by now.
	for (const { headers, body } of arrived.slice(0, 2))
		expect(new Webhook(secret).verify(body, headers)).toMatchObject({ task_status: 'processing' });
	expect(arrived[0]?.headers['webhook-id']).toBe(arrived[1]?.headers['webhook-id']);
	expect((await control('POST', '/settings', { webhookSecret: 'plain text' })).status).toBe(400);
	server.close();
});

test.each<[Partial<Settings>, string, object]>([
	[{}, 'single', { images: [{ index: 0, url: 'a link' }] }],
	[{}, 'series', { series_images: [{ index: 0, url: 'a link' }] }],
	[{ callbackSeries: 'images' }, 'series', { images: [{ index: 0, url: 'a link' }] }],
	[{ callbackSeries: 'absent' }, 'series', {}],
	[
		{ callbackDetail: 'full' },
		'single',
		{ result_type: 'single', images: [{ index: 0, url: 'a link', watermark_url: 'a link' }], series_images: [] },
	],
	[
		{ callbackDetail: 'full' },
		'series',
		{ result_type: 'series', series_images: [{ index: 0, url: 'a link', watermark_url: 'a link' }] },
	],
])(
	'with %j the callback of a %s task of omni-image carries what is documented, or all',
	async (settings, type, result) => {
		const { url, bodies, server } = await receiver();
		provider.control.settings({ ...settings, partialResult: 1 });
		await post(provider, omni, {
			prompt: 'seasons',
			model_name: 'kling-v3-omni',
			aspect_ratio: '1:1',
			result_type: type,
			watermark_info: { enabled: true },
			callback_url: url,
		});
		await vi.waitFor(() => expect(bodies).toHaveLength(2), 10_000);
		const links = JSON.stringify(bodies[1].task_result).replace(/"http[^"]+"/g, '"a link"');
		expect(JSON.parse(links)).toEqual(result);
		expect('watermark_info' in bodies[1]).toBe(settings.callbackDetail === 'full');
		server.close();
	},
);
