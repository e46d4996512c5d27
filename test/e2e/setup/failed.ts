import { expect } from 'vitest';

import { RELEASE } from './release';

/**
 * What the item of a failed task has on the error output. n8n 1.x lets no facts through there, so they are at the end of
 * its text.
 */
export function failedBy(reason: string, taskId: unknown, details: Record<string, unknown> = {}) {
	const error = expect.stringContaining(reason) as string;
	const facts = { taskState: 'created', taskId, ...details };
	if (RELEASE === '2.x') return { error, details: facts };
	return {
		error,
		message: expect.stringMatching(new RegExp(`Task ID: ${String(taskId)}.*taskState: created, `)) as string,
	};
}
