/** The account rule; what is reported of one account is tested with n8n (test/engine/kling/trigger*.test.ts). */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import type { Task } from '../../../../../nodes/tasks/model/task';
import { watchTasks } from '../../../../../nodes/tasks/triggers/polling/newTasks';
import { endpoint, pollOf, task, type Given } from '../support';

const MINUTE = 60_000;

/** A trigger that is polled; `tasks` is the list of the account asked, the newest first. */
function watching() {
	const memory: IDataObject = {};
	return {
		memory,
		async poll(tasks: Task[], given: Partial<Given> = {}): Promise<unknown[]> {
			const answer: Given['answer'] = ({ qs }) => tasks.slice((Number(qs?.page) - 1) * 3, Number(qs?.page) * 3);
			const items = await watchTasks([endpoint])(pollOf({ answer, memory, ...given }));
			// n8n keeps it as JSON.
			Object.assign(memory, JSON.parse(JSON.stringify(memory)));
			return (items?.[0] ?? []).map(({ json }) => json.taskId);
		},
	};
}

const old = task('old', 'succeeded', 5 * MINUTE);
const fresh = task('fresh');

describe('another account', () => {
	const theirs = [task('theirs-2'), task('theirs-1', 'failed', MINUTE)];

	it('is a new baseline: what it holds is old, what ends later is reported once', async () => {
		const { poll } = watching();
		await poll([old]);
		expect(await poll(theirs, { account: 'other' })).toEqual([]);
		expect(await poll([fresh, ...theirs], { account: 'other' })).toEqual(['fresh']);
		expect(await poll([fresh, ...theirs], { account: 'other' })).toEqual([]);
	});

	it('is one also on the way back to the first', async () => {
		const { poll } = watching();
		await poll([old]);
		await poll(theirs, { account: 'other' });
		expect(await poll([fresh, old])).toEqual([]);
		expect(await poll([task('next'), fresh, old])).toEqual(['next']);
	});

	it('that has no tasks is one too', async () => {
		const { poll } = watching();
		await poll([old]);
		await poll([], { account: 'other' });
		expect(await poll([fresh], { account: 'other' })).toEqual(['fresh']);
	});
});

describe('the same account under another key', () => {
	it('goes on: what ended meanwhile is reported, and nothing twice', async () => {
		const { poll } = watching();
		await poll([old]);
		expect(await poll([fresh, old], { account: 'new key' })).toEqual(['fresh']);
		expect(await poll([fresh, old], { account: 'new key' })).toEqual([]);
	});
});

describe('what n8n keeps', () => {
	it('holds a short mark of the account, not its key', async () => {
		const { poll, memory } = watching();
		await poll([old], { account: 'a-hash-of-the-credential' });
		expect(memory.picture).toMatchObject({ account: expect.stringMatching(/^[\w-]{8}$/) });
		expect(JSON.stringify(memory)).not.toContain('a-hash-of');
	});

	it('without an account counts as lost', async () => {
		const { poll, memory } = watching();
		await poll([old]);
		delete (memory.picture as IDataObject).account;
		expect(await poll([fresh, old])).toEqual([]);
	});
});

it('a page that cannot be read is an error of the first page, and a line in the log later', async () => {
	const { poll, memory } = watching();
	await expect(poll([], { answer: () => 400 })).rejects.toThrow(/^Test Service refused to list the tasks: /);
	const tasks = Array.from({ length: 5 }, (_, index) => task(`t${index}`, 'processing', index));
	await poll(tasks);
	const log: string[] = [];
	const answer: Given['answer'] = ({ qs }) => (qs?.page === 1 ? tasks.slice(0, 3) : 400);
	expect(await watchTasks([endpoint])(pollOf({ answer, memory }, log))).toBeNull();
	expect(log).toEqual([
		'went on without a part of the list of picture: Test Service refused to list the tasks: it does not like it',
	]);
});

it('a page of 150,000 tasks, which nobody asked for, is taken: the list is never spread into a call', async () => {
	const { poll } = watching();
	// Short, so that the answer is no larger than an answer may be.
	const short = { taskId: old.taskId, status: old.status, updatedAt: old.updatedAt } as Task;
	const answer: Given['answer'] = ({ qs }) =>
		Number(qs?.page) === 1 ? [fresh, ...Array<Task>(150_000).fill(short)] : [];
	await poll([old]);
	expect(await poll([], { answer })).toEqual(['fresh']);
	const test = await watchTasks([endpoint])({ ...pollOf({ answer }), isManual: true });
	expect(test?.[0]).toHaveLength(1);
});
