import type { IHttpRequestOptions } from 'n8n-workflow';

import { headerOf, unsentError, type DeclaredRequest } from '../../tasks';
import { decodeParameters, encodeParameters, parametersOf, type Parameter } from './parameters';

/** A body as it will arrive, and what a signature has to know about it. */
export interface Payload {
	body?: IHttpRequestOptions['body'];
	/** Content-Type as sent; '' = none. */
	contentType: string;
	/** The bytes, where they are known and are neither a form nor multipart. */
	bytes?: Buffer;
	/** The fields of a urlencoded form. */
	fields: Parameter[];
}

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

const NONE: Payload = { contentType: '', fields: [] };

/**
 * Serialises the body of a request into what n8n and axios send untouched: a string for a form (n8n reads that one
 * again), a Buffer for everything else (axios trims strings of JSON). `boundary` is for a FormData that has none yet.
 */
export function payloadOf(request: DeclaredRequest, boundary: string): Payload {
	const { body, form, formData } = request;
	const given = headerOf(request, 'content-type');
	if (formData !== undefined) throw unsigned();
	// n8n drops the body of a GET, and an empty object.
	if (isGet(request) || isEmpty(body ?? form)) return NONE;

	if (form !== undefined || body instanceof URLSearchParams || given.toLowerCase().startsWith(FORM)) {
		return formPayload(form ?? body, given || FORM);
	}
	if (body instanceof FormData) {
		const own = /boundary=/i.test(given) ? given : `${MULTIPART}; boundary=${boundary}`;
		return { body, contentType: own, fields: [] };
	}
	if (isStream(body)) return { body, contentType: given || 'application/octet-stream', fields: [] };
	if (ArrayBuffer.isView(body)) {
		const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
		return bytesPayload(bytes, given || 'application/octet-stream');
	}
	// Without a Content-Type, n8n sends text as a form.
	if (typeof body === 'string') return given ? bytesPayload(Buffer.from(body), given) : formPayload(body, FORM);
	if (isMultipart(given)) throw unsigned();
	return bytesPayload(Buffer.from(JSON.stringify(body)), given || 'application/json; charset=UTF-8');
}

function bytesPayload(body: Buffer, contentType: string): Payload {
	return { body, contentType, bytes: isMultipart(contentType) ? undefined : body, fields: [] };
}

function formPayload(form: unknown, contentType: string): Payload {
	const isText = typeof form === 'string' || Buffer.isBuffer(form);
	const body = isText ? String(form) : encodeParameters(parametersOf(form));
	return { body, contentType, fields: decodeParameters(body) };
}

function isMultipart(contentType: string): boolean {
	return contentType.toLowerCase().startsWith(MULTIPART);
}

function isGet({ method }: DeclaredRequest): boolean {
	return (method ?? 'GET').toUpperCase() === 'GET';
}

function isEmpty(body: unknown): boolean {
	if (body === undefined || body === null || body === '') return true;
	if (ArrayBuffer.isView(body)) return body.byteLength === 0;
	const isPlain = typeof body === 'object' && !(Symbol.iterator in body) && !isStream(body);
	return Array.isArray(body) ? body.length === 0 : isPlain && Object.keys(body).length === 0;
}

function isStream(body: unknown): boolean {
	return typeof (body as { pipe?: unknown } | null)?.pipe === 'function';
}

function unsigned(): Error {
	return unsentError(
		'A form with files cannot be signed here with AppKey and AppSecret',
		'Its boundary is not known yet. Use the AppCode.',
	);
}
