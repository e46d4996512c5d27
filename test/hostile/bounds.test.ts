/** What a hostile answer may cost this process and other accounts, in figures. */
import { fork } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, describe, expect, it } from 'vitest';

import { startHarness, type RunOptions } from '../harness/index.ts';
import { errorOf, factsOf, itemsOf } from '../engine/support.ts';
import { listening } from './server.ts';

const n8n = await startHarness();
afterAll(async () => await n8n.stop());
const figures: Record<string, number> = {};
afterAll(() => console.log(`hostile bounds: ${JSON.stringify(figures)}`));

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

const MB = 2 ** 20;
/** Memory in use, in bytes; what is only kept by the process for later does not count. */
function held(): number {
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

/** Most memory for one answer in MB: 16 of it, its parts, and what is not collected yet. */
const MOST_MB = 64;

const create: INodeParameters = {
	resource: 'task',
	operation: 'create',
	waitForCompletion: false,
	imageUrl: 'https://example.test/image.png',
	prompt: 'p',
};

async function run(baseUrl: string, token: string, change: Partial<RunOptions> = {}) {
	return await n8n.run({
		node: 'n8n-nodes-kling-aliyun.psTask',
		parameters: create,
		credentials: { psTaskApi: { authentication: 'bearer', token, baseUrl } },
		...change,
	});
}

describe('the memory of an answer', () => {
	const child = fork(fileURLToPath(new URL('bombServer.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
	afterAll(() => void child.kill());
	const port = new Promise<number>((resolve) => child.once('message', (sent) => resolve(sent as number)));

	it.each(['stream', 'gzip'])('%s: 400 MB of JSON, or 300 MB in 0.3 MB of gzip', { timeout: 900_000 }, async (kind) => {
		const baseUrl = `http://127.0.0.1:${await port}/${kind}`;
		// What is loaded at the first request does not count.
		await run('http://127.0.0.1:1', 'token-of-nobody');
		collect();
		const before = held();
		let most = 0;
		const watch = setInterval(() => (most = Math.max(most, held() - before)), 1);
		const error = errorOf(await run(baseUrl, `token-${kind}`));
		clearInterval(watch);
		figures[`memory of ${kind}, MB`] = Math.round(most / MB);
		expect(factsOf(error)).toMatchObject({ taskState: 'may-exist' });
		expect(most / MB).toBeLessThan(MOST_MB);
	});
});

describe('four creates of an account that drip', () => {
	it('hold up no create of another account', { timeout: 900_000 }, async () => {
		const dripping = new Set<ServerResponse>();
		let tasks = 0;
		const server = createServer((request, response) => {
			request.resume();
			response.writeHead(200, { 'content-type': 'application/json' });
			if (!request.headers.authorization?.endsWith('slow')) {
				return void response.end(`{"code":200,"data":{"task_id":"t${++tasks}"}}`);
			}
			dripping.add(response);
			const timer = setInterval(() => response.write(' '), 20);
			response.once('close', () => (clearInterval(timer), dripping.delete(response)));
		});
		const baseUrl = await listening(server);
		const stop = new AbortController();
		const items = Array.from({ length: 12 }, () => ({}));
		const timed = async (token: string) => {
			const begun = performance.now();
			expect(itemsOf(await run(baseUrl, token, { items }))).toHaveLength(12);
			return Math.round(performance.now() - begun);
		};
		await timed('token-first');
		const alone = await timed('token-alone');
		const stuck = run(baseUrl, 'token-slow', { items, signal: stop.signal });
		await expect.poll(() => dripping.size).toBe(4);
		const beside = await timed('token-beside');
		expect(dripping.size).toBe(4);
		Object.assign(figures, { 'creates alone, ms': alone, 'creates beside four that drip, ms': beside });
		stop.abort();
		await stuck;
		await new Promise((closed) => server.close(closed));
	});
});
