/** Wait for Completion of a task that nobody knows: waiting would not change it. */
import { expect, it } from 'vitest';

import { waitForExistingTask } from '../../../nodes/tasks/read';
import { readSettings } from '../../../nodes/tasks/settings';
import { notFound, PATH } from './createSupport';
import { exchangeOf, rejectionOf, taskAnswer, type Answer } from './support';

const fullPage: Answer = { body: { code: 0, data: Array.from({ length: 500 }, (_, index) => ({ task_id: `other-${index}`, task_status: 'succeed' })) } };

it.each([
	['an unknown ID', {}, 1, 'not-created', /credential/],
	['an external ID that is not among the newest of the list', { externalIdOnlyInList: true }, 5, 'may-exist', /Ask with the task ID/],
])('%s ends at once, and says what to check', async (_, endpoint, requests, taskState, hint) => {
	const exchange = exchangeOf({ answers: () => (exchange.sent.at(-1)?.url === PATH ? fullPage : notFound) });
	exchange.endpoint = { ...exchange.endpoint, ...endpoint };
	const waiting = waitForExistingTask.perform(exchange, { taskId: 'order-1', settings: readSettings(exchange) });
	expect(await rejectionOf(waiting)).toMatchObject({ code: 1201, taskId: 'order-1', taskState, hint: expect.stringMatching(hint) });
	expect([exchange.sent.length, exchange.clock.pauses]).toEqual([requests, []]);
});

it('a task that cannot be read now is waited for', async () => {
	const answers = (sent: number): Answer => (sent <= 4 ? { body: undefined, status: 502 } : taskAnswer('succeed'));
	const exchange = exchangeOf({ answers });
	exchange.context.helpers = { prepareBinaryData: async () => ({}) } as never;
	const settings = { ...readSettings(exchange), downloadImages: false };
	const [item] = await waitForExistingTask.perform(exchange, { taskId: '930810057590833241', settings });
	expect(item?.json).toMatchObject({ taskId: '930810057590833241', status: 'succeeded' });
});
