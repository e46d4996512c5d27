import type { IDataObject, INodeParameters, INodeProperties } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { Progress } from '../../../../nodes/tasks/item/progress';
import { Parameters } from '../../../../nodes/tasks/n8n/parameters';
import { node } from '../support';

/** Parameters as a node stores them, and how often each was resolved. An expression reads as the index of the item. */
function parametersOf(stored: IDataObject) {
	const resolved: string[] = [];
	const parameters = new Parameters(
		{ ...node, parameters: stored as INodeParameters },
		(name, itemIndex, fallback, isLocator) => {
			resolved.push(`${name} of ${itemIndex}`);
			const value = stored[name];
			if (typeof value === 'string' && value.startsWith('=')) return `item ${itemIndex}`;
			if (isLocator) return (value as IDataObject).value;
			return value ?? fallback;
		},
	);
	return { parameters, resolved };
}

/** Reads a parameter twice for each of three items. */
function readAll(stored: IDataObject, name: string) {
	const { parameters, resolved } = parametersOf(stored);
	const values = [0, 1, 2].flatMap((itemIndex) => {
		const read = parameters.forItem({ itemIndex });
		return [read(name), read(name)];
	});
	return { values, resolved };
}

describe('a parameter is resolved', () => {
	it('once for the run where it holds no expression', () => {
		const { values, resolved } = readAll({ prompt: 'a cup' }, 'prompt');
		expect(values).toEqual(Array(6).fill('a cup'));
		expect(resolved).toEqual(['prompt of 0']);
	});

	it('once for each item where it is an expression', () => {
		const { values, resolved } = readAll({ prompt: '={{ $json.prompt }}' }, 'prompt');
		expect(values).toEqual(['item 0', 'item 0', 'item 1', 'item 1', 'item 2', 'item 2']);
		expect(resolved).toEqual(['prompt of 0', 'prompt of 1', 'prompt of 2']);
	});

	it.each<[string, IDataObject]>([
		['an option', { options: { seed: '={{ $json.seed }}' } }],
		['a list', { options: { list: [{ a: ['x', '={{ 1 }}'] }] } }],
		['a resource locator', { options: { __rl: true, mode: 'id', value: '={{ $json.id }}' } }],
	])('once for each item where %s holds one', (_, stored) => {
		expect(readAll(stored, 'options').resolved).toEqual(['options of 0', 'options of 1', 'options of 2']);
	});

	it('by the stored value at its top, when a path is asked for', () => {
		expect(readAll({ options: { a: '={{ 1 }}' } }, 'options.b').resolved).toHaveLength(3);
		expect(readAll({ options: { a: '1' } }, 'options.b').resolved).toHaveLength(1);
	});

	it('is no expression for an equals sign in its middle', () => {
		expect(readAll({ prompt: 'a = b' }, 'prompt').resolved).toHaveLength(1);
	});
});

describe('a value', () => {
	it('over 64 kB is not kept for the run, but resolved again', () => {
		expect(readAll({ image: 'x'.repeat(64 * 1024) }, 'image').resolved).toHaveLength(1);
		expect(readAll({ image: 'x'.repeat(64 * 1024 + 1) }, 'image').resolved).toHaveLength(6);
		expect(readAll({ options: { a: ['x'.repeat(70_000)] } }, 'options').resolved).toHaveLength(6);
	});

	it('that is absent is what each reader takes it for', () => {
		const { parameters } = parametersOf({});
		const read = parameters.forItem({ itemIndex: 0 });
		expect([read('downloadImages', true), read('downloadImages', false), read('downloadImages')]).toEqual([
			true,
			false,
			undefined,
		]);
	});

	it('of a resource locator is not taken for the locator', () => {
		const style = { __rl: true, mode: 'list', value: '2005' };
		const { parameters } = parametersOf({ style });
		const read = parameters.forItem({ itemIndex: 0 });
		expect([read('style'), read('style', '', true), read('style')]).toEqual([style, '2005', style]);
	});
});

it("n8n's error about an expression is thrown each time, and nothing is kept of it", () => {
	let tries = 0;
	const parameters = new Parameters({ ...node, parameters: { a: '={{ $json.none }}' } }, () => {
		tries += 1;
		throw new Error('No data');
	});
	const read = parameters.forItem({ itemIndex: 0 });
	expect(() => read('a')).toThrow('No data');
	expect(() => read('a')).toThrow('No data');
	expect(tries).toBe(2);
});

describe('an expression that gives nothing', () => {
	const property = (name: string, change: Partial<INodeProperties> = {}): INodeProperties => ({
		displayName: name.toUpperCase(),
		name,
		type: 'string',
		default: '',
		...change,
	});
	const options = property('options', {
		type: 'collection',
		default: {},
		options: [property('id'), property('count', { type: 'number', default: 0 })],
	});
	const properties = [property('prompt'), property('needed', { required: true }), property('style'), options];

	/** Reads a parameter that is stored so, and that n8n resolves to this. */
	function readOne(name: string, stored: IDataObject[string], resolved: unknown, isLocator = false) {
		const progress = new Progress();
		const input = { json: { title: 'a cup' }, binary: { photo: { data: '', mimeType: 'image/png' } } };
		const withIt = { ...node, parameters: { [name]: stored } as INodeParameters };
		const read = new Parameters(withIt, () => resolved, properties).forItem({ itemIndex: 2, input, progress });
		return { read: () => read(name, 'usual', isLocator), warnings: progress.warnings };
	}

	it.each<[string, string, IDataObject[string], unknown, boolean?]>([
		['PROMPT', 'prompt', '={{ $json.prompt }}', undefined],
		['NEEDED', 'needed', '={{ $json.prompt }}', undefined],
		['STYLE', 'style', { __rl: true, mode: 'id', value: '={{ $json.style }}' }, undefined, true],
		['ID', 'options', { id: '={{ $json.id }}' }, { id: undefined }],
		['COUNT', 'options', { count: '={{ $json.n }}', id: 'a' }, { count: undefined, id: 'a' }],
	])('is refused by the name %s', (label, name, stored, resolved, isLocator) => {
		const { read } = readOne(name, stored, resolved, isLocator);
		expect(read).toThrow(
			expect.objectContaining({
				message: `${label}: the expression returned nothing`,
				taskState: 'not-created',
				hint: expect.stringMatching(
					/^Check the expression\. The item has the fields: title, and the binary fields: photo\. .*Nothing was sent\.$/,
				),
			}),
		);
	});

	it('of an agent is not set: the parameter is as it is usually', () => {
		expect(readOne('prompt', "={{ $fromAI('prompt') }}", undefined).read()).toBe('usual');
		const given = { id: "={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('id') }}", count: 2 };
		expect(readOne('options', given, { id: undefined, count: 2 }).read()).toEqual({ count: 2 });
	});

	it.each([[null], [''], [' \n']])('but %j is an empty cell, with a warning where the text may be empty', (value) => {
		const { read, warnings } = readOne('prompt', '={{ $json.prompt }}', value);
		expect(read()).toBe(value);
		expect(warnings).toEqual(['PROMPT was left out: its expression gave an empty value.']);
		const required = readOne('needed', '={{ $json.prompt }}', value);
		required.read();
		expect(required.warnings).toEqual([]);
		const option = readOne('options', { id: '={{ $json.id }}' }, { id: value });
		option.read();
		expect(option.warnings).toEqual(['ID was left out: its expression gave an empty value.']);
	});

	it('without an expression there is no warning: the field was left empty on purpose', () => {
		const { read, warnings } = readOne('prompt', '', '');
		read();
		expect(warnings).toEqual([]);
	});
});
