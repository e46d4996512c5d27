import { randomUUID } from 'crypto';
import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import {
	baseUrlExpression,
	baseUrlIn,
	mergeHeaders,
	ownHeader,
	ownRequest,
	requiredKey,
	requiredSecret,
	credentialText,
	type Connection,
	type DeclaredRequest,
} from '../../tasks';
import { signRequest, type Moment, type SigningKey } from './signature';

export { privateImageHosts } from '../../tasks';

/** What users copy along with the base URL: `/cloud`, or a whole address of the document's five. */
const PASTED = /[/]cloud([/](upload_file|aigc_[a-z_]+))?$/i;

/** The base URL as an n8n expression over the credential, with the path prefix of a relay if it has one. */
export const ALIYUN_BASE_URL = `={{ ${baseUrlExpression(PASTED)} }}`;

/** How requests reach the portrait API, and how they are signed. */
export const aliyunConnection: Connection = {
	credential: 'aliyunMarketApi',
	baseUrl: (credential) => baseUrlIn(credential, PASTED),
	authenticate: (credential, request) => authenticateAliyun(credential, request),
	addressFields: 'Base URL',
	secrets: ['appCodeSecret', 'appKey', 'appSecret', 'headerSecret'],
};

/**
 * A request with the credential's way of authentication: AppCode, signature, a header of one's own, or nothing
 * (docs/services/aliyun-portrait.md, Authentication). Each signature has a time and a nonce of its own, since the
 * gateway takes each nonce once. Only for the credential's own host (ownRequest). Throws an unsentError that names the
 * field which is empty or cannot be sent.
 */
export function authenticateAliyun(
	credential: ICredentialDataDecryptedObject,
	request: DeclaredRequest,
	moment = newMoment(),
): IHttpRequestOptions {
	const own = ownRequest(credential, aliyunConnection.baseUrl(credential), request);
	const way = credentialText(credential, 'authentication') || 'appCode';
	if (way === 'none') return own as IHttpRequestOptions;
	if (way === 'appKeySecret') return signRequest(own, signingKey(credential), moment).request;
	const header = way === 'header' ? ownHeader(credential) : { Authorization: appCodeHeader(credential) };
	return { ...own, headers: mergeHeaders(own, header) } as IHttpRequestOptions;
}

/** Now, and a new nonce. */
function newMoment(): Moment {
	return { nowMs: Date.now(), nonce: randomUUID() };
}

/**
 * The value of the Authorization header with an AppCode; a pasted `APPCODE ` is forgiven
 * (docs/services/aliyun-portrait.md, Authentication).
 */
function appCodeHeader(credential: ICredentialDataDecryptedObject): string {
	const code = requiredKey(credential, 'appCodeSecret', 'AppCode', (text) =>
		text.replace(/^(authorization:\s*)?appcode(\s+|$)/i, ''),
	);
	return `APPCODE ${code}`;
}

function signingKey(credential: ICredentialDataDecryptedObject): SigningKey {
	return {
		appKey: requiredKey(credential, 'appKey', 'AppKey'),
		appSecret: requiredSecret(credential, 'appSecret', 'AppSecret'),
		stage: credentialText(credential, 'stage').toUpperCase() || 'RELEASE',
	};
}
