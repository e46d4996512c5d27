import type { IDataObject } from 'n8n-workflow';

import { isEmpty, naming, numberBetween, oneOf, optional, textUpTo, type BodyRule } from '../../tasks';
import { slotsByImages } from '../api';
import { elementIds, elementsIn, MOST_REFERENCES } from '../elements';
import {
	aspectRatio,
	field,
	image,
	LONGEST_PROMPT,
	neededPrompt,
	numberOfImages,
	resolution,
	watermark,
} from '../fields';
import { modelName, only } from '../models';
import { klingResource } from '../resource';

const RESOURCE = 'imageGeneration';

const REFERENCES = ['face', 'subject'];

const negativePrompt = field(
	{
		displayName: 'Negative Prompt',
		name: 'negativePrompt',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		placeholder: 'e.g. text, frames',
		description: 'What the image should not show, at most 2,500 characters. Only without an input image.',
	},
	'negative_prompt',
	textUpTo(LONGEST_PROMPT),
);

const imageReference = field(
	{
		displayName: 'Image Reference',
		name: 'imageReference',
		type: 'options',
		options: [
			{ name: 'Face', value: 'face', description: 'The looks of the one face that the image shows' },
			{ name: 'Subject', value: 'subject', description: 'The features of the person that the image shows' },
		],
		default: 'subject',
		description: 'What to keep of the input image. Kling V2.1 only.',
	},
	'image_reference',
	optional(oneOf(REFERENCES)),
);

const imageFidelity = field(
	{
		displayName: 'Image Fidelity',
		name: 'imageFidelity',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
		default: 0.5,
		description: 'How close to stay to the input image, from 0 to 1. Kling V2.1 only.',
	},
	'image_fidelity',
	optional(numberBetween(0, 1)),
);

const humanFidelity = field(
	{
		displayName: 'Human Fidelity',
		name: 'humanFidelity',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 1, numberPrecision: 2 },
		default: 0.45,
		description:
			'How close to stay to the face of the person, from 0 to 1. Kling V2.1 only, and only with Image Reference "Subject".',
	},
	'human_fidelity',
	optional(numberBetween(0, 1)),
);

const hasImage = (body: IDataObject) => !isEmpty(body.image) && !(Array.isArray(body.image) && body.image.length === 0);

const referenceNeedsImage: BodyRule = (body) =>
	body.image_reference === undefined || hasImage(body)
		? undefined
		: {
				message: naming(
					body.image_reference,
					(shown) => `Image Reference is ${shown}, but there is no image to refer to`,
				),
				hint: 'Fill in Image, or remove Image Reference. Nothing was sent.',
			};

const noNegativePromptWithImage: BodyRule = (body) =>
	isEmpty(body.negative_prompt) || !hasImage(body)
		? undefined
		: {
				message: naming(
					body.negative_prompt,
					(shown) => `Negative Prompt is ${shown}, but it cannot be used together with Image`,
				),
				hint: 'Say in Prompt what to avoid, or clear Image. Nothing was sent.',
			};

const fewReferences: BodyRule = (body) => {
	const elements = elementsIn(body).length;
	const most = MOST_REFERENCES - (hasImage(body) ? 1 : 0);
	if (elements <= most) return undefined;
	return {
		message: `Element IDs has ${elements} elements, but at most ${most} are allowed${hasImage(body) ? ' beside an image' : ''}`,
		hint: 'Name fewer elements. Nothing was sent.',
	};
};

export const imageGeneration = klingResource({
	value: RESOURCE,
	name: 'Image Generation',
	description: 'Make an image from text, or from text and an image',
	noun: 'a generated image',
	path: '/v1/images/generations',
	slots: slotsByImages,
	price: {
		per: 'image',
		rows: [
			{ model: 'kling-v3', resolutions: ['1k', '2k'], units: 8 },
			{ model: 'kling-v2-1', withImage: false, resolutions: ['1k', '2k'], units: 4 },
			{ model: 'kling-v2-1', withImage: true, resolutions: ['1k', '2k'], units: 8 },
		],
	},
	create: {
		action: 'Generate an image',
		callbackAction: 'Generate an image, wait for callback',
		description: 'Make an image from text, or from text and an image',
		fields: [
			neededPrompt('e.g. A red kettle on a blue table, morning light'),
			image(
				{
					displayName: 'Image',
					name: 'image',
					description: 'Image to start from. Leave it empty to make the image from text alone.',
				},
				'image',
			),
			modelName(RESOURCE),
			aspectRatio,
			resolution('1k', '2k'),
			numberOfImages,
		],
		options: [negativePrompt, imageReference, imageFidelity, humanFidelity, elementIds, watermark],
		bodyRules: [
			only(RESOURCE, 'reference', { field: 'image_reference', label: 'Image Reference' }),
			only(RESOURCE, 'fidelity', { field: 'image_fidelity', label: 'Image Fidelity' }),
			only(RESOURCE, 'fidelity', { field: 'human_fidelity', label: 'Human Fidelity' }),
			only(RESOURCE, 'elements', { field: 'element_list', label: 'Element IDs' }),
			referenceNeedsImage,
			noNegativePromptWithImage,
			fewReferences,
		],
	},
});
