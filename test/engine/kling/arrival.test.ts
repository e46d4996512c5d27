/** Result files from a server that misbehaves in the middle of them, wherever n8n keeps binaries. */
import { readdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { startHarness, type RunOptions } from '../../harness/index.ts';
import { n8nHome } from '../../harness/runtime.ts';
import { expectNothingUnhandled, stoppedWhen } from '../support.ts';
import { errorOf, expand, factsOf, itemsOf, KLING, photos, start } from './support.ts';

const { control, provider } = await start();
const MB = 1024 * 1024;

// Noise does not compress: about 5 MB, which no buffer on the way holds.
const image = await sharp({
	create: {
		width: 1300,
		height: 1300,
		channels: 3,
		background: '#000',
		noise: { type: 'gaussian', mean: 128, sigma: 60 },
	},
})
	.png()
	.toBuffer();
const half = image.subarray(0, image.length / 2);
const length = { 'content-length': String(image.length) };

type Answer = (response: ServerResponse) => void;
const whole: Answer = (response) => response.writeHead(200, length).end(image);

let answers: Answer[] = [];
let asked = 0;
const sockets = new Set<Socket>();
const server = createServer((_, response) => (answers[asked++] ?? whole)(response));
server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
afterAll(() => server.close());

expectNothingUnhandled();
beforeEach(() => {
	asked = 0;
	control.settings({ resultBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

/** Files that n8n's storage began and did not finish. */
const unfinished = () => readdirSync(n8nHome, { recursive: true }).filter((name) => String(name).includes('.tmp.'));

/** No connection stays open. */
const expectClosed = async () => await expect.poll(() => sockets.size).toBe(0);

describe.each(['filesystem', 'default'] as const)('mode %s', (binaryMode) => {
	const download = async (given: Answer[], options: Pick<RunOptions, 'signal'> = {}) => {
		answers = given;
		const n8n = await startHarness({ binaryMode });
		return await n8n.run({
			node: KLING,
			parameters: expand(),
			items: photos({}),
			credentials: provider.credentials,
			...options,
		});
	};

	it.each<[string, Answer]>([
		['with a length', (response) => response.writeHead(200, length).write(half, () => response.destroy())],
		['without a length', (response) => response.writeHead(200).write(half, () => response.destroy())],
		[
			'compressed',
			(response) =>
				response
					.writeHead(200, { 'content-encoding': 'gzip' })
					.write(gzipSync(image).subarray(0, half.length), () => response.destroy()),
		],
	])('a file cut off in the middle, %s, is fetched again and stored whole', async (_, cut) => {
		const result = await download([cut]);
		const [item] = itemsOf(result);
		expect((await result.binary(item, 'image')).equals(image)).toBe(true);
		expect(asked).toBe(2);
		expect(unfinished()).toEqual([]);
	});

	it.each<[string, Answer]>([
		['without a length', (response) => response.writeHead(200).end(image)],
		[
			'compressed, with the length of what is sent',
			(response) => {
				const small = gzipSync(image);
				response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': String(small.length) }).end(small);
			},
		],
	])('a file that comes %s is stored whole', async (_, answer) => {
		const result = await download([answer]);
		expect((await result.binary(itemsOf(result)[0], 'image')).equals(image)).toBe(true);
		expect(asked).toBe(1);
	});

	it('a file larger than 50 MB that does not say so is given up: nothing is kept, the connection is closed', async () => {
		const result = await download([
			(response) => {
				response.writeHead(200).write(image);
				const more = () => {
					while (!response.destroyed && response.write(Buffer.alloc(MB)));
				};
				response.on('drain', more);
				more();
			},
		]);
		expect(result.error?.message).toContain('larger than 50 MB');
		expect(asked).toBe(1);
		await expectClosed();
		await expect.poll(unfinished).toEqual([]);
	});

	it('Stop in the middle of a file ends it at once, and the connection', async () => {
		const result = await stoppedWhen(
			() => asked === 1,
			async (signal) => await download([(response) => void response.writeHead(200, length).write(half)], { signal }),
		);
		expect(result.status).toBe('canceled');
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(asked).toBe(1);
		await expectClosed();
		await expect.poll(unfinished).toEqual([]);
	});
});

it.each<[string, Answer, string, number?]>([
	['a dead link', (response) => void response.writeHead(404, length).write(half), 'The link is dead', 404],
	[
		'a file announced as too large',
		(response) => void response.writeHead(200, { 'content-length': String(60 * MB) }).write(image),
		'The file is larger than 50 MB',
	],
	[
		'a file that is no image',
		(response) => void response.writeHead(200, length).write(Buffer.alloc(MB)),
		'The link does not lead to an image',
	],
])('%s is not read to its end: the connection is closed', async (_, answer, problem, httpStatus) => {
	answers = [answer];
	const n8n = await startHarness();
	const result = await n8n.run({
		node: KLING,
		parameters: expand(),
		items: photos({}),
		credentials: provider.credentials,
	});
	const error = errorOf(result);
	expect(error.message).toBe(`${problem} (image 1 of the task)`);
	expect(factsOf(error).httpStatus).toBe(httpStatus);
	await expectClosed();
});
