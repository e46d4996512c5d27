/** One task, a page of the list, a task by its external ID, and many tasks in the list. */
import { afterEach, describe, expect, it, vi } from 'vitest';

import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import { kling } from '../../../../nodes/Kling/api';
import { refusalOf, type Outcome } from '../../../../nodes/tasks/http/client';
import { findInList, findTask, isUnknown, readPage, readTask, taskIn } from '../../../../nodes/tasks/http/taskApi';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import type { TaskReply } from '../../../../nodes/tasks/model/task';
import { endpoint, itemOf, networkError, refusal, taskAnswer, type Answer, type Given } from '../support';

const onlyInList: Endpoint = { ...endpoint, externalIdOnlyInList: true };
const notFound = refusal(1201, 400, 'Task not found by id/external id: x');

/** A page of the list with these tasks; `order-1` is the external ID of task 1. */
const page = (ids: Array<string | number>): Answer => ({
	body: {
		code: 0,
		request_id: 'list-1',
		data: ids.map((id) => ({
			task_id: String(id),
			task_status: 'processing',
			task_info: { external_task_id: `order-${id}` },
		})),
	},
});
const others = (count: number) => Array.from({ length: count }, (_, index) => `other-${index}`);

/** An item, and where its requests went: `list` or the ID that was asked for. */
function asking(
	answers: (asked: string, page: number) => Answer | Promise<Answer>,
	given: Omit<Given, 'answers'> = {},
) {
	const asked: string[] = [];
	const item = itemOf({
		...given,
		answers: async () => {
			const { url, qs } = item.sent.at(-1) ?? { url: '' };
			const id = url === endpoint.path ? 'list' : decodeURIComponent(url.slice(endpoint.path.length + 1));
			asked.push(id === 'list' ? `list ${String(qs?.pageNum)}/${String(qs?.pageSize)}` : id);
			return await answers(id, Number(qs?.pageNum));
		},
	});
	return { item, asked };
}

const idOf = (found: TaskReply | Outcome) => ('task' in found ? found.task.taskId : refusalOf(found)?.meaning);

afterEach(() => vi.restoreAllMocks());

it.each(['.', '..', 'a\ud800'])('nothing is asked for, nor proven, with the ID %j', async (id) => {
	const item = itemOf();
	for (const ask of [readTask, findTask]) {
		const found = await ask(item, endpoint, id);
		expect(found).toMatchObject({ lost: { kind: 'unsent', final: true } });
		expect('lost' in found && isUnknown(found)).toBe(false);
	}
	expect(item.sent).toEqual([]);
});

describe('a task in an answer', () => {
	const holding = (data: unknown): Outcome => ({
		verdict: { ok: true, data, requestId: 'request-1' },
		reply: { status: 200, headers: {}, body: {} },
	});

	it('that our reader fails with is none, and a page that holds one is not read', async () => {
		const readTask = () => {
			throw new RangeError('Maximum call stack size exceeded');
		};
		const broken = { ...endpoint, service: { ...kling, readTask } };
		expect(taskIn(broken, holding({ task_id: '1' }))).toBeUndefined();
		expect(await readPage(itemOf({ answers: [page([1, 2])] }), broken, 1, 2)).toEqual({
			lost: { kind: 'lost', reason: 'what came cannot be read' },
		});
	});

	it('without an ID is none', () => {
		for (const data of [null, {}, [], { task_id: '' }]) expect(taskIn(endpoint, holding(data))).toBeUndefined();
	});

	it('has its ID as text, and the ID of the request', () => {
		expect(taskIn(endpoint, holding({ task_id: 12 }))?.task).toMatchObject({ taskId: '12', requestId: 'request-1' });
	});

	it('of a refusal or of no answer is none', async () => {
		for (const answer of [refusal(1101, 429), networkError('ECONNREFUSED')]) {
			const found = await readTask(itemOf({ answers: () => answer }), endpoint, '1');
			expect('task' in found).toBe(false);
		}
	});

	it.each([null, '', undefined, {}])(
		'success with %j is an unknown task, where the service answers so',
		async (body) => {
			const portrait: Endpoint = { service: aliyunPortrait, resource: 'portrait', path: '/cloud/aigc_task_create' };
			const found = await readTask(itemOf({ answers: [{ body: { ret: 0, body } }] }), portrait, 'T1');
			expect('verdict' in found && isUnknown(found)).toBe(true);
			const ofKling = await readTask(itemOf({ answers: [{ body: { code: 0, data: body } }] }), endpoint, '1');
			expect('verdict' in ofKling && ofKling.verdict.ok).toBe(true);
		},
	);
});

describe('a task by its external ID', () => {
	it('is asked for directly, where the API can', async () => {
		const { item, asked } = asking(() => taskAnswer('processing'));
		expect(idOf(await findTask(item, endpoint, 'order 1/2'))).toBe('930810057590833241');
		expect(asked).toEqual(['order 1/2']);
	});

	it('that the API does not know is not looked for in the list, unless it is only there', async () => {
		const { item, asked } = asking(() => notFound);
		expect(idOf(await findTask(item, endpoint, 'order-1'))).toBe('notFound');
		expect(asked).toEqual(['order-1']);
	});

	it('that is only in the list is found there and read by its own ID', async () => {
		const pages = [[...others(500)], [...others(3), 1]];
		const { item, asked } = asking((id, number) =>
			id === 'list' ? page(pages[number - 1] ?? []) : id === '1' ? taskAnswer('succeed') : notFound,
		);
		expect(idOf(await findTask(item, onlyInList, 'order-1'))).toBe('930810057590833241');
		expect(asked).toEqual(['order-1', 'list 1/500', 'list 2/500', '1']);
	});

	it('that a list read to its end does not show is unknown', async () => {
		const { item } = asking((id) => (id === 'list' ? page(others(3)) : notFound));
		expect(idOf(await findTask(item, onlyInList, 'order-1'))).toBe('notFound');
	});

	it('that is not among the newest of a longer list is not listed: four pages are searched', async () => {
		const { item, asked } = asking((id) => (id === 'list' ? page(others(500)) : notFound));
		expect(idOf(await findTask(item, onlyInList, 'order-1'))).toBe('notListed');
		expect(asked).toHaveLength(5);
	});

	it('is neither there nor not there while the list cannot be read', async () => {
		const { item } = asking((id) => (id === 'list' ? refusal(1103, 403) : notFound));
		const found = await findTask(item, onlyInList, 'order-1');
		expect('verdict' in found && refusalOf(found)).toMatchObject({ code: 1103, meaning: undefined });
	});
});

describe('a page of the list', () => {
	it('holds tasks as they were received, and is the last one when it is not full', async () => {
		const { item } = asking(() => page([1, 2]));
		const one = {
			task: { taskId: '1', externalTaskId: 'order-1', status: 'processing' },
			raw: { task_id: '1', task_status: 'processing' },
		};
		expect(await readPage(item, endpoint, 1, 2)).toMatchObject({
			isLast: false,
			tasks: [one, { task: { taskId: '2' } }],
		});
		expect(await readPage(item, endpoint, 1, 3)).toMatchObject({ isLast: true });
	});

	it('is the last one where the API ends', async () => {
		const { item } = asking(() => page([1]));
		expect(await readPage(item, endpoint, kling.list?.lastPage ?? 0, 1)).toMatchObject({ isLast: true });
	});

	it('that cannot be read gives the outcome, after the tries of a read', async () => {
		const { item, asked } = asking(() => refusal(5000, 500));
		expect(await readPage(item, endpoint, 1, 30)).toMatchObject({ verdict: { ok: false } });
		expect(asked).toHaveLength(4);
	});
});

describe('many tasks in the list', () => {
	const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => String(from + index));

	it('cost one request, by their own or their external IDs', async () => {
		const { item, asked } = asking(() => page(['9', '1', '2', '8', '3']));
		const found = await findInList(item, endpoint, new Set(['1', 'order-2', '4']));
		expect([...found].map(([id, { task }]) => [id, task.taskId])).toEqual([
			['1', '1'],
			['order-2', '2'],
		]);
		expect(found.get('1')).toMatchObject({ task: { requestId: 'list-1' }, reply: { status: 200, body: undefined } });
		expect(asked).toEqual(['list 1/30']);
	});

	it('beyond 500 take several pages, and no more than show them all', async () => {
		const all = numbers(1_200);
		const { item, asked } = asking((_, number) => page(all.slice((number - 1) * 500, number * 500)));
		expect((await findInList(item, endpoint, new Set(all.slice(0, 800)))).size).toBe(800);
		expect(asked).toEqual(['list 1/500', 'list 2/500']);
		expect((await findInList(item, endpoint, new Set(all))).size).toBe(1_200);
		expect(asked).toHaveLength(5);
	});

	it('are looked for in at most ten pages', async () => {
		const { item, asked } = asking(() => page(others(500)));
		expect((await findInList(item, endpoint, new Set(numbers(4_000)))).size).toBe(0);
		expect(asked).toHaveLength(10);
	});

	it('are not looked for where the service has no list', async () => {
		const { item, asked } = asking(() => page([]));
		expect((await findInList(item, { ...endpoint, service: { ...kling, list: undefined } }, new Set(['1']))).size).toBe(
			0,
		);
		expect(asked).toEqual([]);
	});

	it.each<[string, Answer]>([
		['is refused', refusal(1103, 403)],
		['breaks down', refusal(5000, 500)],
		['is lost', networkError('ECONNRESET')],
	])('a list that %s is tried once, and then left alone for 30 s by the whole process', async (_, trouble) => {
		let isBroken = true;
		const answers = () => (isBroken ? trouble : page(['1']));
		const { item, asked } = asking(answers, { account: `broken-${String(_)}` });
		const { clock } = item;
		const look = async () => (await findInList(item, endpoint, new Set(['1']))).size;
		expect(await look()).toBe(0);
		isBroken = false;
		clock.time += 29_999;
		expect(await look()).toBe(0);
		expect([asked.length, clock.pauses]).toEqual([1, []]);
		clock.time += 1;
		expect(await look()).toBe(1);
		// Another account, and another kind of task, have a list of their own.
		expect((await findInList(asking(() => page(['1'])).item, endpoint, new Set(['1']))).size).toBe(1);
	});

	it('what the pages before a broken one have shown counts', async () => {
		const { item } = asking((_, number) => (number === 1 ? page(numbers(500)) : refusal(5000, 500)));
		expect((await findInList(item, endpoint, new Set(numbers(600)))).size).toBe(500);
	});

	it('has five seconds, and Stop of the execution that asks does not end it: it serves others too', async () => {
		const limits = vi.spyOn(AbortSignal, 'timeout');
		const stop = new AbortController();
		const { item } = asking(() => (stop.abort(), page(['1'])), { signal: stop.signal });
		expect((await findInList(item, endpoint, new Set(['1']))).size).toBe(1);
		expect(limits.mock.calls).toEqual([[5_000]]);
	});
});
