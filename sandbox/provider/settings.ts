import { type Account, type AliyunAccount, type PsAccount, sandboxAccount, sandboxAliyunAccount, sandboxPsAccount } from './accounts';
import { aliyunChecks, aliyunDefaults, type AliyunSettings } from './aliyun/settings';
import { isBoolean, isCount, isList, isSpan, type Checks, type Span } from './checks';
import { psChecks, psDefaults, type PsSettings } from './ps/settings';

/** The picture file formats in which results can be served. */
export type ResultFormat = 'png' | 'jpeg' | 'webp';

/** What can be tuned, at start and at run time. All times are milliseconds. */
export interface Settings extends AliyunSettings, PsSettings {
	/** Least and greatest time from `submitted` to the end of a task. */
	taskMs: Span;
	/** Slots per account; an image task takes `n` (provider-apis.md 2.3). */
	slots: number;
	/** Origin put before `/files/…` in result URLs; by default the server's own. */
	resultBaseUrl?: string;
	/** Start of the random sequence that durations and fault probabilities draw from. */
	seed: number;
	/** Result files are padded to at least this many bytes; 0 leaves their natural size. */
	resultBytes: number;
	resultFormat: ResultFormat;
	/** false: result files come chunked, without Content-Length. */
	announceLength: boolean;
	/** Life of a result URL, counted from the end of its task (provider-apis.md 2.6: 30 days). */
	resultTtlMs: number;
	/** Added to the machine's time to give the server's idea of now. */
	clockOffsetMs: number;
	/** true: ai-multi-shot tasks can be read by external ID too (undocumented, provider-apis.md 2.5). */
	multiShotExternalLookup: boolean;
	/** Kling's "Webhook Signature": signs its callbacks; '' leaves them unsigned (provider-apis.md 3). */
	webhookSecret: string;
	accounts: Account[];
	aliyunAccounts: AliyunAccount[];
	psAccount: PsAccount;
}

/** The settings of a provider that was started with none. */
export function defaultSettings(): Settings {
	return {
		taskMs: [2000, 4000],
		slots: 9,
		resultBaseUrl: undefined,
		seed: 1,
		resultBytes: 0,
		resultFormat: 'png',
		announceLength: true,
		resultTtlMs: 30 * 24 * 3600 * 1000,
		clockOffsetMs: 0,
		multiShotExternalLookup: false,
		webhookSecret: '',
		accounts: [sandboxAccount],
		aliyunAccounts: [sandboxAliyunAccount],
		psAccount: sandboxPsAccount,
		...aliyunDefaults(),
		...psDefaults(),
	};
}

const checks: Checks<Settings> = {
	taskMs: isSpan,
	slots: isCount,
	resultBaseUrl: (value) => value === undefined || (typeof value === 'string' && URL.canParse(value)),
	seed: Number.isFinite,
	resultBytes: isCount,
	resultFormat: (value) => ['png', 'jpeg', 'webp'].includes(value as string),
	announceLength: isBoolean,
	resultTtlMs: isCount,
	clockOffsetMs: Number.isFinite,
	multiShotExternalLookup: isBoolean,
	webhookSecret: isSecret,
	accounts: isList,
	aliyunAccounts: isList,
	psAccount: (value) => typeof value === 'object' && value !== null,
	...aliyunChecks,
	...psChecks,
};

/** `whsec_` and base64, or none. */
function isSecret(value: unknown): boolean {
	return typeof value === 'string' && /^(whsec_[A-Za-z0-9+/]+=*)?$/.test(value);
}

/** Writes a change into the settings; a name or value that means nothing is refused, not ignored. */
export function applySettings(settings: Settings, change: Partial<Settings>): void {
	for (const [name, value] of Object.entries(change)) {
		if (!Object.hasOwn(checks, name)) throw new TypeError(`Unknown setting: ${name}`);
		if (!checks[name as keyof Settings](value)) throw new TypeError(`Invalid value for setting ${name}`);
	}
	Object.assign(settings, change);
}

/** The settings without the accounts' secrets, fit to be shown. */
export function withoutSecrets(settings: Settings): Record<string, unknown> {
	const named = ({ name }: { name: string }) => ({ name });
	return {
		...settings,
		webhookSecret: settings.webhookSecret === '' ? '' : 'set',
		accounts: settings.accounts.map(named),
		aliyunAccounts: settings.aliyunAccounts.map(named),
		psAccount: named(settings.psAccount),
	};
}
