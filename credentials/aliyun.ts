import { randomUUID } from 'crypto';
import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { signRequest, type Moment, type SigningKey } from './aliyunSignature';
import { addressOf, mergeHeaders, ownHeader, required, requiredForHeader, textOf, type DeclaredRequest } from './request';

/**
 * The base URL as an n8n expression over the credential, with the path prefix of a relay if it has one. White space, a
 * slash at the end, and `/cloud` or a whole address of the document's five are forgiven.
 */
export const ALIYUN_BASE_URL =
	'={{ ($credentials.baseUrl || "").trim().replace(/[/]+$/, "").replace(/[/]cloud([/](upload_file|aigc_[a-z_]+))?$/i, "").replace(/[/]+$/, "") }}';

/** The same base URL, for requests that n8n's routing does not make. */
export function aliyunBaseUrl({ baseUrl }: ICredentialDataDecryptedObject): string {
	return String(baseUrl ?? '')
		.trim()
		.replace(/\/+$/, '')
		.replace(/\/cloud(\/(upload_file|aigc_[a-z_]+))?$/i, '')
		.replace(/\/+$/, '');
}

/** Now, and a nonce of its own. */
export function newMoment(): Moment {
	return { nowMs: Date.now(), nonce: randomUUID() };
}

/**
 * A request with the credential's way of authentication: AppCode (provider-apis.md 5.2), signature (5.3), a header of
 * one's own, or nothing. Throws an unsentError that names the field when one is missing.
 */
export function authenticateAliyun(
	credentials: ICredentialDataDecryptedObject,
	request: DeclaredRequest,
	moment = newMoment(),
): IHttpRequestOptions {
	addressOf(request);
	const way = textOf(credentials, 'authentication') || 'appCode';
	if (way === 'none') return request as IHttpRequestOptions;
	if (way === 'appKeySecret') return signRequest(request, signingKey(credentials), moment).request;
	const header = way === 'header' ? ownHeader(credentials) : { Authorization: appCodeHeader(credentials) };
	return { ...request, headers: mergeHeaders(request, header) } as IHttpRequestOptions;
}

/** The value of the Authorization header with an AppCode; a pasted `APPCODE ` is forgiven (provider-apis.md 5.2). */
export function appCodeHeader(credentials: ICredentialDataDecryptedObject): string {
	const code = requiredForHeader(credentials, 'appCodeSecret', 'AppCode', (text) =>
		text.replace(/^(authorization:\s*)?appcode(\s+|$)/i, ''),
	);
	return `APPCODE ${code}`;
}

function signingKey(credentials: ICredentialDataDecryptedObject): SigningKey {
	return {
		appKey: requiredForHeader(credentials, 'appKey', 'AppKey'),
		appSecret: required(credentials, 'appSecret', 'AppSecret'),
		stage: textOf(credentials, 'stage').toUpperCase() || 'RELEASE',
	};
}
