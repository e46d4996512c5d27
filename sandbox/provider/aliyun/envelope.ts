import type { Answer } from '../core/answer';
import { requestId } from './gateway/refusals';

const type = 'application/json; charset=utf-8';

/**
 * The answer to a request that worked; `bodyFirst` as the document shows reads (docs/services/aliyun-portrait.md,
 * Answers).
 */
export function success(
	body: unknown,
	{ taskId, bodyFirst = false }: { taskId?: string; bodyFirst?: boolean } = {},
): Answer {
	const text = JSON.stringify(bodyFirst ? { body, ret: 0 } : { ret: 0, body });
	return { ...passed(), status: 200, text, code: 0, taskId };
}

/** The answer of the service to a request that it refuses: HTTP 200, `ret` tells. */
export function refusal(ret: number, message: string, messageKey: string): Answer {
	return { ...passed(), status: 200, text: refusalBody(ret, message, messageKey), code: ret };
}

export function refusalBody(ret: number, message: string, messageKey: string): string {
	return JSON.stringify({ ret, [messageKey]: message, body: null });
}

/** What the gateway adds to every answer that it passes on. */
function passed(): Pick<Answer, 'type' | 'headers'> {
	return { type, headers: { 'x-ca-request-id': requestId() } };
}
