import type { IDataObject, INodeParameters, IPollFunctions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { polling, type Poll } from '../../../../../nodes/tasks/triggers/polling/poll';
import { NOW, PausingClock } from '../support';

/** n8n's context of a poll, as far as it is read before a request is sent. */
function contextOf({
	mode = 'trigger',
	budgetMs,
	id = 'node',
	memory = {},
	parameters = {},
}: {
	mode?: string;
	budgetMs?: number;
	id?: string;
	memory?: IDataObject;
	parameters?: INodeParameters;
} = {}): IPollFunctions {
	const context = {
		getNode: () => ({ id, name: 'Trigger', type: 't', typeVersion: 1, position: [0, 0], parameters }),
		getWorkflow: () => ({ id: 'w', name: 'Flow' }),
		getWorkflowSettings: () => ({}),
		getTimezone: () => 'UTC',
		getWorkflowStaticData: () => memory,
		getMode: () => mode,
		getNodeParameter: (_name: string, fallback: unknown) => fallback,
		getExecutionId: () => undefined,
		getInstanceId: () => 'i',
		logger: { warn: () => undefined },
		helpers: {},
		...(budgetMs !== undefined && { getPollBudgetMs: () => budgetMs }),
	};
	return context as unknown as IPollFunctions;
}

describe('the time of a poll', () => {
	it.each([
		['where n8n does not tell its own', undefined, 40_000],
		['is a part of what n8n gives', 10_000, 8_000],
		['is never longer, whatever n8n gives', 600_000, 40_000],
	])('%s', async (_, budgetMs, expected) => {
		let seen: Poll | undefined;
		const work = polling(async (poll) => ((seen = poll), null), new PausingClock());
		await work.call(contextOf({ budgetMs }));
		expect(seen?.deadline).toBe(NOW + expected);
	});

	it('limits each request: the last one gets what is left of it, and a second at least', async () => {
		const clock = new PausingClock();
		const limits: unknown[] = [];
		const work = polling(async ({ item }) => {
			for (const ms of [0, 20_000, 19_500, 10_000]) {
				clock.time += ms;
				limits.push(item.requestTimeoutMs);
			}
			return null;
		}, clock);
		await work.call(contextOf());
		expect(limits).toEqual([30_000, 20_000, 1_000, 1_000]);
	});
});

describe('two polls of a node at once', () => {
	it('are one, but for "Fetch Test Event" and for other nodes', async () => {
		let running = 0;
		let end = () => {};
		const ended = new Promise<void>((resolve) => (end = resolve));
		const work = polling(async () => {
			running += 1;
			await ended;
			return [[]];
		});
		const first = work.call(contextOf());
		expect(await work.call(contextOf())).toBeNull();
		const others = [work.call(contextOf({ mode: 'manual' })), work.call(contextOf({ id: 'other' }))];
		expect(running).toBe(3);
		end();
		await Promise.all([first, ...others]);
		expect(await work.call(contextOf())).toEqual([[]]);
	});

	it('are two again after one that failed', async () => {
		const work = polling(async () => await Promise.reject(new Error('no')));
		await expect(work.call(contextOf())).rejects.toThrow('no');
		await expect(work.call(contextOf())).rejects.toThrow('no');
	});
});

describe('a node that n8n has registered twice', () => {
	/** A trigger for things that appear: it reports those that its memory does not hold. */
	const watching = () => {
		const there = ['old'];
		const work = polling(async (poll) => {
			const memory = poll.memory();
			const seen = memory.seen as string[] | undefined;
			memory.seen = [...there];
			const found = seen ? there.filter((id) => !seen.includes(id)) : [];
			return found.length === 0 ? null : [found.map((id) => ({ json: { id } }))];
		});
		const ask = async (context: Parameters<typeof contextOf>[0]) =>
			((await work.call(contextOf(context))) ?? [[]]).flat().map(({ json }) => json.id);
		return { there, ask };
	};

	it.each([
		['with a copy of what n8n keeps', (memory: IDataObject) => JSON.parse(JSON.stringify(memory)) as IDataObject],
		['with an import that has no memory', () => ({})],
	])('reports once in a process, %s', async (_, copy) => {
		const { there, ask } = watching();
		const id = `twice ${_}`;
		const one: IDataObject = {};
		expect(await ask({ id, memory: one })).toEqual([]);
		const other = copy(one);
		for (const round of ['a', 'b', 'c']) {
			there.push(round);
			const turns = round === 'b' ? [other, one] : [one, other];
			expect([await ask({ id, memory: turns[0] }), await ask({ id, memory: turns[1] })]).toEqual([[round], []]);
		}
	});

	it('goes on from n8n’s memory where another process has polled since', async () => {
		const { there, ask } = watching();
		const memory: IDataObject = {};
		await ask({ id: 'moved', memory });
		there.push('reported elsewhere');
		const newer = { seen: [...there], polledAt: Number(memory.polledAt) + 60_000 };
		expect(await ask({ id: 'moved', memory: newer })).toEqual([]);
	});

	it('with other parameters is another trigger: its memory is its own', async () => {
		const { there, ask } = watching();
		await ask({ id: 'changed', memory: {} });
		there.push('new');
		expect(await ask({ id: 'changed', memory: {}, parameters: { event: 'other' } })).toEqual([]);
	});
});
