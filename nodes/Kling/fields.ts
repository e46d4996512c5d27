import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import {
	anyText,
	isEmpty,
	oneOf,
	optional,
	textUpTo,
	trueOrFalse,
	wholeNumber,
	type FieldRule,
	type ImageField,
	type ImageLimits,
} from '../tasks';

/** A field of the request: the property of the node and the rule of its value, written once. */
export interface Field {
	property: INodeProperties;
	rule?: FieldRule;
	image?: ImageField;
}

/**
 * What Kling's documents name (docs/services/kling.md, Image inputs). Whether MB are 10^6 or 2^20 bytes is not said: the
 * smaller one.
 */
const LIMITS: ImageLimits = {
	isDocumented: true,
	formats: ['image/jpeg', 'image/png'],
	shortestSide: 300,
	longestRatio: 2.5,
	mostBytes: 10_000_000,
};

/**
 * Where an image field says what it takes: below it where the task needs the image, else in the description. Below every
 * field it would push the last ones out of a panel on a screen of 900 pixels.
 */
const IMAGE_LIMITS = 'JPEG or PNG, up to 10 MB, at least 300 px per side.';
const IMAGE_HINT = `Name of the input binary field, or an image URL, data URI or base64. ${IMAGE_LIMITS}`;
const LIST_HINT = 'Names of binary fields, image URLs, data URIs or base64';

function sentences(...all: string[]): string {
	return all.map((one) => (one.endsWith('.') ? one : `${one}.`)).join(' ');
}

/** A property whose value goes into the request under its name of the API. */
function sent(property: INodeProperties, api: string): INodeProperties {
	return { ...property, routing: { send: { type: 'body', property: api } } };
}

/** A field with its rule: label, parameter and name of the API are written once. */
export function field(property: INodeProperties, api: string, rule?: FieldRule['rule']): Field {
	return {
		property: sent(property, api),
		...(rule && { rule: { field: api, label: property.displayName, rule } }),
	};
}

type Described = Pick<INodeProperties, 'displayName' | 'name'> & { description: string } & Partial<INodeProperties>;

/** A field that takes one image; without a default it is optional. */
export function image({ default: fallback = '', description, ...shown }: Described, api: string): Field {
	const optional = fallback === '';
	const property: INodeProperties = {
		type: 'string',
		...(optional ? {} : { required: true }),
		default: fallback,
		placeholder: 'e.g. data or https://example.com/cup.png',
		...(optional ? { description: sentences(description, IMAGE_HINT) } : { description, hint: IMAGE_HINT }),
		...shown,
	};
	const rule: ImageField = { field: api, label: shown.displayName, limits: LIMITS, ...(optional && { optional }) };
	return { property: sent(property, api), image: rule };
}

/** A field that takes a list of images, at most `most`; with an empty default it is optional. */
export function imageList(
	{ default: fallback = 'data', description, ...shown }: Described,
	api: string,
	{ most, pick, element }: Omit<NonNullable<ImageField['list']>, 'parameter'>,
): Field {
	const optional = fallback === '';
	const property: INodeProperties = {
		type: 'string',
		// Two rows make an area, which takes new lines.
		typeOptions: { rows: 2 },
		...(optional ? {} : { required: true }),
		default: fallback,
		placeholder: 'e.g. data, https://example.com/cup.png',
		...(optional
			? { description: sentences(description, LIST_HINT, IMAGE_LIMITS) }
			: { description: sentences(description, IMAGE_LIMITS), hint: LIST_HINT }),
		...shown,
	};
	const list = { parameter: shown.name, most, pick, element };
	const rule: ImageField = { field: api, label: shown.displayName, limits: LIMITS, list };
	return { property: sent(property, api), image: { ...rule, ...(optional && { optional }) } };
}

/** In characters. */
export const LONGEST_PROMPT = 2_500;

/** Fields that several endpoints share, each with the rule the documents give it. */

export function prompt(placeholder: string): Field {
	const property: INodeProperties = {
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder,
		description: 'What the image should show, at most 2,500 characters',
	};
	return field(property, 'prompt', textUpTo(LONGEST_PROMPT));
}

/** A prompt that the service cannot do without. */
export function neededPrompt(placeholder: string, shown: Partial<INodeProperties> = {}): Field {
	const { property } = prompt(placeholder);
	const text = textUpTo(LONGEST_PROMPT);
	return field({ ...property, required: true, ...shown }, 'prompt', {
		...text,
		problem: (value) => (isEmpty(value) ? 'must say what the image should show' : text.problem(value)),
	});
}

/** Ratios that all endpoints with ratios take, by their names in the editor, in its order. */
export const ASPECT_RATIOS: INodePropertyOptions[] = [
	{ name: 'Landscape 16:9', value: '16:9' },
	{ name: 'Landscape 3:2', value: '3:2' },
	{ name: 'Landscape 4:3', value: '4:3' },
	{ name: 'Portrait 2:3', value: '2:3' },
	{ name: 'Portrait 3:4', value: '3:4' },
	{ name: 'Portrait 9:16', value: '9:16' },
	{ name: 'Square 1:1', value: '1:1' },
	{ name: 'Ultrawide 21:9', value: '21:9' },
];

const RATIOS = ASPECT_RATIOS.map(({ value }) => String(value));

export const aspectRatio = field(
	{
		displayName: 'Aspect Ratio',
		name: 'aspectRatio',
		type: 'options',
		options: ASPECT_RATIOS,
		default: '16:9',
		description: 'Width to height of the new image',
	},
	'aspect_ratio',
	oneOf(RATIOS),
);

/** The same where the ratio may be that of an input image, which is the default. */
export const aspectRatioOrAuto = field(
	{
		...aspectRatio.property,
		options: [
			{ name: 'Auto', value: 'auto', description: 'That of the input image; from text alone 16:9' },
			...ASPECT_RATIOS,
		],
		default: 'auto',
	},
	'aspect_ratio',
	oneOf(['auto', ...RATIOS]),
);

/** How large the images are: `1k` by default. */
export function resolution(...values: string[]): Field {
	return field(
		{
			displayName: 'Resolution',
			name: 'resolution',
			type: 'options',
			options: values.map((value) => ({ name: value.toUpperCase(), value })),
			default: '1k',
			description: 'How large the images are',
		},
		'resolution',
		oneOf(values),
	);
}

export const numberOfImages = field(
	{
		displayName: 'Number of Images',
		name: 'n',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 9 },
		default: 1,
		description: 'How many images to make, 1 to 9. Each one is charged.',
	},
	'n',
	wholeNumber(1, 9),
);

export const watermark = field(
	{
		displayName: 'Watermark',
		name: 'watermark',
		type: 'boolean',
		default: false,
		description: 'Whether to make a second version of each image with a watermark',
	},
	'watermark_info.enabled',
	optional(trueOrFalse),
);

export const callbackUrl = field(
	{
		displayName: 'Callback URL',
		name: 'callbackUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://n8n.example.com/webhook/kling',
		description: 'Address that Kling notifies when the status of the task changes',
	},
	'callback_url',
	anyText,
);
