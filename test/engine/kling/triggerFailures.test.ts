/** The Kling trigger: test events, resources that fail, credentials, parameters that make no sense. */
import { beforeEach, describe, expect, it } from 'vitest';

import { PATH, type Account } from './listServer.ts';
import { startTriggers } from './triggerSupport.ts';

const { newAccount, trigger, activated } = await startTriggers();
let account: Account;
beforeEach(() => {
	account = newAccount();
});

describe('Fetch Test Event', () => {
	it('gives the newest task that matches, however old, and moves nothing', async () => {
		account.make('succeed');
		account.now += 1000;
		const newest = account.make('failed');
		account.make();
		const watching = await activated();
		const before = watching.memory;
		const { items, staticData } = await watching.poll({ mode: 'manual' });
		expect(items?.map(({ json }) => json.taskId)).toEqual([newest.id]);
		expect(staticData).toEqual(before);
	});

	it.each([
		['oldest first', (tasks: Account['tasks']) => tasks],
		['newest first', undefined],
	])('finds it on other pages of a list with the %s', async (_, order) => {
		if (order) account.order = order;
		account.end(account.make());
		for (let made = 0; made < 1100; made += 1, account.now += 1) account.make();
		account.now += 1000;
		const [newest] = [account.tasks[order ? 1050 : 20]!];
		account.end(newest);
		const { items } = await trigger().poll({ mode: 'manual' });
		expect(items?.map(({ json }) => json.taskId)).toEqual([newest.id]);
	});

	it('says so when there is none', async () => {
		account.make();
		const { error } = await trigger({ options: { externalTaskIdPrefix: 'shop-' } }).poll({ mode: 'manual' });
		expect(error?.message).toBe('No task matches yet (event taskFinished, prefix "shop-")');
		expect(error?.description).toContain('then fetch again');
		expect(error?.name).toBe('NodeApiError');
	});
});

describe('failures', () => {
	it('a resource that fails does not stop the others, and is made up for later', async () => {
		const watching = await activated();
		account.fault = (path) => (path === PATH.aiMultiShot ? 400 : undefined);
		account.make('succeed');
		const { items, log, error } = await watching.poll();
		expect([items?.length, error]).toEqual([1, undefined]);
		expect(
			log
				.filter(({ level }) => level === 'warn')
				.map(({ message }) => message)
				.join(),
		).toContain('went on without a part of the list of aiMultiShot: Kling refused to list the tasks: ');
	});

	it('an end at a resource that fails is reported once it answers again', async () => {
		const watching = await activated();
		account.make('succeed');
		account.fault = (path) => (path === PATH.imageExpansion ? 400 : undefined);
		expect((await watching.poll()).items).toBeNull();
		account.fault = () => undefined;
		expect((await watching.poll()).items).toHaveLength(1);
	});

	it('a revoked credential is a clear error at activation, and later one until it is valid again, with nothing lost', async () => {
		account.fault = () => 401;
		const { error } = await trigger().poll();
		expect(error?.message).toMatch(/^Kling refused to list the tasks: the key or the region is not accepted/);
		account.fault = () => undefined;
		const watching = await activated();
		account.make('succeed');
		account.fault = () => 401;
		expect((await watching.poll()).error?.message).toMatch(
			/^Kling refused to list the tasks: the key or the region is not accepted/,
		);
		account.fault = () => undefined;
		expect((await watching.poll()).items).toHaveLength(1);
	});

	it.each([
		[{ resources: [] }, 'Resources is empty'],
		[{ resources: ['video'] }, 'Resource "video" is not supported'],
		[{ event: 'taskLost' }, 'Event "taskLost" is not supported'],
		[{ options: { maxTasksPerPoll: 0 } }, 'Max Tasks per Poll is "0", but it must be a whole number from 1'],
	])('%j is refused', async (parameters, message) => {
		expect((await trigger(parameters).poll()).error?.message).toBe(message);
		expect(account.requests).toEqual([]);
	});

	it('only the resources chosen are read; one that is added later starts with what is new', async () => {
		const watching = await activated({ resources: ['aiMultiShot'] });
		expect(account.requests.map(({ path }) => path)).toEqual([PATH.aiMultiShot]);
		account.make('succeed');
		const both = { parameters: { resources: ['aiMultiShot', 'imageExpansion'] } };
		expect((await watching.poll(both)).items).toBeNull();
		account.now += 1000;
		account.make('succeed');
		expect((await watching.poll(both)).items).toHaveLength(1);
		await watching.poll();
		expect(Object.keys(watching.memory ?? {}).sort()).toEqual(['aiMultiShot', 'polledAt']);
	});

	it('works on a host that tells no time budget, and stops at a small one without an error', async () => {
		for (let made = 0; made < 3000; made += 1) account.make();
		const watching = trigger({}, { budgetMs: null });
		await watching.poll();
		account.requests.length = 0;
		expect((await watching.poll({ budgetMs: 1 })).error).toBeUndefined();
		expect(account.requests.filter(({ path }) => path === PATH.imageExpansion)).toHaveLength(1);
	});
});
