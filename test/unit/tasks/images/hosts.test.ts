/** Which addresses an image is fetched from: its own, and each one it redirects to. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { downloadImages } from '../../../../nodes/tasks/images/download';
import { loadImageFile } from '../../../../nodes/tasks/images/load';
import type { Task } from '../../../../nodes/tasks/model/task';
import { UNKNOWN_HOST, type HostLookup } from '../../../../nodes/tasks/util/imageHosts';
import { endpoint, itemOf, rejectionOf, type Given } from '../support';

const png = Buffer.from('\x89PNG\r\n\x1a\n and more', 'latin1');
const taskOf = (url: string): Task => ({
	service: 'kling',
	resource: 'r',
	taskId: '9308',
	status: 'succeeded',
	images: [{ index: 0, url }],
});

type Answers = Record<string, string | number | Error>;

/** An item for which these URLs redirect or answer a status, and all others are images; it knows these names. */
function world(answers: Answers = {}, given: Given = {}, names: Record<string, HostLookup> = {}) {
	const item = itemOf(given);
	const asked: string[] = [];
	const looked: string[] = [];
	const bodies: Readable[] = [];
	const fetch: typeof item.fetch = async ({ url }) => {
		asked.push(url);
		const answer = answers[url] ?? 200;
		if (answer instanceof Error) throw answer;
		const body = Readable.from([png]);
		bodies.push(body);
		const headers = typeof answer === 'string' ? { location: answer } : {};
		return { statusCode: typeof answer === 'string' ? 302 : answer, headers, body: body as never };
	};
	const lookUp = async (name: string) => {
		looked.push(name);
		return names[name] ?? UNKNOWN_HOST;
	};
	const store = async (stream: unknown) => {
		for await (const _ of stream as Readable);
		return { data: '', mimeType: '' };
	};
	return { item: { ...item, fetch, lookUp, files: { ...item.files, store } }, asked, looked, bodies };
}

async function problemOf(url: string, ...given: Parameters<typeof world>) {
	const { item, asked, looked } = world(...given);
	const error = await rejectionOf(downloadImages(item, endpoint, taskOf(url)));
	return { error, asked, looked, pauses: item.clock.pauses };
}

const privately = (host: string) => `The image is on a private address (${host}) (image 1 of the task)`;

describe('a result on a private address', () => {
	it.each([
		['http://minio.localhost:9000/a.png', 'minio.localhost:9000'],
		['http://10.1.2.3/a.png?Signature=s3cret', '10.1.2.3'],
		['http://0x7f.1:8080/', '127.0.0.1:8080'],
		['https://[::ffff:10.0.0.1]/', '[::ffff:a00:1]'],
		['http://user:s3cret@localhost./', 'localhost.'],
	])('%s is not asked, and the error says what to do, once', async (url, host) => {
		const { error, asked, pauses } = await problemOf(url);
		expect(error.message).toBe(privately(host));
		expect(error).toMatchObject({ taskState: 'created', taskId: '9308', retryable: false });
		expect(error.description).toMatch(/^Add it to Private Image Hosts in the credential\..*paid/);
		expect(JSON.stringify(error) + error.stack).not.toContain('s3cret');
		expect([asked, pauses]).toEqual([[], []]);
	});

	it('is fetched when the credential allows it', async () => {
		const { item, asked } = world({}, { privateImageHosts: '10.1.0.0/16' });
		const { files } = await downloadImages(item, endpoint, taskOf('http://10.1.2.3/a.png'));
		expect(files).toHaveLength(1);
		expect(asked).toEqual(['http://10.1.2.3/a.png']);
	});

	it('of a host that is known to be long is named in part', async () => {
		const { error } = await problemOf(`http://${'a.'.repeat(500)}localhost/`);
		expect(error.message.length).toBeLessThan(220);
	});

	it.each(['http://169.254.169.254/latest/meta-data', 'http://100.100.100.200/'])(
		'%s is not asked even if all is allowed',
		async (url) => {
			const { error, asked } = await problemOf(url, {}, { privateImageHosts: '0.0.0.0/0, 100.100.100.200' });
			expect(error.message).toContain('clouds give away keys');
			expect(error.message).not.toContain('Private Image Hosts');
			expect(asked).toEqual([]);
		},
	);

	it.each(['http://', 'http://10.0.0.0.0/'])('%j is no address, and nothing is asked', async (url) => {
		const { error, asked, pauses } = await problemOf(url);
		expect(error.message).toContain('no address of http or https');
		expect([asked, pauses]).toEqual([[], []]);
	});

	it.each(['ftp://cdn/a.png', 'file:///etc/passwd', 'data:image/png;base64,AAAA', 'cdn/a.png', ''])(
		'%j is no link of http or https: nothing is asked, and the item says so',
		async (url) => {
			const { item, asked } = world();
			const { task, files } = await downloadImages(item, endpoint, taskOf(url));
			expect(task.images[0]).toMatchObject({ url });
			expect(task.warnings).toEqual(['The service returned a path, not a link']);
			expect([files, asked]).toEqual([[{}], []]);
		},
	);
});

describe('a name', () => {
	const names: Record<string, HostLookup> = {
		'inside.example': { addresses: ['10.0.0.9'], refused: false },
		'refused.example': { addresses: [], refused: true },
		'cdn.example': { addresses: ['8.8.8.8'], refused: false },
	};

	it.each(['inside.example', 'refused.example'])('%s is looked up and refused before it is asked', async (name) => {
		const { error, asked, looked } = await problemOf(`https://${name}/a.png`, {}, {}, names);
		expect(error.message).toBe(privately(name));
		expect([asked, looked]).toEqual([[], [name]]);
	});

	it('with public addresses, and one of which nothing is known, is asked; an address is not looked up', async () => {
		for (const host of ['cdn.example', 'unknown.example', '8.8.8.8']) {
			const { item, asked, looked } = world({}, {}, names);
			await downloadImages(item, endpoint, taskOf(`https://${host}/a.png`));
			expect(asked).toHaveLength(1);
			expect(looked).toEqual(host === '8.8.8.8' ? [] : [host]);
		}
	});
});

describe('redirects', () => {
	it.each([
		['https://cdn/a', { 'https://cdn/a': '/b' }, ['https://cdn/a', 'https://cdn/b']],
		['https://cdn/a', { 'https://cdn/a': 'http://other/b?c=1' }, ['https://cdn/a', 'http://other/b?c=1']],
		['http://cdn/a', { 'http://cdn/a': '//other/' }, ['http://cdn/a', 'http://other/']],
	])('from %s are followed: %j', async (url, answers, expected) => {
		const { item, asked, bodies } = world(answers as Answers);
		expect((await downloadImages(item, endpoint, taskOf(url))).files).toHaveLength(1);
		expect(asked).toEqual(expected);
		expect(bodies.every(({ destroyed }) => destroyed)).toBe(true);
	});

	it.each([301, 302, 303, 307, 308])('with status %i count', async (status) => {
		const { item, asked } = world();
		const { fetch } = item;
		const redirecting: typeof fetch = async (request, signal) => {
			const answer = await fetch(request, signal);
			return asked.length === 1 ? { ...answer, statusCode: status, headers: { location: 'https://cdn/b' } } : answer;
		};
		await downloadImages({ ...item, fetch: redirecting }, endpoint, taskOf('https://cdn/a'));
		expect(asked).toEqual(['https://cdn/a', 'https://cdn/b']);
	});

	it.each([
		['http://127.0.0.1:6379/', '127.0.0.1:6379'],
		['http://2130706433/', '127.0.0.1'],
		['//localhost', 'localhost'],
		['https://[fd00::1]/', '[fd00::1]'],
	])('to the private address %s are refused, with the same words as a link to it', async (target, host) => {
		const { error, asked, pauses } = await problemOf('https://cdn/a', {
			'https://cdn/a': '/b',
			'https://cdn/b': target,
		});
		expect(error.message).toBe(privately(host));
		expect([asked, pauses]).toEqual([['https://cdn/a', 'https://cdn/b'], []]);
	});

	it.each(['file:///etc/passwd', 'ftp://cdn/b', 'gopher://cdn/', 'data:image/png,x', 'javascript:1'])(
		'to %s are not followed',
		async (target) => {
			const { error, asked } = await problemOf('https://cdn/a', { 'https://cdn/a': target });
			expect(error.message).toContain('no address of http or https');
			expect(asked).toEqual(['https://cdn/a']);
		},
	);

	const chain = (length: number) =>
		Object.fromEntries(Array.from({ length }, (_, at) => [`https://cdn/${at}`, `https://cdn/${at + 1}`]));

	it('are followed five times and not six', async () => {
		const { item, asked } = world(chain(5));
		await downloadImages(item, endpoint, taskOf('https://cdn/0'));
		expect(asked).toHaveLength(6);
		const tooMany = await problemOf('https://cdn/0', chain(6));
		expect(tooMany.error.message).toContain('redirects more than five times');
		expect([tooMany.asked.length, tooMany.pauses]).toEqual([6, []]);
	});

	it('without a target are an answer like others', async () => {
		const { error } = await problemOf('https://cdn/a', { 'https://cdn/a': 304 });
		expect(error).toMatchObject({ httpStatus: 304 });
	});
});

it('a photo on a private address says what else there is to do, whatever is there', async () => {
	const load = async (url: string, answers: Answers) =>
		await loadImageFile(world(answers).item, { kind: 'url', url }, 'photo', endpoint.service.connection);
	const expected = {
		message: 'the image is on a private address (10.0.0.1:22)',
		hint: expect.stringContaining('or download it with HTTP Request and pass the file.'),
	};
	for (const there of [200, 404, new Error('connect ECONNREFUSED 10.0.0.1:22')]) {
		const url = 'http://10.0.0.1:22/';
		expect(await load(url, { [url]: there })).toMatchObject(expected);
		expect(await load('https://cdn/', { 'https://cdn/': url, [url]: there })).toMatchObject(expected);
	}
});

it('what n8n’s own protection refuses is not tried again, and the error names the setting', async () => {
	for (const wrap of [(error: Error) => error, (error: Error) => new Error('no', { cause: error })]) {
		const blocked = Object.assign(new Error('The request was blocked'), { name: 'SsrfBlockedIpError' });
		const { error, asked, pauses } = await problemOf('https://cdn/a', { 'https://cdn/a': wrap(blocked) });
		expect(error.description).toContain('N8N_SSRF_ALLOWED_HOSTNAMES');
		expect(error).toMatchObject({ taskState: 'created', retryable: false });
		expect([asked.length, pauses]).toEqual([1, []]);
	}
});
