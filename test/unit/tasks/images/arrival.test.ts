/** Images go on into the storage while they arrive: what can go wrong between the first part and the last. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { downloadImages } from '../../../../nodes/tasks/images/download';
import { fetchImage } from '../../../../nodes/tasks/images/fetch';
import type { Task } from '../../../../nodes/tasks/model/task';
import { endpoint, itemOf, rejectionOf } from '../support';

const MB = 1024 * 1024;
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(MB)]);
const images = [{ index: 0, url: 'https://cdn/a.png' }];
const task: Task = { service: 'kling', resource: 'r', taskId: '1', status: 'succeeded', images };

type Storage = (stream: Readable) => Promise<object>;

/** Reads to the end, as n8n does when it keeps files in memory or in its database. */
const collect: Storage = async (stream) => ({ isWhole: (await buffer(stream)).equals(png) });

type Bodies = Array<() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>>;

/** An item whose server gives these bodies in turn, and whose storage does this with them. */
function serve(bodies: Bodies, storage = collect, signal?: AbortSignal) {
	const requests: Array<{ body: Readable; signal: AbortSignal }> = [];
	const item = itemOf({ signal });
	const files = { ...item.files, store: async (stream: unknown) => (await storage(stream as Readable)) as never };
	const fetch = async (_request: unknown, ended: AbortSignal) => {
		const make = bodies[Math.min(requests.length, bodies.length - 1)];
		const body = Readable.from(make?.() ?? [], { objectMode: false });
		// As axios does it: waiting for a part that never comes is over too.
		ended.addEventListener('abort', () => {
			if (!body.destroyed) body.once('error', () => undefined).emit('error', new Error('canceled'));
			body.destroy();
		});
		requests.push({ body, signal: ended });
		return { statusCode: 200, headers: {}, body: body as never };
	};
	return { item: { ...item, files, fetch }, requests };
}

/** Downloads one image. */
function download(...given: Parameters<typeof serve>) {
	const { item, requests } = serve(...given);
	const result = downloadImages(item, endpoint, task).then(({ files }) => files.map(({ image }) => image));
	return { result, requests };
}

const whole = () => [png];

async function* cutAfter(bytes: number) {
	yield png.subarray(0, bytes);
	await turn();
	throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}

afterEach(() => vi.restoreAllMocks());

describe('half an image is never taken for a whole one', () => {
	it.each([0, 5, 12, 500_000])('a connection lost after %i bytes is another try', async (bytes) => {
		const { result, requests } = download([() => cutAfter(bytes), whole]);
		expect(await result).toEqual([{ isWhole: true }]);
		expect(requests).toHaveLength(2);
	});

	it('not by a storage that keeps what came before the failure', async () => {
		const { result, requests } = download([() => cutAfter(500_000), whole], async (stream) => {
			const parts: Uint8Array[] = [];
			stream.on('data', (part: Uint8Array) => parts.push(part));
			return await new Promise((resolve) => {
				stream
					.once('error', () => undefined)
					.once('close', () => resolve({ isWhole: Buffer.concat(parts).equals(png) }));
			});
		});
		expect(await result).toEqual([{ isWhole: true }]);
		expect(requests).toHaveLength(2);
	});

	it('not by a storage that stops reading before the end', async () => {
		const { result, requests } = download([whole], async () => ({}));
		expect(await rejectionOf(result)).toMatchObject({ retryable: true, taskState: 'created' });
		expect(requests).toHaveLength(6);
	});

	it('not when it stands still: a try that takes half an hour is given up, and another begins', async () => {
		const { timers } = watchTimers();
		const still = async function* () {
			yield png.subarray(0, 500_000);
			timers.find(({ ms }) => ms === 30 * 60_000)?.ring();
			await new Promise(() => undefined);
		};
		const { result } = download([still, whole]);
		expect(await result).toEqual([{ isWhole: true }]);
	});
});

describe('a file that comes slowly', () => {
	it('is given up when half a minute brings less than 256 kB, and fetched again', async () => {
		const { timers } = watchTimers();
		const drip = async function* () {
			yield png.subarray(0, 20);
			timers.at(-1)?.ring();
			for (let at = 20; ; at += 1) {
				await turn();
				yield png.subarray(at, at + 1);
			}
		};
		const { result, requests } = download([drip, whole]);
		expect(await result).toEqual([{ isWhole: true }]);
		expect(requests).toHaveLength(2);
		expect(timers.map(({ ms }) => ms).slice(0, 3)).toEqual([30 * 60_000, 60_000, 30_000]);
	});

	it('says so when it never comes faster', async () => {
		const { timers } = watchTimers();
		const drip = async function* () {
			yield png.subarray(0, 20);
			timers.at(-1)?.ring();
			await new Promise(() => undefined);
		};
		const error = await rejectionOf(download([drip]).result);
		expect(error.message).toBe('The file came too slowly (image 1 of the task)');
		expect(error).toMatchObject({ taskState: 'created', retryable: true });
	});

	it('comes whole as long as each half minute brings 256 kB, however many there are', async () => {
		const { timers } = watchTimers();
		const slow = async function* () {
			for (let at = 0; at < png.length; at += 256 * 1024) {
				const before = timers.at(-1);
				yield png.subarray(at, at + 256 * 1024);
				while (at + 256 * 1024 <= png.length && timers.at(-1) === before) await turn();
				// That of a stretch that is over means nothing any more.
				if (timers.at(-1) !== before) before?.ring();
			}
		};
		const { result, requests } = download([slow]);
		expect(await result).toEqual([{ isWhole: true }]);
		expect(requests).toHaveLength(1);
	});

	it('must begin within a minute, also while its host is looked up', async () => {
		const { timers } = watchTimers();
		const { item } = serve([whole]);
		const never = new Promise<never>(() => undefined);
		for (const hang of [{ lookUp: async () => await never }, { fetch: hangUntilAborted }]) {
			const { imageHosts } = await item.account(endpoint.service.connection);
			const fetched = fetchImage({ ...item, ...hang }, imageHosts, 'https://cdn/a.png');
			await turn();
			expect(timers.at(-1)?.ms).toBe(60_000);
			timers.at(-1)?.ring();
			expect(await fetched).toMatchObject({ problem: 'the file came too slowly', again: true });
		}
	});
});

/** A request whose answer never begins. */
async function hangUntilAborted(_: unknown, ended: AbortSignal): Promise<never> {
	return await new Promise((_, fail) => ended.addEventListener('abort', () => fail(new Error('canceled'))));
}

/** Timers that ring when the test says so. */
function watchTimers() {
	const timers: Array<{ ms: number; ring(): void }> = [];
	vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
		const timer = new AbortController();
		timers.push({ ms, ring: () => timer.abort() });
		return timer.signal;
	});
	return { timers };
}

describe('the storage’s own failure', () => {
	const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

	it.each<[string, Storage]>([
		[
			'before it reads',
			async () => {
				throw full;
			},
		],
		[
			'in the middle',
			async (stream) => {
				for await (const _ of stream) throw full;
				return {};
			},
		],
		[
			'at the end',
			async (stream) => {
				await buffer(stream);
				throw full;
			},
		],
	])('%s says so, is not a lost connection, and the task is paid', async (_, storage) => {
		const { result, requests } = download([whole], storage);
		const error = await rejectionOf(result);
		expect(error).toMatchObject({
			taskId: '1',
			taskState: 'created',
			retryable: false,
			hint: expect.stringContaining('paid'),
		});
		expect(error.message).toBe(
			'The storage of n8n did not take the file (image 1 of the task): no space left on device, write',
		);
		expect(requests).toHaveLength(1);
	});
});

describe('an image in parts', () => {
	it('is not read ahead of a storage that is slow', async () => {
		let given = 0;
		const endless = function* () {
			for (yield png.subarray(0, 65_536); ; given += 1) yield Buffer.alloc(65_536);
		};
		const ahead: number[] = [];
		const { result } = download([endless], async () => {
			for (let turns = 0; turns < 100; turns += 1) await turn();
			ahead.push(given);
			throw new Error('enough');
		});
		await rejectionOf(result);
		expect(ahead).toHaveLength(1);
		expect(ahead[0]).toBeLessThan(8);
	});

	it('larger than 50 MB is not read to its end, and not tried again', async () => {
		let given = 0;
		const endless = function* () {
			for (yield png; given < 1_000; given += 1) yield Buffer.alloc(MB);
		};
		const { result, requests } = download([endless]);
		expect((await rejectionOf(result)).message).toContain('larger than 50 MB');
		expect(given).toBeLessThan(55);
		expect(requests).toHaveLength(1);
	});

	it('of a few bytes only is not an image', async () => {
		for (const body of [() => [png.subarray(0, 3)], () => []]) {
			expect((await rejectionOf(download([body]).result)).message).toBe(
				'The link does not lead to an image (image 1 of the task)',
			);
		}
	});

	it('is known by its first bytes, however small the parts are', async () => {
		const drops = function* () {
			for (let at = 0; at < 20; at += 1) yield png.subarray(at, at + 1);
			yield png.subarray(20);
		};
		expect(await download([drops]).result).toEqual([{ isWhole: true }]);
	});
});

it('Stop in the middle of an image ends it at once, without another try', async () => {
	const stop = new AbortController();
	const endless = async function* () {
		yield png;
		stop.abort();
		await new Promise(() => undefined);
	};
	const { result, requests } = download([endless], collect, stop.signal);
	await rejectionOf(result);
	expect(requests).toHaveLength(1);
});

it.each<[string, Parameters<typeof download>]>([
	['a stored image', [[whole]]],
	['a file that is not an image', [[() => [Buffer.alloc(MB)]]]],
	['a lost connection', [[() => cutAfter(12)]]],
	[
		'a storage that fails',
		[
			[whole],
			async () => {
				throw new Error('full');
			},
		],
	],
])('%s leaves no connection open', async (_, given) => {
	const { result, requests } = download(...given);
	await result.catch(() => undefined);
	expect(requests.length).toBeGreaterThan(0);
	for (const { body, signal } of requests) expect([body.destroyed, signal.aborted]).toEqual([true, true]);
});

it('an image that is needed in memory comes whole or not at all', async () => {
	const { item, requests } = serve([whole, () => cutAfter(500_000)]);
	const { imageHosts } = await item.account(endpoint.service.connection);
	const fetched = await fetchImage(item, imageHosts, 'https://cdn/a.png');
	expect('bytes' in fetched && fetched.bytes.equals(png)).toBe(true);
	expect(await fetchImage(item, imageHosts, 'https://cdn/a.png')).toMatchObject({
		problem: 'the connection was lost during the download',
		again: true,
	});
	expect(requests).toHaveLength(2);
});
