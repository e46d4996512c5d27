/** The creates of many items: what a refusal spares the others, and what an account that hangs costs them. */
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import { psTask } from '../../../../nodes/PsTask/api';
import { NodeRun } from '../../../../nodes/tasks/item/nodeRun';
import { readSettings } from '../../../../nodes/tasks/item/settings';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
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

describe('Queue Timeout counts from the last progress of the account', () => {
	const PLACES = 5;
	const TASK_MS = 30_000;
	const gateway = { 'x-ca-error-code': 'T429ID', 'x-ca-error-message': 'Throttled by API Flow Control' };
	const SERVICES: Array<[name: string, at: Endpoint, accepted: () => Answer, full: () => Answer]> = [
		['Kling', endpoint, () => taskAnswer('submitted'), () => refusal(1303, 429)],
		[
			'Aliyun AI Portrait',
			{ ...endpoint, service: aliyunPortrait, slots: undefined },
			() => ({ body: { ret: 0, body: { task_id: 't' } } }),
			() => ({ body: '', status: 429, headers: gateway }),
		],
		[
			'PS Task',
			{ ...endpoint, service: psTask, slots: undefined },
			() => ({ body: { code: 200, data: { task_id: 't' } } }),
			() => ({ body: { code: 429, msg: 'busy' }, status: 429 }),
		],
	];

	/** Submits and waits for many tasks of one account, in so many executions; gives how they ended. */
	async function buyAll(
		at: Endpoint,
		[accepted, full]: [() => Answer, () => Answer],
		executions: number[],
		holds: boolean,
	) {
		const account = `moving-${++accounts}`;
		const clock = new ManualClock();
		let running = 0;
		const answers = async () => {
			await settle();
			if (running >= PLACES) return full();
			running += 1;
			void clock.pause(TASK_MS).then(() => (running -= 1));
			return accepted();
		};
		const ended: string[] = [];
		const buy = async (execution: number, itemIndex: number, run: NodeRun) => {
			const executionId = `${account}-${execution}`;
			const item = { ...itemOf({ account, answers, itemIndex, run, executionId }), clock };
			const submitted = await submit(item, at, readSettings(item, at), () => ({ body: { itemIndex }, images: [] }));
			// Who suspends the execution does not watch the task.
			if (holds) await clock.pause(TASK_MS);
			submitted.release();
		};
		for (const [execution, count] of executions.entries()) {
			const run = new NodeRun(itemOf({ executionId: `${account}-${execution}` }));
			for (let index = 0; index < count; index += 1) {
				void buy(execution, index, run).then(
					() => ended.push('bought'),
					(error: Error) => ended.push(error.message),
				);
			}
		}
		for (let minute = 0; minute < 120 && ended.length < executions.reduce((a, b) => a + b); minute += 1) {
			await clock.advance(60_000);
		}
		return ended;
	}

	it.each(SERVICES)('%s: 150 items with five places and tasks of 30 s all get one', async (_, at, accepted, full) => {
		expect(await buyAll(at, [accepted, full], [150], true)).toEqual(Array(150).fill('bought'));
	});

	it('so do those of several executions that share the account, however long all of it takes', async () => {
		const [[, at, accepted, full]] = SERVICES as [(typeof SERVICES)[0]];
		expect(await buyAll(at, [accepted, full], [100, 50, 90], true)).toEqual(Array(240).fill('bought'));
	});

	it('so do those of Create and Wait for Callback, whose tasks nobody watches', async () => {
		const [[, at, accepted, full]] = SERVICES as [(typeof SERVICES)[0]];
		expect(await buyAll(at, [accepted, full], [150], false)).toEqual(Array(150).fill('bought'));
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
