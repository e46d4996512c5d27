import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { createTask, type CreateSpec } from '../../../tasks/create';
import { numberBetween, type FieldRule, type Problem } from '../../../tasks/fields';
import { createOptions } from '../../../tasks/createOptions';
import { operation } from '../../../tasks/declare';
import { resultProperties } from '../../../tasks/properties';
import {
	callbackUrl,
	imageInput,
	numberOfImages,
	numberOfImagesRule,
	prompt,
	promptRule,
	watermark,
} from '../../fields';
import { endpoint } from './endpoint';

/** Largest area of the new picture, as a multiple of the original (kling-expand.md). */
const LARGEST_AREA = 3;

/** The vendor's own helper rounds to four decimals, which may exceed the limit by this much (provider-apis.md 4.2). */
const AREA_TOLERANCE = 1e-3;

const SIDES = [
	{ field: 'up_expansion_ratio', name: 'upExpansionRatio', label: 'Up Expansion Ratio', side: 'top', of: 'height' },
	{ field: 'down_expansion_ratio', name: 'downExpansionRatio', label: 'Down Expansion Ratio', side: 'bottom', of: 'height' },
	{ field: 'left_expansion_ratio', name: 'leftExpansionRatio', label: 'Left Expansion Ratio', side: 'left', of: 'width' },
	{ field: 'right_expansion_ratio', name: 'rightExpansionRatio', label: 'Right Expansion Ratio', side: 'right', of: 'width' },
];

const ratios: INodeProperties[] = SIDES.map(({ field, name, label, side, of }) => ({
	displayName: label,
	name,
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 2 },
	default: 0,
	hint: `0.5 adds half of the ${of}`,
	description: `How far to extend the picture at the ${side}, as a multiple of its ${of} (0 to 2). The new area may be at most 3 times the original.`,
	routing: { send: { type: 'body', property: field } },
}));

const ratioRules: FieldRule[] = SIDES.map(({ field, label }) => ({ field, label, rule: numberBetween(0, 2) }));

function ratiosOf(body: IDataObject): number[] {
	return SIDES.map(({ field }) => Number(body[field]));
}

/** Four zeros would be charged for the same picture. */
function extendsSomewhere(body: IDataObject): Problem | undefined {
	return ratiosOf(body).every((ratio) => ratio === 0)
		? {
				message: 'All four expansion ratios are 0, so there is nothing to extend',
				hint: 'Set at least one of Up, Down, Left and Right Expansion Ratio above 0. Nothing was sent.',
			}
		: undefined;
}

function areaWithinLimit(body: IDataObject): Problem | undefined {
	const [up = 0, down = 0, left = 0, right = 0] = ratiosOf(body);
	const area = (1 + up + down) * (1 + left + right);
	return area <= LARGEST_AREA + AREA_TOLERANCE
		? undefined
		: {
				message: `The expansion ratios ${[up, down, left, right].join(', ')} (up, down, left, right) make the picture ${area.toFixed(2)} times as large, and at most ${LARGEST_AREA} times is allowed`,
				hint: 'Lower some of the ratios: (1 + up + down) × (1 + left + right) is the size. Nothing was sent.',
			};
}

export const fields = [
	imageInput('Image', 'image', 'Picture to extend, with a ratio between 1:2.5 and 2.5:1'),
	...ratios,
	prompt('e.g. The same place in the same light'),
	numberOfImages,
];

export const options = [watermark];

export const spec: CreateSpec = {
	images: [{ field: 'image', label: 'Image' }],
	rules: [...ratioRules, promptRule, numberOfImagesRule],
	bodyRules: [extendsSomewhere, areaWithinLimit],
};

export const create = operation(endpoint, {
	name: 'Create',
	value: 'create',
	action: 'Create an image expansion task',
	description: 'Extend a picture beyond its edges',
	request: { method: 'POST', url: endpoint.path },
	run: createTask(spec),
	properties: [...fields, ...resultProperties(), createOptions([callbackUrl, ...options])],
});
