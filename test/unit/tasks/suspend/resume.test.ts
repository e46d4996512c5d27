/** Callbacks of a suspended execution: what the service is asked, and that it goes on once. */
import { randomUUID } from 'node:crypto';
import type { IWebhookResponseData } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import { endpoint as portrait } from '../../../../nodes/AliyunPortrait/resources/portraitTask';
import { readCallback } from '../../../../nodes/Kling/callback';
import type { ItemContext } from '../../../../nodes/tasks/item/context';
import type { RawAnswer } from '../../../../nodes/tasks/item/host';
import type { WebhookCall } from '../../../../nodes/tasks/n8n/webhookCall';
import { resumeByCallback, type CallingService } from '../../../../nodes/tasks/suspend/resume';
import { endpoint, FakeClock, itemOf, refusal, taskAnswer, type Answer } from '../support';

const TASKS = ['930810057590833241', '930810057590833242'] as const;
const [FIRST, LAST] = TASKS;
const kling: CallingService = { endpoints: [endpoint], readCallback };

/** An execution that waits for both tasks, and Kling, which answers at once and knows which of them have ended. */
function suspended(service = kling, tasks: readonly string[] = TASKS) {
	const [waitedFor = endpoint] = service.endpoints;
	const ended = new Set<string>();
	const reads: string[] = [];
	const answers: Array<[status: number, message: string]> = [];
	const log: string[] = [];
	const clock = new FakeClock();
	let onRead = (_taskId: string): Answer | undefined => undefined;
	let onAnswered = (): void => undefined;
	const output = { simplify: true, downloadImages: false, binaryPrefix: 'image' };
	const items = tasks.map((taskId) => ({ task: { taskId, status: 'submitted' }, output }));
	const suspension = { id: randomUUID(), resource: waitedFor.resource, items };
	const account = randomUUID();

	const answer = (taskId: string): Answer => {
		const hasEnded = ended.has(taskId);
		if (waitedFor === endpoint) return taskAnswer(hasEnded ? 'succeed' : 'processing', { task_id: taskId });
		return { body: { ret: 0, body: { id: taskId, state: hasEnded ? 3 : 2, tsk_type: 2 } } };
	};
	/** One callback as n8n hands it over. */
	const call = (body: unknown): WebhookCall => {
		const item = itemOf({
			account,
			clock,
			answers: () => {
				const { url, body: query } = item.sent.at(-1) ?? { url: '' };
				const taskId = tasks.find((each) => JSON.stringify([url, query]).includes(each)) ?? '';
				reads.push(taskId);
				const said = answer(taskId);
				return onRead(taskId) ?? said;
			},
		});
		const send: ItemContext['send'] = async (...request) => {
			const raw = await item.send(...request);
			const parts = await raw.body.toArray();
			return { ...raw, body: bodyOf(parts, () => onAnswered()) };
		};
		let isAnswered = false;
		return {
			item: { ...item, send, warn: (text) => void log.push(text), evaluate: () => suspension },
			key: 'node',
			isTest: false,
			headers: {},
			memory: () => ({}),
			body: async () => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
			credential: async () => ({}),
			isAnswered: () => isAnswered,
			answer(status, message) {
				isAnswered = true;
				answers.push([status, message]);
				return { noWebhookResponse: true };
			},
		};
	};
	const send = async (body: unknown) => await resumeByCallback(call(body), service);
	return {
		reads,
		answers,
		log,
		clock,
		call,
		send,
		callback: async (taskId: string, status = 'succeed') => await send({ task_id: taskId, task_status: status }),
		end: (...ids: string[]) => ids.forEach((id) => ended.add(id)),
		/** What happens when Kling is asked; what it gives is answered instead. */
		onRead: (then: typeof onRead) => void (onRead = then),
		/** What happens once, as soon as the whole answer of Kling is there. */
		onceAnswered: (then: () => void) => {
			onAnswered = () => {
				onAnswered = () => undefined;
				then();
			};
		},
	};
}

/** A body that tells when it has been read to its end; from there on no turn of the event loop is needed. */
function bodyOf(parts: Uint8Array[], onEnd: () => void): RawAnswer['body'] {
	const body = async function* () {
		yield* parts;
		onEnd();
	};
	return Object.assign(body(), { destroy: () => undefined }) as unknown as RawAnswer['body'];
}

/** The items with which executions go on. */
function resumedWith(...responses: IWebhookResponseData[]) {
	const resumed = responses.flatMap(({ workflowData }) => workflowData ?? []);
	return resumed.map((items) => items.map(({ json }) => [json.taskId, json.status]));
}

const BOTH = TASKS.map((taskId) => [taskId, 'succeeded']);
const TAKEN: [number, string] = [200, 'Webhook call received'];

/** Lets others go on so many times. */
async function turns(count: number): Promise<void> {
	for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

describe('a callback', () => {
	it('when all tasks have ended resumes the execution with what the service tells, not with what it says itself', async () => {
		const { callback, end, reads, answers } = suspended();
		end(...TASKS);
		expect(resumedWith(await callback(FIRST, 'failed'))).toEqual([BOTH]);
		expect([reads, answers]).toEqual([[LAST, FIRST], [TAKEN]]);
	});

	it('while another task is running leaves it suspended, and n8n answers it', async () => {
		const { callback, end, reads, answers } = suspended();
		end(FIRST);
		expect(await callback(FIRST)).toEqual({});
		expect([reads, answers]).toEqual([[LAST], []]);
	});

	it.each([
		['that its task is still running', { task_id: FIRST, task_status: 'processing' }],
		['of a task that is not waited for', { task_id: '1', task_status: 'succeed' }],
	])('that tells %s costs no request', async (_, body) => {
		const { send, end, reads } = suspended();
		end(...TASKS);
		expect(await send(body)).toEqual({});
		expect(reads).toEqual([]);
	});

	it.each([
		['no JSON', '<html>', 'The body is not JSON'],
		['nothing', '', 'The body is not JSON'],
		['no task', { hello: 'world' }, 'The body tells of no task'],
	])('with %s is refused and costs no request', async (_, body, message) => {
		const { send, end, reads, answers } = suspended();
		end(...TASKS);
		expect(await send(body)).toEqual({ noWebhookResponse: true });
		expect([reads, answers]).toEqual([[], [[400, message]]]);
	});

	it.each([
		['of a service that documents what it sends', kling],
		['of one that may send anything', { endpoints: [portrait], readCallback: () => undefined, takesAnyCall: true }],
	])('%s with too large a body is refused with 413, and costs no request', async (_, service) => {
		const { call, reads, answers } = suspended(service);
		const large = { ...call(''), body: async () => ({ status: 413, message: 'too large' }) };
		expect(await resumeByCallback(large, service)).toEqual({ noWebhookResponse: true });
		expect([reads, answers]).toEqual([[], [[413, 'too large']]]);
	});

	it('where nothing waits is answered with 404', async () => {
		const { call, answers } = suspended();
		const nothing = call({ task_id: FIRST, task_status: 'succeed' });
		const response = await resumeByCallback(
			{ ...nothing, item: { ...nothing.item, evaluate: () => undefined } },
			kling,
		);
		expect([response, answers]).toEqual([{ noWebhookResponse: true }, [[404, 'Nothing waits here']]]);
	});

	it('that cannot be looked into now is answered with 503, so that the service tries again', async () => {
		const { callback, end, onRead, answers } = suspended();
		end(...TASKS);
		onRead(() => refusal(5001, 503));
		await callback(FIRST);
		expect(answers).toEqual([[503, 'The task could not be read; try again later']]);
		onRead(() => undefined);
		expect(resumedWith(await callback(FIRST))).toEqual([BOTH]);
	});

	it('never throws: a mistake in the credential stands in the log', async () => {
		const { call, answers, log } = suspended();
		const broken = call({ task_id: FIRST, task_status: 'succeed' });
		broken.item.account = async () => await Promise.reject(new Error('The field API Key is empty.'));
		expect(await resumeByCallback(broken, kling)).toEqual({ noWebhookResponse: true });
		expect(answers).toEqual([[500, 'The callback cannot be taken now; the log of n8n says why']]);
		expect(log).toEqual(['Kling: a callback was lost. The field API Key is empty.']);
	});
});

describe("a callback that is ahead of the service's own reads", () => {
	it('makes it read again after 1, 2 and 4 s, and is answered before the first pause', async () => {
		const { callback, end, onRead, clock, answers, reads } = suspended(kling, [FIRST]);
		const pauses: unknown[] = [];
		onRead(() => {
			pauses.push([...clock.pauses, answers.length]);
			if (reads.length === 3) end(FIRST);
			return undefined;
		});
		expect(resumedWith(await callback(FIRST))).toEqual([[[FIRST, 'succeeded']]]);
		expect(pauses).toEqual([[0], [1_000, 1], [1_000, 2_000, 1], [1_000, 2_000, 4_000, 1]]);
		expect(answers).toEqual([TAKEN]);
	});

	it('by more than that leaves it suspended; the next one looks again', async () => {
		const { callback, end, clock, reads } = suspended(kling, [FIRST]);
		expect(await callback(FIRST)).toEqual({ noWebhookResponse: true });
		expect([reads.length, clock.pauses]).toEqual([4, [1_000, 2_000, 4_000]]);
		end(FIRST);
		expect(resumedWith(await callback(FIRST))).toEqual([[[FIRST, 'succeeded']]]);
	});
});

describe('the same callback again and again', () => {
	it('costs 13 looks without delay (two tasks) and 6 a minute; nothing that comes meanwhile is lost', async () => {
		const { callback, end, reads, clock } = suspended(kling, [FIRST, LAST]);
		const begun = clock.now();
		for (let call = 0; call < 200; call += 1) expect(resumedWith(await callback(FIRST))).toEqual([]);
		const minutes = (clock.now() - begun) / 60_000;
		expect(minutes).toBeGreaterThan(25);
		expect(reads.length).toBeLessThanOrEqual(13 + 6 * minutes + 1);
		end(...TASKS);
		expect(resumedWith(await callback(FIRST))).toEqual([BOTH]);
	});

	it('by the hundred at one moment costs two looks', async () => {
		const { callback, reads } = suspended(kling, [FIRST, LAST]);
		await Promise.all(Array.from({ length: 300 }, async () => await callback(FIRST)));
		expect(reads.length).toBeLessThanOrEqual(2);
	});

	it('of many tasks is no repetition: the looks of an honest service are never delayed', async () => {
		const many = Array.from({ length: 40 }, (_, number) => `93081005759083${1000 + number}`);
		const { callback, end, clock } = suspended(kling, many);
		const lists: IWebhookResponseData[] = [];
		for (const taskId of many) {
			end(taskId);
			for (const status of ['submitted', 'processing', 'succeed', 'succeed'])
				lists.push(await callback(taskId, status));
		}
		expect(clock.pauses).toEqual([]);
		expect(resumedWith(...lists)).toHaveLength(1);
	});
});

describe('callbacks at the same moment', () => {
	it('resume the execution once', async () => {
		const { callback, end } = suspended();
		end(...TASKS);
		const responses = await Promise.all(
			Array.from({ length: 20 }, async (_, index) => await callback(TASKS[index % 2] ?? FIRST)),
		);
		expect(resumedWith(...responses)).toEqual([BOTH]);
	});

	it('of an execution that goes on already are answered, for a minute', async () => {
		const { callback, end, clock, reads } = suspended();
		end(...TASKS);
		await callback(FIRST);
		const { length } = reads;
		expect(await callback(LAST)).toEqual({});
		expect(reads).toHaveLength(length);
		// Still suspended, so the start was lost.
		clock.time += 60_000;
		expect(resumedWith(await callback(LAST))).toEqual([BOTH]);
	});

	it.each(Array.from({ length: 30 }, (_, count) => [count]))(
		'the last one %i turns after the look of an earlier one has found "running": one of the two resumes the execution',
		async (count) => {
			const { callback, end, onceAnswered, reads } = suspended();
			end(FIRST);
			const second = new Promise<IWebhookResponseData>((resolve) => {
				onceAnswered(() => {
					end(LAST);
					void turns(count).then(async () => resolve(await callback(LAST)));
				});
			});
			const responses = [await callback(FIRST), await second];
			expect(resumedWith(...responses)).toEqual([BOTH]);
			expect(reads.length).toBeLessThanOrEqual(4);
		},
	);
});

describe('a call of a service that does not document what it sends', () => {
	const anyCall: CallingService = { endpoints: [portrait], readCallback: () => undefined, takesAnyCall: true };

	it('that tells nothing makes it look, but once in 30 s: status requests may be billed', async () => {
		const { send, end, reads, clock } = suspended(anyCall, ['T1']);
		expect(await send({})).toEqual({});
		expect([reads, clock.pauses]).toEqual([['T1'], []]);
		clock.time += 5_000;
		end('T1');
		expect(resumedWith(await send('anything'))).toEqual([[['T1', 'succeeded']]]);
		expect(clock.pauses).toEqual([25_000]);
		expect(aliyunPortrait.list).toBeUndefined();
	});

	it('again and again costs at most one look in 30 s', async () => {
		const { send, reads, clock } = suspended(anyCall, ['T1']);
		const begun = clock.now();
		for (let call = 0; call < 50; call += 1) await send(call % 2 === 0 ? '' : { task_id: `invented-${call}` });
		expect(reads.length).toBeLessThanOrEqual(1 + (clock.now() - begun) / 30_000);
	});

	it('by the dozen costs at most two looks', async () => {
		const { send, reads } = suspended(anyCall, ['T1']);
		await Promise.all(Array.from({ length: 50 }, async () => await send({})));
		expect(reads.length).toBeLessThanOrEqual(2);
	});
});
