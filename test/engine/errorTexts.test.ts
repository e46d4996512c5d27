/** What people and agents read of errors as n8n delivers them: nothing reworded, all lengths kept, every fact as data. */
import type { IDataObject, INodeParameters, INodeProperties, INodeType } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { isN8n1 } from '../harness/index.ts';
import { count, errorOf, expand, factsOf, generate, KLING, NEEDED, photos, start } from './kling/support.ts';
import { EXPRESSION_VALUES } from './support.ts';

const { run, control, provider, n8n } = await start();
const { credentials } = provider;

/** Texts of n8n for codes of the network. */
const REWORDED =
	/You can retry the request|perhaps it is offline|Retry on Fail|does not exist$|Bad request - please|Forbidden/;
const CODES = /\bE[A-Z]{4,}\b|\bHTTP \d|\bcode \d/;

interface Case {
	name: string;
	prepare(): void;
	baseUrl?: string;
	message: string | RegExp;
	description: RegExp;
	/** Which ID an agent gets. */
	id?: 'taskId' | 'externalTaskId';
}

const refused = 'Failure to pass the risk control system';

const CASES: Case[] = [
	{
		name: 'a failed task',
		prepare: () => control.fates([{ fate: 'failed', message: refused }]),
		message: `Kling could not make the image: ${refused}`,
		description: /^Change what the reason names/,
		id: 'taskId',
	},
	{
		name: 'a lost create that cannot be looked up',
		prepare: () =>
			control.faults([
				{ on: 'create', kind: 'dropAfter' },
				{ on: 'get', kind: 'dropBefore' },
				{ on: 'list', kind: 'dropBefore' },
			]),
		message: 'No answer from Kling: the task may have been created',
		description:
			/^Get the task by its external task ID \(Error details\) before you create it again\. The other task is safe\. Retry this execution from the Executions list: it is reused, not paid again\.$/,
		id: 'externalTaskId',
	},
	{
		name: 'nothing at the address',
		prepare: () => undefined,
		baseUrl: 'http://127.0.0.1:1',
		message: 'Nothing answers at 127.0.0.1:1. Check Region or Base URL.',
		description: /^The connection was refused\. Check the network/,
	},
	{
		name: 'a refusal',
		prepare: () => control.faults([{ on: 'create', kind: 'code', code: 1102, status: 429 }]),
		message: /^Kling refused to make the image: the resource pack is used up or has expired/,
		description: /^Buy a resource pack/,
	},
];

const create = () => generate({ downloadImages: false });

function checkTexts(message: string, description: string) {
	expect(message.length).toBeLessThanOrEqual(300);
	expect(description.length).toBeLessThanOrEqual(300);
	expect(`${message} ${description}`).not.toMatch(REWORDED);
	expect(`${message} ${description}`).not.toMatch(CODES);
	expect(message).not.toMatch(/\bitem \d/i);
}

describe.each(CASES)('$name', ({ prepare, baseUrl, message, description, id }) => {
	const at = baseUrl === undefined ? credentials : { klingApi: { ...credentials.klingApi, region: 'custom', baseUrl } };
	const given = { items: [{ json: {} }, { json: {} }], credentials: at as typeof credentials };
	const says = (text: string) =>
		typeof message === 'string' ? expect(text).toBe(message) : expect(text).toMatch(message);

	it('with Stop Workflow the error has texts, item and facts', async () => {
		prepare();
		const error = errorOf(await run(create(), given));
		says(error.message);
		expect(error.description).toMatch(description);
		checkTexts(error.message, String(error.description));
		const { context } = error as unknown as { context: { itemIndex: number; data: IDataObject } };
		expect(context.itemIndex).toBe(0);
		expect(context.data).toEqual(factsOf(error));
		if (id) expect(context.data[id]).toMatch(/\S{10}/);
	});

	it('with Continue On Fail each item has message and facts, and is paired', async () => {
		prepare();
		const { items } = await run(create(), { ...given, onError: 'continueRegularOutput' });
		expect(items).toHaveLength(2);
		for (const [item, { json, pairedItem }] of items.entries()) {
			const { error, details } = json as { error: string; details: IDataObject };
			says(error);
			checkTexts(error, String(details.hint));
			expect(pairedItem).toEqual({ item });
			if (id) expect(details[id]).toMatch(/\S{10}/);
		}
	});

	it('an agent reads the ID of what is paid, or may be, at the end of the message', async () => {
		prepare();
		const { answers } = await n8n.runAsTool({
			node: KLING,
			parameters: create(),
			credentials: at as typeof credentials,
			items: [{}],
			calls: [[{}]],
		});
		const [answer] = answers;
		const text = String(answer?.error?.message);
		// Older agents, and MCP clients, get the description behind it.
		const [told = ''] = text.split('\n\nDetails: ');
		expect(told).toMatch(typeof message === 'string' ? new RegExp(`^${message.replace(/[.?()]/g, '\\$&')}`) : message);
		expect(text).not.toMatch(REWORDED);
		if (id === 'taskId') expect(told).toMatch(/\. Task ID \d{10,}\.$/);
		else if (id === 'externalTaskId') expect(told).toMatch(/\. External task ID n8n-[\w-]{32}\.$/);
		else expect(told).not.toMatch(/ask ID/);
	});
});

describe('several items with Stop Workflow', () => {
	const three = { items: count(3).map((json) => ({ json })) };
	const prompted = () => generate({ prompt: '=No {{ $json.number }}', downloadImages: false });

	it('the other tasks are safe, by a Retry of this execution', async () => {
		control.fates([{ fate: 'failed', message: refused, count: 1 }]);
		const error = errorOf(await run(prompted(), three));
		expect(error.description).toMatch(
			/ The other 2 tasks are safe\. Retry this execution from the Executions list: they are reused, not paid again\.$/,
		);
		checkTexts(error.message, String(error.description));
		expect(factsOf(error).otherTasks).toHaveLength(2);
	});
});

describe('input that cannot be used', () => {
	const { properties } = (n8n.package.nodes.get(KLING) as INodeType).description;
	const resources = ['imageExpansion', 'imageGeneration', 'multiImageToImage', 'aiMultiShot', 'omniImage', 'element'];
	const shown = (resource: string, operation: string) =>
		properties.filter(({ displayOptions, type }) => {
			const { show = {} } = displayOptions ?? {};
			const fits = (key: string, value: string) => !show[key] || (show[key] as unknown[]).includes(value);
			return type !== 'notice' && fits('resource', resource) && fits('operation', operation) && show.operation;
		});
	const names = (list: INodeProperties[]) => [
		...list.filter(({ type }) => type !== 'collection').map(({ name }) => [name, undefined] as const),
		...list
			.filter(({ type }) => type === 'collection')
			.flatMap(({ name, options = [] }) => options.map((option) => [name, option.name] as const)),
	];

	it.each(
		resources.flatMap((resource) =>
			['create', 'get', 'getAll', 'wait'].map((operation) => [resource, operation] as const),
		),
	)(
		'%s %s: each parameter, each value',
		async (resource, operation) => {
			const problems: string[] = [];
			const base: INodeParameters = {
				resource,
				operation,
				...(operation === 'create' ? { ...NEEDED[resource], waitForCompletion: false } : { taskId: '1' }),
			};
			control.faults([
				{ on: 'create', kind: 'code', code: 1201, status: 400 },
				{ on: 'get', kind: 'code', code: 1201, status: 400 },
				{ on: 'list', kind: 'code', code: 1201, status: 400 },
			]);
			for (const [name, option] of names(shown(resource, operation)))
				for (const value of EXPRESSION_VALUES) {
					const change = option === undefined ? { [name]: value } : { [name]: { [option]: value } };
					const { status, error } = await run({ ...base, ...change } as INodeParameters, { items: photos({}) });
					if (status !== 'error' || !error) continue;
					const { message, description, taskState } = error as unknown as IDataObject & Error;
					const isInput = taskState === 'not-created' && (error as { code?: unknown }).code === undefined;
					const wrong =
						(isInput && message.length > 90 && !message.includes('cannot be resolved')) ||
						message.length > 300 ||
						String(description).length > 300 ||
						REWORDED.test(message) ||
						CODES.test(message) ||
						/undefined(?!")|\[object/.test(message);
					if (wrong) problems.push(`${option ?? name} = ${value.slice(0, 30)}: ${message} | ${String(description)}`);
				}
			expect(problems).toEqual([]);
		},
		120_000,
	);
});

it('the error output of n8n 1 has IDs in its text, since it takes nothing else', async () => {
	if (!isN8n1) return expect(isN8n1).toBe(false);
	control.fates([{ fate: 'failed', message: refused }]);
	const { errorItems } = await run(expand(), { items: photos({}), onError: 'continueErrorOutput' });
	expect(errorItems).toHaveLength(1);
	expect(errorItems[0]?.json.message).toMatch(/Task ID: \d+/);
});
