/** What every parameter and every option of a create or an upload of Aliyun and PS says of values that it does not take. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INodeParameters, INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { TaskError } from '../../nodes/tasks/model/errors.ts';
import { startHarness } from '../harness/index.ts';
import { textProblems } from '../unit/tasks/errors/texts.ts';
import { EXPRESSION_VALUES, file } from './support.ts';

const PACKAGE = 'n8n-nodes-kling-aliyun';

/** Refuses every request, in the words of all three services: what a parameter takes ends there. */
const server = createServer((request, response) => {
	request.resume();
	response.writeHead(400, { 'content-type': 'application/json' });
	response.end(JSON.stringify({ code: 1200, ret: 9, message: 'no', msg: 'no' }));
});
const n8n = await startHarness({ speed: 20 });
beforeAll(async () => await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
	await n8n.stop();
	await new Promise((resolve) => server.close(resolve));
});

/** The values that are tried on every node, and more. */
const VALUES = [
	...EXPRESSION_VALUES,
	`={{ "${'x'.repeat(5_000)}" }}`,
	'={{ "" }}',
	'={{ [] }}',
	'={{ 0.5 }}',
	'={{ $binary.data }}',
];

/** What an operation cannot do without. */
const NEEDED: INodeParameters = {
	...{ expansionMode: 'ratios', upExpansionRatio: 0.5, waitForCompletion: false, taskId: '1', prompt: 'A red kettle' },
	...{ elementName: 'Kettle', elementDescription: 'Red', referImages: 'data', imageUrl: 'https://x.test/a.png' },
	...{ userId: 'U1', style: { __rl: true, mode: 'id', value: 's' } },
};

/** Minutes: a wait for what never comes ends at once. */
const SHORT = 0.001;

interface Case {
	node: string;
	resource: string;
	operation: string;
	/** Parameters, and options as `collection.option`. */
	names: string[];
}

function casesOf(node: string): Case[] {
	const { properties } = (n8n.package.nodes.get(`${PACKAGE}.${node}`) as INodeType).description;
	return properties
		.filter(({ name }) => name === 'operation')
		.flatMap(({ displayOptions, options = [] }) => {
			const [resource] = (displayOptions?.show?.resource ?? []) as string[];
			return (options as INodePropertyOptions[]).map(({ value }) => {
				const shown = properties.filter((property) => isShown(property, String(resource), String(value)));
				return { node, resource: String(resource), operation: String(value), names: shown.flatMap(namesIn) };
			});
		});
}

function isShown({ displayOptions, type, name }: INodeProperties, resource: string, operation: string): boolean {
	const { show = {} } = displayOptions ?? {};
	const fits = (key: string, value: string) => !show[key] || (show[key] as unknown[]).includes(value);
	return (
		!['resource', 'operation'].includes(name) &&
		type !== 'notice' &&
		fits('resource', resource) &&
		fits('operation', operation)
	);
}

function namesIn({ type, name, options = [] }: INodeProperties): string[] {
	return type === 'collection' ? options.map((option) => `${name}.${option.name}`) : [name];
}

/** Those that send something new; Kling's are in errorTexts.test.ts. */
const cases = ['aliyunPortrait', 'psTask']
	.flatMap(casesOf)
	.filter(({ operation }) => /^(?:create|upload)$/.test(operation));

it('there are operations of both services', () => {
	expect(new Set(cases.map(({ node }) => node)).size).toBe(2);
	expect(cases.flatMap(({ names }) => names).length).toBeGreaterThan(60);
});

describe.each(cases)('$node $resource $operation', ({ node, resource, operation, names }) => {
	it('each parameter, each value', async () => {
		const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const credentials = {
			klingApi: { region: 'custom', baseUrl, apiKey: 'key-0123456789' },
			aliyunMarketApi: { baseUrl, appCodeSecret: 'code-0123456789' },
			psTaskApi: { authentication: 'none', baseUrl },
		};
		const problems: string[] = [];
		for (const full of names)
			for (const value of VALUES) {
				const [name = '', option] = full.split('.');
				const options = { timeout: SHORT, ...(option !== undefined && { [option]: value }) };
				const change = option === undefined ? { options, [name]: value } : { [name]: options };
				const { error } = await n8n.run({
					node: `${PACKAGE}.${node}`,
					parameters: { ...NEEDED, resource, operation, ...change } as INodeParameters,
					credentials,
					items: [{ json: {}, binary: { data: file() } }],
				});
				if (!error) continue;
				const told = error as unknown as TaskError;
				const isOurs = told.taskState === 'not-created' && told.code === undefined;
				const words = isOurs && !told.message.includes('cannot be resolved') ? 'alone' : 'with what the service says';
				// The loaded package has another copy of n8n-workflow, whose errors n8n's own class does not know here.
				const wrong = textProblems(told, words).filter((problem) => !problem.startsWith('n8n rewords it'));
				problems.push(...wrong.map((problem) => `${full} = ${value.slice(0, 30)}: ${problem}`));
			}
		expect(problems).toEqual([]);
	}, 120_000);
});
