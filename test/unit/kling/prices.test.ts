import { describe, expect, it } from 'vitest';

import { endpoints, resources } from '../../../nodes/Kling/resources';
import { PRICE_LIST } from '../../../nodes/Kling/prices';

/** Kling's price list for images as it was read on that day, written down apart from the nodes. */
const CHECKED = '2026-09-20';
const DOLLARS_PER_UNIT = 0.0035;

interface Listed {
	path: string;
	model?: string;
	/** Whether the request has an input image; left out where the list makes no difference. */
	withImage?: boolean;
	/** Left out where the request has no resolution. */
	resolutions?: string[];
	units: number;
	dollars: number;
	per: 'image' | 'call';
}

const LIST: Listed[] = [
	{
		path: '/v1/images/generations',
		model: 'kling-v3',
		resolutions: ['1k', '2k'],
		units: 8,
		dollars: 0.028,
		per: 'image',
	},
	{
		path: '/v1/images/generations',
		model: 'kling-v2-1',
		withImage: false,
		resolutions: ['1k', '2k'],
		units: 4,
		dollars: 0.014,
		per: 'image',
	},
	{
		path: '/v1/images/generations',
		model: 'kling-v2-1',
		withImage: true,
		resolutions: ['1k', '2k'],
		units: 8,
		dollars: 0.028,
		per: 'image',
	},
	{
		path: '/v1/images/omni-image',
		model: 'kling-image-o1',
		resolutions: ['1k', '2k'],
		units: 8,
		dollars: 0.028,
		per: 'image',
	},
	{
		path: '/v1/images/omni-image',
		model: 'kling-v3-omni',
		resolutions: ['1k', '2k'],
		units: 8,
		dollars: 0.028,
		per: 'image',
	},
	{
		path: '/v1/images/omni-image',
		model: 'kling-v3-omni',
		resolutions: ['4k'],
		units: 16,
		dollars: 0.056,
		per: 'image',
	},
	{ path: '/v1/images/multi-image2image', model: 'kling-v2-1', units: 16, dollars: 0.056, per: 'image' },
	{ path: '/v1/images/editing/expand', units: 8, dollars: 0.028, per: 'image' },
	{ path: '/v1/general/ai-multi-shot', units: 20, dollars: 0.07, per: 'call' },
	{ path: '/v1/general/advanced-custom-elements', units: 0, dollars: 0, per: 'call' },
];

function priceAt(path: string) {
	const price = endpoints.find((endpoint) => endpoint.path === path)?.price;
	if (!price) throw new Error(`${path} has no price`);
	return price;
}

/** The requests to which a row applies, for one image each. */
function bodiesOf({ model, withImage, resolutions }: Listed) {
	return (resolutions ?? [undefined]).flatMap((resolution) =>
		(withImage === undefined ? [true, false] : [withImage]).map((image) => ({
			...(model && { model_name: model }),
			...(resolution && { resolution }),
			...(image && { image: 'https://example.com/a.png' }),
		})),
	);
}

describe('the price list', () => {
	it('is of the day that every table and error names', () => {
		expect(PRICE_LIST).toEqual({ checked: CHECKED, dollarsPerUnit: DOLLARS_PER_UNIT });
		for (const { path } of LIST) expect(priceAt(path).checked, path).toBe(CHECKED);
	});

	it.each(LIST)('$path $model $resolutions: the dollars of the list are its units', ({ units, dollars }) => {
		expect(units * DOLLARS_PER_UNIT).toBeCloseTo(dollars, 10);
	});

	it.each(LIST)(
		'$path, model $model, input image $withImage, $resolutions: $units units per $per',
		({ path, ...row }) => {
			for (const body of bodiesOf({ path, ...row })) {
				expect(priceAt(path).units(body), JSON.stringify(body)).toBe(row.units);
				expect(priceAt(path).units({ ...body, n: 9 }), 'nine images').toBe(row.units * (row.per === 'image' ? 9 : 1));
			}
		},
	);

	it.each([
		['of 2', { result_type: 'series', series_amount: 2 }, 2],
		['of 9', { result_type: 'series', series_amount: 9 }, 9],
		['of no stated length', { result_type: 'series' }, 4],
		['as long as the model wants', { result_type: 'series', series_amount: 'auto' }, 9],
		['whose number of single images has no effect', { result_type: 'series', series_amount: 3, n: 9 }, 3],
		['that is none', { result_type: 'single', series_amount: 9, n: 2 }, 2],
	])('a series %s is counted by the images that it may have', (_, body, images) => {
		const price = priceAt('/v1/images/omni-image');
		expect(price.units({ model_name: 'kling-v3-omni', resolution: '2k', ...body })).toBe(8 * images);
		expect(price.units({ model_name: 'kling-v3-omni', resolution: '4k', ...body })).toBe(16 * images);
	});

	it('an empty input image is none', () => {
		const price = priceAt('/v1/images/generations');
		for (const image of ['', undefined, null]) {
			expect(price.units({ model_name: 'kling-v2-1', resolution: '1k', image })).toBe(4);
		}
	});

	it('a request without a resolution costs what the smallest one costs', () => {
		for (const row of LIST.filter(({ resolutions }) => resolutions?.includes('1k'))) {
			const [{ resolution: _, ...body } = {}] = bodiesOf(row);
			expect(priceAt(row.path).units(body), JSON.stringify(body)).toBe(row.units);
		}
	});

	it('a model that the list does not have is not guessed, and is named', () => {
		for (const { path } of LIST.filter(({ model }) => model)) {
			expect(priceAt(path).units({ model_name: 'kling-v9', n: 1 }), path).toEqual({
				unknown: expect.stringContaining('kling-v9') as string,
			});
		}
	});

	it('a resolution that the list does not have is not guessed, and is named with the model', () => {
		for (const { path, model, resolutions } of LIST.filter(({ model, resolutions }) => model && resolutions)) {
			const price = priceAt(path).units({ model_name: model!, resolution: '16k', image: resolutions![0] });
			expect(price, path).toEqual({ unknown: expect.stringMatching(new RegExp(`${model}.*16k`)) as string });
		}
	});
});

describe('what is billed', () => {
	const BILLED = ['create', 'createAndWaitForCallback'];
	const billed = resources.flatMap(({ value, endpoint, operations }) =>
		operations
			.filter(({ option }) => BILLED.includes(String(option.value)))
			.map(({ option, properties }) => ({ resource: value, operation: option.value, endpoint, properties })),
	);

	it('is every create of every resource that has tasks', () => {
		const resources = new Set(billed.map(({ resource }) => resource));
		expect([...resources].sort()).toEqual(endpoints.map(({ resource }) => resource).sort());
	});

	it.each(billed)('$resource $operation has a price, and Maximum Units to keep it within bounds', (operation) => {
		expect(operation.endpoint?.price?.checked).toBe('2026-09-20');
		const options = operation.properties.find(({ name }) => name === 'options')?.options ?? [];
		expect(options.map(({ name }) => name)).toContain('maxUnits');
	});
});
