import type { INodeExecutionData } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import type { ItemContext } from '../../../../nodes/tasks/item/context';
import type { Operation } from '../../../../nodes/tasks/item/runItems';
import { customOperation, nodeCall } from '../../../../nodes/tasks/n8n/customOperation';
import { contextOf, type GivenContext } from './support';

const declaration = {
	request: { method: 'POST' as const, url: '/v1/x' },
	properties: [
		{
			displayName: 'Prompt',
			name: 'prompt',
			type: 'string' as const,
			default: '',
			routing: { send: { type: 'body' as const, property: 'prompt' } },
		},
	],
};

/** Runs an operation that hands every item to `look`; gives the items that it saw and what came out. */
async function run(given: GivenContext, look: (item: ItemContext) => unknown = () => undefined) {
	const seen: ItemContext[] = [];
	const operation: Operation<void> = {
		prepare: (item) => void seen.push(item),
		perform: async (item) => [
			{ json: { of: item.itemIndex, saw: look(item) as string }, pairedItem: { item: item.itemIndex } },
		],
	};
	const made = contextOf(given);
	const [output = []] = await customOperation(operation, declaration).call(made.context);
	return { seen, output, ...made };
}

const items = (...names: string[]): INodeExecutionData[] => names.map((name) => ({ json: { name } }));

const TOOL = { type: 'n8n-nodes-kling-aliyun.klingTool' };

describe('the items of a call', () => {
	it('are those of the workflow, each with its own input, in one run', async () => {
		const { seen, output } = await run({ inputs: { main: items('a', 'b') } }, ({ input }) => input.json.name);
		expect(output.map(({ json }) => json)).toEqual([
			{ of: 0, saw: 'a' },
			{ of: 1, saw: 'b' },
		]);
		expect(new Set(seen.map((item) => item.run)).size).toBe(1);
		expect(new Set(seen.map((item) => item.progress)).size).toBe(2);
		expect(seen[1]?.inputs).toEqual(items('a', 'b'));
	});

	it('are a run of their own each time that n8n tries again', async () => {
		const { context } = contextOf({ inputs: { main: items('a') } });
		const runs: object[] = [];
		const operation = customOperation(
			{ prepare: (item) => void runs.push(item.run), perform: async () => [] },
			declaration,
		);
		await operation.call(context);
		await operation.call(context);
		expect(runs[0]).not.toBe(runs[1]);
	});

	it('of a tool are what its agent calls it with, also several', async () => {
		const { output } = await run({ node: TOOL, inputs: { ai_tool: items('a', 'b') } }, ({ input }) => input.json.name);
		expect(output.map(({ json }) => json.saw)).toEqual(['a', 'b']);
	});

	it('of a tool are one where n8n hands over none: it must not end with nothing', async () => {
		for (const inputs of [{}, { main: [] }, { ai_tool: [] }]) {
			expect((await run({ node: TOOL, inputs })).output).toHaveLength(1);
		}
	});

	it('of a workflow may be none', async () => {
		expect((await run({ inputs: { main: [] } })).output).toEqual([]);
		expect((await run({ inputs: {} })).output).toEqual([]);
	});
});

describe('an item', () => {
	it('reads its parameters, and those of others, once where they hold no expression', async () => {
		const { output, resolved } = await run(
			{
				inputs: { main: items('a', 'b') },
				node: { parameters: { fixed: 'x', prompt: '={{ $json.name }}' } },
				parameters: (name, itemIndex) =>
					name === 'prompt' ? `prompt ${itemIndex}` : name === 'fixed' ? 'x' : undefined,
			},
			(item) =>
				[
					item.parameter('fixed'),
					item.parameter('prompt'),
					item.parameterFor(1, 'prompt'),
					item.parameter('none', 'fallback'),
				].join(),
		);
		expect(output.map(({ json }) => json.saw)).toEqual([
			'x,prompt 0,prompt 1,fallback',
			'x,prompt 1,prompt 1,fallback',
		]);
		expect(resolved.filter((name) => name.startsWith('fixed'))).toEqual(['fixed of 0']);
	});

	it('has the request that its fields declare', async () => {
		const { output } = await run(
			{
				inputs: { main: items('a', 'b') },
				node: { parameters: { prompt: '={{ $json.name }}' } },
				parameters: (name, itemIndex) => (name === 'prompt' ? `prompt ${itemIndex}` : undefined),
			},
			(item) => JSON.stringify(item.declaredRequest().body),
		);
		expect(output.map(({ json }) => json.saw)).toEqual(['{"prompt":"prompt 0"}', '{"prompt":"prompt 1"}']);
	});

	it("has n8n's own Options of the node, and its signal", async () => {
		const { signal } = new AbortController();
		const { seen } = await run({
			inputs: { main: items('a') },
			parameters: { requestOptions: { timeout: 250 } },
			signal,
		});
		expect([seen[0]?.requestTimeoutMs, seen[0]?.signal]).toEqual([250, signal]);
	});
});

it('On Error is that of the node', async () => {
	const failing: Operation<void> = {
		prepare: () => undefined,
		perform: async () => await Promise.reject(new Error('no')),
	};
	const call = (continueOnFail: boolean) => {
		const { context } = contextOf({ inputs: { main: items('a') }, continueOnFail });
		return customOperation(failing, declaration).call(context);
	};
	await expect(call(false)).rejects.toThrow('The node failed: no');
	expect((await call(true))[0]?.[0]?.json).toMatchObject({ error: 'The node failed: no' });
});

describe('a call that is suspended', () => {
	it('leaves its items with n8n until the deadline; those that other nodes share stay as they were', async () => {
		const { context, entry, waits } = contextOf({ inputs: { main: items('a') } });
		const shared = entry.data;
		const deadline = 1_700_000_000_000;
		await nodeCall(async (call) => {
			await call.suspend(items('kept'), deadline);
			return [];
		}).call(context);
		expect(waits).toEqual([new Date(deadline)]);
		expect(entry.data.main).toEqual([items('kept')]);
		expect(shared.main).toEqual([items('a')]);
	});

	it('is the same for all tries of one run', async () => {
		const { context } = contextOf();
		const calls: object[] = [];
		const operation = nodeCall(async ({ run: ofCall }) => (calls.push(ofCall), []));
		await operation.call(context);
		await operation.call(context);
		expect(calls[0]).toBe(calls[1]);
	});
});
