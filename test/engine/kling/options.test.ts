/** n8n's own Options of the node: there, and used by every request. */
import { afterAll, describe, expect, it } from 'vitest';

import { klingCredentials } from '../../harness/provider.ts';
import { otherTasksOf } from '../support.ts';
import { startProxy, startTls } from './detours.ts';
import { count, errorOf, expand, factsOf, itemsOf, photos, start } from './support.ts';

const { run, control, provider, creates, n8n } = await start();
const proxy = await startProxy();
const tls = await startTls(provider.url);
afterAll(async () => {
	await Promise.all([proxy.stop(), tls.stop()]);
});

const path = '/v1/images/editing/expand';

it('Proxy carries create, polls and downloads', async () => {
	const [item] = itemsOf(await run(expand({ requestOptions: { proxy: proxy.url } })));
	const id = String(item?.json.taskId);
	const { host } = new URL(provider.url);
	if (proxy.passed.some((line) => line.startsWith('CONNECT'))) {
		const tunnels = new Set(proxy.passed);
		expect([...tunnels]).toEqual([`CONNECT ${host}`]);
		expect(proxy.passed.length).toBeGreaterThanOrEqual(control.requests().length + control.files().length);
	} else {
		expect(new Set(proxy.passed)).toEqual(new Set([`POST ${path}`, `GET ${path}/${id}`, `GET /files/${id}/0.png`]));
	}
});

it('a proxy that is not there stops everything before it is sent', async () => {
	const error = errorOf(
		await n8n.atSpeed(20, async () => await run(expand({ requestOptions: { proxy: 'http://127.0.0.1:1' } }))),
	);
	expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: true });
	expect(control.requests()).toEqual([]);
});

describe('Ignore SSL Issues', () => {
	const credentials = klingCredentials(tls.url);

	it('on: applies to create, polls and downloads', async () => {
		control.settings({ resultBaseUrl: tls.url });
		const [item] = itemsOf(await run(expand({ requestOptions: { allowUnauthorizedCerts: true } }), { credentials }));
		const id = String(item?.json.taskId);
		expect(new Set(tls.passed)).toEqual(new Set([`POST ${path}`, `GET ${path}/${id}`, `GET /files/${id}/0.png`]));
		expect(Object.keys(item?.binary ?? {})).toEqual(['image']);
	});

	it('off: nothing is sent, and the error says why', async () => {
		const error = errorOf(await n8n.atSpeed(20, async () => await run(expand(), { credentials })));
		expect(error.message).toMatch(/TLS certificate is self-signed/);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
		expect(control.requests()).toEqual([]);
	});
});

it('Timeout of a poll is not the end of the task', async () => {
	control.faults([{ on: 'get', kind: 'delay', ms: 3_000, count: 1 }]);
	expect(itemsOf(await run(expand({ downloadImages: false, requestOptions: { timeout: 300 } })))[0]?.json.status).toBe(
		'succeeded',
	);
});

describe('Batching', () => {
	const batching = (batchSize: number, batchInterval: number) => ({
		requestOptions: { batching: { batch: { batchSize, batchInterval } } },
	});

	it('sends in batches, and all items arrive', async () => {
		const result = await run(expand({ downloadImages: false, ...batching(1, 1_000) }), { items: photos(...count(3)) });
		expect(itemsOf(result).map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual(
			[0, 1, 2].map((item) => ['succeeded', { item }]),
		);
		const [first, second, third] = creates().map(({ at }) => at) as [number, number, number];
		expect(second - first).toBeGreaterThanOrEqual(400);
		expect(third - second).toBeGreaterThanOrEqual(400);
	});

	it('of two, with a failing item in the first batch: it rejects last and carries the others', async () => {
		control.fates([{ match: { promptIncludes: 'No 0' }, fate: 'failed', taskMs: 30 }]);
		const error = errorOf(
			await run(expand({ prompt: '=No {{ $json.number }}', ...batching(2, 200) }), { items: photos(...count(3)) }),
		);
		expect(control.ledger()).toHaveLength(3);
		const [failed, ...others] = [...control.ledger()].sort((one, other) =>
			String(one.request.prompt).localeCompare(String(other.request.prompt)),
		);
		expect(factsOf(error)).toMatchObject({ taskId: failed?.taskId, taskState: 'created' });
		expect(otherTasksOf(error)).toEqual(others.map(({ taskId }) => taskId));
	});

	it('without an interval sends all at once', async () => {
		itemsOf(await run(expand({ waitForCompletion: false, ...batching(50, 0) }), { items: photos(...count(3)) }));
		expect(control.ledger()).toHaveLength(3);
	});
});
