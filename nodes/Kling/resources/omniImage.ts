import type { IDataObject } from 'n8n-workflow';

import { count, imagesFrom, oneOf, optional, refuseInput, wholeNumber, type ItemContext, type Rule } from '../../tasks';
import { slotsByImages } from '../api';
import { elementIds, elementsIn, MOST_REFERENCES } from '../elements';
import { aspectRatioOrAuto, field, imageList, neededPrompt, numberOfImages, resolution, watermark } from '../fields';
import { modelName, only } from '../models';
import { klingResource } from '../resource';

const RESOURCE = 'omniImage';

/** The model decides how long a series is, up to the most that a request may ask for. */
const AUTO = 'auto';
const LONGEST_SERIES = 9;
const USUAL_SERIES = 4;

const images = imageList(
	{
		displayName: 'Images',
		name: 'images',
		default: '',
		description:
			'Up to ten images, separated by commas or new lines, in the order in which the prompt counts them; * takes all images of the item. Without any, the image is made from text alone.',
	},
	'image_list',
	{ most: MOST_REFERENCES, element: (one) => ({ image: one }) },
);

const resultType = field(
	{
		displayName: 'Result Type',
		name: 'resultType',
		type: 'options',
		options: [
			{ name: 'Single', value: 'single', description: 'Images that have nothing to do with one another' },
			{ name: 'Series', value: 'series', description: 'Images that belong together, such as the panels of a story' },
		],
		default: 'single',
		description: 'What to make. A series needs Kling V3 Omni.',
	},
	'result_type',
	oneOf(['single', 'series']),
);

const numberOfSingles = field(
	{ ...numberOfImages.property, displayOptions: { show: { resultType: ['single'] } } },
	'n',
	numberOfImages.rule && optional(numberOfImages.rule.rule),
);

const wholeSeries = wholeNumber(2, LONGEST_SERIES);

/** 0 stands for a series as long as the model wants. */
const seriesLength: Rule = {
	normalize(value) {
		const number = wholeSeries.normalize?.(value);
		return number === 0 ? AUTO : number;
	},
	problem: (value) =>
		value === undefined || value === AUTO || wholeSeries.problem(value) === undefined
			? undefined
			: `must be a whole number from 2 to ${LONGEST_SERIES}, or 0 (auto)`,
};

const seriesAmount = field(
	{
		displayName: 'Images in Series',
		name: 'seriesAmount',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: LONGEST_SERIES },
		default: USUAL_SERIES,
		displayOptions: { show: { resultType: ['series'] } },
		description: 'How many images the series has, 2 to 9. With 0 the model decides. Each one is charged.',
	},
	'series_amount',
	seriesLength,
);

/** Most images that a request makes. */
export function imagesAtMost(body: IDataObject): number {
	if (body.result_type !== 'series') return slotsByImages(body);
	const amount = Number(body.series_amount ?? USUAL_SERIES);
	return amount >= 1 ? amount : LONGEST_SERIES;
}

/** The request without what does not apply, and with a ratio where there is no image to take it from. */
function complete(item: ItemContext, body: IDataObject, lengthOf: (field: string) => number): IDataObject {
	const pictures = lengthOf('image_list');
	const elements = elementsIn(body).length;
	if (pictures + elements > MOST_REFERENCES) {
		refuseInput(
			item,
			`Images and Element IDs: ${count(pictures, 'image')} and ${count(elements, 'element')}, but at most ${MOST_REFERENCES} together`,
			'Hand over fewer images or elements. Nothing was sent.',
		);
	}
	warnOfMissing(item, body, { image: pictures, element: elements });
	const { n, series_amount, ...rest } = body;
	const amount = body.result_type === 'series' ? { series_amount } : { n };
	const isTextAlone = pictures + elements === 0;
	return { ...rest, ...amount, ...(isTextAlone && body.aspect_ratio === AUTO && { aspect_ratio: '16:9' }) };
}

/** A prompt that names what is not there is for the service to judge: its rule is not known. */
function warnOfMissing(item: ItemContext, { prompt }: IDataObject, there: Record<string, number>): void {
	for (const [name, word, number] of String(prompt).matchAll(/<<<?(image|element|object)_(\d{1,6})>>>?/g)) {
		// The documents spell references to elements in both ways.
		const kind = word === 'image' ? 'image' : 'element';
		const most = there[kind] ?? 0;
		if (Number(number) >= 1 && Number(number) <= most) continue;
		const instead =
			most === 0 ? `there is no ${kind}` : most === 1 ? `there is 1 ${kind}` : `there are ${most} ${kind}s`;
		item.progress.warn(`The prompt names ${name}, but ${instead}.`);
	}
}

export const omniImage = klingResource({
	value: RESOURCE,
	name: 'Omni Image',
	description: 'Make single images or a series from text, up to ten images and elements',
	noun: 'an omni image',
	path: '/v1/images/omni-image',
	slots: imagesAtMost,
	price: {
		per: 'image',
		rows: [
			{ model: 'kling-v3-omni', resolutions: ['1k', '2k'], units: 8 },
			{ model: 'kling-v3-omni', resolutions: ['4k'], units: 16 },
			{ model: 'kling-image-o1', resolutions: ['1k', '2k'], units: 8 },
		],
		images: imagesAtMost,
	},
	create: {
		action: 'Generate or edit images with references',
		callbackAction: 'Make an omni image, wait for callback',
		description: 'Make single images or a series from text, up to ten images and elements',
		fields: [
			neededPrompt('e.g. Put the bag of <<<image_2>>> into the hand of the person in <<<image_1>>>', {
				// n8n shows hints as HTML.
				hint: 'Name the images as &lt;&lt;&lt;image_1&gt;&gt;&gt;, &lt;&lt;&lt;image_2&gt;&gt;&gt; …, in the order of Images',
			}),
			images,
			modelName(RESOURCE),
			resultType,
			numberOfSingles,
			seriesAmount,
			aspectRatioOrAuto,
			resolution('1k', '2k', '4k'),
		],
		options: [imagesFrom, elementIds, watermark],
		bodyRules: [
			only(RESOURCE, 'series', { field: 'result_type', label: 'Result Type', values: ['series'] }),
			only(RESOURCE, '4k', { field: 'resolution', label: 'Resolution', values: ['4k'] }),
			only(RESOURCE, 'elements', { field: 'element_list', label: 'Element IDs' }),
		],
		complete,
	},
});
