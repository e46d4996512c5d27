import { createHash, createHmac } from 'crypto';
import type { IHttpRequestOptions } from 'n8n-workflow';

import { addressOf, headerOf, mergeHeaders, type DeclaredRequest } from '../../tasks';
import { decodeParameters, encodeParameters, parametersOf, type Parameter } from './parameters';
import { payloadOf } from './payload';

/** The AppKey, its secret and the stage of the API: RELEASE, PRE or TEST. */
export interface SigningKey {
	appKey: string;
	appSecret: string;
	stage: string;
}

/** What makes each signature another one: ms since the epoch (the gateway allows 15 minutes) and a UUID. */
export interface Moment {
	nowMs: number;
	nonce: string;
}

/** What the gateway signs of a request that has arrived. */
export interface SignedParts {
	/** In upper case. */
	method: string;
	accept: string;
	/** '' for a form, for multipart and without a body. */
	contentMd5: string;
	contentType: string;
	date: string;
	/** The signed headers, sorted by name. */
	headers: Parameter[];
	path: string;
	/** Of the query, unencoded. */
	query: Parameter[];
	/** Of a urlencoded body, unencoded. They win over the query. */
	fields: Parameter[];
}

/** The text that is signed (docs/services/aliyun-portrait.md, Signature; Aliyun document 29475). */
export function stringToSign(parts: SignedParts): string {
	const { method, accept, contentMd5, contentType, date, headers } = parts;
	const lines = headers.map(([name, value]) => `${name}:${value}`);
	return [method, accept, contentMd5, contentType, date, ...lines, resourceOf(parts)].join('\n');
}

/** Path, and the parameters by name: of several under one name the first, of an empty one the name alone. */
function resourceOf({ path, query, fields }: SignedParts): string {
	// Reversed, since the last entry of a Map's source wins.
	const values = new Map([...fields, ...query].reverse());
	const names = [...values.keys()].sort();
	if (names.length === 0) return path;
	return `${path}?${names.map((name) => (values.get(name) ? `${name}=${values.get(name)}` : name)).join('&')}`;
}

/** The value of X-Ca-Signature: base64 of HmacSHA256, secret and text in UTF-8. */
export function signatureOf(text: string, appSecret: string): string {
	return createHmac('sha256', appSecret).update(text).digest('base64');
}

/** The value of Content-MD5: base64 of the digest of the bytes as sent. */
export function contentMd5(bytes: Buffer): string {
	return createHash('md5').update(bytes).digest('base64');
}

/**
 * The request in the form in which n8n sends it untouched, with its signature, and the text that was signed. Accept and
 * Content-Type are set explicitly, the body is serialised and the query moved into the address, so that nobody on the
 * way changes what was signed. Signing the result again gives the same request with another nonce.
 */
export function signRequest(
	request: DeclaredRequest,
	{ appKey, appSecret, stage }: SigningKey,
	{ nowMs, nonce }: Moment,
): { request: IHttpRequestOptions; stringToSign: string } {
	const { qs, ...rest } = request;
	delete rest.form;
	const target = withQuery(request.url ?? request.uri ?? '', encodeParameters(parametersOf(qs, request.arrayFormat)));
	const address = addressOf({ ...rest, url: target });
	const { body, bytes, contentType, fields } = payloadOf(request, `n8n-${nonce}`);
	const method = (request.method ?? 'GET').toUpperCase() as NonNullable<IHttpRequestOptions['method']>;
	const accept = headerOf(request, 'accept') || 'application/json';
	const md5 = bytes ? contentMd5(bytes) : '';
	const signed: Parameter[] = [
		['x-ca-key', appKey],
		['x-ca-nonce', nonce],
		['x-ca-stage', stage],
		['x-ca-timestamp', String(nowMs)],
	];

	const text = stringToSign({
		method,
		accept,
		contentMd5: md5,
		contentType,
		date: headerOf(request, 'date'),
		headers: signed,
		path: address.pathname,
		query: decodeParameters(address.search),
		fields,
	});
	const headers = mergeHeaders(request, {
		Accept: accept,
		'Content-Type': contentType || undefined,
		'Content-MD5': md5 || undefined,
		...Object.fromEntries(signed),
		'x-ca-signature-method': undefined,
		'x-ca-signature-headers': signed.map(([name]) => name).join(','),
		'x-ca-signature': signatureOf(text, appSecret),
	});
	const sent = { ...rest, method, ...('uri' in rest ? { uri: target } : { url: target }), headers, body };
	return { request: sent as IHttpRequestOptions, stringToSign: text };
}

function withQuery(url: string, query: string): string {
	const [bare = ''] = url.split('#');
	return query === '' ? bare : `${bare}${bare.includes('?') ? '&' : '?'}${query}`;
}
