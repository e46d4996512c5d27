/** Inside n8n's declarative routing, which calls a node once for each item. */
import type { DeclarativeRestApiSettings, IExecutePaginationFunctions } from 'n8n-workflow';
import { expect, it } from 'vitest';

import type { ItemContext } from '../../../../nodes/tasks/item/context';
import { routed } from '../../../../nodes/tasks/n8n/routing';
import { contextOf, type GivenContext } from './support';

/** One call of n8n's hook for an item, whose own context gives parameters and input without an index. */
async function call(itemIndex: number, given: GivenContext & { input?: object } = {}) {
	const { context } = contextOf(given);
	const single = {
		...context,
		getItemIndex: () => itemIndex,
		getNodeParameter: (name: string, fallback: object, options?: object) =>
			context.getNodeParameter(name, itemIndex, fallback, options),
		getInputData: () => {
			if (!given.input) throw new Error('No input');
			return { json: given.input };
		},
	} as unknown as IExecutePaginationFunctions;
	const declared = {
		options: { method: 'POST', url: '/v1/x', qs: { page: 1 }, body: { prompt: 'a cup' } },
		postReceive: [],
	};
	const seen: ItemContext[] = [];
	const operation = {
		prepare: (item: ItemContext) => void seen.push(item),
		perform: async (item: ItemContext) => [
			{ json: { request: item.declaredRequest() as never }, pairedItem: { item: item.itemIndex } },
		],
	};
	const pagination = routed<void>(operation, { request: { method: 'POST', url: '/v1/x' }, properties: [] });
	const output = await pagination.call(single, declared as unknown as DeclarativeRestApiSettings.ResultOptions);
	return { item: seen[0]!, output };
}

it('an item has the request that n8n has resolved, and its own index', async () => {
	const { output } = await call(2, { input: { name: 'a' } });
	expect(output).toEqual([
		{
			json: { request: { method: 'POST', url: '/v1/x', qs: { page: 1 }, body: { prompt: 'a cup' } } },
			pairedItem: { item: 2 },
		},
	]);
});

it('each call is a run of its own, whose only item is its own input', async () => {
	const [first, second] = [await call(0, { input: { name: 'a' } }), await call(1, { input: { name: 'b' } })];
	expect(first.item.run).not.toBe(second.item.run);
	expect(second.item.inputs).toEqual([{ json: { name: 'b' } }]);
	expect(second.item.input).toEqual({ json: { name: 'b' } });
});

it('where n8n has no input the item is empty', async () => {
	expect((await call(0)).item.input).toEqual({ json: {} });
});

it('parameters and expressions are those of the item', async () => {
	const { item } = await call(3, {
		parameters: (name, itemIndex) => (name === 'prompt' ? `prompt ${itemIndex}` : undefined),
		expressions: { '{{ a }}': (index: number) => `a of ${index}` },
	});
	expect([item.parameter('prompt'), item.parameterFor(0, 'prompt'), item.evaluate('{{ a }}')]).toEqual([
		'prompt 3',
		'prompt 3',
		'a of 3',
	]);
});
