/** The creates of many items: what a refusal spares the others, and what an account that hangs costs them. */
import { describe, expect, it } from 'vitest';

import { NodeRun } from '../../../../nodes/tasks/item/nodeRun';
import { readSettings } from '../../../../nodes/tasks/item/settings';
import { submit } from '../../../../nodes/tasks/submit/submit';
import { ManualClock, settle } from '../manualClock';
import { endpoint, itemOf, refusal, rejectionOf, taskAnswer, type Answer } from '../support';

const accepted = taskAnswer('submitted');
let accounts = 0;

/** A run of one account; `answer` is given the model of each create. */
function runOf(answer: (model: string) => Answer | Promise<Answer>, account = `many-${++accounts}`) {
	const host = itemOf({ executionId: account });
	const run = new NodeRun(host);
	const clock = new ManualClock();
	const creates: string[] = [];
	const submitItem = async (itemIndex: number, model = 'v1') => {
		const answers = async () => {
			creates.push(model);
			// What is on its way together is answered together.
			await settle();
			return await answer(model);
		};
		const item = { ...itemOf({ account, answers, itemIndex, run, executionId: account }), clock };
		return await submit(item, endpoint, readSettings(item, endpoint), () => ({
			body: { model_name: model, itemIndex },
			images: [],
		}));
	};
	return { creates, submitItem };
}

/** The errors of so many items; none of them may be submitted. */
async function errorsOf(count: number, submitItem: (itemIndex: number) => Promise<unknown>) {
	return await Promise.all(Array.from({ length: count }, async (_, index) => await rejectionOf(submitItem(index))));
}

describe('a refusal that concerns the account', () => {
	it.each([
		[1002, 401],
		[1100, 429],
		[1101, 429],
		[1102, 429],
		[1304, 429],
	])('(%i) fails the unsent items of the run without a request: 500 items, at most 8 creates', async (code, status) => {
		const { creates, submitItem } = runOf(() => refusal(code, status, 'not with this account'));
		const errors = await errorsOf(500, async (index) => await submitItem(index));
		expect(creates.length).toBeLessThanOrEqual(8);
		for (const [itemIndex, error] of errors.entries()) {
			expect(error).toMatchObject({
				code,
				httpStatus: status,
				taskState: 'not-created',
				retryable: false,
				context: { itemIndex },
			});
			expect(error.message).toContain('not with this account');
		}
	});

	it('holds for this run alone: the next one asks again', async () => {
		const account = 'topped-up';
		await errorsOf(3, runOf(() => refusal(1101, 429), account).submitItem);
		const next = runOf(() => accepted, account);
		expect(await next.submitItem(0)).toMatchObject({ task: { status: 'submitted' } });
	});

	it.each([
		[1301, 400],
		[1201, 400],
		[1000, 401],
	])('is not one that concerns the request alone (%i): every item has its own answer', async (code, status) => {
		const { creates, submitItem } = runOf(() => refusal(code, status));
		await errorsOf(20, async (index) => await submitItem(index));
		expect(creates.length).toBeGreaterThanOrEqual(20);
	});
});

describe('a refusal that concerns the model (1103)', () => {
	it('fails the unsent items of the same model alone', async () => {
		const { creates, submitItem } = runOf((model) => (model === 'v9' ? refusal(1103, 403) : accepted));
		const ended = await Promise.allSettled(
			Array.from({ length: 200 }, async (_, index) => {
				const submitted = await submitItem(index, index % 2 === 0 ? 'v9' : 'v1');
				submitted.release();
			}),
		);
		expect(ended.map(({ status }) => status)).toEqual(
			ended.map((_, index) => (index % 2 === 0 ? 'rejected' : 'fulfilled')),
		);
		expect(creates.filter((model) => model === 'v9').length).toBeLessThanOrEqual(8);
		expect(creates.filter((model) => model === 'v1')).toHaveLength(100);
	});
});

describe('an account whose creates hang', () => {
	it('has four on their way, and holds up no other account', async () => {
		const hanging = runOf(async () => await new Promise<Answer>(() => undefined));
		for (let index = 0; index < 50; index += 1) void hanging.submitItem(index);
		const free = runOf(() => accepted);
		const submitted = Array.from({ length: 20 }, async (_, index) => (await free.submitItem(index)).task.status);
		expect(await Promise.all(submitted)).toEqual(Array(20).fill('submitted'));
		expect(hanging.creates).toHaveLength(4);
	});
});

describe('what a create holds', () => {
	it('is asked for when a slot is there: nothing large is held while items wait', async () => {
		const answerNone = async () => await new Promise<Answer>(() => undefined);
		let made = 0;
		const clock = new ManualClock();
		for (let index = 0; index < 100; index += 1) {
			const item = { ...itemOf({ account: 'holding', answers: answerNone }), clock };
			void submit(item, endpoint, readSettings(item, endpoint), () => {
				made += 1;
				return { body: {}, images: [] };
			});
		}
		await settle();
		// Once each for what a task weighs, before it stands in line.
		expect(made).toBe(100 + 4);
	});
});
