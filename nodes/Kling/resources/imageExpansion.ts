import type { IDataObject } from 'n8n-workflow';

import { numberBetween, type Problem } from '../../tasks';
import { slotsByImages } from '../api';
import { field, image, numberOfImages, prompt, watermark } from '../fields';
import { klingResource } from '../resource';

/** Largest area of the new image, as a multiple of the original (docs/services/kling.md, Image Expansion). */
const LARGEST_AREA = 3;

/** The vendor's own helper rounds to four decimals, which may exceed the limit by this much. */
const AREA_TOLERANCE = 1e-3;

const SIDES = [
	{ api: 'up_expansion_ratio', name: 'upExpansionRatio', label: 'Up Expansion Ratio', side: 'top', of: 'height' },
	{
		api: 'down_expansion_ratio',
		name: 'downExpansionRatio',
		label: 'Down Expansion Ratio',
		side: 'bottom',
		of: 'height',
	},
	{ api: 'left_expansion_ratio', name: 'leftExpansionRatio', label: 'Left Expansion Ratio', side: 'left', of: 'width' },
	{
		api: 'right_expansion_ratio',
		name: 'rightExpansionRatio',
		label: 'Right Expansion Ratio',
		side: 'right',
		of: 'width',
	},
];

const ratios = SIDES.map(({ api, name, label, side, of }) =>
	field(
		{
			displayName: label,
			name,
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 2 },
			default: 0,
			hint: `0.5 adds half of the ${of}`,
			description: `How far to extend the image at the ${side}, as a multiple of its ${of} (0 to 2). The new area may be at most 3 times the original.`,
		},
		api,
		numberBetween(0, 2),
	),
);

function ratiosOf(body: IDataObject): number[] {
	return SIDES.map(({ api }) => Number(body[api]));
}

/** Four zeros would be charged for the same image. */
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
	if (area <= LARGEST_AREA + AREA_TOLERANCE) return undefined;
	const given = `${[up, down, left, right].join(', ')} (up, down, left, right)`;
	return {
		message: `The expansion ratios ${given} make the image ${area.toFixed(2)} times as large, and at most ${LARGEST_AREA} times is allowed`,
		hint: 'Lower some of the ratios: (1 + up + down) × (1 + left + right) is the size. Nothing was sent.',
	};
}

export const imageExpansion = klingResource({
	value: 'imageExpansion',
	name: 'Image Expansion',
	description: 'Extend an image beyond its edges (outpainting)',
	noun: 'an image expansion',
	path: '/v1/images/editing/expand',
	slots: slotsByImages,
	create: {
		description: 'Extend an image beyond its edges',
		fields: [
			image(
				{
					displayName: 'Image',
					name: 'image',
					default: 'data',
					description: 'Image to extend, with a ratio between 1:2.5 and 2.5:1',
				},
				'image',
			),
			...ratios,
			prompt('e.g. The same place in the same light'),
			numberOfImages,
		],
		options: [watermark],
		bodyRules: [extendsSomewhere, areaWithinLimit],
	},
});
