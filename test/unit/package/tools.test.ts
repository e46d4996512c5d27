/** What n8n makes of the nodes as tools of an agent: other defaults, no files, and what a model is told of them. */
import { fileURLToPath } from 'node:url';
import {
	NodeHelpers,
	type INode,
	type INodeParameters,
	type INodeProperties,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { PRICE_LIST } from '../../../nodes/Kling/prices';
import { loadPackage } from '../../harness/package';

const { nodes } = await loadPackage(fileURLToPath(new URL('../../..', import.meta.url)));

/** Parameters that take images, by the names of the contract. */
const IMAGES = new Set([
	'image',
	'images',
	'subjectImages',
	'sceneImage',
	'styleImage',
	'frontalImage',
	'referImages',
	'photos',
]);

const PAID = new Set(['create', 'generate']);

interface Case {
	name: string;
	resource: string;
	operation: INodePropertyOptions;
	description: INodeTypeDescription;
}

const cases = ['kling', 'aliyunPortrait', 'psTask'].flatMap((name): Case[] => {
	const { description } = nodes.get(`n8n-nodes-kling-aliyun.${name}`) as INodeType;
	return description.properties
		.filter((property) => property.name === 'operation')
		.flatMap(({ options, displayOptions }) =>
			(options as INodePropertyOptions[])
				.filter((option) => option.displayOptions === undefined)
				.map((operation) => ({
					name,
					resource: String(displayOptions?.show?.resource?.[0]),
					operation,
					description,
				})),
		);
});

/** As n8n derives the tool's type from the node's. */
const asTool = (description: INodeTypeDescription) => ({ ...description, name: `${description.name}Tool` });

function toolOf({ name, resource, operation, description }: Case, saved: INodeParameters = {}) {
	const type = `n8n-nodes-kling-aliyun.${name}Tool`;
	const node: INode = {
		id: '1',
		name: 'Tool',
		type,
		typeVersion: 1,
		position: [0, 0],
		parameters: { resource, operation: operation.value as string, ...saved },
	};
	const tool = asTool(description);
	// What a workflow gets whose JSON names no more than this: n8n does not save a value that equals its default.
	const parameters =
		NodeHelpers.getNodeParameters(tool.properties, node.parameters, true, false, node, tool) ?? undefined;
	const isShown = (property: INodeProperties) =>
		NodeHelpers.displayParameter(parameters ?? {}, property, node, tool, parameters);
	const shown = tool.properties.filter(isShown);
	const options = (shown.find((property) => property.name === 'options')?.options ?? []) as INodeProperties[];
	return { parameters, shown, options: options.filter(isShown) };
}

describe.each(cases)('$name $resource $operation.value as a tool', (one) => {
	it('shows each parameter once', () => {
		for (const list of [toolOf(one).shown, toolOf(one).options]) {
			const names = list.filter(({ type }) => type !== 'notice').map(({ name }) => name);
			expect(names).toEqual([...new Set(names)]);
		}
	});

	it('has image fields that are empty and ask for a URL', () => {
		const { shown, options, parameters } = toolOf(one);
		for (const property of [...shown, ...options].filter(({ name }) => IMAGES.has(name))) {
			const { name, default: usual, hint, placeholder } = property;
			expect(usual).toBe('');
			if (shown.includes(property)) expect(parameters?.[name]).toBe('');
			expect(hint).toMatch(/^URL of the image/);
			expect(placeholder).toContain('https://');
		}
	});

	it('downloads nothing, whatever was saved, and returns a pending task after 5 minutes', () => {
		const { shown, options, parameters } = toolOf(one, { downloadImages: true, options: { onTimeout: 'error' } });
		expect(shown.map(({ name }) => name)).not.toContain('downloadImages');
		expect(parameters).not.toHaveProperty('downloadImages');
		expect(options.map(({ name }) => name)).not.toContain('onTimeout');
		expect(parameters?.options ?? {}).not.toHaveProperty('onTimeout');
		for (const { name, default: usual } of options.filter(({ name: own }) => /timeout$/i.test(own)))
			expect([name, usual]).toEqual([name, name === 'queueTimeout' ? 15 : 5]);
	});

	it('tells the model in its description always whether it is charged, until somebody writes another one', () => {
		const { operation, name, description } = one;
		const told = (toolDescription?: string) => {
			const { parameters } = toolOf(one, toolDescription === undefined ? {} : { toolDescription });
			const node = { name: 'Tool', type: `${name}Tool`, parameters } as unknown as INode;
			const nodeType = { description: asTool(description) } as INodeType;
			return NodeHelpers.getToolDescriptionForNode(node, nodeType);
		};
		const isPaid = PAID.has(String(operation.value));
		expect(told()).toBe(
			isPaid ? `${String(operation.action)} (charged)` : `${String(operation.action)} in ${description.defaults.name}`,
		);
		expect(told('Something else')).toBe('Something else');
	});
});

it('there are tools of all three nodes, and image fields in them', () => {
	expect(cases.length).toBeGreaterThan(30);
	const fields = cases.flatMap((one) => {
		const { shown, options } = toolOf(one);
		return [...shown, ...options].filter(({ name }) => IMAGES.has(name));
	});
	expect(fields).toHaveLength(12);
});

it('few properties are added for tools: each one costs time in every run', () => {
	const added = [...nodes.values()]
		.flatMap((node) => (node as INodeType).description.properties)
		.filter(({ displayOptions }) => displayOptions?.show?.['@tool']);
	expect(added.length).toBeLessThanOrEqual(28);
	expect(added.every(({ name }) => IMAGES.has(name) || ['limit', 'toolDescription'].includes(name))).toBe(true);
});

it('lists are as short by default as a model can read; in workflows they are as everywhere in n8n', () => {
	const lists = cases.flatMap((one) => {
		const limit = toolOf(one).shown.find(({ name }) => name === 'limit');
		return limit ? [[one.name, one.resource, limit.default]] : [];
	});
	expect(lists).toHaveLength(8);
	for (const [, resource, most] of lists) expect(most).toBe({ style: 8, account: 5 }[String(resource)] ?? 3);
	const usual = [...nodes.values()]
		.flatMap((node) => (node as INodeType).description.properties)
		.filter(({ name, displayOptions }) => name === 'limit' && displayOptions?.hide?.['@tool']);
	expect(usual.map((limit) => limit.default)).toEqual([50, 50, 50]);
});

describe('the description of what is charged carries the list price, for people', () => {
	it.each(cases.filter(({ name, operation }) => name === 'kling' && operation.value === 'create'))(
		'$resource',
		({ operation }) => {
			expect(operation.description).toMatch(
				new RegExp(`\\. (From )?\\d+ units an? (image|call) \\(list price of ${PRICE_LIST.checked}\\)\\.$`),
			);
			expect(String(operation.description).length).toBeLessThanOrEqual(240);
		},
	);
});
