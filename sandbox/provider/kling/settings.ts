import { isBetween, isBoolean, isCount, isList, isOneOf } from '../core/checks';
import { nameOnly, type SettingsPart } from '../core/settings';
import { sandboxAccount, type Account } from './account';
import { longGone } from './models';
import { isPackList, type Pack } from './packs';

/**
 * What the documents leave open, and how the simulator may decide it; the first value is the default. `failTask`: the
 * create is accepted, and the task fails.
 */
const choices = {
	/** A field or value that the model does not have; ignored: 4k is 2k, a series is single. */
	unsupportedField: ['refuse', 'ignore', 'failTask'],
	/** A `negative_prompt` that is not empty beside an image. */
	negativeWithImage: ['refuse', 'ignore'],
	/** What an empty `model_name` of generations stands for. */
	defaultImageModel: ['kling-v3', 'discontinued'],
	/** More than ten images and elements. */
	tooManyReferences: ['refuse', 'failTask'],
	/** An element that the account does not have. */
	unknownElement: ['refuse', 'failTask'],
	/** `element_id` in `element_list` as a text. */
	elementIdAsString: ['accept', 'refuse'],
	/** An empty `image_list` or `element_list`. */
	emptyList: ['ignore', 'refuse'],
	/** A number in the prompt that names an image or element which is not there. */
	danglingReference: ['ignore', 'refuse', 'failTask'],
	/** The ratio `auto` with kling-v3-omni, from text alone. */
	omniAutoRatio: ['fallback', 'refuse'],
	/** A series without an image. */
	seriesFromText: ['allow', 'refuse'],
	/** Slots of a series whose length the model decides: as many as it will have, or 9. */
	autoSeriesSlots: ['actual', 'maximum'],
	/** The array of `task_result` that the task does not fill. */
	unusedImages: ['empty', 'absent', 'null'],
	/** Where a series stands in callbacks. */
	callbackSeries: ['series_images', 'images', 'absent'],
	/** Elements in callbacks. */
	callbackElements: ['absent', 'full'],
	/** full: callbacks have watermarks and `result_type` too. */
	callbackDetail: ['documented', 'full'],
	/** `watermark_url` of a task without a watermark. */
	watermarkUrlUnasked: ['absent', 'empty'],
	/** Digits of an `element_id`. */
	elementIdDigits: [18, 15],
	/** Slots of a task that makes an element. */
	elementSlots: [0, 1],
	/** What pays for images; a unit of a video pack is 40 image units. */
	payFrom: ['image', 'video', 'balance'],
	/** The deduction field of what did not pay. */
	unusedDeduction: ['absent', 'empty', 'zero'],
	/** How whole units are written. */
	unitFormat: ['8', '8.0'],
	/** The deduction of a failed task; full: it is charged. */
	failedTaskUnits: ['absent', 'zero', 'full'],
	/** The row of a failed task in the ledgers; full: it is charged. */
	failedTaskRow: ['none', 'zero', 'full'],
	/** Which images are charged if there are fewer than ordered. */
	partialCharge: ['delivered', 'ordered'],
	/** Of balances. */
	currency: ['USD', 'CNY'],
	/** The answer above one request a second to /account/costs. */
	costsTooFast: [1302, 'allow'],
	/** What the window of /account/costs is about. */
	packWindowBy: ['purchase', 'overlap'],
	/** The list of an account without packs. */
	noPacks: ['empty', 'absent'],
	/** Signed tokens on the ledgers: 401 / 1002, or accepted. */
	ledgerJwt: ['refuse', 'accept'],
	/** sameOr: values of one key are alternatives, and keys add up; sameAnd: the reverse. */
	ledgerFilterLogic: ['sameOr', 'sameAnd'],
	/** Rows of the pages after the first: as many as of the first, or 500. */
	ledgerCursorLimit: ['first', 500],
	/** A page without rows. */
	emptyLedger: ['noDetail', 'emptyDetail'],
	/** `next_cursor` of the last page. */
	lastCursor: ['', 'absent', 'same'],
} as const;

type Choices = { [Name in keyof typeof choices]: (typeof choices)[Name][number] };

/** What can be tuned of Kling alone. */
export interface KlingSettings extends Choices {
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
	/** true: the same as `payFrom: 'balance'`. */
	postPaid: boolean;
	/** Models that are refused as discontinued. */
	retiredModels: readonly string[];
	/** Images of a task at most; 'off': as many as ordered. */
	partialResult: 'off' | number;
	/** true: a series is in `images` too. */
	seriesMirrored: boolean;
	/** Images of a series whose length the model decides. */
	autoSeriesCount: number;
	/** Share of the price that is not charged, of balances. */
	discount: number;
	/** From the end of a task until it shows its deduction. */
	deductionLagMs: number;
	/** The packs of the accounts; 'unlimited': each has one that never runs out. */
	packs: 'unlimited' | readonly Pack[];
	/** How far /account/costs is behind. */
	packLagMs: number;
	/** How far the ledgers are behind. */
	ledgerLagMs: number;
	/** Longest window of the ledgers. */
	ledgerMaxWindowMs: 'none' | number;
	accounts: Account[];
}

export const klingSettings: SettingsPart<KlingSettings> = {
	defaults: () => ({
		...(Object.fromEntries(Object.entries(choices).map(([name, [first]]) => [name, first])) as unknown as Choices),
		slots: 9,
		multiShotExternalLookup: false,
		webhookSecret: '',
		postPaid: false,
		retiredModels: longGone,
		partialResult: 'off',
		seriesMirrored: false,
		autoSeriesCount: 4,
		discount: 0,
		deductionLagMs: 0,
		packs: 'unlimited',
		packLagMs: 0,
		ledgerLagMs: 0,
		ledgerMaxWindowMs: 'none',
		accounts: [sandboxAccount],
	}),
	checks: {
		...(Object.fromEntries(Object.entries(choices).map(([name, values]) => [name, isOneOf(...values)])) as Record<
			keyof Choices,
			(value: unknown) => boolean
		>),
		slots: isCount,
		multiShotExternalLookup: isBoolean,
		webhookSecret: isSecret,
		postPaid: isBoolean,
		retiredModels: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
		partialResult: (value) => value === 'off' || isBetween(0, 9)(value),
		seriesMirrored: isBoolean,
		autoSeriesCount: isBetween(2, 9),
		discount: (value) => isCount(value) && (value as number) <= 1,
		deductionLagMs: isCount,
		packs: (value) => value === 'unlimited' || isPackList(value),
		packLagMs: isCount,
		ledgerLagMs: isCount,
		ledgerMaxWindowMs: (value) => value === 'none' || isCount(value),
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
