import { randomUUID } from 'node:crypto';

import type { Answer } from '../core/answer';
import { Refusal } from './errors';

const type = 'application/json; charset=utf-8';

/** The answer to a request that worked. `numberIds` are task IDs to be written as JSON numbers. */
export function success(data: unknown, taskId?: string, numberIds: readonly string[] = []): Answer {
	let text = toJson({ code: 0, message: 'SUCCEED', request_id: randomUUID(), data });
	for (const id of numberIds) text = text.replace(`"task_id":"${id}"`, `"task_id":${id}`);
	return { status: 200, text, type, code: 0, taskId };
}

/** JSON in which the IDs of elements are numbers with all their digits (docs/services/kling.md, Elements). */
export function toJson(value: unknown): string {
	return JSON.stringify(value).replace(/"element_id":"(\d+)"/g, '"element_id":$1');
}

/** The answer to a request that was refused; there is no `data` in it. */
export function refusal({ code, message, status }: Refusal): Answer {
	return { status, text: refusalBody(code, message), type, code };
}

/** The body of a refusal. */
export function refusalBody(code: number, message: string): string {
	return JSON.stringify({ code, message, request_id: randomUUID() });
}
