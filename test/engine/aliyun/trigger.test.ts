/** The Aliyun trigger: new styles, and the ends of listed tasks, each once. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { Activated } from '../../harness/activated.ts';
import { startHarness, type PollOptions } from '../../harness/index.ts';
import { factsOf } from '../support.ts';
import { startPortraitServer, type Service } from './portraitServer.ts';

const server = await startPortraitServer();
const n8n = await startHarness();
afterAll(async () => await n8n.stop());
let service: Service;
beforeEach(() => {
	service = server.newService();
});

function trigger(parameters: PollOptions['parameters'] = {}): Activated {
	const credentials = {
		aliyunMarketApi: { baseUrl: server.baseUrl, authentication: 'appCode', appCodeSecret: 'code' },
	};
	return new Activated(n8n, { node: 'n8n-nodes-kling-aliyun.aliyunPortraitTrigger', parameters, credentials });
}

const finished = (taskIds: unknown) => ({ event: 'taskFinished', taskIds }) as PollOptions['parameters'];

describe('newStyle', () => {
	it('the first poll knows the styles there are, and each later one is reported once', async () => {
		const watching = trigger();
		await watching.poll();
		expect((await watching.poll()).items).toBeNull();
		service.styles.push('c', 'd', 'c');
		await watching.poll();
		await watching.poll();
		expect(watching.items).toEqual(
			['c', 'd'].map((styleId) => ({
				styleId,
				name: `Name ${styleId}`,
				sex: '女',
				templateUrl: 'https://example.com/t.png',
			})),
		);
	});

	it('one that comes back, and a list that was empty once, start nothing', async () => {
		const watching = trigger();
		service.styles = [];
		await watching.poll();
		service.styles = ['a', 'b'];
		await watching.poll();
		service.styles = [];
		await watching.poll();
		service.styles = ['b'];
		await watching.poll();
		service.styles = ['a', 'b'];
		await watching.poll();
		expect(watching.items).toEqual([]);
	});

	it('with Simplify off the element as received', async () => {
		const watching = trigger({ simplify: false });
		await watching.poll();
		service.styles.push('c');
		await watching.poll();
		expect(watching.items).toEqual([{ style: 'c', name: 'Name c', sex: '女', template: 'https://example.com/t.png' }]);
	});

	it('lost static data: a new baseline', async () => {
		const watching = trigger();
		await watching.poll();
		watching.restart();
		watching.memory = undefined;
		service.styles.push('c');
		await watching.poll();
		expect(watching.items).toEqual([]);
	});

	it('Fetch Test Event gives one style and moves nothing; without styles it says so', async () => {
		const { items, staticData } = await trigger().poll({ mode: 'manual' });
		expect([items?.map(({ json }) => json.styleId), staticData]).toEqual([['b'], {}]);
		service.styles = [];
		expect((await trigger().poll({ mode: 'manual' })).error?.message).toBe('The service lists no styles');
	});

	it('a wrong credential is a clear error', async () => {
		service.fault = () => 403;
		expect((await trigger().poll()).error?.message).toContain(
			'Aliyun AI Portrait refused to list the styles: the signature is not accepted',
		);
	});
});

describe('taskFinished', () => {
	it.each([
		['a text with line breaks, commas, blanks and repeats', ' t1,\n\n t2 ，t3\nt1 , '],
		['an array', ['t1', ' t2', 't3', 't1', '']],
	])('takes %s', async (_, taskIds) => {
		for (const id of ['t1', 't2', 't3']) service.tasks.set(id, 2);
		await trigger(finished(taskIds)).poll();
		expect([...service.asked].sort()).toEqual(['t1', 't2', 't3']);
	});

	it('each end once, and what has ended is not asked for again', async () => {
		for (const id of ['t1', 't2', 't3']) service.tasks.set(id, 2);
		const watching = trigger(finished('t1,t2,t3'));
		await watching.poll();
		service.tasks.set('t2', 3).set('t3', 5);
		await watching.poll();
		service.asked = [];
		service.tasks.set('t1', 4);
		await watching.poll();
		watching.restart();
		await watching.poll();
		expect(service.asked).toEqual(['t1']);
		expect(watching.items.map(({ taskId, status }) => [taskId, status])).toEqual([
			['t2', 'succeeded'],
			['t3', 'failed'],
			['t1', 'partial'],
		]);
		expect(watching.items[0]).toMatchObject({
			service: 'aliyunPortrait',
			resource: 'portrait',
			taskType: 'generation',
		});
	});

	it('what ended before the first poll is old, what is added to the list later is not', async () => {
		service.tasks.set('t1', 3).set('t2', 2).set('t3', 3);
		const watching = trigger(finished('t1,t2'));
		await watching.poll();
		await watching.poll({ parameters: finished('t1,t2,t3') });
		expect(watching.ids).toEqual(['t3']);
	});

	it('unknown IDs are warned of, asked for three times, and do not stop the others', async () => {
		service.tasks.set('t1', 2);
		const watching = trigger(finished('typo,t1'));
		const { log, error } = await watching.poll();
		expect(error).toBeUndefined();
		expect(log.map(({ message }) => message).join()).toContain('does not know: typo');
		service.tasks.set('t1', 3);
		for (let polls = 0; polls < 4; polls += 1) await watching.poll();
		expect(watching.ids).toEqual(['t1']);
		expect(service.asked.filter((id) => id === 'typo')).toHaveLength(3);
	});

	it('one query that fails does not stop the others; when all fail, the error is clear and nothing is lost', async () => {
		service.tasks.set('t1', 2).set('t2', 2);
		const watching = trigger(finished('t1,t2'));
		await watching.poll();
		service.tasks.set('t1', 3).set('t2', 3);
		service.fault = (id) => (id === 't1' ? 403 : undefined);
		await watching.poll();
		expect(watching.ids).toEqual(['t2']);
		service.fault = () => 403;
		const { error } = await watching.poll();
		expect(error?.message).toBe('Aliyun AI Portrait refused to show the task: the signature is not accepted');
		expect(factsOf(error)).toMatchObject({ code: 'A403IS', httpStatus: 403 });
		service.fault = () => undefined;
		await watching.poll();
		expect(watching.ids).toEqual(['t2', 't1']);
	});

	it('a refused credential costs a few queries, not one for each task, and the next poll goes on behind them', async () => {
		const ids = Array.from({ length: 50 }, (_, number) => `t${number}`);
		for (const id of ids) service.tasks.set(id, 2);
		const watching = trigger(finished(ids));
		await watching.poll();
		for (const id of ids) service.tasks.set(id, 3);
		service.asked = [];
		service.fault = () => 403;
		const { error } = await watching.poll();
		expect(error?.message).toMatch(/^Aliyun AI Portrait refused to show the task: the signature is not accepted/);
		expect(factsOf(error)).toMatchObject({ taskId: 't0', code: 'A403IS', httpStatus: 403 });
		expect(service.asked.length).toBeLessThan(10);
		// Some tasks that cannot be read do not keep the others from being asked for.
		service.fault = (id) => (Number(id.slice(1)) < 8 ? 403 : undefined);
		for (let polls = 0; polls < 6; polls += 1) await watching.poll();
		expect(watching.ids).toHaveLength(42);
	});

	it('a list of 250: at most 100 queries a poll, and every end is reported within three polls', async () => {
		const ids = Array.from({ length: 250 }, (_, number) => `t${number}`);
		for (const id of ids) service.tasks.set(id, 2);
		const watching = trigger(finished(ids));
		await watching.poll();
		for (const id of ids) service.tasks.set(id, 3);
		for (let polls = 0; polls < 3; polls += 1) {
			service.asked = [];
			await watching.poll();
			expect(service.asked.length).toBeLessThanOrEqual(100);
		}
		expect([...watching.ids].sort()).toEqual([...ids].sort());
		expect(JSON.stringify(watching.memory).length).toBeLessThan(4_000);
	});

	it('with Simplify off the whole answer', async () => {
		service.tasks.set('t1', 2);
		const watching = trigger({ ...finished('t1'), simplify: false });
		await watching.poll();
		service.tasks.set('t1', 5);
		await watching.poll();
		expect(watching.items).toEqual([
			{ ret: 0, body: { id: 't1', tsk_type: 2, user_id: 'U1', state: 5, result_paths: [] } },
		]);
	});

	it('Fetch Test Event gives the last that has ended and moves nothing; without one it names unknown IDs', async () => {
		service.tasks.set('t1', 3).set('t2', 2);
		const { items, staticData } = await trigger(finished('t1,t2,t9')).poll({ mode: 'manual' });
		expect([items?.map(({ json }) => json.taskId), staticData]).toEqual([['t1'], {}]);
		const { error } = await trigger(finished('t2,t9')).poll({ mode: 'manual' });
		expect(error?.message).toBe('No task of the list has ended, and the service does not know 1 ID of it');
		expect(factsOf(error)).toMatchObject({ unknownTaskIds: ['t9'] });
	});

	it('an empty list is refused at activation', async () => {
		expect((await trigger(finished(' ,\n')).poll()).error?.message).toBe('Task IDs is empty');
		expect(service.asked).toEqual([]);
	});
});
