/** Results are fetched from the public internet, from the service's own host, and from what the credential allows. */
import { describe, expect, it } from 'vitest';

import { isN8n1 } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import { knowNames, startImageServer } from '../imageServer.ts';
import { factsOf as facts } from '../support.ts';
import { errorOf, expand, itemsOf, multiImage, photo, photos, start } from './support.ts';

const { run, control, provider, n8n, unknown } = await start();
const image = photo();
const { state, sockets, port, at } = await startImageServer((response) => void response.writeHead(200).end(image));
const lookedUp = knowNames({
	'inside.example': '127.0.0.3',
	'shared.example': '100.64.0.7',
	'keys.example': '100.100.100.200',
});

/** The credential of an account at 127.0.0.1. */
const allowing = (privateImageHosts: string) => klingCredentials(provider.url, { privateImageHosts });
const privately = (host: string) => `The image is on a private address (${host}) (image 1 of the task)`;
const ALLOW_IT = /^Add it to Private Image Hosts in the credential\. The task is finished and paid\./;

describe('a result on a private address', () => {
	it.each([
		['127.0.0.2', '127.0.0.2'],
		['2130706434', '127.0.0.2'],
		['0x7f.2', '127.0.0.2'],
		['0177.0.0.2', '127.0.0.2'],
		['127.2', '127.0.0.2'],
		['[::ffff:127.0.0.2]', '[::ffff:7f00:2]'],
		['[::]', '[::]'],
		['localhost', 'localhost'],
		['LocalHost.', 'localhost.'],
		['a.localhost', 'a.localhost'],
		['0', '0.0.0.0'],
		['10.20.30.40', '10.20.30.40'],
		['100.64.1.2', '100.64.1.2'],
		['[fd00::1]', '[fd00::1]'],
	])('on %s is not asked for, said once, and the task is paid', async (host, shown) => {
		control.settings({ resultBaseUrl: at(host) });
		const error = errorOf(await run(expand()));
		expect(error.message).toBe(privately(`${shown}:${port}`));
		expect(error.description).toMatch(ALLOW_IT);
		const [task] = control.ledger();
		expect(facts(error)).toMatchObject({
			taskState: 'created',
			taskId: task?.taskId,
			externalTaskId: task?.externalTaskId,
			retryable: false,
		});
		expect(state.asked).toEqual([]);
	});

	it('has the same words whether something answers there or nothing', async () => {
		const messages = [];
		for (const to of [port, 1, 6379]) {
			control.settings({ resultBaseUrl: `http://127.0.0.9:${to}` });
			messages.push(errorOf(await run(expand())).message.replace(`:${to})`, ':PORT)'));
		}
		expect(new Set(messages)).toEqual(new Set([privately('127.0.0.9:PORT')]));
	});

	it.each(['127.0.0.0/8', '10.0.0.0/8，127.0.0.2', 'minio\n127.0.0.0/24'])(
		'is fetched with Private Image Hosts %j, without a credential',
		async (field) => {
			control.settings({ resultBaseUrl: at('127.0.0.2') });
			const result = await run(expand(), { credentials: allowing(field) });
			expect((await result.binary(itemsOf(result)[0], 'image')).equals(image)).toBe(true);
			expect(state).toMatchObject({ hadAuthorization: false, asked: [expect.stringContaining('127.0.0.2')] });
		},
	);

	it('on the host of the service is fetched, on whatever port', async () => {
		control.settings({ resultBaseUrl: at('127.0.0.1') });
		expect(Object.keys(itemsOf(await run(expand()))[0]?.binary ?? {})).toEqual(['image']);
		expect(state.asked).toHaveLength(1);
	});

	it('is taken by a retry once the credential allows it, and nothing is bought again', async () => {
		control.settings({ resultBaseUrl: at('127.0.0.2') });
		const failed = await run(expand());
		expect(failed.status).toBe('error');
		const again = await n8n.retry(failed, { credentials: allowing('127.0.0.2') });
		expect(itemsOf(again)[0]?.json.taskId).toBe(control.ledger()[0]?.taskId);
		expect(control.ledger()).toHaveLength(1);
	});

	it.each([
		'http://169.254.169.254/latest',
		'http://100.100.100.200:80',
		'http://[fd00:ec2::254]',
		'http://0xa9fea9fe',
	])('at %s is not asked for, whatever is allowed', async (resultBaseUrl) => {
		control.settings({ resultBaseUrl });
		const error = errorOf(await run(expand(), { credentials: allowing('0.0.0.0/0, ::/0') }));
		expect(error.message).toContain('clouds give away keys');
		expect(facts(error)).toMatchObject({ taskState: 'created', retryable: false });
	});
});

it.each([
	['10.0.0.0/33', '10.0.0.0/33'],
	['http://minio:9000', 'http://minio:90…'],
	['10.0.0', '10.0.0'],
	['*', '*'],
])('a wrong entry %j is named before anything is sent', async (entry, shown) => {
	const error = errorOf(await run(expand(), { credentials: allowing(`minio, ${entry}`) }));
	expect(error.message).toBe(`The field Private Image Hosts of the credential holds "${shown}", which is no host`);
	expect(facts(error)).toMatchObject({ taskState: 'not-created' });
	expect(control.requests()).toEqual([]);
});

describe('a redirect', () => {
	const redirecting = (...targets: string[]) => {
		let next = 0;
		control.settings({ resultBaseUrl: at('127.0.0.1') });
		state.answer = (response) => {
			const location = targets[next++];
			if (location === undefined) response.writeHead(200).end(image);
			else response.writeHead([301, 302, 303, 307, 308][next % 5] ?? 302, { location }).end();
		};
	};

	it.each(['127.0.0.2', '2130706434', '[::ffff:127.0.0.2]', 'localhost'])(
		'to the private address %s is not followed',
		async (host) => {
			redirecting(`${at(host)}/inside`);
			const error = errorOf(await run(expand()));
			expect(error.message).toMatch(/^The image is on a private address \(\S+\) \(image 1 of the task\)$/);
			expect(error.description).toMatch(ALLOW_IT);
			expect(facts(error)).toMatchObject({ taskState: 'created', retryable: false });
			expect(state.asked).toHaveLength(1);
			await expect.poll(() => sockets.size).toBe(0);
		},
	);

	it('is followed five times, by relative and absolute addresses, and not six', async () => {
		redirecting('/1', '2', `${at('127.0.0.1')}/3`, `//127.0.0.1:${port}/4`, '?5');
		const result = await run(expand());
		expect((await result.binary(itemsOf(result)[0], 'image')).equals(image)).toBe(true);
		expect(state.asked).toHaveLength(6);
		redirecting('/1', '/2', '/3', '/4', '/5', '/6');
		expect(errorOf(await run(expand())).message).toContain('redirects more than five times');
		expect(state.asked).toHaveLength(12);
	});
});

// n8n 1.x cannot look names up (SECURITY.md, Addresses of images).
if (!isN8n1) {
	describe('a name that leads to a private address', () => {
		it.each(['inside.example', 'shared.example'])('%s is not asked for', async (name) => {
			control.settings({ resultBaseUrl: at(name) });
			expect(errorOf(await run(expand())).message).toBe(privately(`${name}:${port}`));
			expect(state.asked).toEqual([]);
			expect(lookedUp).toContain(name);
		});

		it('is not asked for after a redirect either', async () => {
			control.settings({ resultBaseUrl: at('127.0.0.1') });
			state.answer = (response) => void response.writeHead(302, { location: at('inside.example') }).end();
			expect(errorOf(await run(expand())).message).toBe(privately(`inside.example:${port}`));
			expect(state.asked).toHaveLength(1);
		});

		it('is not asked for where clouds give away keys, even if it is allowed', async () => {
			control.settings({ resultBaseUrl: at('keys.example') });
			const error = errorOf(await run(expand(), { credentials: allowing('keys.example, 100.64.0.0/10') }));
			expect(error.message).toContain('clouds give away keys');
		});
	});
}

describe('slow images', () => {
	it('of one account do not delay those of another', async () => {
		control.settings({ resultBaseUrl: at('127.0.0.1') });
		const drips: NodeJS.Timeout[] = [];
		state.answer = (response) => {
			response.writeHead(200).write(image.subarray(0, 20));
			drips.push(setInterval(() => response.write('x'), 50));
		};
		const stop = new AbortController();
		const slow = run(multiImage({ n: 9 }), { signal: stop.signal });
		await expect.poll(() => state.asked.length, { timeout: 20_000 }).toBe(9);
		state.answer = (response) => void response.writeHead(200).end(image);
		const began = performance.now();
		expect(Object.keys(itemsOf(await run(expand(), { credentials: unknown() }))[0]?.binary ?? {})).toEqual(['image']);
		expect(performance.now() - began).toBeLessThan(10_000);
		stop.abort();
		for (const drip of drips) clearInterval(drip);
		expect((await slow).status).toBe('canceled');
		await expect.poll(() => sockets.size).toBe(0);
	});
});

it('when one image fails for good, the others are not fetched to their end, and every connection is closed', async () => {
	control.settings({ resultBaseUrl: at('127.0.0.1') });
	let begun = 0;
	state.answer = (response) => {
		begun += 1;
		if (begun < 9) response.writeHead(200, { 'content-length': '5000000' }).write(image);
		else setTimeout(() => response.writeHead(404).end(), 200);
	};
	const error = errorOf(await run(multiImage({ n: 9 }), { items: photos({}) }));
	expect(error.message).toMatch(/^The link is dead \(image [1-9] of the task\)$/);
	expect(facts(error)).toMatchObject({ taskState: 'created', httpStatus: 404 });
	await expect.poll(() => sockets.size).toBe(0);
	expect(state.asked).toHaveLength(9);
});
