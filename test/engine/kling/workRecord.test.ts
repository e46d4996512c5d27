/** One record of work in n8n's memory of the node: what this very execution has bought is not bought, or refused, again. */
import { describe, expect, it } from 'vitest';

import { count, errorOf, expand, factsOf, itemsOf, photos, smallPhotos, start } from './support.ts';

const { run, control, n8n, creates } = await start();
const quick = { downloadImages: false };
const deadFile = { on: 'file', kind: 'status', status: 404 } as const;
const taskIds = () => control.ledger().map(({ taskId }) => taskId);

describe('where the resume URL has no signature, as on n8n 1.123 and early 2.x', () => {
	const unsigned = { signedResumeUrl: false };

	it('Retry from the Executions list buys nothing again', async () => {
		control.faults([deadFile]);
		const failed = await run(expand(), { items: photos(...count(2)), ...unsigned });
		expect(failed.status).toBe('error');
		control.faults([]);
		const retried = await n8n.retry(failed);
		expect(retried.executionId).not.toBe(failed.executionId);
		expect(
			itemsOf(retried)
				.map(({ json }) => json.taskId)
				.sort(),
		).toEqual(taskIds().sort());
		expect(control.ledger()).toHaveLength(2);
	});

	it('another execution of the same workflow is another work', async () => {
		for (const _time of [1, 2]) itemsOf(await run(expand(quick), unsigned));
		expect(control.ledger()).toHaveLength(2);
	});
});

describe("a user's own external ID that this very execution has used", () => {
	const own = (options = {}) => expand({ options: { externalTaskId: 'order-1', ...options } });

	it('is adopted by Retry On Fail', async () => {
		control.faults([{ ...deadFile, count: 1 }]);
		const [item] = itemsOf(await run(own(), { retryOnFail: true, maxTries: 2 }));
		expect(item?.json).toMatchObject({ taskId: taskIds()[0], externalTaskId: 'order-1', status: 'succeeded' });
		expect(control.ledger()).toHaveLength(1);
	});

	it.each([true, false])(
		'is adopted by Retry from the Executions list (signed resume URL: %s)',
		async (signedResumeUrl) => {
			control.faults([deadFile]);
			const failed = await run(own(), { signedResumeUrl });
			expect(factsOf(errorOf(failed))).toMatchObject({ taskState: 'created', externalTaskId: 'order-1' });
			control.faults([]);
			expect(itemsOf(await n8n.retry(failed))[0]?.json).toMatchObject({ taskId: taskIds()[0], status: 'succeeded' });
			expect(control.ledger()).toHaveLength(1);
		},
	);

	it('is adopted after a create whose answer was lost and that nobody could look up', async () => {
		control.faults([
			{ on: 'create', kind: 'dropAfter', count: 1 },
			{ on: 'get', kind: 'code', code: 1103, count: 3 },
		]);
		const lost = await run(own(quick));
		expect(factsOf(errorOf(lost)).taskState).toBe('may-exist');
		expect(itemsOf(await n8n.retry(lost))[0]?.json.taskId).toBe(taskIds()[0]);
		expect(control.ledger()).toHaveLength(1);
	});

	it('of another execution is refused, and nothing is bought', async () => {
		itemsOf(await run(own(quick)));
		const error = errorOf(await run(own(quick)));
		expect(error.message).toContain('already has a task with this External Task ID');
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', externalTaskId: 'order-1' });
		expect(control.ledger()).toHaveLength(1);
	});
});

it('takes at most 400 bytes an item in what n8n stores, and holds no answer', async () => {
	const items = smallPhotos(...count(50));
	const options = { externalTaskId: '={{ "order-" + $json.number }}' };
	const result = await run(expand({ waitForCompletion: false, options }), { items });
	expect(itemsOf(result)).toHaveLength(50);
	const memory = JSON.stringify(result.data.executionData?.contextData ?? {});
	expect(memory).toContain('order-7');
	expect(memory.length / 50).toBeLessThan(400);
	for (const word of ['SUCCEED', 'task_status', 'request_id']) expect(memory).not.toContain(word);
	expect(creates()).toHaveLength(50);
});
