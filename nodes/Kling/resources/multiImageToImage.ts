import { imagesFrom } from '../../tasks';
import { slotsByImages } from '../api';
import { aspectRatio, image, imageList, numberOfImages, prompt, watermark } from '../fields';
import { modelName } from '../models';
import { klingResource } from '../resource';

const subjectImages = imageList(
	{
		displayName: 'Subject Images',
		name: 'subjectImages',
		description:
			'One to four images, separated by commas or new lines; * takes all images of the item. The service does not crop: hand over images already cut to the subject.',
	},
	'subject_image_list',
	{ most: 4, element: (subject) => ({ subject_image: subject }) },
);

const sceneImage = image(
	{
		displayName: 'Scene Image',
		name: 'sceneImage',
		placeholder: 'e.g. scene or https://example.com/room.png',
		description: 'Image of the scene to place the subjects in',
	},
	'scene_image',
);

const styleImage = image(
	{
		displayName: 'Style Image',
		name: 'styleImage',
		placeholder: 'e.g. style or https://example.com/art.png',
		description: 'Image whose style to follow',
	},
	'style_image',
);

export const multiImageToImage = klingResource({
	value: 'multiImageToImage',
	name: 'Multi-Image to Image',
	short: 'Multi-Image',
	description: 'Combine one to four subjects, a scene and a style in one new image',
	noun: 'a combined image',
	path: '/v1/images/multi-image2image',
	slots: slotsByImages,
	price: { per: 'image', rows: [{ model: 'kling-v2-1', units: 16 }] },
	create: {
		action: 'Combine images into one scene',
		callbackAction: 'Combine images and wait for callback',
		description: 'Combine subjects in one new image',
		fields: [
			subjectImages,
			sceneImage,
			styleImage,
			prompt('e.g. The two of them on a café terrace by the sea'),
			modelName('multiImageToImage'),
			aspectRatio,
			numberOfImages,
		],
		options: [imagesFrom, watermark],
	},
});
