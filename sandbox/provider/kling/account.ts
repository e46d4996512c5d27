/** One customer of Kling, with both ways to sign in (docs/services/kling.md, Authentication). */
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
