import { sandboxAccount, sandboxAliyunAccount, type Settings } from '../provider/index';

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

const DAY_MS = 24 * 60 * 60 * 1000;

/** Kling's resource packs in the simulator: one that pays for everything, and one that runs low, which is told of. */
export function simulatorPacks(now: number): Settings['packs'] {
	const common = { product: 'image', type: 'decreasing_total', purchasedAt: now - DAY_MS, validFrom: now } as const;
	return [
		{ ...common, id: 'sandbox-large', name: 'Sandbox-Image-Large', total: 1_000_000, validUntil: now + 365 * DAY_MS },
		{
			...common,
			id: 'sandbox-trial',
			name: 'Sandbox-Image-Trial',
			total: 1000,
			used: 700,
			validUntil: now + 10 * DAY_MS,
		},
	];
}
