/**
 * What a create says when the network fails, with real sockets and certificates: `not-created`, with the cause, whenever
 * nothing can have reached the service; `may-exist` where the request may have been read.
 */
import { createServer as createHttp, type RequestListener } from 'node:http';
import { connect, createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isN8n1, startHarness, type Run } from '../harness/index.ts';
import { certificate } from './certificates.ts';
import { errorOf, factsOf } from './support.ts';

const n8n = await startHarness({ speed: 20 });
afterAll(async () => await n8n.stop());

const image = 'https://example.test/image.png';
const style = { __rl: true, mode: 'id', value: 's' };

/** A create of each service, and the credential for a base URL. */
const SERVICES: Record<string, { name: string; parameters: INodeParameters; credential: string; fields: object }> = {
	kling: {
		name: 'Kling',
		parameters: {
			resource: 'imageExpansion',
			operation: 'create',
			image,
			expansionMode: 'ratios',
			upExpansionRatio: 0.5,
		},
		credential: 'klingApi',
		fields: { region: 'custom', apiKey: 'key-0123456789' },
	},
	aliyunPortrait: {
		name: 'Aliyun AI Portrait',
		parameters: { resource: 'portrait', operation: 'create', userId: 'U1', style },
		credential: 'aliyunMarketApi',
		fields: { appCodeSecret: 'code-0123456789' },
	},
	psTask: {
		name: 'PS Task',
		parameters: { resource: 'task', operation: 'create', imageUrl: image, prompt: 'p' },
		credential: 'psTaskApi',
		fields: { authentication: 'none' },
	},
};
const services = Object.keys(SERVICES);

type Given = Partial<Parameters<typeof n8n.run>[0]> & { requestOptions?: INodeParameters };

async function create(service: string, baseUrl: string, { requestOptions, ...given }: Given = {}): Promise<Run> {
	const { parameters, credential, fields } = SERVICES[service] as (typeof SERVICES)[string];
	return await n8n.run({
		node: `n8n-nodes-kling-aliyun.${service}`,
		parameters: { ...parameters, ...(requestOptions && { requestOptions }) },
		credentials: { [credential]: { ...fields, baseUrl } },
		...given,
	});
}

/** Connections that a server has taken since the test began. */
let connections = 0;
const servers: Server[] = [];
const sockets = new Set<Socket>();

async function started(server: Server): Promise<number> {
	servers.push(server);
	server.on('connection', (socket: Socket) => {
		connections += 1;
		sockets.add(socket.on('error', () => undefined));
	});
	server.on('tlsClientError', () => undefined);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return (server.address() as AddressInfo).port;
}

beforeEach(() => void (connections = 0));
afterEach(async () => {
	for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) delete process.env[name];
	for (const socket of sockets) socket.destroy();
	await Promise.all(servers.splice(0).map(async (server) => await new Promise((resolve) => server.close(resolve))));
});

/** A server that does something with each connection, on its first bytes. */
const tcp = async (onData: (socket: Socket) => void) =>
	await started(createTcp((socket) => void socket.once('data', () => onData(socket))));
const tls = async (options: TlsOptions) =>
	await started(
		createTls(options, (socket) => void socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\n\r\n')),
	);
const http = async (listener?: RequestListener) => await started(createHttp(listener));
/** A proxy that answers every CONNECT so. */
const proxy = async (answer: string) =>
	`http://127.0.0.1:${await started(createHttp().on('connect', (_, socket) => void socket.end(answer)))}`;

const authority = certificate({ name: 'authority', isAuthority: true });
const signed = certificate({ issuer: authority });
const foreign = certificate({ issuer: certificate({ name: 'nobody', isAuthority: true }) });

/** The failures after which only the user can help: one connection, then the error. */
const FINAL: Array<[what: string, message: RegExp, hint: RegExp, baseUrl: () => Promise<string>]> = [
	[
		'a self-signed certificate',
		/TLS certificate is self-signed$/,
		/NODE_EXTRA_CA_CERTS/,
		async () => at(await tls(certificate())),
	],
	[
		'a self-signed chain',
		/certificate chain is self-signed$/,
		/NODE_EXTRA_CA_CERTS/,
		async () => at(await tls({ ...signed, cert: signed.cert + authority.cert })),
	],
	[
		'a leaf without its chain',
		/certificate cannot be verified$/,
		/NODE_EXTRA_CA_CERTS/,
		async () => at(await tls(foreign)),
	],
	[
		'an expired certificate',
		/certificate has expired$/,
		/clock of the machine/,
		async () => at(await tls(certificate({ validFrom: -2, validTo: -1 }))),
	],
	[
		'a certificate of tomorrow',
		/certificate is not valid yet$/,
		/clock of the machine/,
		async () => at(await tls(certificate({ validFrom: 1, validTo: 2 }))),
	],
	[
		'a server that speaks http only',
		/it does not speak https there$/,
		/begins with https:/,
		async () => at(await http((_, response) => response.end('{}'))),
	],
	[
		'a server with other ciphers',
		/no encrypted connection could be agreed on$/,
		/TLS versions/,
		async () => at(await tls({ ...certificate(), maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })),
	],
	[
		'a server for https only, which says so',
		/it speaks https only$/,
		/begin with https:/,
		async () =>
			at(
				await http((_, response) =>
					response.writeHead(400).end('<center>The plain HTTP request was sent to HTTPS port</center>'),
				),
				'http',
			),
	],
];

function at(port: number, scheme = 'https'): string {
	return `${scheme}://localhost:${port}`;
}

describe.each(services)('%s: nothing was sent, at once, after', (service) => {
	it.each(FINAL)('%s', async (_, message, hint, baseUrl) => {
		const url = await baseUrl();
		for (const retry of [{}, { retryOnFail: true, maxTries: 2 }]) {
			connections = 0;
			const error = errorOf(await create(service, url, retry));
			expect(error.message).toMatch(message);
			expect(error.message).toContain(`No connection to ${SERVICES[service]?.name}: `);
			expect(error.description).toMatch(hint);
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
			expect(connections).toBe('maxTries' in retry ? 2 : 1);
		}
	});

	it('a login that a proxy wants, before an http service and in a tunnel', async () => {
		const login = 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n';
		process.env.HTTPS_PROXY = await proxy(login);
		process.env.HTTP_PROXY = `http://127.0.0.1:${await http((_, response) => response.writeHead(407).end())}`;
		for (const url of ['https://service.test', 'http://service.test']) {
			const error = errorOf(await create(service, url));
			expect(error.message).toMatch(/^No connection to .*: the proxy wants a login$/);
			expect(error.description).toMatch(/HTTPS_PROXY/);
			expect(factsOf(error)).toMatchObject({ code: 'HTTP 407' });
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		}
	});

	it('a tunnel that the proxy refuses, set in the environment or in the node', async () => {
		const refusing = await proxy('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
		const inNode = errorOf(await create(service, 'https://service.test', { requestOptions: { proxy: refusing } }));
		process.env.HTTPS_PROXY = refusing;
		for (const error of [inNode, errorOf(await create(service, 'https://service.test'))]) {
			expect(error.message).toMatch(/^No connection to .*: the proxy refused the connection$/);
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		}
	});

	it('each of two items, with Continue On Fail', async () => {
		const url = at(await tls(certificate()));
		const { items } = await create(service, url, {
			items: [{ json: {} }, { json: {} }],
			onError: 'continueRegularOutput',
		});
		expect(items.map(({ json }) => json)).toEqual(
			Array(2).fill({
				error: expect.stringMatching(/certificate is self-signed$/),
				details: expect.objectContaining({ taskState: 'not-created' }),
			}),
		);
	});
});

/** What may pass by itself: tried again, and then said; `silent` is the host that is named where nothing answers. */
const PASSING: Array<[what: string, reason: string, baseUrl: () => Promise<string>, silent?: string]> = [
	['a closed port', 'the connection was refused', async () => 'http://127.0.0.1:1', '127.0.0.1:1'],
	[
		'a socket closed before TLS was up',
		'the connection was closed before it was encrypted',
		async () => at(await tcp((socket) => socket.destroy())),
	],
	[
		'a proxy that is down',
		'the connection was refused',
		async () => ((process.env.HTTPS_PROXY = 'http://user:pass-word@127.0.0.1:1'), 'https://service.test'),
		'the proxy 127.0.0.1:1',
	],
	[
		'a proxy that is down before an http service',
		'the connection was refused',
		async () => ((process.env.HTTP_PROXY = 'http://127.0.0.1:1'), 'http://service.test'),
		'the proxy 127.0.0.1:1',
	],
	[
		'a proxy that cannot get through',
		'the proxy could not connect to it',
		async () => (
			(process.env.HTTPS_PROXY = await proxy('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n')),
			'https://service.test'
		),
	],
	[
		'a proxy that hangs up',
		'the proxy closed the connection',
		async () => (
			(process.env.HTTPS_PROXY = `http://127.0.0.1:${await tcp((socket) => socket.destroy())}`),
			'https://service.test'
		),
	],
];

/** The headline names the host where nothing answers, and the reason elsewhere; the error data always has the reason. */
function expectUnsent(error: ReturnType<typeof errorOf>, service: string, reason: string, silent?: string) {
	const fields = service === 'kling' ? 'Region or Base URL' : 'Base URL';
	const isProxy = silent?.startsWith('the proxy') === true;
	expect(error.message).toBe(
		silent === undefined
			? `No connection to ${SERVICES[service]?.name}: ${reason}`
			: `Nothing answers at ${silent}${isProxy ? '' : `. Check ${fields}.`}`,
	);
	const why = silent === undefined ? '' : `${reason.charAt(0).toUpperCase()}${reason.slice(1)}. `;
	expect(error.description).toBe(
		isProxy
			? `${why}Check the proxy: in the environment of n8n (HTTP_PROXY, HTTPS_PROXY), or Proxy in the Options of the node.`
			: `${why}Check the network, the proxy and ${fields} of the credential, then run the node again.`,
	);
	expect(JSON.stringify([error.message, error.description, error.context])).not.toContain('pass-word');
	expect(factsOf(error)).toMatchObject({ taskState: 'not-created', reason });
}

describe.each(services)('%s: nothing was sent, though tried again, after', (service) => {
	it.each(PASSING)('%s', async (_, reason, baseUrl, silent) => {
		const url = await baseUrl();
		for (const retry of [{}, { retryOnFail: true, maxTries: 2 }]) {
			const error = errorOf(await create(service, url, retry));
			expectUnsent(error, service, reason, silent);
			expect(factsOf(error)).toMatchObject({ retryable: true });
		}
	});

	it('a proxy that is down, set in the node', async () => {
		const requestOptions = { proxy: 'http://user:pass-word@127.0.0.1:1' };
		for (const url of ['https://service.test', 'http://service.test'])
			expectUnsent(
				errorOf(await create(service, url, { requestOptions })),
				service,
				'the connection was refused',
				'the proxy 127.0.0.1:1',
			);
	});

	// n8n 1.123 does not hand on how far a request had come.
	if (!isN8n1) {
		it('a reset, or a limit of time, before TLS was up', async () => {
			const reset = at(await tcp((socket) => socket.resetAndDestroy()));
			const silent = at(await tcp(() => undefined));
			const ends: Array<[url: string, reason: string, silent?: string]> = [
				[reset, 'the connection was closed before it was encrypted'],
				[silent, 'the connection was not made in time', new URL(silent).host],
			];
			for (const [url, reason, host] of ends) {
				const error = errorOf(
					await create(service, url, { requestOptions: { timeout: url === silent ? 500 : 30_000 } }),
				);
				expectUnsent(error, service, reason, host);
			}
		});
	}
});

describe.each(services)('%s: the request may have been read, when', (service) => {
	it('the connection is lost after it', async () => {
		for (const end of [(socket: Socket) => socket.destroy(), (socket: Socket) => socket.resetAndDestroy()]) {
			const error = errorOf(await create(service, at(await tcp(end), 'http')));
			expect(factsOf(error)).toMatchObject({ taskState: 'may-exist' });
		}
	});

	it('no answer comes', async () => {
		const url = at(await tcp(() => undefined), 'http');
		expect(factsOf(errorOf(await create(service, url, { requestOptions: { timeout: 500 } })))).toMatchObject({
			taskState: 'may-exist',
		});
	});

	// n8n 1.123 takes no certificate of one's own through a proxy.
	if (!isN8n1) {
		it('no answer comes through the tunnel of a proxy', async () => {
			const own = certificate();
			const target = await started(createTls(own, (socket) => void socket.on('error', () => undefined).resume()));
			const tunnel = createHttp().on('connect', (_, socket: Socket) => {
				const on = connect(target, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
				for (const end of [socket, on]) end.on('error', () => undefined);
				socket.pipe(on).pipe(socket);
			});
			process.env.HTTPS_PROXY = `http://127.0.0.1:${await started(tunnel)}`;
			const requestOptions = { timeout: 500, allowUnauthorizedCerts: true };
			const error = errorOf(await create(service, 'https://service.test', { requestOptions }));
			expect(factsOf(error)).toMatchObject({ taskState: 'may-exist' });
		});
	}
});

describe.each(['aliyunPortrait', 'psTask'])('%s: Retry On Fail', (service) => {
	it('sends a lost create not again, and says how it was lost', async () => {
		const url = at(await http((request, response) => request.resume().on('end', () => response.destroy())), 'http');
		const error = errorOf(await create(service, url, { retryOnFail: true, maxTries: 3 }));
		expect(error.message).toBe('Not sent again: the first try may have created the task: the connection was lost');
		expect(factsOf(error)).toMatchObject({ taskState: 'may-exist', retryable: false, code: 'ECONNRESET' });
		expect(connections).toBe(1);
	});

	it('says what the service answered before, with its code', async () => {
		const body = JSON.stringify({ code: 500, ret: 500, msg: 'disk full' });
		const url = at(await http((_, response) => response.writeHead(500).end(body)), 'http');
		const error = errorOf(await create(service, url, { retryOnFail: true, maxTries: 3 }));
		expect(error.message).toMatch(/^Not sent again: the first try may have created the task: .*: disk full$/);
		expect(factsOf(error)).toMatchObject({ taskState: 'may-exist', retryable: false, code: 500, httpStatus: 500 });
		expect(connections).toBe(1);
	});
});
