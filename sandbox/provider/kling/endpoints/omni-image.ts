import { illustrate } from '../../pixels/illustration';
import { invalid } from '../errors';
import { readModel } from '../models';
import { numberedPictures, scaleOf } from '../pictures';
import { checkPrompt, checkReferences, Flaws, readElements, readImages } from '../references';
import {
	aspectRatios,
	readCommon,
	readCount,
	readWatermark,
	requiredPrompt,
	type Draft,
	type Order,
	type ResultView,
} from '../resource';
import type { KlingSettings } from '../settings';
import { taskEndpoints } from '../task-endpoints';

interface Wishes {
	model: string;
	/** Fields of the pictures: the images, then the elements. */
	pictures: string[];
	aspectRatio: string;
	resolution: string;
	series: boolean;
}

/** The only model that has series, 4k and no `auto` from text alone (docs/services/kling.md, Omni Image). */
const able = 'kling-v3-omni';

/** One picture, several, or a series, from a text, pictures and elements (docs/services/kling.md, Omni Image). */
export const omniImage = taskEndpoints<Wishes>({
	name: 'omni-image',
	path: '/v1/images/omni-image',
	fields: [
		'model_name',
		'prompt',
		'image_list',
		'element_list',
		'resolution',
		'result_type',
		'n',
		'series_amount',
		'aspect_ratio',
		'watermark_info',
	],
	price: ({ wishes: { model, pictures, resolution } }) => ({
		units: resolution === '4k' ? 16 : 8,
		product: pictures.length > 0 ? 'Image to Image' : 'Text to Image',
		model,
		resolution,
	}),
	read(fields, settings): Draft<Wishes> {
		const flaws = new Flaws();
		const prompt = requiredPrompt(fields);
		const model = readModel(fields, 'omni-image', settings.retiredModels);
		const images = readImages(fields, settings);
		const elements = readElements(fields, settings);
		checkReferences(images.length + elements.length, flaws, settings);
		checkPrompt(prompt, { images: images.length, elements: elements.length }, flaws, settings);
		let series = fields.choice('result_type', ['single', 'series'], 'single') === 'series';
		let resolution = fields.choice('resolution', ['1k', '2k', '4k'], '1k');
		const unsupported = (what: string) =>
			flaws.add(settings.unsupportedField, `${what} is not supported by model '${model}'`);
		if (series && model !== able) {
			unsupported("result_type value 'series'");
			series = false;
		}
		if (resolution === '4k' && model !== able) {
			unsupported("resolution value '4k'");
			resolution = '2k';
		}
		if (series && images.length === 0 && settings.seriesFromText === 'refuse') {
			throw invalid('image_list is required for a series');
		}
		const aspectRatio = fields.choice('aspect_ratio', [...aspectRatios, 'auto'], 'auto');
		if (aspectRatio === 'auto' && model === able && images.length + elements.length === 0) {
			flaws.add(settings.omniAutoRatio, "aspect_ratio value 'auto' is invalid without an image");
		}
		const count = readCount(fields);
		const amount = fields.integerOr('series_amount', 'auto', 2, 9, 4);
		return {
			...readCommon(fields),
			images,
			elements,
			prompt,
			...(series ? amountOf(amount, settings) : { n: count }),
			watermark: readWatermark(fields),
			flaw: flaws.first,
			wishes: { model, pictures: [...images, ...elements].map(({ field }) => field), aspectRatio, resolution, series },
		};
	},
	...numberedPictures(async ({ prompt, wishes: { pictures, aspectRatio, resolution } }, index, read) => {
		const files = await Promise.all(pictures.map(read));
		return await illustrate({ text: prompt, pictures: files, ratio: aspectRatio, scale: scaleOf(resolution) }, index);
	}, shown),
});

/** Pictures and slots of a series. */
function amountOf(
	amount: number | 'auto',
	{ autoSeriesCount, autoSeriesSlots }: KlingSettings,
): Pick<Order<Wishes>, 'n' | 'slots'> {
	if (amount !== 'auto') return { n: amount };
	return { n: autoSeriesCount, slots: autoSeriesSlots === 'maximum' ? 9 : autoSeriesCount };
}

function shown(pictures: object[], { wishes: { series } }: Order<Wishes>, { told, settings }: ResultView) {
	const { callbackDetail, callbackSeries, unusedImages, seriesMirrored } = settings;
	const type = told && callbackDetail === 'documented' ? {} : { result_type: series ? 'series' : 'single' };
	if (told && series) return callbackSeries === 'absent' ? type : { ...type, [callbackSeries]: pictures };
	if (told && callbackDetail === 'documented') return { images: pictures };
	const unused = unusedImages === 'absent' ? undefined : unusedImages === 'null' ? null : [];
	const images = series ? (seriesMirrored ? pictures : unused) : pictures;
	const series_images = series ? pictures : unused;
	return {
		...type,
		...(images === undefined ? {} : { images }),
		...(series_images === undefined ? {} : { series_images }),
	};
}
