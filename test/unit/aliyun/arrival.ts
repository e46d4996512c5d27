/** A server that keeps what arrives, n8n's own way of sending, and a verifier written from Aliyun's text. */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { IHttpRequestOptions } from 'n8n-workflow';
import { afterAll } from 'vitest';

// Loads n8n-core, which sets n8n's defaults of axios.
import '../../harness/runtime.ts';

const require = createRequire(import.meta.url);
const requireAsCore = createRequire(require.resolve('n8n-core'));
const { Container } = requireAsCore('@n8n/di') as { Container: { get(token: unknown): unknown } };
const { OutboundHttp } = requireAsCore('@n8n/backend-network') as { OutboundHttp: unknown };

interface Sender {
	request(options: IHttpRequestOptions): Promise<unknown>;
	requestLegacy(options: unknown): Promise<unknown>;
}

/** As declarative nodes send, and (`requestLegacy`) as the HTTP Request node does. */
export const n8n = (Container.get(OutboundHttp) as { requests(): Sender }).requests();

export interface Arrived {
	method: string;
	/** As in the first line of the request. */
	target: string;
	headers: IncomingHttpHeaders;
	/** Names and values in turn, as sent. */
	rawHeaders: string[];
	body: Buffer;
}

/** A server for a test file; `arrived` gives the last request. */
export async function startArrivals() {
	let last: Arrived | undefined;
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const { method = '', url = '', headers, rawHeaders } = request;
			last = { method, target: url, headers, rawHeaders, body: Buffer.concat(chunks) };
			response.end('{"ret":0,"body":[]}');
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	afterAll(() => server.close());
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		arrived: (): Arrived => {
			if (!last) throw new Error('Nothing arrived');
			return last;
		},
	};
}

/**
 * Aliyun, "Signature verification": METHOD, Accept, Content-MD5, Content-Type and Date, each with a line break, then
 * the signed headers, then the path with all parameters of query and form, sorted, unencoded. Returns the text, whose
 * MAC must be X-Ca-Signature, and what is wrong.
 */
export function verify({ method, target, headers, rawHeaders, body }: Arrived, secret: string) {
	const wrong: string[] = [];
	const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
	if (new Set(names).size < names.length) wrong.push('a header came twice');

	const contentType = headers['content-type'] ?? '';
	const isForm = contentType.startsWith('application/x-www-form-urlencoded');
	const md5 = headers['content-md5'];
	if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) wrong.push('Invalid Content-MD5');
	if (md5 !== undefined && isForm) wrong.push('Content-MD5 for a form');

	const [path = '', query = ''] = target.split('?');
	const parameters: Record<string, string> = {};
	for (const part of [...(isForm ? body.toString().split('&') : []), ...query.split('&')]) {
		const [name = '', value = ''] = part.split('=').map((text) => decodeURIComponent(text.replaceAll('+', ' ')));
		if (name !== '') parameters[name] ??= value;
	}
	const sorted = Object.keys(parameters).sort();
	const list = sorted.map((name) => name + (parameters[name] === '' ? '' : `=${parameters[name]}`)).join('&');

	let text = `${method}\n${headers.accept ?? ''}\n${md5 ?? ''}\n${contentType}\n${headers.date ?? ''}\n`;
	for (const name of String(headers['x-ca-signature-headers']).split(','))
		text += `${name}:${headers[name.toLowerCase()]}\n`;
	text += path + (list === '' ? '' : `?${list}`);
	const mac = createHmac('sha256', secret).update(text, 'utf8').digest('base64');
	if (mac !== headers['x-ca-signature'])
		wrong.push(`Invalid Signature, Server StringToSign:${text.replaceAll('\n', '#')}`);
	return { text, wrong };
}
