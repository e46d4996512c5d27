/** The simulator's own account. */
const KLING_KEY = 'sandbox-key-singapore-0123456789abcdef0123456789abcdef';

/** For `credentials` of a run; `overrides` change single fields. */
export function klingCredentials(url: string, overrides: Record<string, string> = {}) {
	return {
		klingApi: {
			authentication: 'apiKey',
			apiKey: KLING_KEY,
			region: 'custom',
			baseUrl: url,
			...overrides,
		},
	};
}
