import { isBoolean, isCount, isList } from '../core/checks';
import { nameOnly, type SettingsPart } from '../core/settings';
import { sandboxAccount, type Account } from './account';

/** What can be tuned of Kling alone. */
export interface KlingSettings {
	/** Slots per account; an image task takes `n` (docs/services/kling.md, Concurrency). */
	slots: number;
	/**
	 * true: ai-multi-shot tasks can be read by external ID too (undocumented: docs/services/kling.md, External task ID).
	 */
	multiShotExternalLookup: boolean;
	/**
	 * Kling's "Webhook Signature": signs its callbacks; '' leaves them unsigned (docs/services/kling.md, Callback
	 * signature).
	 */
	webhookSecret: string;
	/** true: tasks are paid afterwards, so they report a balance and no units (docs/services/kling.md, Cost). */
	postPaid: boolean;
	accounts: Account[];
}

export const klingSettings: SettingsPart<KlingSettings> = {
	defaults: () => ({
		slots: 9,
		multiShotExternalLookup: false,
		webhookSecret: '',
		postPaid: false,
		accounts: [sandboxAccount],
	}),
	checks: {
		slots: isCount,
		multiShotExternalLookup: isBoolean,
		webhookSecret: isSecret,
		postPaid: isBoolean,
		accounts: isList,
	},
	shown: ({ webhookSecret, accounts }) => ({
		webhookSecret: webhookSecret === '' ? '' : 'set',
		accounts: accounts.map(nameOnly),
	}),
};

/** `whsec_` and base64, or none. */
function isSecret(value: unknown): boolean {
	return typeof value === 'string' && /^(whsec_[A-Za-z0-9+/]+=*)?$/.test(value);
}
