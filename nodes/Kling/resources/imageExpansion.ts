import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { numberBetween, oneOf, optional, type BodyRule, type Problem, type SizedRequest } from '../../tasks';
import { slotsByImages } from '../api';
import { ANCHORS, aspectText, LARGEST_AREA, sidesFor } from '../expansion';
import { ASPECT_RATIOS, field, image, numberOfImages, prompt, watermark } from '../fields';
import { klingResource } from '../resource';

/** The vendor's own helper rounds to four decimals, which may exceed the limit by this much. */
const AREA_TOLERANCE = 1e-3;

/** What the user says of the new image. Kling takes only ratios of the sides, which follow from it. */
const WISH = { mode: 'expansion_mode', aspect: 'target_aspect_ratio', anchor: 'anchor' };

const TARGET = 'target';
const RATIOS = 'ratios';

function shownWith(mode: string): INodeProperties['displayOptions'] {
	return { show: { expansionMode: [mode] } };
}

const expansionMode = field(
	{
		displayName: 'Extend To',
		name: 'expansionMode',
		type: 'options',
		options: [
			{ name: 'Aspect Ratio', value: TARGET, description: 'The sides that are extended follow from the image' },
			{ name: 'Custom Sides', value: RATIOS, description: 'You say how far each side is extended' },
		],
		default: TARGET,
		description: 'What the new image is to be like',
	},
	WISH.mode,
	oneOf([TARGET, RATIOS]),
);

/** Those of the other resources and two more, sorted by name, as n8n wants it. */
const TARGET_RATIOS = [
	...ASPECT_RATIOS,
	{ name: 'Landscape 5:4', value: '5:4' },
	{ name: 'Portrait 4:5', value: '4:5' },
].sort((one, other) => (one.name < other.name ? -1 : 1));

const targetAspectRatio = field(
	{
		displayName: 'Aspect Ratio',
		name: 'targetAspectRatio',
		type: 'options',
		options: TARGET_RATIOS,
		allowArbitraryValues: true,
		default: '16:9',
		displayOptions: shownWith(TARGET),
		hint: 'For another ratio switch to Expression and enter it, such as 1.91:1',
		description: 'Width to height of the new image. Its area may be at most 3 times that of the original.',
	},
	WISH.aspect,
	optional(aspectText),
);

const anchor = field(
	{
		displayName: 'Position of the Original',
		name: 'anchor',
		type: 'options',
		options: [
			{ name: 'Bottom', value: 'bottom' },
			{ name: 'Bottom Left', value: 'bottomLeft' },
			{ name: 'Bottom Right', value: 'bottomRight' },
			{ name: 'Center', value: 'center' },
			{ name: 'Left', value: 'left' },
			{ name: 'Right', value: 'right' },
			{ name: 'Top', value: 'top' },
			{ name: 'Top Left', value: 'topLeft' },
			{ name: 'Top Right', value: 'topRight' },
		],
		default: 'center',
		displayOptions: shownWith(TARGET),
		description: 'Where the original stands in the new image',
	},
	WISH.anchor,
	optional(oneOf(Object.keys(ANCHORS))),
);

const SIDES = [
	{ name: 'upExpansionRatio', api: 'up_expansion_ratio', label: 'Extend Up', of: 'height' },
	{ name: 'downExpansionRatio', api: 'down_expansion_ratio', label: 'Extend Down', of: 'height' },
	{ name: 'leftExpansionRatio', api: 'left_expansion_ratio', label: 'Extend Left', of: 'width' },
	{ name: 'rightExpansionRatio', api: 'right_expansion_ratio', label: 'Extend Right', of: 'width' },
];

const customSides = SIDES.map(({ api, name, label, of }) =>
	field(
		{
			displayName: label,
			name,
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 2 },
			default: 0,
			displayOptions: shownWith(RATIOS),
			hint: `0.5 adds half of the ${of}`,
			description: `How far to extend this side, as a multiple of the ${of} (0 to 2). The new area may be at most 3 times the original.`,
		},
		api,
		optional(numberBetween(0, 2)),
	),
);

function ratiosOf(body: IDataObject): number[] {
	return SIDES.map(({ api }) => Number(body[api] ?? 0));
}

/** A rule for sides that the user has chosen. */
function forCustomSides(rule: BodyRule): BodyRule {
	return (body) => (body[WISH.mode] === RATIOS ? rule(body) : undefined);
}

/** Four zeros would be charged for the same image. */
function extendsSomewhere(body: IDataObject): Problem | undefined {
	return ratiosOf(body).every((ratio) => ratio === 0)
		? {
				message: 'All four sides are extended by 0, so there is nothing to extend',
				hint: 'Set at least one of Extend Up, Down, Left and Right above 0, or choose Extend To: Aspect Ratio. Nothing was sent.',
			}
		: undefined;
}

function areaWithinLimit(body: IDataObject): Problem | undefined {
	const [up = 0, down = 0, left = 0, right = 0] = ratiosOf(body);
	const area = (1 + up + down) * (1 + left + right);
	if (area <= LARGEST_AREA + AREA_TOLERANCE) return undefined;
	const given = `${[up, down, left, right].join(', ')} (up, down, left, right)`;
	return {
		message: `These sides make the image ${area.toFixed(2)} times as large; at most ${LARGEST_AREA} times is possible`,
		hint: `The sides are ${given}, and (1 + up + down) × (1 + left + right) is the size. Lower some of them. Nothing was sent.`,
	};
}

/** The request with custom sides, all four of which Kling needs; or with the wish, until the size of the image is known. */
function complete(_item: unknown, body: IDataObject): IDataObject {
	const isCustom = body[WISH.mode] === RATIOS;
	const rest = Object.fromEntries(
		Object.entries(body).filter(
			([key]) => !(isCustom ? Object.values(WISH) : SIDES.map(({ api }) => api)).includes(key),
		),
	);
	return isCustom ? { ...rest, ...withSides(ratiosOf(body)) } : rest;
}

function withSides(ratios: number[]): IDataObject {
	return Object.fromEntries(SIDES.map(({ api }, index) => [api, ratios[index]]));
}

/** Extend To: Aspect Ratio. The sides follow from the pixels of the image. */
const byAspectRatio: SizedRequest = {
	field: 'image',
	isWanted: (body) => body[WISH.mode] === TARGET,
	unreadable: {
		link: 'The size of the image cannot be read from its link. Choose Custom Sides, or pass the file.',
		file: 'The size of the image cannot be read from its file. Choose Custom Sides, or another file.',
	},
	complete(body, size) {
		const { [WISH.aspect]: aspect, [WISH.anchor]: place, ...rest } = body;
		delete rest[WISH.mode];
		const sides = sidesFor(size, String(aspect), String(place));
		if ('message' in sides) return { problem: sides };
		const { up, down, left, right } = sides;
		return { body: { ...rest, ...withSides([up, down, left, right]) }, aspectRatio: String(aspect) };
	},
};

export const imageExpansion = klingResource({
	value: 'imageExpansion',
	name: 'Image Expansion',
	description: 'Extend an image beyond its edges (outpainting)',
	noun: 'an image expansion',
	path: '/v1/images/editing/expand',
	slots: slotsByImages,
	price: { per: 'image', rows: [{ units: 8 }] },
	create: {
		action: 'Extend an image beyond its edges',
		callbackAction: 'Extend an image and wait for callback',
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
			expansionMode,
			targetAspectRatio,
			anchor,
			...customSides,
			prompt('e.g. The same place in the same light'),
			numberOfImages,
		],
		options: [watermark],
		bodyRules: [forCustomSides(extendsSomewhere), forCustomSides(areaWithinLimit)],
		complete,
		sized: byAspectRatio,
	},
});
