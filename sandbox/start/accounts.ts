import { sandboxAccount, sandboxAliyunAccount } from '../provider/index';

/** A credential to be saved in n8n. */
export interface CredentialToSave {
	/** Such as `klingApi`. */
	type: string;
	name: string;
	data: Record<string, string>;
}

/** Credentials of all services that reach a simulator. */
export function simulatorCredentials(url: string): CredentialToSave[] {
	return [
		{
			type: 'klingApi',
			name: 'Kling sandbox',
			data: { authentication: 'apiKey', apiKey: sandboxAccount.apiKey, region: 'custom', baseUrl: url },
		},
		{
			type: 'aliyunMarketApi',
			name: 'Aliyun sandbox',
			data: { baseUrl: url, authentication: 'appCode', appCodeSecret: sandboxAliyunAccount.appCode },
		},
		{ type: 'psTaskApi', name: 'PS sandbox', data: { baseUrl: url, authentication: 'none' } },
	];
}
