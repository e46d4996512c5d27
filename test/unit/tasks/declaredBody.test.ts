import type { IDataObject, IExecutePaginationFunctions, INodeProperties } from 'n8n-workflow';
import { expect, it } from 'vitest';

import { declaredBody } from '../../../nodes/tasks/suspended/declaredBody';

/** A field, or an option, that is sent under a name of the API. */
const field = (name: string, property?: string, more: Partial<INodeProperties> = {}): INodeProperties => ({
	displayName: name, name, type: 'string', default: '', ...more, ...(property && { routing: { send: { type: 'body', property } } }),
});

function bodyOf(fields: INodeProperties[], options: INodeProperties[], values: IDataObject): IDataObject {
	const context = {
		getNodeParameter(name: string, fallback: unknown, { extractValue = false } = {}) {
			const value = values[name] ?? fallback;
			return extractValue ? (value as IDataObject).value : value;
		},
	};
	return declaredBody(context as unknown as IExecutePaginationFunctions, fields, options);
}

it('each field is sent under its name of the API, with its default where the user has left it alone', () => {
	const fields = [field('prompt', 'prompt'), field('n', 'n', { default: 1 }), field('upExpansionRatio', 'up_expansion_ratio', { default: 0 })];
	expect(bodyOf(fields, [], { prompt: 'a sea' })).toEqual({ prompt: 'a sea', n: 1, up_expansion_ratio: 0 });
});

it('an option is sent only when the user has added it, also with a value that is false', () => {
	const options = [field('watermark', 'watermark_info.enabled'), field('sceneImage', 'scene_image')];
	expect(bodyOf([], options, {})).toEqual({});
	expect(bodyOf([], options, { options: { watermark: false } })).toEqual({ watermark_info: { enabled: false } });
});

it('dots lead into objects, which share what is in them', () => {
	expect(bodyOf([field('a', 'info.one.a'), field('b', 'info.b')], [], { a: 1, b: 2 })).toEqual({ info: { one: { a: 1 }, b: 2 } });
});

it('of a resource locator its value is sent', () => {
	const fields = [field('style', 'style', { type: 'resourceLocator' })];
	expect(bodyOf(fields, [], { style: { __rl: true, mode: 'list', value: '2005', cachedResultName: 'x' } })).toEqual({ style: '2005' });
});

it('what says nothing of a request, such as a notice, is not sent', () => {
	expect(bodyOf([field('notice', undefined, { type: 'notice' })], [field('timeout')], { notice: 'text', options: { timeout: 3 } })).toEqual({});
});
