import { sandboxAccount, sandboxAliyunAccount, sandboxPsAccount } from '../../../sandbox/provider';

export { sandboxAccount, sandboxAliyunAccount, sandboxPsAccount };

/** Fields of a Kling credential that signs in with the API key. */
export function keyCredential(baseUrl: string, apiKey: string = sandboxAccount.apiKey): Record<string, string> {
	return { authentication: 'apiKey', apiKey, region: 'custom', baseUrl };
}

/** Fields of a Kling credential that signs each request. */
export function signingCredential(baseUrl: string): Record<string, string> {
	const { accessKey, secretKey } = sandboxAccount;
	return { authentication: 'accessKey', accessKey, secretKey, region: 'custom', baseUrl };
}

/** Fields of an Aliyun credential that signs in with the AppCode. */
export function appCodeCredential(
	baseUrl: string,
	appCodeSecret: string = sandboxAliyunAccount.appCode,
): Record<string, string> {
	return { baseUrl, authentication: 'appCode', appCodeSecret };
}

/** Fields of an Aliyun credential that signs each request. */
export function appKeyCredential(
	baseUrl: string,
	appSecret: string = sandboxAliyunAccount.appSecret,
): Record<string, string> {
	return { baseUrl, authentication: 'appKeySecret', appKey: sandboxAliyunAccount.appKey, appSecret, stage: 'RELEASE' };
}

/** Fields of an Aliyun credential with a header of the user's own. */
export function aliyunHeaderCredential(baseUrl: string): Record<string, string> {
	const { headerName, headerSecret } = sandboxAliyunAccount;
	return { baseUrl, authentication: 'header', headerName, headerSecret };
}

/** Fields of a PS credential without sign-in. */
export function openPsCredential(baseUrl: string): Record<string, string> {
	return { baseUrl, authentication: 'none' };
}

/** Fields of a PS credential with a token. */
export function tokenCredential(baseUrl: string, token: string = sandboxPsAccount.token): Record<string, string> {
	return { baseUrl, authentication: 'bearer', token };
}

/** Fields of a PS credential with a header of the user's own. */
export function psHeaderCredential(baseUrl: string): Record<string, string> {
	const { headerName, headerSecret } = sandboxPsAccount;
	return { baseUrl, authentication: 'header', headerName, headerSecret };
}
