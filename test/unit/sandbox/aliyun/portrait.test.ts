import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { load } from '../support/http';
import { ask, eight, portrait, query, style, styles, taskQuery, train, trainedUser, uploaded } from '../support/aliyun';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const shift = (clockOffsetMs: number) => provider.control.settings({ clockOffsetMs });
const training = async (img_set: unknown) => (await ask(provider, train, { img_set })).json;

test.each([7, 21])('%i photos are refused, and cost nothing', async (count) => {
	const path = await uploaded(provider);
	expect(await training(Array(count).fill(path))).toMatchObject({
		ret: 1001,
		msg: `img_set must have 8 to 20 photos, but it has ${count}`,
	});
	expect(provider.control.ledger()).toEqual([]);
});

test.each([8, 20])('%i photos train a model, also equal ones', async (count) => {
	const path = await uploaded(provider);
	const json = await training(Array(count).fill(path));
	expect(json).toEqual({
		ret: 0,
		body: { task_id: expect.stringMatching(/^[0-9a-f-]{36}$/), user_id: expect.stringMatching(/^U\d{13}$/) },
	});
});

test('a path that was never uploaded is named', async () => {
	const paths = await eight(provider);
	expect(await training([...paths.slice(1), 'user_upload/T0000000000101/none.jpg'])).toMatchObject({
		ret: 1001,
		msg: 'img_set: user_upload/T0000000000101/none.jpg was never uploaded',
	});
});

test('creates with wrong parameters are refused, naming the parameter', async () => {
	const user_id = await trainedUser(provider);
	const img_set = await eight(provider);
	const wrong: Array<[string, unknown, string]> = [
		[train, {}, 'img_set is required'],
		[train, { img_set: 'x' }, 'img_set must be an array'],
		[train, { img_set: [1] }, 'img_set[0] must be a string'],
		[train, { img_set, name: 'x' }, 'Unknown parameter: name'],
		[train, { img_set, callback_url: 'ftp://x' }, 'callback_url is not a valid http(s) URL: ftp://x'],
		[train, '{', 'The request body is not valid JSON'],
		[portrait, { style }, 'user_id cannot be empty'],
		[portrait, { user_id }, 'style cannot be empty'],
		[portrait, { user_id, style: '仙气十足' }, 'style does not exist: 仙气十足'],
		[portrait, { user_id: 'U1', style }, 'user_id does not exist: U1'],
		[taskQuery, {}, 'task_id cannot be empty'],
	];
	for (const [path, body, msg] of wrong) {
		const { status, json } = await ask(provider, path, body);
		expect({ status, msg: json.msg }).toEqual({ status: 200, msg });
		expect(json.ret).not.toBe(0);
	}
	expect(provider.control.ledger()).toHaveLength(1);
});

test('a training goes through the states 1, 2, 3 and has no results', async () => {
	const { body } = await training(await eight(provider));
	const shown = { id: body.task_id, tsk_type: 1, result_paths: [] };
	for (const [offset, state] of [
		[0, 1],
		[15_000, 2],
		[61_000, 3],
	] as const) {
		shift(offset);
		expect(await query(provider, body.task_id)).toEqual({ ret: 0, body: { ...shown, state } });
	}
	expect(provider.control.ledger()).toMatchObject([
		{
			service: 'aliyunPortrait',
			resource: 'userModel',
			status: 'succeed',
			units: 1,
			chargedUnits: 1,
			userId: body.user_id,
			n: 0,
		},
	]);
});

test.each([
	['waiting', undefined, 'state 1 (waiting)'],
	['failed', 'failed', 'state 5 (failed)'],
	['partial', 'partial', 'state 4 (partly succeeded)'],
] as const)('no portrait with a model whose training is %s', async (_name, end, named) => {
	const { body } = await training(await eight(provider));
	if (end) await provider.control.finish(body.task_id, end);
	const { json } = await ask(provider, portrait, { user_id: body.user_id, style });
	expect(json).toEqual({ ret: 1003, msg: `The model of user ${body.user_id} cannot be used: ${named}`, body: null });
	expect(provider.control.ledger()).toHaveLength(1);
});

test('a portrait ends with three different pictures of its format, and stays free until then', async () => {
	const user_id = await trainedUser(provider);
	const { json } = await ask(provider, portrait, { user_id, style, callback_url: '' });
	expect(json).toEqual({ ret: 0, body: { task_id: expect.any(String), user_id } });
	const id = json.body.task_id;
	expect(provider.control.task(id)).toMatchObject({
		resource: 'portrait',
		chargedUnits: 0,
		n: 3,
		request: { user_id, style, callback_url: '' },
	});
	provider.control.settings({ resultFormat: 'jpeg' });
	await provider.control.finish(id);
	const { body } = await query(provider, id);
	expect(body).toEqual({
		id,
		state: 3,
		tsk_type: 2,
		result_paths: [0, 1, 2].map(() => expect.stringMatching(/^http:.*\.jpeg\?/)),
	});
	const files = await Promise.all(body.result_paths.map(async (url: string) => await load(url)));
	expect(new Set(files.map((content) => content.toString('base64'))).size).toBe(3);
	for (const content of files)
		expect(await sharp(content).metadata()).toMatchObject({ format: 'jpeg', width: 768, height: 1024 });
	expect(provider.control.task(id)).toMatchObject({ chargedUnits: 1 });
	expect(provider.control.files()).toHaveLength(3);
});

test('fates: failed, partial, stuck, vanishing, unknown state, number of pictures, dead results', async () => {
	const user_id = await trainedUser(provider);
	const portraits = { service: 'aliyunPortrait', resource: 'portrait' } as const;
	provider.control.fates([
		{ match: { ...portraits, nth: 1 }, fate: 'failed', taskMs: 0 },
		{ match: { ...portraits, nth: 1 }, fate: 'partial', taskMs: 0 },
		{ match: { ...portraits, nth: 1 }, fate: 'stuck' },
		{ match: { ...portraits, nth: 1 }, fate: 'vanishes', taskMs: 0 },
		{ match: { ...portraits, nth: 1 }, fate: 'unknownStatus' },
		{ match: { ...portraits, nth: 1 }, pictures: 0, taskMs: 0 },
		{ match: { service: 'psTask' }, fate: 'failed' },
		{ match: portraits, deadResult: true, taskMs: 0 },
	]);
	const bodies = [];
	for (let count = 0; count < 7; count++) {
		const { json } = await ask(provider, portrait, { user_id, style });
		if (count === 2) shift(1e9);
		bodies.push((await query(provider, json.body.task_id)).body);
		shift(0);
	}
	expect(bodies.map((body) => body?.state)).toEqual([5, 4, 2, undefined, 9, 3, 3]);
	expect(bodies.map((body) => body?.result_paths.length)).toEqual([0, 2, 0, undefined, 0, 0, 3]);
	expect((await fetch(bodies[1].result_paths[0])).status).toBe(200);
	expect((await fetch(bodies[1].result_paths[0].replace('/0.png', '/2.png'))).status).toBe(403);
	expect((await fetch(bodies[6].result_paths[0])).status).toBe(403);
	const [, ...entries] = provider.control.ledger();
	expect(entries.map(({ chargedUnits }) => chargedUnits)).toEqual([0, 1, 0, 1, 0, 1, 1]);
	expect(entries[2]).toMatchObject({ endsAt: null });
});

test('the time of tasks has a setting of its own', async () => {
	provider.control.settings({ aliyunTaskMs: [5000, 5000] });
	await training(await eight(provider));
	const entry = provider.control.ledger()[0]!;
	expect(entry.endsAt! - entry.createdAt).toBe(5000);
});

test('an unknown task is a refusal or null, by setting; states can be texts; the key of the text varies', async () => {
	expect(await query(provider, 'none')).toEqual({ ret: 1002, msg: 'task_id does not exist: none', body: null });
	provider.control.settings({ aliyunMessageKey: 'err_msg' });
	expect(await query(provider, 'none')).toMatchObject({ err_msg: 'task_id does not exist: none' });
	provider.control.settings({ aliyunUnknownTask: 'null', aliyunStateAsText: true });
	expect(await query(provider, 'none')).toEqual({ ret: 0, body: null });
	const { body } = await training(await eight(provider));
	expect((await query(provider, body.task_id)).body).toMatchObject({ state: '1', tsk_type: '1' });
});

test('a dozen styles for both sexes, each with a picture of its own', async () => {
	const { json } = await styles(provider);
	expect(json.ret).toBe(0);
	expect(json.body).toHaveLength(12);
	expect(new Set(json.body.map(({ sex }: { sex: string }) => sex))).toEqual(new Set(['女', '男']));
	expect(json.body[0]).toEqual({
		name: '仙气十足',
		style,
		template: `${provider.url}/templates/${style}.png`,
		sex: '女',
	});
	const pictures = new Set<string>();
	for (const { template } of json.body) {
		const content = await load(template);
		expect(await sharp(content).metadata()).toMatchObject({ format: 'png', width: 480, height: 640 });
		pictures.add(content.toString('base64'));
	}
	expect(pictures.size).toBe(12);
	expect((await fetch(`${provider.url}/templates/none.png`)).status).toBe(404);
});

test('a callback carries what a query would answer, at every change of state', async () => {
	const bodies: unknown[] = [];
	const receiver = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => {
			bodies.push(JSON.parse(Buffer.concat(parts).toString()));
			response.end();
		});
	}).listen(0, '127.0.0.1');
	await once(receiver, 'listening');
	const callback_url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
	provider.control.settings({ aliyunTaskMs: [200, 200] });
	const { json } = await ask(provider, train, { img_set: await eight(provider), callback_url });
	await vi.waitFor(() => expect(bodies).toHaveLength(2), 10_000);
	const body = { id: json.body.task_id, tsk_type: 1, result_paths: [] };
	expect(bodies).toEqual([
		{ ret: 0, body: { ...body, state: 2 } },
		{ ret: 0, body: { ...body, state: 3 } },
	]);
	await vi.waitFor(
		() => expect(provider.control.callbacks().map(({ taskStatus }) => taskStatus)).toEqual(['2', '3']),
		10_000,
	);
	receiver.close();
});
