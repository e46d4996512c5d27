/**
 * One customer of the portrait service, with every way to sign in (docs/services/aliyun-portrait.md, Authentication).
 */
export interface AliyunAccount {
	name: string;
	appCode: string;
	appKey: string;
	appSecret: string;
	/** A header of the customer's own, and its value. */
	headerName: string;
	headerSecret: string;
}

/** The portrait account that exists when the settings name none. Its secrets open nothing but this simulator. */
export const sandboxAliyunAccount: AliyunAccount = {
	name: 'sandbox',
	appCode: 'sandboxappcode0123456789abcdef01',
	appKey: '290000001',
	appSecret: 'sandboxappsecret0123456789abcdef',
	headerName: 'X-Sandbox-Key',
	headerSecret: 'sandboxheadersecret0123456789abcdef',
};
