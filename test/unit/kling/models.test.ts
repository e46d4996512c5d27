import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { adviceOnModel, MODELS, modelName, modelsOf, only } from '../../../nodes/Kling/models';
import { resources } from '../../../nodes/Kling/resources';
import type { Refusal } from '../../../nodes/tasks';

const WITH_MODELS = ['imageGeneration', 'omniImage', 'multiImageToImage'];

/** Every parameter Model of the node. */
const shown = resources.flatMap(({ value, operations }) =>
	operations.flatMap(({ properties }) =>
		properties.filter(({ name }) => name === 'modelName').map((property) => ({ resource: value, property })),
	),
);

describe('the models', () => {
	it('are offered by resources that exist, and every resource with a parameter Model offers some', () => {
		const values = resources.map(({ value }) => value);
		expect(MODELS.flatMap(({ offeredBy }) => Object.keys(offeredBy)).filter((one) => !values.includes(one))).toEqual(
			[],
		);
		expect(new Set(shown.map(({ resource }) => resource))).toEqual(new Set(WITH_MODELS));
		for (const resource of WITH_MODELS) expect(modelsOf(resource).length).toBeGreaterThan(0);
	});

	it('that retire are no default, and come last', () => {
		const retiring = MODELS.filter(({ retires }) => retires !== undefined).map(({ name }) => name);
		expect(retiring).toEqual(['kling-v2']);
		for (const { property } of shown) {
			const values = (property.options as INodePropertyOptions[]).map(({ value }) => String(value));
			expect(retiring).not.toContain(property.default);
			const places = values.map((value) => retiring.includes(value));
			expect(places).toEqual([...places].sort());
		}
	});

	it('that retire say so, with the day', () => {
		expect((modelName('multiImageToImage').property.options as INodePropertyOptions[]).at(-1)).toEqual({
			name: 'Kling V2 (Retired)',
			value: 'kling-v2',
			description: 'Announced to retire on 2026-09-15; may be refused',
		});
		for (const { retires } of MODELS) expect(retires ?? '2026-01-01').toMatch(/^\d{4}-\d{2}-\d{2}$/);
	});

	it('have prices, unless they retire', () => {
		for (const resource of WITH_MODELS) {
			const price = resources.find(({ value }) => value === resource)?.endpoint?.price;
			for (const { name, retires } of modelsOf(resource))
				expect(typeof price?.units({ model_name: name })).toBe(retires ? 'object' : 'number');
		}
	});

	it('by default are the ones of the contract', () => {
		const preset = (resource: string) => (modelName(resource).property as INodeProperties).default;
		expect(WITH_MODELS.map(preset)).toEqual(['kling-v3', 'kling-v3-omni', 'kling-v2-1']);
	});
});

describe('a field that only some models know', () => {
	const fourK = only('omniImage', '4k', { field: 'resolution', label: 'Resolution', values: ['4k'] });
	const fidelity = only('imageGeneration', 'fidelity', { field: 'image_fidelity', label: 'Image Fidelity' });

	it('is refused with the others, by name, with its value and the models that can', () => {
		expect(fourK({ model_name: 'kling-image-o1', resolution: '4k' })).toEqual({
			message: 'Resolution "4k" does not work with the model Kling Image O1',
			hint: 'Choose Kling V3 Omni as Model, or change Resolution. Nothing was sent.',
		});
		expect(fidelity({ model_name: 'kling-v3', image_fidelity: 0 })?.message).toBe(
			'Image Fidelity does not work with the model Kling V3',
		);
	});

	it('passes with a model that can, with another value, and with a model that is not known here', () => {
		expect(fourK({ model_name: 'kling-v3-omni', resolution: '4k' })).toBeUndefined();
		expect(fourK({ model_name: 'kling-image-o1', resolution: '2k' })).toBeUndefined();
		for (const model_name of ['kling-v4', 'kling-v3', '', undefined])
			expect(fourK({ model_name, resolution: '4k' })).toBeUndefined();
		expect(fidelity({ model_name: 'kling-v3' })).toBeUndefined();
	});
});

describe('a refusal of a model', () => {
	const advice = (resource: string, change: Partial<Refusal>) =>
		adviceOnModel(resource, { httpStatus: 400, reason: '', cause: '', hint: '', retry: 'no', ...change });

	it.each<[string, Partial<Refusal>]>([
		['by its code', { code: 1203, reason: '' }],
		[
			'by the recorded text',
			{ code: 1201, reason: "The model 'kling-v1' has been discontinued and is no longer available." },
		],
		['as not found', { code: 1201, reason: 'Model not found: x' }],
		['as not supported', { code: 1200, reason: 'model is not supported' }],
	])('%s names the current ones', (_, change) => {
		expect(advice('imageGeneration', change)).toBe(
			'Choose a current model (kling-v3, kling-v2-1), or check a custom base URL.',
		);
		expect(advice('multiImageToImage', change)).toContain('(kling-v2-1)');
	});

	it('is none where the resource has no models, or the text is about something else', () => {
		expect(advice('imageExpansion', { code: 1203 })).toBeUndefined();
		expect(advice('imageGeneration', { code: 1201, reason: 'File is not in a valid base64 format' })).toBeUndefined();
		expect(
			advice('imageGeneration', { code: 1201, reason: 'Task not found by id: model-1', meaning: 'notFound' }),
		).toBeUndefined();
	});
});
