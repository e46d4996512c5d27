import { isHttpUrl } from '../download';
import { Fields } from '../fields';
import type { Ratios } from '../pixels/expansion';
import { aspectRatios } from '../pixels/layout';
import { Refusal, invalid } from './errors';

/** The three products, by the last part of their path. */
export type Resource = 'multi-image2image' | 'expand' | 'ai-multi-shot';

/** A picture as the caller wrote it: a URL or base64 text. */
export interface ImageText {
	/** Where it stood, e.g. `subject_image_list[0].subject_image`. */
	field: string;
	text: string;
}

/** A create body that broke no rule, with its defaults filled in. */
export interface Order {
	resource: Resource;
	images: { subjects: ImageText[]; scene?: ImageText; style?: ImageText };
	prompt: string;
	/** Pictures, which is also the number of slots; 1 for ai-multi-shot (provider-apis.md 2.3). */
	n: number;
	aspectRatio: string;
	ratios: Ratios;
	/** Undefined if the caller did not mention it. */
	watermark?: boolean;
	callbackUrl: string;
	externalTaskId: string;
}

const common = ['callback_url', 'external_task_id'];
const ratioNames = ['up_expansion_ratio', 'down_expansion_ratio', 'left_expansion_ratio', 'right_expansion_ratio'];
/** provider-apis.md 4.2: the vendor's own helper may exceed 3 by 0.0004. */
const greatestArea = 3 + 1e-3;

/** Checks a create body against the rules of its product (specs/kling-*.md). */
export function check(resource: Resource, body: unknown): Order {
	if (resource === 'multi-image2image') return checkMultiImage(body);
	if (resource === 'expand') return checkExpand(body);
	return checkMultiShot(body);
}

function checkMultiImage(body: unknown): Order {
	const fields = new Fields(body, [
		...common, 'model_name', 'prompt', 'negative_prompt', 'subject_image_list', 'scene_image', 'style_image', 'n',
		'aspect_ratio', 'watermark_info',
	], invalid);
	const subjects = fields
		.requiredList('subject_image_list', 1, 4, ['subject_image'])
		.map((entry) => requiredImage(entry, 'subject_image'));
	checkModel(fields.text('model_name') || 'kling-v2');
	fields.text('negative_prompt', 2500);
	return {
		...checkCommon('multi-image2image', fields),
		images: { subjects, scene: optionalImage(fields, 'scene_image'), style: optionalImage(fields, 'style_image') },
		prompt: fields.text('prompt', 2500),
		n: fields.integer('n', 1, 9, 1),
		aspectRatio: fields.choice('aspect_ratio', aspectRatios, '16:9'),
		watermark: checkWatermark(fields),
	};
}

function checkExpand(body: unknown): Order {
	const fields = new Fields(body, [...common, ...ratioNames, 'image', 'prompt', 'n', 'watermark_info'], invalid);
	const [up = 0, down = 0, left = 0, right = 0] = ratioNames.map((name) => fields.requiredNumber(name, 0, 2));
	if (up + down + left + right === 0) throw invalid('At least one expansion ratio must be greater than 0');
	if ((1 + up + down) * (1 + left + right) > greatestArea) {
		throw invalid('The area of the expanded image must not exceed 3 times that of the original image');
	}
	return {
		...checkCommon('expand', fields),
		images: { subjects: [requiredImage(fields, 'image')] },
		prompt: fields.text('prompt', 2500),
		n: fields.integer('n', 1, 9, 1),
		ratios: { up, down, left, right },
		watermark: checkWatermark(fields),
	};
}

function checkMultiShot(body: unknown): Order {
	const fields = new Fields(body, [...common, 'element_frontal_image'], invalid);
	return {
		...checkCommon('ai-multi-shot', fields),
		images: { subjects: [requiredImage(fields, 'element_frontal_image')] },
	};
}

function checkCommon(resource: Resource, fields: Fields): Omit<Order, 'images'> {
	const callbackUrl = fields.text('callback_url');
	if (callbackUrl !== '' && !isHttpUrl(callbackUrl)) throw invalid('callback_url must be a valid http(s) URL');
	return {
		resource,
		callbackUrl,
		externalTaskId: fields.text('external_task_id'),
		prompt: '',
		n: 1,
		aspectRatio: '16:9',
		ratios: { up: 0, down: 0, left: 0, right: 0 },
	};
}

function checkModel(name: string): void {
	if (name === 'kling-v2' || name === 'kling-v2-1') return;
	throw name === 'kling-v1'
		? new Refusal(1203, "The model 'kling-v1' has been discontinued and is no longer available.")
		: new Refusal(1203, `The model '${name}' is not found`);
}

function checkWatermark(fields: Fields): boolean | undefined {
	return fields.optionalObject('watermark_info', ['enabled'])?.requiredBoolean('enabled');
}

function requiredImage(fields: Fields, name: string): ImageText {
	return { field: fields.named(name), text: fields.requiredText(name) };
}

function optionalImage(fields: Fields, name: string): ImageText | undefined {
	const text = fields.text(name);
	return text === '' ? undefined : { field: name, text };
}
