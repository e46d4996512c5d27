/** Request and response as n8n hands them to webhook(): the body read and parsed before, as for nodes of version 1. */
import type { WebhookAnswer, WebhookRequest } from './webhook.ts';

interface RequestOfN8n {
	method: string;
	headers: Record<string, string>;
	params: object;
	query: object;
	body?: unknown;
	rawBody?: Buffer;
	readRawBody(): Promise<void>;
}

/** N8N_PAYLOAD_SIZE_MAX, 16 MiB by default. */
const LARGEST = 16 * 2 ** 20;

/** What n8n reads of a request, or how it answers before the node is asked. */
export function takeIn({
	body = '',
	headers: given = {},
	query = {},
}: WebhookRequest): { request: RequestOfN8n } | { status: number; message: string } {
	const headers: Record<string, string> = { 'content-type': 'application/json', ...given };
	const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
	if (bytes.length > LARGEST) return { status: 500, message: 'There was a problem executing the workflow' };
	const request: RequestOfN8n = {
		method: 'POST',
		headers,
		params: {},
		query,
		async readRawBody() {
			if (!request.rawBody) throw new Error('Request body stream was aborted or is not readable');
		},
	};
	const contentType = headers['content-type']?.split(';')[0]?.toLowerCase() ?? '';
	if (contentType.startsWith('multipart/')) {
		return { request: { ...request, body: { data: {}, files: {} } } };
	}
	request.rawBody = bytes;
	if (bytes.length === 0) return { request };
	if (contentType === 'application/json') {
		try {
			request.body = JSON.parse(bytes.toString());
		} catch {
			return { status: 422, message: 'Failed to parse request body' };
		}
	}
	if (contentType === 'text/plain') request.body = bytes.toString();
	return { request };
}

/** Express' response, as far as nodes use it; it may be answered once. */
export class FakeResponse {
	headersSent = false;
	private code = 200;
	private sent: unknown;
	private readonly opened = performance.now();
	private answeredAfterMs = 0;

	status(code: number): this {
		this.code = code;
		return this;
	}

	json(body: unknown): this {
		if (this.headersSent) throw new Error('Cannot set headers after they are sent to the client');
		this.headersSent = true;
		this.answeredAfterMs = performance.now() - this.opened;
		this.sent = JSON.parse(JSON.stringify(body));
		return this;
	}

	told(): Pick<WebhookAnswer, 'status' | 'body' | 'answeredAfterMs'> {
		if (!this.headersSent) throw new Error('The request was never answered');
		return { status: this.code, body: this.sent, answeredAfterMs: this.answeredAfterMs };
	}
}
