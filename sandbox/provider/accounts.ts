/** One customer of Kling, with both ways to sign in (provider-apis.md 1.2, 1.3). */
export interface Account {
	name: string;
	apiKey: string;
	accessKey: string;
	secretKey: string;
}

/** The account that exists when the settings name none. Its secrets open nothing but this simulator. */
export const sandboxAccount: Account = {
	name: 'sandbox',
	apiKey: 'sandbox-key-singapore-0123456789abcdef0123456789abcdef',
	accessKey: 'sandboxaccesskey0123456789abcdef',
	secretKey: 'sandboxsecretkey0123456789abcdef',
};

/** One customer of the portrait service, with every way to sign in (provider-apis.md 5.1 to 5.3). */
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

/** What the PS service asks for if `psAuth` says that it asks (its document names no sign-in). */
export interface PsAccount {
	name: string;
	/** For `bearer`. */
	token: string;
	/** For `header`: its name and value. */
	headerName: string;
	headerSecret: string;
}

/** The PS account that exists when the settings name none. Its secrets open nothing but this simulator. */
export const sandboxPsAccount: PsAccount = {
	name: 'sandbox',
	token: 'sandboxpstoken0123456789abcdef',
	headerName: 'X-Ps-Key',
	headerSecret: 'sandboxpssecret0123456789abcdef',
};
