/** Two callbacks of a sleeping execution in one process, the second one at every instant of the first one's look. */
import { randomUUID } from 'node:crypto';
import type { IHttpRequestOptions, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { Kling } from '../../../nodes/Kling/Kling.node';
import { node, taskAnswer } from './support';

const TASKS = ['930810057590833241', '930810057590833242'] as const;

/** An execution that sleeps for both tasks, and Kling, which answers at once and knows which of them have ended. */
function asleep() {
	const ended = new Set<string>();
	const reads: string[] = [];
	let onRead = (): void => undefined;
	const output = { simplify: true, downloadImages: false, binaryPrefix: 'image' };
	const suspension = { id: randomUUID(), resource: 'imageExpansion', items: TASKS.map((taskId) => ({ task: { taskId, status: 'submitted' }, output })) };
	const httpRequestWithAuthentication = async (_: string, { url }: IHttpRequestOptions) => {
		const taskId = TASKS.find((each) => url.endsWith(each)) ?? '';
		const { body } = taskAnswer(ended.has(taskId) ? 'succeed' : 'processing', { task_id: taskId, task_result: { images: [] } });
		reads.push(taskId);
		onRead();
		return { statusCode: 200, headers: {}, body };
	};
	const context = (taskId: string): IWebhookFunctions => {
		const response = { headersSent: false, status: () => response, json: () => (response.headersSent = true) };
		return {
			getNode: () => ({ ...node, name: 'Kling' }),
			getNodeParameter: (name: string, fallback?: unknown) => ({ resource: 'imageExpansion' })[name] ?? fallback,
			getCredentials: async () => ({}),
			getHeaderData: () => ({ 'content-type': 'application/json' }),
			getRequestObject: () => ({ rawBody: Buffer.from(JSON.stringify({ task_id: taskId, task_status: 'succeed' })) }),
			getResponseObject: () => response,
			evaluateExpression: () => suspension,
			helpers: { httpRequestWithAuthentication },
		} as unknown as IWebhookFunctions;
	};
	return {
		reads,
		callback: async (taskId: string): Promise<IWebhookResponseData> => await new Kling().webhook.call(context(taskId)),
		end: (taskId: string) => ended.add(taskId),
		/** Calls `then` as soon as Kling has answered a read. */
		afterRead(then: () => void): void {
			onRead = () => {
				onRead = () => undefined;
				then();
			};
		},
	};
}

/** Lets others go on so many times. */
async function turns(count: number): Promise<void> {
	for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

describe('a callback of the last task comes while the look of an earlier one is just ending', () => {
	it.each(Array.from({ length: 30 }, (_, count) => [count]))('%i turns after the answer "running": one of the two wakes the execution', async (count) => {
		const [first, last] = TASKS;
		const { callback, end, afterRead, reads } = asleep();
		end(first);
		const second = new Promise<IWebhookResponseData>((resolve) => {
			afterRead(() => {
				end(last);
				void turns(count).then(() => resolve(callback(last)));
			});
		});
		const answers = [await callback(first), await second];
		const woken = answers.flatMap(({ workflowData }) => workflowData ?? []);
		expect(woken.map((items) => items.map(({ json }) => [json.taskId, json.status]))).toEqual([TASKS.map((taskId) => [taskId, 'succeeded'])]);
		expect(reads.length).toBeLessThanOrEqual(4);
	});
});
