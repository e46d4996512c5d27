/** Fields that the operations of all services share. Which node shows which of them is in test/unit/package. */
import type { INodeProperties } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { AliyunPortrait } from '../../../../nodes/AliyunPortrait/AliyunPortrait.node';
import { Kling } from '../../../../nodes/Kling/Kling.node';
import {
	createProperties,
	forOperations,
	getProperties,
	listProperties,
	optionsOf,
	suspendProperties,
	waitProperties,
	type TaskKind,
} from '../../../../nodes/tasks/fields/operations';
import { DEFAULTS } from '../../../../nodes/tasks/item/settings';

const own: INodeProperties = { displayName: 'Own', name: 'own', type: 'string', default: '' };

const namesOf = (properties: INodeProperties[]) => properties.map(({ name }) => name);
const inOptions = (property: INodeProperties | undefined) => (property?.options ?? []) as INodeProperties[];

describe('options', () => {
	it('are sorted by their names, as n8n wants them', () => {
		const shown = inOptions(createProperties([own]).at(-1)).map(({ displayName }) => displayName);
		expect(shown).toEqual([...shown].sort());
		expect(shown).toContain('Own');
	});

	it('leave the list that they are made of as it was', () => {
		const list = [
			{ ...own, displayName: 'B' },
			{ ...own, displayName: 'A' },
		];
		optionsOf(list);
		expect(list.map(({ displayName }) => displayName)).toEqual(['B', 'A']);
	});

	it('show the defaults that the engine uses', () => {
		const shown = Object.fromEntries(
			inOptions(createProperties([], { isPriced: true }).at(-1)).map(({ name, default: value }) => [name, value]),
		);
		const { onPartial: _ofPortraits, ...defaults } = DEFAULTS;
		expect(shown).toMatchObject(defaults);
	});
});

describe('a kind of task', () => {
	const options = (kind: TaskKind) => namesOf(inOptions(createProperties([], kind).at(-1)));

	it('without a key has no external task ID, and nothing about a taken one', () => {
		const withKey = ['externalTaskId', 'externalTaskIdPrefix', 'onDuplicate'];
		expect(options({})).toEqual(expect.arrayContaining(withKey));
		for (const name of withKey) expect(options({ keyless: true })).not.toContain(name);
	});

	it('without images has nothing about images', () => {
		const kind = { withoutImages: true };
		const all = [...getProperties(kind), ...waitProperties(kind), ...createProperties([], kind)];
		const names = [...namesOf(all), ...all.flatMap((property) => namesOf(inOptions(property)))];
		for (const name of ['downloadImages', 'binaryPrefix', 'outputItems']) expect(names).not.toContain(name);
	});

	it('that may succeed in part says what to do then, and no other does', () => {
		expect([options({ mayBePartial: true }), options({})].map((names) => names.includes('onPartial'))).toEqual([
			true,
			false,
		]);
	});

	it('has its own timeout', () => {
		const timeout = inOptions(createProperties([], { timeout: 60 }).at(-1)).find(({ name }) => name === 'timeout');
		expect(timeout?.default).toBe(60);
	});
});

describe('Create and Wait for Callback', () => {
	const properties = suspendProperties([own], [{ ...own, name: 'option', displayName: 'Option' }]);
	const options = inOptions(properties.at(-1));

	it('has no option that means nothing once the execution is suspended', () => {
		for (const name of ['pollInterval', 'outputItems', 'onTaskFailed', 'onPartial', 'onTimeout']) {
			expect(namesOf(options)).not.toContain(name);
		}
		expect(namesOf(properties)).not.toContain('waitForCompletion');
	});

	it('has those of the request, and counts its timeout from the submission', () => {
		expect(namesOf(options)).toEqual(expect.arrayContaining(['option', 'timeout', 'allowUnreachable', 'extraBody']));
		expect(options.find(({ name }) => name === 'timeout')?.description).toMatch(/for the callback .*submitted/);
	});

	it.each([
		['Kling, whose calls are documented, by POST only', new Kling(), ['POST']],
		['Aliyun, whose calls are not, by POST and by GET', new AliyunPortrait(), ['POST', 'GET']],
	])('%s at the same address', (_, { description: { webhooks = [] } }, methods) => {
		expect(webhooks.map(({ httpMethod, path, restartWebhook }) => [httpMethod, path, restartWebhook])).toEqual(
			methods.map((method) => [method, '', true]),
		);
	});
});

it('Get does not download images unless it is told to', () => {
	const defaults = Object.fromEntries(getProperties().map(({ name, default: value }) => [name, value]));
	expect(defaults).toMatchObject({ downloadImages: false, simplify: true });
});

it('a list asks for no larger page than the API takes', () => {
	const options = inOptions(listProperties({ maxPageSize: 500, lastPage: 1000 }).at(-1));
	const limits = Object.fromEntries(options.map(({ name, typeOptions }) => [name, typeOptions?.maxValue]));
	expect(limits).toMatchObject({ pageSize: 500, page: 1000 });
});

it('properties are shown for their operations only, besides their own conditions', () => {
	const [shown] = forOperations(['portrait'], ['create'], [{ ...own, displayOptions: { show: { mode: ['a'] } } }]);
	expect(shown?.displayOptions?.show).toEqual({ resource: ['portrait'], operation: ['create'], mode: ['a'] });
});
