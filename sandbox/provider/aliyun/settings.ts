import { isBoolean, isOneOf, isOptional, isSpan, type Checks, type Span } from '../checks';

/** Ways to sign in at the gateway (provider-apis.md 5.1), named as the credential names them. */
export type AliyunAuth = 'appCode' | 'appKeySecret' | 'header' | 'none';

/** The names under which a refusal's text may come; the document names none (provider-apis.md 5.6). */
const messageKeys = ['msg', 'message', 'error', 'err_msg', 'ret_msg'] as const;

/** What can be tuned of the portrait service alone. */
export interface AliyunSettings {
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

export function aliyunDefaults(): AliyunSettings {
	return {
		aliyunTaskMs: undefined,
		aliyunAuth: ['appCode', 'appKeySecret', 'header'],
		aliyunGatewayCodes: true,
		aliyunMessageKey: 'msg',
		aliyunUnknownTask: 'refused',
		aliyunStateAsText: false,
	};
}

const isAuth = isOneOf('appCode', 'appKeySecret', 'header', 'none');

export const aliyunChecks: Checks<AliyunSettings> = {
	aliyunTaskMs: isOptional(isSpan),
	aliyunAuth: (value) => Array.isArray(value) && value.every(isAuth),
	aliyunGatewayCodes: isBoolean,
	aliyunMessageKey: isOneOf(...messageKeys),
	aliyunUnknownTask: isOneOf('refused', 'null'),
	aliyunStateAsText: isBoolean,
};
