import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import { addressOf, mergeHeaders, ownHeader, requiredForHeader, textOf, type DeclaredRequest } from './request';

/**
 * The base URL as an n8n expression over the credential, with a path prefix if it has one. White space, a slash at the
 * end, and `/ps_tasks` with what follows it are forgiven.
 */
export const PS_TASK_BASE_URL =
	'={{ ($credentials.baseUrl || "").trim().replace(/[/]+$/, "").replace(/[/]ps_tasks([/](submit|result)([/].*)?)?$/i, "").replace(/[/]+$/, "") }}';

/** The same base URL, for requests that n8n's routing does not make. */
export function psTaskBaseUrl({ baseUrl }: ICredentialDataDecryptedObject): string {
	return String(baseUrl ?? '')
		.trim()
		.replace(/\/+$/, '')
		.replace(/\/ps_tasks(\/(submit|result)(\/.*)?)?$/i, '')
		.replace(/\/+$/, '');
}

/**
 * A request with the credential's way of authentication: nothing, a bearer token or a header of one's own; the
 * document names none (provider-apis.md 6). Throws an unsentError that names the field when one is missing.
 */
export function authenticatePsTask(
	credentials: ICredentialDataDecryptedObject,
	request: DeclaredRequest,
): IHttpRequestOptions {
	addressOf(request);
	const way = textOf(credentials, 'authentication') || 'none';
	if (way === 'none') return request as IHttpRequestOptions;
	const header = way === 'header' ? ownHeader(credentials) : { Authorization: bearerHeader(credentials) };
	return { ...request, headers: mergeHeaders(request, header) } as IHttpRequestOptions;
}

/** The value of the Authorization header; a pasted `Bearer ` is forgiven. */
function bearerHeader(credentials: ICredentialDataDecryptedObject): string {
	const token = requiredForHeader(credentials, 'token', 'Token', (text) =>
		text.replace(/^(authorization:\s*)?bearer(\s+|$)/i, ''),
	);
	return `Bearer ${token}`;
}
