/** Whether all tasks of a suspended execution have ended, with as few requests as that takes. */
import { describe, expect, it } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import type { Task, TaskReply } from '../../../../nodes/tasks/model/task';
import { lookForEnds } from '../../../../nodes/tasks/suspend/ends';
import { endpoint, itemOf, networkError, refusal, taskAnswer, type Answer } from '../support';

const notFound = refusal(1201, 400, 'Task not found by id/external id: x');

/** A service whose tasks have these statuses; a function is asked at each read. */
function looking(
	statuses: Record<string, string | (() => string)>,
	spoilt: Record<string, Answer> = {},
	withoutImages = false,
) {
	const asked: string[] = [];
	const element = (id: string) => {
		const status = statuses[id];
		const task_status = typeof status === 'function' ? status() : status;
		const images = task_status === 'succeed' && !withoutImages ? [{ url: `https://a.test/${id}.png` }] : [];
		return { task_id: id, task_status, task_result: { images } };
	};
	const item = itemOf({
		answers: () => {
			const { url } = item.sent.at(-1) ?? { url: '' };
			const what = url === endpoint.path ? 'list' : url.slice(endpoint.path.length + 1);
			asked.push(what);
			if (spoilt[what]) return spoilt[what];
			if (what !== 'list') return taskAnswer('', element(what));
			return { body: { code: 0, data: Object.keys(statuses).map(element) } };
		},
	});
	const ended = new Map<string, TaskReply>();
	const look = async (told?: { id: string; onBehind?(): void }, wholeReply = false, of: Endpoint = endpoint) => {
		const tasks = Object.keys(statuses).map((taskId) => ({ taskId, wholeReply }));
		const task: Task = {
			service: 'kling',
			resource: of.resource,
			taskId: told?.id ?? '',
			status: 'succeeded',
			images: [],
		};
		return await lookForEnds(item, of, tasks, ended, told && { task, onBehind: () => told.onBehind?.() });
	};
	return { item, asked, ended, look };
}

const many = (status: string, change: Record<string, string | (() => string)> = {}) => ({
	a: status,
	b: status,
	c: status,
	d: status,
	...change,
});

it('tasks whose result a list leaves out are read one by one, once, also when there is none to read', async () => {
	const { look, asked, ended } = looking(many('succeed'), {}, true);
	expect(await look({ id: 'd' })).toBe('all');
	expect([asked, ended.size]).toEqual([['list', 'd', 'c', 'b', 'a'], 4]);
});

describe('up to three tasks', () => {
	it('are read one by one, the latest first, until one has not ended', async () => {
		const { look, asked, ended } = looking({ a: 'succeed', b: 'processing', c: 'failed' });
		expect(await look()).toBe('running');
		expect([asked, [...ended.keys()]]).toEqual([['c', 'b'], ['c']]);
	});

	it('that have ended are all there is to know', async () => {
		const { look, asked, ended } = looking({ a: 'succeed', b: 'failed' });
		expect(await look()).toBe('all');
		expect([asked, [...ended.keys()].sort()]).toEqual([
			['b', 'a'],
			['a', 'b'],
		]);
	});

	it('seen to have ended before are not asked for again', async () => {
		const { look, asked } = looking({ a: () => (asked.length > 2 ? 'succeed' : 'processing'), b: 'succeed' });
		expect([await look(), await look()]).toEqual(['running', 'all']);
		expect(asked).toEqual(['b', 'a', 'a']);
	});
});

describe('four tasks', () => {
	it('of which the list shows one running cost one request', async () => {
		const { look, asked } = looking(many('succeed', { b: 'processing' }));
		expect(await look()).toBe('running');
		expect(asked).toEqual(['list']);
	});

	it('that the list shows ended cost one request', async () => {
		const { look, asked, ended } = looking(many('succeed'));
		expect(await look()).toBe('all');
		expect(asked).toEqual(['list']);
		// Not the whole page with each of them.
		expect(ended.get('a')?.reply.body).toBeUndefined();
	});

	it('are read by themselves where the user wants the whole answer', async () => {
		const { look, asked, ended } = looking(many('succeed'));
		expect(await look(undefined, true)).toBe('all');
		expect(asked).toEqual(['list', 'd', 'c', 'b', 'a']);
		expect(ended.get('a')?.reply.body).toMatchObject({ data: { task_id: 'a' } });
	});

	it.each<[string, Answer]>([
		['breaks down', refusal(5000, 500)],
		['is refused', refusal(1103, 403)],
		['is lost', networkError('ECONNRESET')],
	])('are read by themselves when the list %s', async (_, list) => {
		const { look, asked } = looking(many('succeed'), { list });
		expect(await look()).toBe('all');
		expect(asked).toEqual(['list', 'd', 'c', 'b', 'a']);
	});

	it('are read by themselves where the service has no list', async () => {
		const { look, asked } = looking(many('succeed'));
		expect(await look(undefined, false, { ...endpoint, service: { ...kling, list: undefined } })).toBe('all');
		expect(asked).toEqual(['d', 'c', 'b', 'a']);
	});
});

describe('a task that a callback says has ended', () => {
	it('is read again after 1, 2 and 4 s while the service is behind its own callback', async () => {
		let reads = 0;
		let told = 0;
		const { look, item, asked } = looking({ a: () => (++reads < 4 ? 'processing' : 'succeed') });
		expect(await look({ id: 'a', onBehind: () => (told += 1) })).toBe('all');
		expect([asked.length, item.clock.pauses, told]).toEqual([4, [1_000, 2_000, 4_000], 3]);
	});

	it('that stays behind is running after all', async () => {
		const { look, asked } = looking({ a: 'processing' });
		expect(await look({ id: 'a' })).toBe('running');
		expect(asked).toHaveLength(4);
	});

	it('is not running because the list is behind, too', async () => {
		let reads = 0;
		const { look, asked } = looking(many('succeed', { b: () => (++reads < 2 ? 'processing' : 'succeed') }));
		expect(await look({ id: 'b' })).toBe('all');
		expect(asked).toEqual(['list', 'b']);
	});

	it('does not make the others be read again', async () => {
		const { look, item, asked } = looking({ a: 'succeed', b: 'processing' });
		expect(await look({ id: 'a' })).toBe('running');
		expect([asked, item.clock.pauses]).toEqual([['b'], []]);
	});
});

describe('a task that cannot be read', () => {
	it('because there is none yet has not ended', async () => {
		const { look } = looking({ a: 'succeed' }, { a: notFound });
		expect(await look()).toBe('running');
	});

	it('for another reason leaves the question open', async () => {
		const { look, asked } = looking({ a: 'succeed' }, { a: refusal(5001, 503) });
		expect(await look()).toBe('unread');
		expect(asked).toHaveLength(4);
	});
});
