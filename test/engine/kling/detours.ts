/** Ways to the simulator that pass something else first: an HTTP proxy, and TLS that nobody vouches for. */
import {
	createServer,
	request as send,
	type IncomingMessage,
	type RequestListener,
	type Server,
	type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';

/** Self-signed, for 127.0.0.1; it protects nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTMhezqX9tVa6i0A2
Dt91dNNO1r8FfdAjF64L0gcAz6WhRANCAARv8e1Zpm3bx+jDzVjN4fZNTd2Dr7Ph
GW5i5NEeTpGUvgiq7tGtoO/XxdMWj22YSgviEDndKPSgQtZ+C82CFvQS
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBVTCB/KADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
bG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/HtWaZt28fow81Y
zeH2TU3dg6+z4RluYuTRHk6RlL4Iqu7RraDv18XTFo9tmEoL4hA53Sj0oELWfgvN
ghb0EqM9MDswGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MB0GA1UdDgQWBBQo
I2im+KlOhf0k6iyzNil51HBf3jAKBggqhkjOPQQDAgNIADBFAiBX9MOODCA76V2I
vzdFT66MpJsG21VRhTE2X1Ru9zMXEgIhAIafSzqL5p8u7p/kizRQixZh29WlPT/I
tTtwJbFFjHKR
-----END CERTIFICATE-----`;

export interface Detour {
	url: string;
	/** What passed, e.g. "GET /v1/images/editing/expand". */
	passed: string[];
	stop(): Promise<void>;
}

/** A forward proxy. */
export async function startProxy(): Promise<Detour> {
	const passed: string[] = [];
	const server = createServer((request, response) => {
		const url = new URL(request.url ?? '');
		passed.push(`${request.method} ${url.pathname}`);
		relay(request, response, url);
	});
	server.on('connect', (request: IncomingMessage, socket, head) => {
		passed.push(`CONNECT ${request.url}`);
		const [host, port] = (request.url ?? '').split(':');
		const onward = connect(Number(port), host, () => {
			socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			onward.write(head);
			onward.pipe(socket).pipe(onward);
		});
		onward.on('error', () => socket.destroy());
		socket.on('error', () => onward.destroy());
	});
	return await listen(server, 'http', passed);
}

/** A TLS server in front of `origin`. */
export async function startTls(origin: string): Promise<Detour> {
	const passed: string[] = [];
	const listener: RequestListener = (request, response) => {
		passed.push(`${request.method} ${(request.url ?? '').replace(/\?.*/, '')}`);
		relay(request, response, new URL(request.url ?? '', origin));
	};
	return await listen(createTlsServer({ key: KEY, cert: CERTIFICATE }, listener), 'https', passed);
}

function relay(request: IncomingMessage, response: ServerResponse, url: URL): void {
	const onward = send(url, { method: request.method, headers: request.headers }, (answer) => {
		response.writeHead(answer.statusCode ?? 502, answer.headers);
		answer.pipe(response);
	});
	onward.on('error', () => response.destroy());
	request.pipe(onward);
}

async function listen(server: Server, scheme: string, passed: string[]): Promise<Detour> {
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address() as AddressInfo;
	return {
		url: `${scheme}://127.0.0.1:${port}`,
		passed,
		async stop() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
}
