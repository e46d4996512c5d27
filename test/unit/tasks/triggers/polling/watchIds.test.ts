/** The account rule; what is reported of one account is tested with n8n (test/engine/aliyun/trigger.test.ts). */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import type { TaskStatus } from '../../../../../nodes/tasks/model/task';
import { watchIds } from '../../../../../nodes/tasks/triggers/polling/watchIds';
import { endpoint, PausingClock, pollOf, task, type Given } from '../support';

/** A trigger that watches IDs; `known` are the tasks that the account asked has. */
function watching(ids: string[], memory: IDataObject = {}) {
	const asked: string[] = [];
	return {
		asked,
		async poll(known: Record<string, TaskStatus>, given: Partial<Given> = {}): Promise<unknown[]> {
			const answer: Given['answer'] = ({ url }) => {
				const id = url.split('/').at(-1) ?? '';
				asked.push(id);
				return known[id] ? task(id, known[id]) : 404;
			};
			const items = await watchIds(pollOf({ answer, memory, ...given }), endpoint, ids, true);
			Object.assign(memory, JSON.parse(JSON.stringify(memory)));
			return (items?.[0] ?? []).map(({ json }) => json.taskId);
		},
	};
}

describe('another account', () => {
	it('begins with what the former one did not know: ended ones are old, running ones are watched', async () => {
		const { poll } = watching(['1', '2']);
		await poll({});
		expect(await poll({ 1: 'succeeded', 2: 'processing' }, { account: 'other' })).toEqual([]);
		expect(await poll({ 1: 'succeeded', 2: 'succeeded' }, { account: 'other' })).toEqual(['2']);
	});

	it('is asked for IDs that were given up', async () => {
		const { poll, asked } = watching(['1']);
		for (let polls = 0; polls < 5; polls += 1) await poll({});
		expect(asked).toHaveLength(3);
		await poll({ 1: 'processing' }, { account: 'other' });
		expect(await poll({ 1: 'failed' }, { account: 'other' })).toEqual(['1']);
	});
});

describe('a list of more IDs than a poll asks for', () => {
	const ids = Array.from({ length: 250 }, (_, number) => `t${number}`);
	const all = (status: TaskStatus) => Object.fromEntries(ids.map((id) => [id, status]));

	it('what ended before the first poll is old, wherever it stands; what ends later is reported', async () => {
		const { poll, asked } = watching(ids);
		expect(await poll({ ...all('succeeded'), t240: 'processing' })).toEqual([]);
		expect(new Set(asked).size).toBe(250);
		for (let polls = 0; polls < 3; polls += 1)
			expect(await poll({ ...all('succeeded'), t240: 'processing' })).toEqual([]);
		expect(await poll(all('succeeded'))).toEqual(['t240']);
	});

	it('where the first poll runs out of time, the next ones make out what is old of the rest', async () => {
		const { poll, asked } = watching(ids);
		const clock = new PausingClock();
		// Each query takes a second.
		const slow: Partial<Given> = {
			clock: { ...clock, now: () => (clock.time += 1_000), pause: async () => undefined, random: () => 0 },
		};
		expect(await poll(all('succeeded'), slow)).toEqual([]);
		const first = asked.length;
		expect(first).toBeLessThan(100);
		for (let polls = 0; polls < 4; polls += 1) expect(await poll(all('succeeded'))).toEqual([]);
		expect(asked).toHaveLength(250);
	});

	it('an ID that is added later is new', async () => {
		const memory: IDataObject = {};
		const before = watching(ids, memory);
		await before.poll(all('processing'));
		const later = watching([...ids, 'late'], memory);
		const reported: unknown[] = [];
		for (let polls = 0; polls < 4; polls += 1)
			reported.push(...(await later.poll({ ...all('processing'), late: 'succeeded' })));
		expect(reported).toEqual(['late']);
	});
});

describe('the same account under another key', () => {
	it('goes on: what ended meanwhile is reported, and nothing twice', async () => {
		const { poll } = watching(['1', '2']);
		await poll({ 1: 'processing', 2: 'processing' });
		expect(await poll({ 1: 'succeeded', 2: 'processing' })).toEqual(['1']);
		expect(await poll({ 1: 'succeeded', 2: 'failed' }, { account: 'new key' })).toEqual(['2']);
		expect(await poll({ 1: 'succeeded', 2: 'failed' }, { account: 'new key' })).toEqual([]);
	});
});

it('a credential that cannot be used is a clear error, and nothing is kept', async () => {
	const memory: IDataObject = {};
	const poll = pollOf({ answer: () => 404, memory });
	const message = 'The field API Key of the credential is empty. Fill it in.';
	poll.item = { ...poll.item, account: async () => await Promise.reject(new Error(message)) };
	await expect(watchIds(poll, endpoint, ['1'], true)).rejects.toMatchObject({ message, taskState: 'not-created' });
	expect(memory).toEqual({});
});

describe('a list of very many IDs', () => {
	it('makes no long line in the log', async () => {
		const ids = Array.from({ length: 90 }, (_, index) => `unknown-${index}`);
		const log: string[] = [];
		const poll = pollOf({ answer: () => 404 });
		await watchIds({ ...poll, warn: (text) => void log.push(text) }, endpoint, ids, true);
		expect(log).toEqual([expect.stringContaining('unknown-19 and 70 more. Check')]);
	});
});
