import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { sandboxPsAccount, startProvider, type Provider, type Settings } from '../../../../sandbox/provider';
import { load, send } from '../support/http';
import { resultOf, submit } from '../support/ps';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const photo = () => `${provider.url}/_sandbox/photos/dogs.jpg`;
const post = async (body: unknown, headers: Record<string, string> = {}) =>
	await send(provider, submit, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});
const submitted = async (change: Record<string, unknown> = {}): Promise<string> =>
	(await post({ image_url: photo(), prompt: 'make it night', ...change })).json.data.task_id;
const read = async (id: string) => await send(provider, resultOf(id));
const dataOf = async (id: string) => (await read(id)).json.data;
const finished = async (change: Record<string, unknown> = {}) => {
	const id = await submitted(change);
	await provider.control.finish(id);
	return await dataOf(id);
};
const pictureOf = async (data: { image_url: string }) => await load(data.image_url);
const set = (change: Partial<Settings>) => provider.control.settings(change);

test('a submit answers with a task ID, and the ledger keeps what was asked', async () => {
	const body = { image_url: photo(), prompt: '夜', image_id: 'i', priority: 0, editor: 'me', keep_size: false };
	const { status, json } = await post(body);
	expect({ status, json }).toEqual({
		status: 200,
		json: { code: 200, msg: 'success', data: { task_id: expect.stringMatching(/^[0-9a-f]{20}$/) } },
	});
	expect(provider.control.ledger()).toMatchObject([
		{ taskId: json.data.task_id, service: 'psTask', resource: 'task', request: body, n: 1, units: 1, chargedUnits: 0 },
	]);
	expect(provider.control.requests()).toMatchObject([
		{ service: 'psTask', resource: 'task', on: 'create', code: 200, taskId: json.data.task_id },
	]);
});

test.each([
	[{ prompt: 'x' }, 'image_url cannot be empty'],
	[{ image_url: 'x' }, 'prompt cannot be empty'],
	[{ image_url: 1, prompt: 'x' }, 'image_url must be a string'],
	[{ image_url: 'x', prompt: 'x', priority: '1' }, 'priority must be an integer'],
	[{ image_url: 'x', prompt: 'x', priority: 1.5 }, 'priority must be an integer'],
	[{ image_url: 'x', prompt: 'x', priority: null }, 'priority must not be null'],
	[{ image_url: 'x', prompt: 'x', keep_size: 'yes' }, 'keep_size must be a boolean'],
	[{ image_url: 'x', prompt: 'x', editor: 5 }, 'editor must be a string'],
	[{ image_url: 'x', prompt: 'x', image_id: {} }, 'image_id must be a string'],
	[{ image_url: 'x', prompt: 'x', size: 1 }, 'Unknown parameter: size'],
	[[], 'request body must be an object'],
	['{', 'The request body is not valid JSON'],
])('%j is refused: %s', async (body, msg) => {
	expect(await post(body)).toMatchObject({ status: 400, json: { code: 400, msg, data: {} } });
	expect(provider.control.ledger()).toEqual([]);
});

test('a task is pending, submitted to the AI, processed and completed', async () => {
	const id = await submitted();
	for (const [clockOffsetMs, status] of [
		[0, 'pending'],
		[7000, 'ai_submitted'],
		[13_000, 'processing'],
	] as const) {
		set({ clockOffsetMs });
		expect((await read(id)).json).toEqual({ code: 200, msg: 'success', data: { status, error_message: '' } });
	}
	await provider.control.finish(id);
	expect(await dataOf(id)).toEqual({
		status: 'completed',
		image_url: expect.stringContaining(`/files/${id}/0.png`),
		image_rid: expect.any(String),
	});
	expect(provider.control.task(id)).toMatchObject({ status: 'succeed', chargedUnits: 1 });
});

test('a task ends by itself, in a time of its own setting', async () => {
	set({ psTaskMs: [30, 30] });
	const id = await submitted();
	await expect.poll(async () => (await dataOf(id)).status, { timeout: 10_000 }).toBe('completed');
});

test.each([true, false])(
	'the result is an edited picture, else with a long side of 1024; keep_size: %j',
	async (keep_size) => {
		const source = await load(photo());
		const { width, height } = await sharp(source).metadata();
		const content = await pictureOf(await finished({ keep_size }));
		const scale = keep_size ? 1 : 1024 / Math.max(width, height);
		const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
		expect(await sharp(content).metadata()).toMatchObject({ format: 'png', ...size });
		const means = async (file: Buffer) => (await sharp(file).stats()).channels.map(({ mean }) => Math.round(mean));
		expect(await means(content)).not.toEqual(await means(source));
		expect(content.equals(await pictureOf(await finished({ keep_size, prompt: 'another' })))).toBe(false);
	},
);

test.each(['/data/in/coffee.jpg', 'C:\\pictures\\coffee.jpg', 'coffee.jpg'])(
	"the path %s is a file of the service's machine",
	async (image_url) => {
		expect(await finished({ image_url })).toMatchObject({ status: 'completed' });
	},
);

test.each([
	['/data/none.jpg', 'No such file: /data/none.jpg'],
	['../package.json', 'No such file: ../package.json'],
	['/_sandbox/photos/none.jpg', 'Failed to download the image: HTTP 404'],
	['/_sandbox/settings', 'Not an image'],
])('an image that cannot be read (%s) fails the task, not the submit', async (place, error) => {
	const image_url = place.startsWith('/_sandbox') ? provider.url + place : place;
	const id = await submitted({ image_url });
	await provider.control.finish(id);
	expect(await read(id)).toMatchObject({
		status: 200,
		json: { code: 200, data: { status: 'failed', error_message: expect.stringContaining(error) } },
	});
	expect(provider.control.task(id)).toMatchObject({ status: 'failed', chargedUnits: 0 });
});

test('fates: failed with a message, stuck, vanishing, unknown status, no address, by prompt', async () => {
	provider.control.fates([
		{ match: { service: 'psTask', promptIncludes: 'bad' }, fate: 'failed', message: 'no', taskMs: 0 },
		{ match: { promptIncludes: 'stuck' }, fate: 'stuck' },
		{ match: { promptIncludes: 'gone' }, fate: 'vanishes' },
		{ match: { promptIncludes: 'odd' }, fate: 'unknownStatus' },
		{ match: { service: 'kling' }, fate: 'failed', taskMs: 0 },
	]);
	expect(await dataOf(await submitted({ prompt: 'bad' }))).toEqual({ status: 'failed', error_message: 'no' });
	expect(await dataOf(await submitted({ prompt: 'odd' }))).toMatchObject({ status: 'reviewing' });
	expect((await read(await submitted({ prompt: 'gone' }))).status).toBe(404);
	const stuck = await submitted({ prompt: 'stuck' });
	expect(await dataOf(await submitted())).toMatchObject({ status: 'pending' });
	set({ clockOffsetMs: 1e9 });
	expect(await dataOf(stuck)).toMatchObject({ status: 'processing' });
	provider.control.fates([{ pictures: 0 }]);
	expect(await finished()).toEqual({ status: 'completed', image_rid: expect.any(String) });
});

test('the variants that the document leaves open', async () => {
	expect(await read('none')).toMatchObject({ status: 404, json: { code: 404, msg: 'Task not found', data: {} } });
	set({ psUnknownTask: 500, psMessageKey: 'message' });
	expect(await read('none')).toMatchObject({ status: 500, json: { code: 500, message: 'Task not found' } });
	set({ psRefusalsUnder200: true });
	expect(await read('none')).toMatchObject({ status: 200, json: { code: 500 } });
	expect(await post({})).toMatchObject({ status: 200, json: { code: 400, data: {} } });
	set({ psResultKey: 'result_url', psImageRid: false, psStatusCase: 'upper' });
	expect(await finished()).toEqual({ status: 'COMPLETED', result_url: expect.any(String) });
	set({ psStatusCase: 'mixed' });
	const id = await submitted();
	expect(await dataOf(id)).toMatchObject({ status: 'Pending' });
	await provider.control.finish(id, 'failed');
	expect(await dataOf(id)).toEqual({ status: 'Failed', error_message: 'AI processing failed' });
});

test.each([
	['bearer', { authorization: `Bearer ${sandboxPsAccount.token}` }, { authorization: 'Bearer wrong' }],
	[
		'header',
		{ [sandboxPsAccount.headerName]: sandboxPsAccount.headerSecret },
		{ [sandboxPsAccount.headerName]: 'wrong' },
	],
] as const)(
	'sign-in by %s: 401 without, 403 with a wrong one, also under HTTP 200 for other refusals',
	async (psAuth, right, wrong) => {
		set({ psAuth, psRefusalsUnder200: true });
		const statuses = [];
		for (const headers of [{}, wrong, right]) statuses.push((await send(provider, resultOf('x'), { headers })).status);
		expect(statuses).toEqual([401, 403, 200]);
		expect((await post({ image_url: 'x', prompt: 'x' })).json).toEqual({ code: 401, msg: 'Unauthorized', data: {} });
		expect(provider.control.ledger()).toEqual([]);
		expect(provider.control.requests().map(({ authorization }) => authorization)).toEqual([
			'none',
			psAuth,
			psAuth,
			'none',
		]);
		expect(JSON.stringify([provider.control.requests(), provider.control.settings()])).not.toContain(
			sandboxPsAccount.token,
		);
	},
);
