/** A failing run costs no more than a good one, and what hangs holds up nobody else. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';

import { klingCredentials } from '../../harness/provider.ts';
import { count, expand, itemsOf, start } from './support.ts';

const { run, n8n, control, creates, unknown } = await start();
const url = 'https://example.test/image.png';
const withoutWait = (change = {}) => expand({ image: url, waitForCompletion: false, ...change });
const items = (length: number) => count(length).map((json) => ({ json }));

/** A service of our own: `answer` gives the body, or nothing at all while it hangs. */
async function serviceOf(answer: (request: IncomingMessage) => Promise<object | undefined>) {
	const open = new Set<ServerResponse>();
	const seen = { most: 0, requests: [] as string[] };
	const server = createServer(async (request, response) => {
		open.add(response);
		seen.most = Math.max(seen.most, open.size);
		seen.requests.push(`${request.method} ${request.url}`);
		request.resume();
		const body = await answer(request);
		open.delete(response);
		if (body) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	afterAll(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return { ...seen, seen, credentials: klingCredentials(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

const idOf = ({ url: path = '' }: IncomingMessage) => path.split('/').at(-1) ?? '';
const task = (id: string, status = 'succeed') => ({
	task_id: id,
	task_status: status,
	created_at: 1,
	updated_at: 2,
	task_result: { images: [] },
});
const envelope = (data: unknown) => ({ code: 0, message: 'SUCCEED', request_id: 'r', data });

describe('a refusal that concerns the account', () => {
	it.each([1002, 1100, 1101, 1102, 1304])(
		'%i fails the unsent items without a request: 500 items, at most 8 creates',
		async (code) => {
			control.faults([{ on: 'create', kind: 'code', code }]);
			const result = await run(withoutWait(), {
				items: items(500),
				onError: 'continueRegularOutput',
				credentials: unknown(),
			});
			expect(result.items).toHaveLength(500);
			for (const { json } of result.items) expect(json.details).toMatchObject({ code, taskState: 'not-created' });
			expect(creates().length).toBeLessThanOrEqual(8);
			expect(control.ledger()).toEqual([]);
		},
	);

	it('1103 fails only the items of the same model', async () => {
		const service = await serviceOf(async (request) => {
			const parts: Buffer[] = [];
			request.on('data', (part: Buffer) => parts.push(part));
			await new Promise((resolve) => request.on('end', resolve));
			const { model_name: model } = JSON.parse(Buffer.concat(parts).toString()) as { model_name: string };
			return model === 'kling-v2'
				? { code: 1103, message: 'no permission' }
				: envelope(task(`t-${Math.random()}`, 'submitted'));
		});
		const parameters = {
			resource: 'multiImageToImage',
			operation: 'create',
			subjectImages: url,
			modelName: '={{ $json.number % 2 ? "kling-v2" : "kling-v2-1" }}',
			waitForCompletion: false,
		};
		const result = await run(parameters, {
			items: items(60),
			onError: 'continueRegularOutput',
			credentials: service.credentials,
		});
		expect(result.items.map(({ json }) => (json.error ? 'refused' : 'made'))).toEqual(
			count(60).map(({ number }) => (Number(number) % 2 ? 'refused' : 'made')),
		);
		expect(service.seen.requests.length).toBeLessThanOrEqual(30 + 8);
	});
});

it('500 items of Get send at most 16 requests of the account at once', async () => {
	const service = await serviceOf(async (request) => {
		await sleep(5);
		return envelope(task(idOf(request)));
	});
	const input = count(500).map(({ number }) => ({ json: { taskId: `t-${String(number)}` } }));
	const result = await run(
		{ resource: 'imageExpansion', operation: 'get' },
		{ items: input, credentials: service.credentials },
	);
	expect(itemsOf(result).map(({ json }) => json.taskId)).toEqual(input.map(({ json }) => json.taskId));
	expect(service.seen.most).toBeLessThanOrEqual(16);
	expect(service.seen.requests).toHaveLength(500);
});

it('500 items of Wait for Completion are served by lists', async () => {
	const ids = count(500).map(({ number }) => `t-${String(number)}`);
	const service = await serviceOf(async (request) =>
		idOf(request).startsWith('t-') ? envelope(task(idOf(request))) : envelope(ids.map((id) => task(id))),
	);
	const input = ids.map((taskId) => ({ json: { taskId } }));
	const parameters = { resource: 'imageExpansion', operation: 'wait', downloadImages: false };
	const result = await run(parameters, { items: input, credentials: service.credentials });
	expect(itemsOf(result).map(({ json }) => [json.taskId, json.status])).toEqual(ids.map((id) => [id, 'succeeded']));
	expect(service.seen.requests.length).toBeLessThanOrEqual(5);
});

it('a list that hangs holds nobody up: single reads answer', async () => {
	const service = await serviceOf(async (request) =>
		idOf(request).startsWith('t-') ? envelope(task(idOf(request))) : undefined,
	);
	const input = count(6).map(({ number }) => ({ json: { taskId: `t-${String(number)}` } }));
	const parameters = { resource: 'imageExpansion', operation: 'wait', downloadImages: false };
	const result = await run(parameters, { items: input, credentials: service.credentials });
	expect(itemsOf(result).map(({ json }) => json.status)).toEqual(Array(6).fill('succeeded'));
	expect(result.ownMs).toBeLessThan(30_000);
});

it('an account whose creates hang holds up no other account', async () => {
	const hanging = await serviceOf(async () => undefined);
	const other = await serviceOf(async () => envelope(task(`t-${Math.random()}`, 'submitted')));
	const stop = new AbortController();
	const stuck = run(withoutWait(), { items: items(12), credentials: hanging.credentials, signal: stop.signal });
	await expect.poll(() => hanging.seen.requests.length).toBe(4);
	expect(itemsOf(await run(withoutWait(), { items: items(12), credentials: other.credentials }))).toHaveLength(12);
	stop.abort();
	expect((await stuck).status).toBe('canceled');
});

it('an answer that trickles on for ever ends with the time of the request', async () => {
	const drips = new Set<NodeJS.Timeout>();
	const server = createServer((request, response) => {
		request.resume();
		response.writeHead(200, { 'content-type': 'application/json' }).write('{"code": 0, "data": "');
		drips.add(setInterval(() => response.write('x'), 50));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const credentials = klingCredentials(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	const parameters = { ...withoutWait({ options: { queueTimeout: 0.01 } }), requestOptions: { timeout: 300 } };
	const trickle = async () => await run(parameters, { items: items(1), credentials, onError: 'continueRegularOutput' });
	const result = await n8n.atSpeed(20, trickle);
	for (const drip of drips) clearInterval(drip);
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
	expect(result.items[0]?.json).toMatchObject({
		error: 'No answer from Kling: the task may have been created',
		details: { taskState: 'may-exist' },
	});
	expect(drips.size).toBeGreaterThan(0);
});
