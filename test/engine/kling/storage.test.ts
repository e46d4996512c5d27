/** taskState is a fact also where n8n's own storage fails. */
import { afterEach, describe, expect, it, vi } from 'vitest';

import { binaryData } from '../../harness/runtime.ts';
import { count, errorOf, expand, factsOf, itemsOf, photos, start } from './support.ts';

const { run, control, creates, n8n } = await start();
afterEach(() => void vi.restoreAllMocks());

const full = new Error('ENOSPC: no space left on device, write');

describe('a full disk while a result is stored', () => {
	it('says created, with the IDs, in words that n8n does not change', async () => {
		const items = photos({});
		const prepared = run(expand(), { items });
		await expect.poll(() => creates().length).toBe(1);
		vi.spyOn(binaryData(), 'store').mockRejectedValue(full);
		const error = errorOf(await prepared);
		const [task] = control.ledger();
		expect(factsOf(error)).toMatchObject({
			taskState: 'created',
			taskId: task?.taskId,
			externalTaskId: task?.externalTaskId,
		});
		expect(error.message).toBe(
			'The storage of n8n did not take the file (image 1 of the task): no space left on device, write',
		);
		expect(error.message).not.toContain('ENOSPC');
	});

	it('a retry gets the same task once there is room', async () => {
		const running = run(expand(), { items: photos({}) });
		await expect.poll(() => creates().length).toBe(1);
		vi.spyOn(binaryData(), 'store').mockRejectedValue(full);
		const failed = await running;
		expect(failed.status).toBe('error');
		vi.restoreAllMocks();
		expect(itemsOf(await n8n.retry(failed))[0]?.json.taskId).toBe(control.ledger()[0]?.taskId);
		expect(control.ledger()).toHaveLength(1);
	});
});

it('an input file that cannot be read says not-created, and nothing is sent', async () => {
	vi.spyOn(binaryData(), 'getAsStream').mockRejectedValue(new Error('ENOENT: no such file or directory'));
	const result = await run(expand(), { items: photos(...count(2)), onError: 'continueRegularOutput' });
	for (const { json } of result.items) {
		expect(json).toMatchObject({
			error: expect.stringContaining('no such file'),
			details: { taskState: 'not-created' },
		});
		expect(json.details as object).not.toHaveProperty('taskId');
	}
	expect(result.items).toHaveLength(2);
	expect(creates()).toEqual([]);
});
