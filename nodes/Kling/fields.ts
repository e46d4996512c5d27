import type { INodeProperties } from 'n8n-workflow';

import {
	anyText,
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
	formats: ['image/jpeg', 'image/png'],
	shortestSide: 300,
	longestRatio: 2.5,
	mostBytes: 10_000_000,
};

/** What an image input takes, to be said beside each one. */
export const IMAGE_HINT =
	'URL, name of a binary field, data URI or base64. JPEG or PNG, at most 10 MB, each side at least 300 pixels.';

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

type Described = Pick<INodeProperties, 'displayName' | 'name' | 'description'> & Partial<INodeProperties>;

/** A field that takes one image; without a default it is optional. */
export function image({ default: fallback = '', ...shown }: Described, api: string): Field {
	const optional = fallback === '';
	const property: INodeProperties = {
		type: 'string',
		...(optional ? {} : { required: true }),
		default: fallback,
		placeholder: 'e.g. data',
		hint: IMAGE_HINT,
		...shown,
	};
	const rule: ImageField = { field: api, label: shown.displayName, limits: LIMITS, ...(optional && { optional }) };
	return { property: sent(property, api), image: rule };
}

/** A field that takes a list of images, at most `most`. */
export function imageList(
	shown: Described,
	api: string,
	{ most, element }: { most: number; element?: NonNullable<ImageField['list']>['element'] },
): Field {
	const property: INodeProperties = {
		type: 'string',
		typeOptions: { rows: 3 },
		required: true,
		default: 'data',
		placeholder: 'e.g. data, https://example.com/cup.png',
		...shown,
		hint: `${shown.hint ?? ''} ${IMAGE_HINT}`.trim(),
	};
	const list = { parameter: shown.name, most, element };
	return { property: sent(property, api), image: { field: api, label: shown.displayName, limits: LIMITS, list } };
}

/** Fields that several endpoints share, each with the rule the documents give it. */

export function prompt(placeholder: string): Field {
	const property: INodeProperties = {
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder,
		description: 'What the image should show, at most 2,500 characters',
	};
	return field(property, 'prompt', textUpTo(2500));
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
