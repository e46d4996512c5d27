import { isBoolean, isList, isOneOf, isOptional, isSpan, type Span } from '../core/checks';
import { nameOnly, type SettingsPart } from '../core/settings';
import { sandboxAliyunAccount, type AliyunAccount } from './account';

/** Ways to sign in at the gateway (provider-apis.md 5.1), named as the credential names them. */
export type AliyunAuth = 'appCode' | 'appKeySecret' | 'header' | 'none';

/** The names under which a refusal's text may come; the document names none (provider-apis.md 5.6). */
const messageKeys = ['msg', 'message', 'error', 'err_msg', 'ret_msg'] as const;

/** What can be tuned of the portrait service alone. */
export interface AliyunSettings {
	aliyunAccounts: AliyunAccount[];
	/** Least and greatest time of its tasks, ms; by default `taskMs`. */
	aliyunTaskMs?: Span;
	/** The ways to sign in that are accepted. */
	aliyunAuth: AliyunAuth[];
	/** false: gateway refusals carry a message but no code, as the classic gateway's (provider-apis.md 5.5). */
	aliyunGatewayCodes: boolean;
	/** The key of the text of a refusal with `ret` other than 0. */
	aliyunMessageKey: (typeof messageKeys)[number];
	/** How the query of a task that does not exist is answered (provider-apis.md A22). */
	aliyunUnknownTask: 'refused' | 'null';
	/** true: `state` and `tsk_type` are texts (provider-apis.md A18). */
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
