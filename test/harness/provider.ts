/** The provider simulator for one test file, and credentials that point at it. */
import { afterAll } from 'vitest';

import { sandboxAliyunAccount, startProvider } from '../../sandbox/provider/index.ts';
import { klingCredentials } from './kling-credentials.ts';

export { klingCredentials };

type Options = Parameters<typeof startProvider>[0];

/** Called at the top of a test file (`const provider = await useProvider()`); stops after its last test. */
export async function useProvider(options?: Options) {
	const provider = await startProvider(options);
	afterAll(async () => {
		await provider.stop();
	});
	return { ...provider, credentials: klingCredentials(provider.url), aliyun: aliyunCredentials(provider.url) };
}

/** What each way of signing in needs, with the simulator's own account. */
const ALIYUN_WAYS = {
	appCode: { appCodeSecret: sandboxAliyunAccount.appCode },
	appKeySecret: { appKey: sandboxAliyunAccount.appKey, appSecret: sandboxAliyunAccount.appSecret },
	header: { headerName: sandboxAliyunAccount.headerName, headerSecret: sandboxAliyunAccount.headerSecret },
	none: {},
};

export type AliyunWay = keyof typeof ALIYUN_WAYS;

/** For `credentials` of a run; `overrides` change single fields. */
export function aliyunCredentials(baseUrl: string, way: AliyunWay = 'appCode', overrides: Record<string, string> = {}) {
	return { aliyunMarketApi: { baseUrl, authentication: way as string, ...ALIYUN_WAYS[way], ...overrides } };
}
