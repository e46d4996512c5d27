import type { Answer } from '../core/answer';
import type { PsSettings } from './settings';

const type = 'application/json; charset=utf-8';

/** The answer to a request that worked. */
export function success(data: object, { psMessageKey }: PsSettings, taskId?: string): Answer {
	return { status: 200, type, code: 200, taskId, text: JSON.stringify({ code: 200, [psMessageKey]: 'success', data }) };
}

/** The answer to a request that was refused; whether HTTP says so too is a setting, sign-in excepted. */
export function refusal(code: number, message: string, settings: PsSettings): Answer {
	const hidden = settings.psRefusalsUnder200 && code !== 401 && code !== 403;
	return { status: hidden ? 200 : code, type, code, text: refusalBody(code, message, settings) };
}

export function refusalBody(code: number, message: string, { psMessageKey }: PsSettings): string {
	return JSON.stringify({ code, [psMessageKey]: message, data: {} });
}
