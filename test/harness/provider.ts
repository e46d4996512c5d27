/** The provider simulator for one test file, and credentials that point at it. */
import { afterAll } from 'vitest';

import { startProvider } from '../../sandbox/provider/index.ts';
import { klingCredentials } from './kling-credentials.ts';

export { klingCredentials };

type Options = Parameters<typeof startProvider>[0];

/** Called at the top of a test file (`const provider = await useProvider()`); stops after its last test. */
export async function useProvider(options?: Options) {
	const provider = await startProvider(options);
	afterAll(async () => {
		await provider.stop();
	});
	return { ...provider, credentials: klingCredentials(provider.url) };
}
