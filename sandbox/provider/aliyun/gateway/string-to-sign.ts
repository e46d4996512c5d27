import type { IncomingHttpHeaders } from 'node:http';

/** A request as it arrived at the gateway. */
export interface Arrived {
	method: string;
	/** Path and query, as sent. */
	url: string;
	/** Names in lower case. */
	headers: IncomingHttpHeaders;
	/** Empty if there is none. */
	body: Buffer;
}

const form = 'application/x-www-form-urlencoded';
/** Have lines of their own, or are the signature itself. */
const unsigned = ['x-ca-signature', 'x-ca-signature-headers', 'accept', 'content-md5', 'content-type', 'date'];

/** What the sender of a request must have signed (docs/services/aliyun-portrait.md, Signature). */
export function stringToSign({ method, url, headers, body }: Arrived): string {
	const lines = ['accept', 'content-md5', 'content-type', 'date'].map((name) => `${headerOf(headers, name)}\n`);
	const fields = headerOf(headers, 'content-type').startsWith(form) ? new URLSearchParams(body.toString('utf8')) : [];
	return [`${method.toUpperCase()}\n`, ...lines, signedHeaders(headers), resource(url, fields)].join('');
}

/** A header's value, '' if it is absent. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string {
	const value = headers[name];
	return (Array.isArray(value) ? value.join(', ') : (value ?? '')).trim();
}

function signedHeaders(headers: IncomingHttpHeaders): string {
	const names = headerOf(headers, 'x-ca-signature-headers')
		.split(',')
		.map((name) => name.trim());
	return names
		.filter((name) => name !== '' && !unsigned.includes(name.toLowerCase()))
		.sort()
		.map((name) => `${name}:${headerOf(headers, name.toLowerCase())}\n`)
		.join('');
}

/** Path and parameters, sorted and not encoded. Of equal names in the query the first counts; a form field beats it. */
function resource(url: string, fields: Iterable<[string, string]>): string {
	const [path = '', query = ''] = url.split(/\?(.*)/s);
	const parameters = new Map<string, string>();
	for (const [name, value] of new URLSearchParams(query)) if (!parameters.has(name)) parameters.set(name, value);
	const inForm = new Map<string, string>();
	for (const [name, value] of fields) if (!inForm.has(name)) inForm.set(name, value);
	for (const [name, value] of inForm) parameters.set(name, value);
	if (parameters.size === 0) return path;
	const sorted = [...parameters.keys()].sort();
	return `${path}?${sorted.map((name) => (parameters.get(name) ? `${name}=${parameters.get(name)}` : name)).join('&')}`;
}
