import { createHmac } from 'crypto';
import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import {
	baseUrlExpression,
	baseUrlIn,
	bearerToken,
	mergeHeaders,
	ownRequest,
	requiredKey,
	requiredSecret,
	type Connection,
	type DeclaredRequest,
} from '../tasks';

export { privateImageHosts } from '../tasks';

const SINGAPORE = 'https://api-singapore.klingai.com';
const BEIJING = 'https://api-beijing.klingai.com';

/** What users copy along with a base URL of their own (docs/services/kling.md, Base URLs). */
const PASTED = /[/]v1$/i;

/** Validity of a signed token, in s: from a minute ago, so that a fast clock does no harm, for half an hour. */
const NOT_BEFORE_S = 60;
const LIFETIME_S = 1800;

/** The base URL as an n8n expression over the credential: that of a region, or one's own with a path prefix. */
export const KLING_BASE_URL = `={{ $credentials.region === "custom" ? ${baseUrlExpression(PASTED)} : $credentials.region === "beijing" ? "${BEIJING}" : "${SINGAPORE}" }}`;

/** How requests reach Kling, and how they are signed. */
export const klingConnection: Connection = {
	credential: 'klingApi',
	baseUrl,
	authenticate: (credential, request) => authenticateKling(credential, request),
	addressFields: 'Region or Base URL',
	secrets: ['apiKey', 'accessKey', 'secretKey', 'webhookSecret'],
};

/** The same base URL as the expression gives. */
function baseUrl(credential: ICredentialDataDecryptedObject): string {
	if (credential.region === 'custom') return baseUrlIn(credential, PASTED);
	return credential.region === 'beijing' ? BEIJING : SINGAPORE;
}

/**
 * A request with the API key as it is, or with a token signed with access key and secret key (docs/services/kling.md,
 * Authentication). It is signed anew each time, so that no token expires in the middle of a run; `nowMs` is the time of
 * signing in ms since the epoch. Only for the host of the region or of the credential's base URL (ownRequest). Throws an
 * unsentError that names the field which is empty or cannot be sent.
 */
export function authenticateKling(
	credential: ICredentialDataDecryptedObject,
	request: DeclaredRequest,
	nowMs = Date.now(),
): IHttpRequestOptions {
	const own = ownRequest(credential, baseUrl(credential), request);
	const bySignature = credential.authentication === 'accessKey';
	const authorization = bySignature
		? `Bearer ${signedToken(credential, nowMs)}`
		: bearerToken(credential, 'apiKey', 'API Key');
	return { ...own, headers: mergeHeaders(own, { Authorization: authorization }) } as IHttpRequestOptions;
}

/** A JSON Web Token, HS256 over the secret key's UTF-8 bytes. */
function signedToken(credential: ICredentialDataDecryptedObject, nowMs: number): string {
	const accessKey = requiredKey(credential, 'accessKey', 'Access Key');
	const secretKey = requiredSecret(credential, 'secretKey', 'Secret Key');
	const now = Math.floor(nowMs / 1000);
	const head = encode({ alg: 'HS256', typ: 'JWT' });
	const claims = encode({ iss: accessKey, exp: now + LIFETIME_S, nbf: now - NOT_BEFORE_S });
	const signature = createHmac('sha256', secretKey).update(`${head}.${claims}`).digest('base64url');
	return `${head}.${claims}.${signature}`;
}

function encode(part: object): string {
	return Buffer.from(JSON.stringify(part)).toString('base64url');
}
