import type { IDataObject, INodeParameters, INodeProperties } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { requestFrom, sentProperties } from '../../../../nodes/tasks/n8n/declaredRequest';
import { node } from '../support';

/** A field, or an option, that is sent under a name of the API. */
const field = (name: string, property?: string, more: Partial<INodeProperties> = {}): INodeProperties => ({
	displayName: name,
	name,
	type: 'string',
	default: '',
	...more,
	...(property && { routing: { send: { type: 'body', property } } }),
});

const optionsOf = (options: INodeProperties[]): INodeProperties => ({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	default: {},
	options,
});

/** The request of a node with these parameters. */
function requestOf(properties: INodeProperties[], values: IDataObject) {
	const declaration = { request: { method: 'POST' as const, url: '/v1/x' }, properties };
	const read = (name: string, fallback?: unknown, isLocator?: boolean) => {
		const value = values[name] ?? fallback;
		return isLocator ? (value as IDataObject).value : value;
	};
	return requestFrom(
		declaration,
		sentProperties(declaration, { ...node, parameters: values as INodeParameters }),
		read,
	);
}

const bodyOf = (properties: INodeProperties[], values: IDataObject) => requestOf(properties, values).body;

it('method and address are those of the declaration', () => {
	expect(requestOf([], {})).toEqual({ method: 'POST', url: '/v1/x', body: {}, qs: {} });
});

describe('fields', () => {
	it('are sent under their names of the API, with their default where the user has left them alone', () => {
		const fields = [
			field('prompt', 'prompt'),
			field('n', 'n', { default: 1 }),
			field('upExpansionRatio', 'up_expansion_ratio', { default: 0 }),
		];
		expect(bodyOf(fields, { prompt: 'a sea' })).toEqual({ prompt: 'a sea', n: 1, up_expansion_ratio: 0 });
	});

	it('with dots in their names lead into objects, which share what is in them', () => {
		expect(bodyOf([field('a', 'info.one.a'), field('b', 'info.b')], { a: 1, b: 2 })).toEqual({
			info: { one: { a: 1 }, b: 2 },
		});
	});

	it('may be sent in the query', () => {
		const sort: INodeProperties = { ...field('sort'), routing: { send: { type: 'query', property: 'order.by' } } };
		expect(requestOf([sort, field('a', 'a')], { sort: 'up', a: 'x' })).toMatchObject({
			qs: { order: { by: 'up' } },
			body: { a: 'x' },
		});
	});

	it('of a resource locator are sent with its value', () => {
		const style = { __rl: true, mode: 'list', value: '2005', cachedResultName: 'x' };
		expect(bodyOf([field('style', 'style', { type: 'resourceLocator' })], { style })).toEqual({ style: '2005' });
	});

	it('that say nothing of a request, such as a notice, are not sent', () => {
		const notice = field('notice', undefined, { type: 'notice' });
		expect(bodyOf([notice, optionsOf([field('timeout')])], { notice: 'text', options: { timeout: 3 } })).toEqual({});
	});

	it('of another operation are not sent, as displayOptions say', () => {
		const shownFor = (operation: string) => ({ displayOptions: { show: { operation: [operation] } } });
		const fields = [field('a', 'a', shownFor('create')), field('a', 'other_a', shownFor('get'))];
		expect(bodyOf(fields, { operation: 'create', a: 'x' })).toEqual({ a: 'x' });
		expect(bodyOf(fields, { operation: 'get', a: 'x' })).toEqual({ other_a: 'x' });
	});

	it('that are hidden are not sent, whatever is still stored for them', () => {
		const hidden = field('ratio', 'ratio', { displayOptions: { hide: { mode: ['auto'] } } });
		expect(bodyOf([hidden], { mode: 'auto', ratio: '1:1' })).toEqual({});
		expect(bodyOf([hidden], { mode: 'manual', ratio: '1:1' })).toEqual({ ratio: '1:1' });
	});

	it('that hang on another one are sent only beside it', () => {
		const fields = [
			field('mode', 'mode'),
			field('ratio', 'ratio', { default: '1:1', displayOptions: { show: { mode: ['manual'] } } }),
		];
		expect(bodyOf(fields, { mode: 'auto' })).toEqual({ mode: 'auto' });
		expect(bodyOf(fields, { mode: 'manual' })).toEqual({ mode: 'manual', ratio: '1:1' });
	});
});

describe('options', () => {
	it('are sent only when the user has added them, also with a value that is false', () => {
		const options = [optionsOf([field('watermark', 'watermark_info.enabled'), field('sceneImage', 'scene_image')])];
		expect(bodyOf(options, {})).toEqual({});
		expect(bodyOf(options, { options: { watermark: false } })).toEqual({ watermark_info: { enabled: false } });
	});

	it('share objects with fields', () => {
		const properties = [field('a', 'info.a'), optionsOf([field('b', 'info.b')])];
		expect(bodyOf(properties, { a: 1, options: { b: 2 } })).toEqual({ info: { a: 1, b: 2 } });
	});

	it('with a condition on a parameter of the node (`/name`) are sent only when it holds', () => {
		const options = [
			optionsOf([
				field('fidelity', 'image_fidelity', { displayOptions: { show: { '/model': ['v1-5'] } } }),
				field('style', 'style', { displayOptions: { hide: { '/model': ['v1-5'] } } }),
			]),
		];
		const added = { fidelity: 0.5, style: 'oil' };
		expect(bodyOf(options, { model: 'v1-5', options: added })).toEqual({ image_fidelity: 0.5 });
		expect(bodyOf(options, { model: 'v2', options: added })).toEqual({ style: 'oil' });
	});

	it('of another operation are not sent', () => {
		const other = { ...optionsOf([field('a', 'a')]), displayOptions: { show: { operation: ['get'] } } };
		expect(bodyOf([other, optionsOf([field('a', 'b')])], { operation: 'create', options: { a: 1 } })).toEqual({ b: 1 });
	});

	it('are read once, and only where one of them is sent', () => {
		const names: string[] = [];
		const read = (name: string) => (names.push(name), {});
		const declaration = (options: INodeProperties[]) => ({
			request: { method: 'GET' as const, url: '/' },
			properties: [optionsOf(options)],
		});
		for (const options of [[field('a')], [field('a', 'a'), field('b', 'b')]]) {
			requestFrom(declaration(options), sentProperties(declaration(options), node), read);
		}
		expect(names).toEqual(['options']);
	});
});

it('a request is made anew for each item: one may change its body', () => {
	const properties = [field('a', 'info.a')];
	const first = bodyOf(properties, { a: 1 });
	(first.info as IDataObject).b = 2;
	expect(bodyOf(properties, { a: 1 })).toEqual({ info: { a: 1 } });
});
