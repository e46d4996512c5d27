/** The Kling trigger: every task once, nothing old, whatever happens between two polls. */
import { beforeEach, describe, expect, it } from 'vitest';

import { HOUR, type Account } from './listServer.ts';
import { startTriggers } from './triggerSupport.ts';

const { newAccount, trigger, activated } = await startTriggers();
let account: Account;
beforeEach(() => {
	account = newAccount();
});

describe('a task is reported once', () => {
	it('the first poll sets a baseline and reports nothing old', async () => {
		account.make('succeed');
		account.make('failed');
		const watching = await activated();
		expect((await watching.poll()).items).toBeNull();
		expect(watching.items).toEqual([]);
	});

	it('in an empty account, the first task ever made', async () => {
		const watching = await activated();
		const task = account.make();
		account.end(task);
		await watching.poll();
		await watching.poll();
		expect(watching.ids).toEqual([task.id]);
	});

	it('several that ended between two polls, oldest end first', async () => {
		const tasks = [account.make(), account.make(), account.make()];
		const watching = await activated();
		for (const task of [...tasks].reverse()) {
			account.now += 1000;
			account.end(task);
		}
		await watching.poll();
		expect(watching.ids).toEqual(tasks.map(({ id }) => id).reverse());
	});

	it('one that was made long before and ends days later', async () => {
		const slow = account.make();
		const watching = await activated();
		for (let hour = 0; hour < 60; hour += 1) {
			account.now += HOUR;
			account.end(account.make());
			await watching.poll();
		}
		account.end(slow);
		await watching.poll();
		await watching.poll();
		expect(watching.ids.filter((id) => id === slow.id)).toHaveLength(1);
		expect(new Set(watching.ids).size).toBe(61);
		expect(watching.ids).toHaveLength(61);
	});

	it('that ended while n8n was off, after a restart', async () => {
		const [first, second] = [account.make(), account.make()];
		const watching = await activated();
		account.end(first);
		await watching.poll();
		for (let poll = 0; poll < 5; poll += 1) {
			account.now += HOUR;
			await watching.poll();
		}
		account.end(second);
		account.now += 48 * HOUR;
		watching.restart();
		await watching.poll();
		await watching.poll();
		expect(watching.ids).toEqual([first.id, second.id]);
	});

	it.each([-12 * HOUR, 12 * HOUR])(
		"with a gateway's clock %i ms ahead, and clocks of tasks that differ by a minute",
		async (ahead) => {
			account.gatewayAhead = ahead;
			const [running, other] = [account.make(), account.make()];
			account.now += 5000;
			account.end(account.make());
			const watching = await activated();
			account.now -= 65_000;
			account.end(running);
			await watching.poll();
			account.end(other, 'failed');
			await watching.poll();
			expect(watching.ids).toEqual([running.id, other.id]);
		},
	);

	it('twice polled at once, since n8n does not wait for a slow poll', async () => {
		const task = account.make();
		const watching = await activated();
		account.end(task);
		const both = await Promise.all([watching.poll(), watching.poll()]);
		expect(both.map(({ items }) => items?.length ?? 0).sort()).toEqual([0, 1]);
	});
});

describe('lost static data', () => {
	it('after a rename: a new baseline, nothing old, then new ends again', async () => {
		const tasks = [account.make(), account.make()];
		const watching = await activated();
		account.end(tasks[0]!);
		await watching.poll();
		watching.restart();
		watching.memory = undefined;
		await watching.poll();
		account.now += 1000;
		account.end(tasks[1]!);
		await watching.poll();
		expect(watching.ids).toEqual(tasks.map(({ id }) => id));
	});

	it.each([{ imageExpansion: 'nonsense' }, { imageExpansion: { happening: 'ended', page: 'x' } }])(
		'that is malformed (%j) counts as lost',
		async (memory) => {
			account.make('succeed');
			const watching = trigger();
			watching.memory = memory;
			expect(await watching.poll()).toMatchObject({ items: null, error: undefined });
		},
	);
});

describe('what is reported', () => {
	it.each([
		['taskFinished', ['succeeded', 'failed']],
		['taskSucceeded', ['succeeded']],
		['taskFailed', ['failed']],
		['taskCreated', ['submitted', 'succeeded', 'failed']],
	])('%s: %j', async (event, statuses) => {
		const watching = await activated({ event });
		account.make();
		account.now += 1000;
		account.end(account.make());
		account.now += 1000;
		account.end(account.make(), 'failed');
		await watching.poll();
		await watching.poll();
		expect(watching.items.map(({ status }) => status)).toEqual(statuses);
	});

	it('only tasks whose external ID has the prefix', async () => {
		const watching = await activated({ options: { externalTaskIdPrefix: 'shop-' } });
		for (const id of ['shop-1', 'n8n-2', '']) account.make('succeed', id);
		await watching.poll();
		expect(watching.items.map(({ externalTaskId }) => externalTaskId)).toEqual(['shop-1']);
	});

	it('the task object, or with Simplify off the element as received', async () => {
		const watching = await activated();
		const task = account.make('succeed', 'own');
		const { items: [simple] = [] } = (await watching.poll({ parameters: {} })) as { items: Array<{ json: object }> };
		expect(simple?.json).toMatchObject({
			service: 'kling',
			resource: 'imageExpansion',
			taskId: task.id,
			externalTaskId: 'own',
			status: 'succeeded',
		});
		account.now += 1000;
		const next = account.make('failed');
		const { items } = await watching.poll({ parameters: { simplify: false } });
		expect(items?.map(({ json }) => json)).toEqual([
			{
				task_id: next.id,
				task_status: 'failed',
				task_status_msg: 'risk control',
				task_info: {},
				task_result: {},
				created_at: next.created,
				updated_at: next.updated,
			},
		]);
	});

	it('after a change of the event nothing old', async () => {
		const watching = await activated({ event: 'taskFailed' });
		account.make('succeed');
		await watching.poll();
		expect((await watching.poll({ parameters: { event: 'taskSucceeded' } })).items).toBeNull();
		expect((await watching.poll({ parameters: { event: 'taskCreated' } })).items).toBeNull();
		account.now += 1000;
		account.make();
		expect((await watching.poll({ parameters: { event: 'taskCreated' } })).items).toHaveLength(1);
	});

	it('at most Max Tasks per Poll; the rest comes with the next polls and none is lost', async () => {
		const tasks = Array.from({ length: 45 }, () => account.make());
		const watching = await activated({ options: { maxTasksPerPoll: 20 } });
		for (const task of tasks) account.end(task);
		const counts = [];
		for (let poll = 0; poll < 4; poll += 1) counts.push((await watching.poll()).items?.length ?? 0);
		expect(counts).toEqual([20, 20, 5, 0]);
		expect([...watching.ids].sort()).toEqual(tasks.map(({ id }) => id).sort());
	});
});

describe('a workflow that n8n has registered twice, as after an import while it is active', () => {
	it.each(['with a copy of what n8n keeps', 'without'])('reports each task once (%s)', async (memory) => {
		const more = { workflowId: `twice ${memory}` };
		const one = trigger({}, more);
		await one.poll();
		const other = trigger({}, more);
		if (memory !== 'without') other.memory = one.memory;
		const tasks = [account.make(), account.make(), account.make()];
		for (const [turn, task] of tasks.entries()) {
			account.now += 1000;
			account.end(task);
			for (const each of turn === 1 ? [other, one] : [one, other]) await each.poll();
		}
		expect([...one.ids, ...other.ids].sort()).toEqual(tasks.map(({ id }) => id).sort());
	});
});
