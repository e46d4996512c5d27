import { illustrate } from '../../pixels/illustration';
import { invalid } from '../errors';
import { readModel } from '../models';
import { numberedPictures, scaleOf } from '../pictures';
import { checkReferences, Flaws, readElements } from '../references';
import {
	aspectRatios,
	optionalImage,
	readCommon,
	readCount,
	readWatermark,
	requiredPrompt,
	type Draft,
} from '../resource';
import { taskEndpoints } from '../task-endpoints';

interface Wishes {
	model: string;
	/** Fields of the pictures: the image, then the elements. */
	pictures: string[];
	withImage: boolean;
	aspectRatio: string;
	resolution: string;
}

/** What only one of the models has (docs/services/kling.md, Image Generation). */
const modelOfField = {
	image_reference: 'kling-v2-1',
	image_fidelity: 'kling-v2-1',
	human_fidelity: 'kling-v2-1',
	element_list: 'kling-v3',
};

/** A picture from a text, or from a text and one picture (docs/services/kling.md, Image Generation). */
export const generations = taskEndpoints<Wishes>({
	name: 'generations',
	path: '/v1/images/generations',
	fields: [
		'model_name',
		'model',
		'prompt',
		'negative_prompt',
		'image',
		...Object.keys(modelOfField),
		'resolution',
		'n',
		'aspect_ratio',
		'watermark_info',
	],
	price: ({ wishes: { model, withImage, resolution } }) => ({
		units: model === 'kling-v2-1' && !withImage ? 4 : 8,
		product: withImage ? 'Image to Image' : 'Text to Image',
		model,
		resolution,
	}),
	read(fields, settings): Draft<Wishes> {
		const flaws = new Flaws();
		const prompt = requiredPrompt(fields);
		// The old name of model_name counts as none.
		fields.text('model');
		const preset = settings.defaultImageModel === 'discontinued' ? 'kling-v1' : settings.defaultImageModel;
		const model = readModel(fields, 'generations', settings.retiredModels, preset);
		const image = optionalImage(fields, 'image');
		if (fields.text('negative_prompt', 2500) !== '' && image) {
			flaws.add(settings.negativeWithImage, 'negative_prompt is not supported when image is set');
		}
		if (fields.choice('image_reference', ['', 'subject', 'face'], '') !== '' && !image) {
			throw invalid('image is required when image_reference is set');
		}
		fields.optionalNumber('image_fidelity', 0, 1);
		fields.optionalNumber('human_fidelity', 0, 1);
		let elements = readElements(fields, settings);
		for (const [field, owner] of Object.entries(modelOfField)) {
			const used = field === 'element_list' ? elements.length > 0 : fields.has(field);
			if (used && model !== owner)
				flaws.add(settings.unsupportedField, `${field} is not supported by model '${model}'`);
		}
		if (model !== modelOfField.element_list) elements = [];
		checkReferences(elements.length + (image ? 1 : 0), flaws, settings);
		const images = image ? [image] : [];
		return {
			...readCommon(fields),
			images,
			elements,
			prompt,
			n: readCount(fields),
			watermark: readWatermark(fields),
			flaw: flaws.first,
			wishes: {
				model,
				pictures: [...images, ...elements].map(({ field }) => field),
				withImage: image !== undefined,
				aspectRatio: fields.choice('aspect_ratio', aspectRatios, '16:9'),
				resolution: fields.choice('resolution', ['1k', '2k'], '1k'),
			},
		};
	},
	...numberedPictures(async ({ prompt, wishes: { pictures, aspectRatio, resolution } }, index, read) => {
		const files = await Promise.all(pictures.map(read));
		return await illustrate({ text: prompt, pictures: files, ratio: aspectRatio, scale: scaleOf(resolution) }, index);
	}),
});
