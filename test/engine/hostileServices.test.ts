/** Services, or whatever answers in their place, that drip, send without end, echo what they were sent, or nest. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startHarness, type RunOptions } from '../harness/index.ts';
import { errorOf, expectNothingUnhandled, factsOf, photo } from './support.ts';

const n8n = await startHarness();
afterAll(async () => await n8n.stop());
expectNothingUnhandled();

/** What the service does with a request; its body has arrived. */
type Behaviour = (request: IncomingMessage & { body: string }, response: ServerResponse) => void;
let behave: Behaviour = (_request, response) => void response.end('{}');
const asked: string[] = [];
const server = createServer((request, response) => {
	asked.push(`${request.method} ${request.url}`);
	const parts: Buffer[] = [];
	request
		.on('data', (part: Buffer) => parts.push(part))
		.on('end', () => behave(Object.assign(request, { body: String(Buffer.concat(parts)) }), response));
});
const baseUrl = await listening(server);
beforeEach(() => void (asked.length = 0));
afterEach(() => vi.restoreAllMocks());

async function listening(it: Server): Promise<string> {
	await new Promise<void>((done) => it.listen(0, '127.0.0.1', done));
	afterAll(async () => {
		await new Promise((done) => it.close(done));
	});
	return `http://127.0.0.1:${(it.address() as AddressInfo).port}`;
}

let accounts = 0;
/** Credentials of all services for an account that nobody has used. */
function credentialsOf(url = baseUrl, change: Record<string, Record<string, string>> = {}) {
	const number = ++accounts;
	return {
		klingApi: { region: 'custom', apiKey: `key-0123456789-${number}`, ...change.klingApi, baseUrl: url },
		aliyunMarketApi: { appCodeSecret: `code-0123456789-${number}`, ...change.aliyunMarketApi, baseUrl: url },
		psTaskApi: {
			authentication: 'bearer',
			token: `token-0123456789-${number}`,
			...change.psTaskApi,
			baseUrl: url,
		},
	};
}

type Operation = Pick<RunOptions, 'node' | 'parameters'>;
const on = (node: string, parameters: INodeParameters): Operation => ({
	node: `n8n-nodes-kling-aliyun.${node}`,
	parameters,
});
const once = { waitForCompletion: false };
const image = 'https://example.test/image.png';
const style = { __rl: true, mode: 'id', value: 's' };
const GET = {
	kling: on('kling', { resource: 'imageExpansion', operation: 'get', taskId: 't' }),
	aliyun: on('aliyunPortrait', { resource: 'portrait', operation: 'get', taskId: 't' }),
	ps: on('psTask', { resource: 'task', operation: 'get', taskId: 't' }),
};
const CREATE = {
	kling: on('kling', {
		...once,
		resource: 'imageExpansion',
		operation: 'create',
		image,
		expansionMode: 'ratios',
		upExpansionRatio: 0.5,
	}),
	aliyun: on('aliyunPortrait', { ...once, resource: 'portrait', operation: 'create', userId: 'U1', style }),
	ps: on('psTask', { ...once, resource: 'task', operation: 'create', imageUrl: image, prompt: 'p' }),
};
type Name = keyof typeof GET;
const NAMES: Name[] = ['kling', 'aliyun', 'ps'];

/** Runs an operation with parameters changed. */
async function run({ node, parameters }: Operation, change: INodeParameters = {}, options: Partial<RunOptions> = {}) {
	return await n8n.run({ node, parameters: { ...parameters, ...change }, credentials: credentialsOf(), ...options });
}

/** Resolves when the other side has ended the connection. */
const closed = async (response: ServerResponse) => await new Promise<void>((done) => response.once('close', done));

/** One space after the other, for as long as somebody listens. */
function drip(response: ServerResponse): void {
	const timer = setInterval(() => response.write(' '), 20);
	response.once('close', () => clearInterval(timer));
}

describe('an answer that drips', () => {
	const TIMEOUT = { requestOptions: { timeout: 300 } };
	const slowBody: Behaviour = (_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		drip(response);
	};
	const slowHeaders: Behaviour = (_request, response) => {
		const { socket } = response;
		socket?.write('HTTP/1.1 200 OK\r\n');
		let number = 0;
		const timer = setInterval(() => socket?.write(`X-${++number}: a\r\n`), 20);
		socket?.once('close', () => clearInterval(timer));
	};

	it.each(NAMES.flatMap((name) => [['headers', name, slowHeaders] as const, ['a body', name, slowBody] as const]))(
		'with %s ends at the Timeout, and the connection with it: a create of %s may exist',
		async (_, name, behaviour) => {
			let ended: Promise<void> | undefined;
			behave = (request, response) => {
				ended ??= closed(response);
				behaviour(request, response);
			};
			const stop = new AbortController();
			const running = run(CREATE[name], TIMEOUT, { signal: stop.signal });
			// Kling is asked for the task afterwards, which drips as well.
			if (name === 'kling')
				void expect
					.poll(() => asked.length)
					.toBeGreaterThan(1)
					.then(() => stop.abort());
			const result = await running;
			await ended;
			if (name !== 'kling') expect(factsOf(errorOf(result))).toMatchObject({ taskState: 'may-exist' });
		},
	);

	it.each(NAMES)('of %s holds up no other account, and gives its place back', async (name) => {
		const [slow, quick] = [credentialsOf(), credentialsOf()];
		const isSlow = (request: IncomingMessage) =>
			Object.values(slow).some((fields) => String(request.headers.authorization).endsWith(lastOf(fields)));
		let dripping = 0;
		behave = (request, response) => {
			if (!isSlow(request)) return void response.end('{"code":5,"ret":5,"message":"answered"}');
			dripping += 1;
			slowBody(request, response);
		};
		const items = Array.from({ length: 40 }, () => ({}));
		const stop = new AbortController();
		const hanging = run(
			GET[name],
			{ requestOptions: { timeout: 60_000 } },
			{ credentials: slow, items, signal: stop.signal },
		);
		await expect.poll(() => dripping).toBe(16);
		expect(errorOf(await run(GET[name], {}, { credentials: quick })).message).toContain('answered');
		stop.abort();
		await hanging;
		behave = (_request, response) => void response.end('{"code":5,"ret":5,"message":"answered"}');
		expect(errorOf(await run(GET[name], {}, { credentials: slow })).message).toContain('answered');
	});

	it.each([
		['klingApi', 'a body', slowBody],
		['aliyunMarketApi', 'a body', slowBody],
		['psTaskApi', 'a body', slowBody],
		['klingApi', 'headers', slowHeaders],
		['psTaskApi', 'headers', slowHeaders],
	] as const)('ends the test of %s too, with %s', async (type, _, behaviour) => {
		const limits = hurried();
		let ended: Promise<void> | undefined;
		behave = (request, response) => {
			ended = closed(response);
			behaviour(request, response);
		};
		const fields = credentialsOf()[type];
		expect(await n8n.testCredential(type, fields)).toMatchObject({ status: 'Error' });
		await ended;
		expect(limits).toEqual([30_000]);
	});

	it('ends the list of choices', async () => {
		hurried();
		behave = slowBody;
		const list = n8n.listSearch({ node: GET.aliyun.node, method: 'searchStyles', credentials: credentialsOf() });
		await expect(list).rejects.toThrow('No answer from Aliyun AI Portrait: it took too long');
	});

	/** Limits of time pass a hundred times as fast; gives them in ms. */
	function hurried(): number[] {
		const real = AbortSignal.timeout.bind(AbortSignal);
		const limits: number[] = [];
		vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
			if (!limits.includes(ms)) limits.push(ms);
			return real(ms / 100);
		});
		return limits;
	}
});

function lastOf(fields: Record<string, string>): string {
	return fields.apiKey ?? fields.appCodeSecret ?? fields.token ?? '';
}

describe('a request that is not taken', () => {
	const sockets = new Set<{ destroy(): void }>();
	const deaf = createTcpServer({ pauseOnConnect: true }, (socket) => sockets.add(socket));

	it('ends at the Timeout and 4 s for each MB', async () => {
		const url = await listening(deaf);
		afterAll(() => sockets.forEach((socket) => socket.destroy()));
		const real = AbortSignal.timeout.bind(AbortSignal);
		const limits: number[] = [];
		vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => (limits.push(ms), real(Math.min(ms, 500))));
		const megabytes = Buffer.concat([photo(), Buffer.alloc(6_000_000)]);
		const binary = { data: { buffer: megabytes, fileName: 'a.jpg', mimeType: 'image/jpeg' } };
		const upload = on('aliyunPortrait', { resource: 'photo', operation: 'upload', requestOptions: { timeout: 200 } });
		const stop = new AbortController();
		const running = run(upload, {}, { items: [{ binary }], credentials: credentialsOf(url), signal: stop.signal });
		await expect.poll(() => limits.length).toBeGreaterThan(1);
		stop.abort();
		await running;
		expect(Math.min(...limits)).toBeGreaterThan(200 + 6 * 4_000);
	});
});

describe('an answer without end', () => {
	it.each(['aliyun', 'ps'] as const)('of %s is read up to 16 MB, then the connection ends', async (name) => {
		let sent = 0;
		let ended: Promise<void> | undefined;
		behave = (_request, response) => {
			ended = closed(response);
			const part = Buffer.alloc(1024 * 1024, ' ');
			const more = () => {
				do sent += 1;
				while (!response.destroyed && response.write(part));
			};
			response.on('drain', more);
			more();
		};
		const error = errorOf(await run(CREATE[name]));
		await ended;
		expect(error.message).toContain('No answer from');
		expect(factsOf(error)).toMatchObject({ taskState: 'may-exist' });
		expect(sent).toBeLessThan(40);
	});

	it('is not unpacked whole: 0.3 MB of gzip cost no 300 MB', async () => {
		const packed = gzipSync(Buffer.alloc(300 * 1024 * 1024, ' '), { level: 9 });
		expect(packed.length).toBeLessThan(400_000);
		behave = (_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(packed);
		};
		const before = process.memoryUsage().arrayBuffers;
		let most = 0;
		const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers - before)), 1);
		const error = errorOf(await run(CREATE.ps));
		clearInterval(watch);
		expect(error.message).toContain('No answer from PS Task');
		expect(most).toBeLessThan(60 * 1024 * 1024);
	});
});
