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
