import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { load } from '../support/http';
import { bodyOf, finished, multiShot, post } from '../support/kling';

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

test('every control is a route', async () => {
	expect((await control('POST', '/settings', { slots: 3 })).json).toMatchObject({
		slots: 3,
		accounts: [{ name: 'sandbox' }],
	});
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
	expect(await control('POST', '/settings', { slot: 3 })).toMatchObject({
		status: 400,
		json: { error: 'Unknown setting: slot' },
	});
	expect((await control('POST', '/settings', { slots: 'many' })).status).toBe(400);
	expect((await control('POST', '/faults', [{ on: 'create', kind: 'nothing' }])).status).toBe(400);
	expect((await control('GET', '/tasks/1')).status).toBe(404);
	expect((await control('POST', '/tasks/1/finish')).status).toBe(404);
	expect((await control('GET', '/nothing')).status).toBe(404);
});

test('a restart breaks what is under way and refuses connections, and then the ledger is what it was', async () => {
	await post(provider, multiShot, await bodyOf(multiShot));
	provider.control.faults([{ on: 'create', kind: 'delay', ms: 60_000, after: true }]);
	const underWay = post(provider, multiShot, await bodyOf(multiShot)).catch((error: Error) => error);
	await vi.waitUntil(() => provider.control.ledger().length === 2);
	const restarted = provider.restart(300);
	expect(await underWay).toBeInstanceOf(Error);
	const refused = async () => await fetch(provider.url).catch((error: Error & { cause: unknown }) => error.cause);
	await vi.waitFor(async () => expect(await refused()).toMatchObject({ code: 'ECONNREFUSED' }));
	await restarted;
	expect((await control('GET', '/ledger')).json).toHaveLength(2);
});

test('the sample photographs are served, and are within the limits for inputs', async () => {
	const names: string[] = (await control('GET', '/photos')).json;
	expect(names.length).toBeGreaterThanOrEqual(4);
	for (const name of names) {
		const photo = `${provider.url}/_sandbox/photos/${name}`;
		const file = await load(photo);
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
