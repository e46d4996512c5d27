import { isBoolean, isList, isOneOf, isOptional, isSpan, type Span } from '../core/checks';
import { nameOnly, type SettingsPart } from '../core/settings';
import { sandboxAliyunAccount, type AliyunAccount } from './account';

/**
 * Ways to sign in at the gateway (docs/services/aliyun-portrait.md, Authentication), named as the credential names
 * them.
 */
export type AliyunAuth = 'appCode' | 'appKeySecret' | 'header' | 'none';

/**
 * The names under which a refusal's text may come; the document names none (docs/services/aliyun-portrait.md, Answers).
 */
const messageKeys = ['msg', 'message', 'error', 'err_msg', 'ret_msg'] as const;

/** What can be tuned of the portrait service alone. */
export interface AliyunSettings {
	aliyunAccounts: AliyunAccount[];
	/** Least and greatest time of its tasks, ms; by default `taskMs`. */
	aliyunTaskMs?: Span;
	/** The ways to sign in that are accepted. */
	aliyunAuth: AliyunAuth[];
	/**
	 * false: gateway refusals carry a message but no code, as the classic gateway's (docs/services/aliyun-portrait.md,
	 * Gateway errors).
	 */
	aliyunGatewayCodes: boolean;
	/** The key of the text of a refusal with `ret` other than 0. */
	aliyunMessageKey: (typeof messageKeys)[number];
	/** How the query of a task that does not exist is answered (docs/services/aliyun-portrait.md, Task query). */
	aliyunUnknownTask: 'refused' | 'null';
	/** true: `state` and `tsk_type` are texts (docs/services/aliyun-portrait.md, Task states). */
	aliyunStateAsText: boolean;
}

const isAuth = isOneOf('appCode', 'appKeySecret', 'header', 'none');

export const aliyunSettings: SettingsPart<AliyunSettings> = {
	defaults: () => ({
		aliyunAccounts: [sandboxAliyunAccount],
		aliyunTaskMs: undefined,
		aliyunAuth: ['appCode', 'appKeySecret', 'header'],
		aliyunGatewayCodes: true,
		aliyunMessageKey: 'msg',
		aliyunUnknownTask: 'refused',
		aliyunStateAsText: false,
	}),
	checks: {
		aliyunAccounts: isList,
		aliyunTaskMs: isOptional(isSpan),
		aliyunAuth: (value) => Array.isArray(value) && value.every(isAuth),
		aliyunGatewayCodes: isBoolean,
		aliyunMessageKey: isOneOf(...messageKeys),
		aliyunUnknownTask: isOneOf('refused', 'null'),
		aliyunStateAsText: isBoolean,
	},
	shown: ({ aliyunAccounts }) => ({ aliyunAccounts: aliyunAccounts.map(nameOnly) }),
};
