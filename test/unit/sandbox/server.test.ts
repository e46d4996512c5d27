import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { startProvider, type Provider } from '../../../sandbox/provider';
import { bodyOf, finished, multiImage, multiShot, post } from './client';

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
	await vi.waitFor(() => expect(attempts()).toEqual([[1, 500], [2, 500], [1, 200]]), 10_000);
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
	await post(provider, multiShot, { ...(await bodyOf(multiShot)), callback_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
	await vi.waitFor(() => expect(arrived.length).toBeGreaterThanOrEqual(2), 10_000);
	// The end may have been told as well by now.
	for (const { headers, body } of arrived.slice(0, 2)) expect(new Webhook(secret).verify(body, headers)).toMatchObject({ task_status: 'processing' });
	expect(arrived[0]?.headers['webhook-id']).toBe(arrived[1]?.headers['webhook-id']);
	expect((await control('POST', '/settings', { webhookSecret: 'plain text' })).status).toBe(400);
	server.close();
});

test('every control is a route', async () => {
	expect((await control('POST', '/settings', { slots: 3 })).json).toMatchObject({ slots: 3, accounts: [{ name: 'sandbox' }] });
	await control('POST', '/fates', [{ fate: 'stuck' }]);
	const { json } = await post(provider, multiShot, await bodyOf(multiShot));
	const id = json.data.task_id;
	expect((await control('GET', `/tasks/${id}`)).json).toMatchObject({ taskId: id, endsAt: null });
	expect((await control('POST', `/tasks/${id}/finish`, { fate: 'failed', message: 'stop' })).json).toMatchObject({
		status: 'failed',
		statusMessage: 'stop',
	});
	await control('POST', '/faults', [{ on: 'create', kind: 'status' }]);
	expect((await post(provider, multiShot, {})).status).toBe(500);
	expect((await control('GET', '/ledger')).json).toHaveLength(1);
	expect((await control('GET', '/requests')).json).toMatchObject([{ method: 'POST', status: 200 }, { status: 500 }]);
	expect((await control('GET', '/files')).json).toEqual([]);
	expect((await control('GET', '/callbacks')).json).toEqual([]);
	await control('POST', '/reset');
	expect((await control('GET', '/settings')).json).toMatchObject({ slots: 500 });
	expect((await control('GET', '/ledger')).json).toEqual([]);
	expect((await post(provider, multiShot, await bodyOf(multiShot))).status).toBe(200);
});

test('a control that means nothing is refused', async () => {
	expect(await control('POST', '/settings', { slot: 3 })).toMatchObject({ status: 400, json: { error: 'Unknown setting: slot' } });
	expect((await control('POST', '/settings', { slots: 'many' })).status).toBe(400);
	expect((await control('POST', '/faults', [{ on: 'create', kind: 'nothing' }])).status).toBe(400);
	expect((await control('GET', '/tasks/1')).status).toBe(404);
	expect((await control('POST', '/tasks/1/finish')).status).toBe(404);
	expect((await control('GET', '/nothing')).status).toBe(404);
});

test('the sample photographs are served, and are within the limits for inputs', async () => {
	const names: string[] = (await control('GET', '/photos')).json;
	expect(names.length).toBeGreaterThanOrEqual(4);
	for (const name of names) {
		const photo = `${provider.url}/_sandbox/photos/${name}`;
		const file = Buffer.from(await (await fetch(photo)).arrayBuffer());
		expect(await sharp(file).metadata()).toMatchObject({ format: 'jpeg' });
		expect(file.length).toBeLessThan(150_000);
		const { json } = await finished(provider, multiShot, { element_frontal_image: photo });
		expect(json.data.task_status).toBe('succeed');
	}
	expect((await fetch(`${provider.url}/_sandbox/photos/..%2Fpackage.json`)).status).toBe(404);
});

test('stop ends open requests and callbacks', async () => {
	const other = await startProvider();
	other.control.faults([{ on: 'list', kind: 'delay', ms: 60_000 }]);
	const open = fetch(`${other.url}${multiShot}`).catch(() => 'cut');
	await vi.waitFor(() => expect(other.control.requests()).toHaveLength(1), 10_000);
	const start = performance.now();
	await other.stop();
	await open;
	expect(performance.now() - start).toBeLessThan(2000);
	await expect(fetch(other.url)).rejects.toThrow('fetch failed');
});

test('stop leaves no input pictures on the disk', async () => {
	const place = await mkdtemp(join(tmpdir(), 'place-'));
	vi.stubEnv('TMPDIR', place);
	const other = await startProvider();
	await post(other, multiShot, await bodyOf(multiShot));
	vi.unstubAllEnvs();
	expect(await readdir(place)).toHaveLength(1);
	await other.stop();
	expect(await readdir(place)).toEqual([]);
	await rm(place, { recursive: true });
});
