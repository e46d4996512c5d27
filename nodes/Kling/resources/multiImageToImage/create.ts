import type { INodeProperties } from 'n8n-workflow';

import { createTask, type CreateSpec } from '../../../tasks/create';
import { createOptions } from '../../../tasks/createOptions';
import { operation } from '../../../tasks/declare';
import { oneOf } from '../../../tasks/fields';
import { imagesFrom, resultProperties } from '../../../tasks/properties';
import {
	callbackUrl,
	IMAGE_HINT,
	numberOfImages,
	numberOfImagesRule,
	prompt,
	promptRule,
	watermark,
} from '../../fields';
import { endpoint } from './endpoint';

/** Values of the document (kling-multi-image2image.md), in the order of the editor. */
const ASPECT_RATIOS = ['16:9', '1:1', '21:9', '2:3', '3:2', '3:4', '4:3', '9:16'];

const subjectImages: INodeProperties = {
	displayName: 'Subject Images',
	name: 'subjectImages',
	type: 'string',
	typeOptions: { rows: 3 },
	required: true,
	default: 'data',
	placeholder: 'e.g. data, https://example.com/cup.png',
	hint: `One to four, separated by commas or new lines; * takes all pictures of the item. ${IMAGE_HINT}`,
	description: 'The subjects of the new picture. The service does not crop: hand over pictures already cut to the subject.',
	routing: { send: { type: 'body', property: 'subject_image_list' } },
};

const modelName: INodeProperties = {
	displayName: 'Model',
	name: 'modelName',
	type: 'options',
	options: [
		{ name: 'Kling V2.1', value: 'kling-v2-1' },
		{ name: 'Kling V2', value: 'kling-v2', description: 'Named in the documents, but being retired by the service' },
	],
	default: 'kling-v2-1',
	description: 'The model to use. Another name can be given by an expression.',
	routing: { send: { type: 'body', property: 'model_name' } },
};

const aspectRatio: INodeProperties = {
	displayName: 'Aspect Ratio',
	name: 'aspectRatio',
	type: 'options',
	options: ASPECT_RATIOS.map((value) => ({ name: value, value })),
	default: '16:9',
	description: 'Width to height of the new picture',
	routing: { send: { type: 'body', property: 'aspect_ratio' } },
};

const sceneImage: INodeProperties = {
	displayName: 'Scene Image',
	name: 'sceneImage',
	type: 'string',
	default: '',
	placeholder: 'e.g. scene',
	hint: IMAGE_HINT,
	description: 'Picture of the scene to place the subjects in',
	routing: { send: { type: 'body', property: 'scene_image' } },
};

const styleImage: INodeProperties = {
	displayName: 'Style Image',
	name: 'styleImage',
	type: 'string',
	default: '',
	placeholder: 'e.g. style',
	hint: IMAGE_HINT,
	description: 'Picture whose style to follow',
	routing: { send: { type: 'body', property: 'style_image' } },
};

export const fields = [
	subjectImages,
	imagesFrom,
	prompt('e.g. The two of them on a café terrace by the sea'),
	modelName,
	aspectRatio,
	numberOfImages,
];

export const options = [sceneImage, styleImage, watermark];

export const spec: CreateSpec = {
	images: [
		{
			field: 'subject_image_list',
			label: 'Subject Images',
			list: { parameter: 'subjectImages', most: 4, element: (image) => ({ subject_image: image }) },
		},
		{ field: 'scene_image', label: 'Scene Image', optional: true },
		{ field: 'style_image', label: 'Style Image', optional: true },
	],
	rules: [promptRule, { field: 'aspect_ratio', label: 'Aspect Ratio', rule: oneOf(ASPECT_RATIOS) }, numberOfImagesRule],
};

export const create = operation(endpoint, {
	name: 'Create',
	value: 'create',
	action: 'Create a multi-image to image task',
	description: 'Combine subjects in one new picture',
	request: { method: 'POST', url: endpoint.path },
	run: createTask(spec),
	properties: [...fields, ...resultProperties(), createOptions([callbackUrl, ...options])],
});
