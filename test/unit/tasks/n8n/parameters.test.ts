import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

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
		const read = parameters.forItem(itemIndex);
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
		const read = parameters.forItem(0);
		expect([read('downloadImages', true), read('downloadImages', false), read('downloadImages')]).toEqual([
			true,
			false,
			undefined,
		]);
	});

	it('of a resource locator is not taken for the locator', () => {
		const style = { __rl: true, mode: 'list', value: '2005' };
		const { parameters } = parametersOf({ style });
		const read = parameters.forItem(0);
		expect([read('style'), read('style', '', true), read('style')]).toEqual([style, '2005', style]);
	});
});

it("n8n's error about an expression is thrown each time, and nothing is kept of it", () => {
	let tries = 0;
	const parameters = new Parameters({ ...node, parameters: { a: '={{ $json.none }}' } }, () => {
		tries += 1;
		throw new Error('No data');
	});
	const read = parameters.forItem(0);
	expect(() => read('a')).toThrow('No data');
	expect(() => read('a')).toThrow('No data');
	expect(tries).toBe(2);
});
