import { isBoolean, isOneOf, isOptional, isSpan, type Span } from '../core/checks';
import { nameOnly, type SettingsPart } from '../core/settings';
import { sandboxPsAccount, type PsAccount } from './account';

/** What can be tuned of the PS service alone: everything that its document leaves open (docs/services/ps-task.md). */
export interface PsSettings {
	psAccount: PsAccount;
	/** Least and greatest time of its tasks, ms; by default `taskMs`. */
	psTaskMs?: Span;
	psAuth: 'none' | 'bearer' | 'header';
	/** Letters of `status`; `mixed` is different for every status. */
	psStatusCase: 'lower' | 'upper' | 'mixed';
	/** The code of a task that does not exist. */
	psUnknownTask: 404 | 500;
	/** What is said of it. */
	psUnknownText: string;
	/** true: refusals, those of sign-in excepted, come under HTTP 200, only their `code` tells. */
	psRefusalsUnder200: boolean;
	/** The key of an answer's text. */
	psMessageKey: 'msg' | 'message';
	/** The key of the finished picture's address. */
	psResultKey: 'image_url' | 'result_url';
	/** false: finished tasks have no `image_rid`. */
	psImageRid: boolean;
}

export const psSettings: SettingsPart<PsSettings> = {
	defaults: () => ({
		psAccount: sandboxPsAccount,
		psTaskMs: undefined,
		psAuth: 'none',
		psStatusCase: 'lower',
		psUnknownTask: 404,
		psUnknownText: 'Task not found',
		psRefusalsUnder200: false,
		psMessageKey: 'msg',
		psResultKey: 'image_url',
		psImageRid: true,
	}),
	checks: {
		psAccount: (value) => typeof value === 'object' && value !== null,
		psTaskMs: isOptional(isSpan),
		psAuth: isOneOf('none', 'bearer', 'header'),
		psStatusCase: isOneOf('lower', 'upper', 'mixed'),
		psUnknownTask: isOneOf(404, 500),
		psUnknownText: (value) => typeof value === 'string',
		psRefusalsUnder200: isBoolean,
		psMessageKey: isOneOf('msg', 'message'),
		psResultKey: isOneOf('image_url', 'result_url'),
		psImageRid: isBoolean,
	},
	shown: ({ psAccount }) => ({ psAccount: nameOnly(psAccount) }),
};
