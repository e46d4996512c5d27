/** The provider simulator for one test file, and credentials that point at it. */
import { afterAll } from 'vitest';

import { startProvider } from '../../sandbox/provider/index.ts';

type Options = Parameters<typeof startProvider>[0];

/** The simulator's own account. */
const KLING_KEY = 'sandbox-key-singapore-0123456789abcdef0123456789abcdef';

/** Called at the top of a test file (`const provider = await useProvider()`); stops after its last test. */
export async function useProvider(options?: Options) {
	const provider = await startProvider(options);
	afterAll(async () => {
		await provider.stop();
	});
	return { ...provider, credentials: klingCredentials(provider.url) };
}

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
