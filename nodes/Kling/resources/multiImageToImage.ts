import { imagesFrom, nonEmptyText, oneOf } from '../../tasks';
import { slotsByImages } from '../api';
import { field, image, imageList, numberOfImages, prompt, watermark } from '../fields';
import { klingResource } from '../resource';

/** Values of the document, in the order of the editor. */
const ASPECT_RATIOS = ['16:9', '1:1', '21:9', '2:3', '3:2', '3:4', '4:3', '9:16'];

const subjectImages = imageList(
	{
		displayName: 'Subject Images',
		name: 'subjectImages',
		hint: 'One to four, separated by commas or new lines; * takes all images of the item.',
		description:
			'The subjects of the new image. The service does not crop: hand over images already cut to the subject.',
	},
	'subject_image_list',
	{ most: 4, element: (subject) => ({ subject_image: subject }) },
);

const modelName = field(
	{
		displayName: 'Model',
		name: 'modelName',
		type: 'options',
		options: [
			{ name: 'Kling V2.1', value: 'kling-v2-1' },
			{ name: 'Kling V2', value: 'kling-v2', description: 'Named in the documents, but being retired by the service' },
		],
		default: 'kling-v2-1',
		description: 'The model to use. Another name can be given by an expression.',
	},
	'model_name',
	nonEmptyText('the name of a model'),
);

const aspectRatio = field(
	{
		displayName: 'Aspect Ratio',
		name: 'aspectRatio',
		type: 'options',
		options: ASPECT_RATIOS.map((value) => ({ name: value, value })),
		default: '16:9',
		description: 'Width to height of the new image',
	},
	'aspect_ratio',
	oneOf(ASPECT_RATIOS),
);

const sceneImage = image(
	{
		displayName: 'Scene Image',
		name: 'sceneImage',
		placeholder: 'e.g. scene',
		description: 'Image of the scene to place the subjects in',
	},
	'scene_image',
);

const styleImage = image(
	{
		displayName: 'Style Image',
		name: 'styleImage',
		placeholder: 'e.g. style',
		description: 'Image whose style to follow',
	},
	'style_image',
);

export const multiImageToImage = klingResource({
	value: 'multiImageToImage',
	name: 'Multi-Image to Image',
	description: 'Combine one to four subjects, a scene and a style in one new image',
	noun: 'a multi-image to image',
	path: '/v1/images/multi-image2image',
	slots: slotsByImages,
	create: {
		description: 'Combine subjects in one new image',
		fields: [
			subjectImages,
			imagesFrom,
			prompt('e.g. The two of them on a café terrace by the sea'),
			modelName,
			aspectRatio,
			numberOfImages,
		],
		options: [sceneImage, styleImage, watermark],
	},
});
