import { sandboxAccount } from '../../../sandbox/provider';

/** The credential that all workflows of this tier use. */
export const CREDENTIAL_NAME = 'Kling sandbox';

export { sandboxAccount };

/** Fields of a credential that signs in with the API key. */
export function keyCredential(baseUrl: string, apiKey: string = sandboxAccount.apiKey): Record<string, string> {
	return { authentication: 'apiKey', apiKey, region: 'custom', baseUrl };
}

/** Fields of a credential that signs each request. */
export function signingCredential(baseUrl: string): Record<string, string> {
	const { accessKey, secretKey } = sandboxAccount;
	return { authentication: 'accessKey', accessKey, secretKey, region: 'custom', baseUrl };
}
