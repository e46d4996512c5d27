/** What triggers get of n8n: one poll, or one call of a webhook. */
import type { IPollFunctions, IWebhookFunctions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { pollFunction, type PollCall } from '../../../../nodes/tasks/n8n/pollCall';
import { webhookFunction, type WebhookCall } from '../../../../nodes/tasks/n8n/webhookCall';
import { FakeClock } from '../support';
import { contextOf } from './support';

const node = { id: 'node-1', name: 'On finished task' };

/** The context of a trigger, whose parameters have no item. */
function triggerOf(parameters: Record<string, unknown>, more: object) {
	const { context, log } = contextOf({ node, memory: new Error('none') });
	const own = {
		...context,
		getNodeParameter: (name: string, fallback: unknown) => parameters[name] ?? fallback,
		getMode: () => 'trigger',
		getWorkflow: () => ({ id: 'w', name: 'Orders' }),
		getWorkflowStaticData: (type: string) => ({ type }),
		...more,
	};
	return { own, log };
}

describe('a poll', () => {
	async function callOf(parameters: Record<string, unknown> = {}, more: object = {}) {
		const calls: PollCall[] = [];
		const { own, log } = triggerOf(parameters, more);
		await pollFunction(async (call) => (calls.push(call), null)).call(own as unknown as IPollFunctions);
		return { call: calls[0]!, log };
	}

	it('is known by workflow and node', async () => {
		const { call } = await callOf();
		expect(call.key).toBe('["w","node-1"]');
		expect(call.memory()).toEqual({ type: 'node' });
	});

	it('is manual when the user fetches a test event, of which n8n saves nothing', async () => {
		expect((await callOf()).call.isManual).toBe(false);
		expect((await callOf({}, { getMode: () => 'manual' })).call.isManual).toBe(true);
	});

	it.each([
		[{}, undefined],
		[{ getPollBudgetMs: () => 45_000 }, 45_000],
		[{ getPollBudgetMs: () => undefined }, undefined],
		[{ getPollBudgetMs: () => 0 }, undefined],
	])('has the time that n8n gives it, where n8n tells', async (more, budget) => {
		expect((await callOf({}, more)).call.budgetMs).toBe(budget);
	});

	it('names node and workflow in its warnings, since it has no items to carry them', async () => {
		const { call, log } = await callOf();
		call.warn('missed some tasks');
		expect(log).toEqual(['Trigger "On finished task" of workflow "Orders" missed some tasks']);
	});

	it("asks the service with one empty item, which nobody stops, and with n8n's own Options", async () => {
		const { call } = await callOf({ requestOptions: { timeout: 250 }, event: 'taskFinished' });
		const clock = new FakeClock();
		const item = call.item(clock);
		expect([item.input, item.inputs, item.itemIndex, item.signal]).toEqual([
			{ json: {} },
			[{ json: {} }],
			0,
			undefined,
		]);
		expect([item.clock, item.requestTimeoutMs]).toEqual([clock, 250]);
		expect([item.parameter('event'), item.parameter('none', 'fallback'), item.parameterFor(3, 'event')]).toEqual([
			'taskFinished',
			'fallback',
			'taskFinished',
		]);
	});
});

describe('a call of a webhook', () => {
	async function callOf(more: object = {}) {
		const calls: WebhookCall[] = [];
		const answers: unknown[] = [];
		const response = {
			headersSent: false,
			status(status: number) {
				return {
					json(body: object) {
						answers.push([status, body]);
						response.headersSent = true;
					},
				};
			},
		};
		const { own } = triggerOf(
			{},
			{
				getHeaderData: () => ({ 'content-type': 'application/json' }),
				getRequestObject: () => ({ rawBody: Buffer.from('{"a":1}') }),
				getResponseObject: () => response,
				...more,
			},
		);
		const result = webhookFunction(async (call) => (calls.push(call), call.answer(202, 'Taken')));
		return { returned: await result.call(own as unknown as IWebhookFunctions), call: calls[0]!, answers };
	}

	it('is answered at once, in place of n8n', async () => {
		const { call, answers, returned } = await callOf();
		expect(answers).toEqual([[202, { message: 'Taken' }]]);
		expect(returned).toEqual({ noWebhookResponse: true });
		expect(call.isAnswered()).toBe(true);
	});

	it('has headers and the body as it arrived', async () => {
		const { call } = await callOf();
		expect(String(await call.body())).toBe('{"a":1}');
		expect(call.headers).toEqual({ 'content-type': 'application/json' });
		expect(call.key).toBe('["w","node-1"]');
	});

	it('is a test when the user listens for a test event', async () => {
		expect((await callOf()).call.isTest).toBe(false);
		expect((await callOf({ getMode: () => 'manual' })).call.isTest).toBe(true);
	});
});
