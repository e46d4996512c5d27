import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

import {
	baseUrlExpression,
	baseUrlIn,
	bearerToken,
	mergeHeaders,
	ownHeader,
	ownRequest,
	credentialText,
	type Connection,
	type DeclaredRequest,
} from '../tasks';

export { privateImageHosts } from '../tasks';

/** What users copy along with the base URL: `/ps_tasks`, with what follows it. */
const PASTED = /[/]ps_tasks([/](submit|result)([/][^]*)?)?$/i;

/** The base URL as an n8n expression over the credential, with a path prefix if it has one. */
export const PS_TASK_BASE_URL = `={{ ${baseUrlExpression(PASTED)} }}`;

/** How requests reach the PS task service, and what they carry for whatever guards it. */
export const psTaskConnection: Connection = {
	credential: 'psTaskApi',
	baseUrl: (credential) => baseUrlIn(credential, PASTED),
	authenticate: authenticatePsTask,
	addressFields: 'Base URL',
	secrets: ['token', 'headerSecret'],
};

/**
 * A request with the credential's way of authentication: nothing, a bearer token or a header of one's own; the document
 * names none (docs/services/ps-task.md, Address and authentication). Only for the credential's own host (ownRequest).
 * Throws an unsentError that names the field which is empty or cannot be sent.
 */
export function authenticatePsTask(
	credential: ICredentialDataDecryptedObject,
	request: DeclaredRequest,
): IHttpRequestOptions {
	const own = ownRequest(credential, psTaskConnection.baseUrl(credential), request);
	const way = credentialText(credential, 'authentication') || 'none';
	if (way === 'none') return own as IHttpRequestOptions;
	const header =
		way === 'header' ? ownHeader(credential) : { Authorization: bearerToken(credential, 'token', 'Token') };
	return { ...own, headers: mergeHeaders(own, header) } as IHttpRequestOptions;
}
