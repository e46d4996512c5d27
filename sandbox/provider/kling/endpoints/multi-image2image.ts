import { compose } from '../../pixels/composition';
import { layoutOf } from '../../pixels/layout';
import { readModel } from '../models';
import { numberedPictures } from '../pictures';
import {
	aspectRatios,
	optionalImage,
	readCommon,
	readCount,
	readPrompt,
	readWatermark,
	requiredImage,
} from '../resource';
import { taskEndpoints } from '../task-endpoints';

interface Wishes {
	model: string;
	/** Fields of the pictures. */
	subjects: string[];
	scene?: string;
	style?: string;
	aspectRatio: string;
}

/** Several subjects in one picture (docs/services/kling.md, Multi-Image to Image). */
export const multiImage2image = taskEndpoints<Wishes>({
	name: 'multi-image2image',
	path: '/v1/images/multi-image2image',
	fields: [
		'model_name',
		'prompt',
		'negative_prompt',
		'subject_image_list',
		'scene_image',
		'style_image',
		'n',
		'aspect_ratio',
		'watermark_info',
	],
	price: ({ wishes: { model } }) => ({ units: 16, product: 'Multi-Image to Image', model, resolution: '1k' }),
	read(fields, { retiredModels }) {
		const subjects = fields
			.requiredList('subject_image_list', 1, 4, ['subject_image'])
			.map((entry) => requiredImage(entry, 'subject_image'));
		const model = readModel(fields, 'multi-image2image', retiredModels);
		fields.text('negative_prompt', 2500);
		const common = readCommon(fields);
		const scene = optionalImage(fields, 'scene_image');
		const style = optionalImage(fields, 'style_image');
		return {
			...common,
			images: [...subjects, scene, style].filter((image) => image !== undefined),
			prompt: readPrompt(fields),
			n: readCount(fields),
			wishes: {
				model,
				subjects: subjects.map(({ field }) => field),
				scene: scene?.field,
				style: style?.field,
				aspectRatio: fields.choice('aspect_ratio', aspectRatios, '16:9'),
			},
			watermark: readWatermark(fields),
		};
	},
	...numberedPictures(async ({ wishes: { subjects, scene, style, aspectRatio } }, index, read) => {
		const layout = layoutOf({ aspect_ratio: aspectRatio, subject_image_list: subjects, style_image: style });
		const ingredients = {
			subjects: await Promise.all(subjects.map(read)),
			scene: scene === undefined ? undefined : await read(scene),
			style: style === undefined ? undefined : await read(style),
		};
		return await compose(layout, ingredients, index);
	}),
});
