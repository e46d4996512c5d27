import { isHttpUrl } from '../http/download';
import type { Fields } from '../http/fields';
import type { Raw } from '../pixels/raw';
import { invalid } from './errors';
import type { KlingSettings } from './settings';

/** A picture as the caller wrote it: a URL or base64 text. */
export interface ImageText {
	/** Where it stood, e.g. `subject_image_list[0].subject_image`. */
	field: string;
	text: string;
}

/** An element as the caller named it. */
export interface ElementText {
	/** Where it stood, e.g. `element_list[0].element_id`. */
	field: string;
	/** Every digit as it was sent. */
	id: string;
}

/** What a create asks for, without its pictures; `wishes` is what only this resource has. */
export interface Order<Wishes> {
	/** '' if there is none, as for the other texts. */
	callbackUrl: string;
	externalTaskId: string;
	prompt: string;
	/** Pictures that are asked for; 1 for a resource without such a number, 0 for one that makes none. */
	n: number;
	/** Pictures that result: `n`, or fewer (settings, partialResult). */
	made: number;
	/** Slots until it ends; as many as pictures if left out (docs/services/kling.md, Concurrency). */
	slots?: number;
	/** Undefined if the caller did not mention it. */
	watermark?: boolean;
	/** Why it will fail, if it must. */
	flaw?: string;
	wishes: Wishes;
}

/** A create body that broke no rule of its resource. */
export interface Draft<Wishes> extends Omit<Order<Wishes>, 'made'> {
	/** Every picture that was handed in. */
	images: ImageText[];
	/** Every element that is to be used. */
	elements?: ElementText[];
}

/** How reads and callbacks show the results of a task. */
export interface ResultView {
	taskId: string;
	/** The URL of a result file, by its name without the ending. */
	urlOf(name: string): string;
	/** How an entry of the list of pictures begins. */
	numbered(index: number): object;
	/**
	 * Several views as a list with `url`, or in one entry with `url_1`, `url_2`, … (docs/services/kling.md, AI
	 * Multi-Shot).
	 */
	shape: 'url' | 'url_n';
	/** true: a callback shows them. */
	told: boolean;
	settings: KlingSettings;
}

/** Reads a picture of the create body, or the front of an element, by its field, once the task has succeeded. */
export type ReadImage = (field: string) => Promise<Buffer>;

/** What the tasks of a resource result in. */
export interface Results<Wishes> {
	/** `task_result` of a task that has succeeded. */
	shown(order: Order<Wishes>, view: ResultView): Record<string, unknown>;
	/** How to draw a result file, by its name without the ending; undefined if the task has none of that name. */
	drawing(order: Order<Wishes>, name: string): ((read: ReadImage) => Promise<Raw>) | undefined;
}

/** What one picture, or one call of a resource that is not counted in pictures, is sold as. */
export interface Price {
	/** Units of an image pack (docs/services/kling.md, Prices). */
	units: number;
	/** As the ledgers of the account name it. */
	product: string;
	/** '' where there is none, as for the resolution. */
	model: string;
	resolution: string;
}

/** A resource that tasks are created of: everything in which it differs from the others. */
export interface Resource<Wishes = unknown> extends Results<Wishes> {
	/** As the ledger, faults and fates name it: the last part of the path. */
	readonly name: string;
	readonly path: string;
	/** The fields of a create body beside `callback_url` and `external_task_id`. */
	readonly fields: readonly string[];
	price(order: Pick<Order<Wishes>, 'wishes'>): Price;
	/** Whether tasks are read by their external ID too; they are if this is left out. */
	hasExternalLookup?(settings: KlingSettings): boolean;
	/** Checks a create body and reads it; throws the refusal. */
	read(fields: Fields, settings: KlingSettings): Draft<Wishes>;
}

/** The ratios of all resources that take one. */
export const aspectRatios: readonly string[] = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'];

/** `callback_url` and `external_task_id`. */
export function readCommon(fields: Fields): Pick<Order<unknown>, 'callbackUrl' | 'externalTaskId'> {
	const callbackUrl = fields.text('callback_url');
	if (callbackUrl !== '' && !isHttpUrl(callbackUrl)) throw invalid('callback_url must be a valid http(s) URL');
	return { callbackUrl, externalTaskId: fields.text('external_task_id') };
}

/** An image that must be there. */
export function requiredImage(fields: Fields, name: string): ImageText {
	return { field: fields.named(name), text: fields.requiredText(name) };
}

/** An image, or nothing. */
export function optionalImage(fields: Fields, name: string): ImageText | undefined {
	const text = fields.text(name);
	return text === '' ? undefined : { field: name, text };
}

/** `prompt`, which may have 2500 code points. */
export function readPrompt(fields: Fields): string {
	return fields.text('prompt', 2500);
}

/** `prompt` where it must be there. */
export function requiredPrompt(fields: Fields): string {
	return fields.requiredText('prompt', 2500);
}

/** `n`, the number of pictures. */
export function readCount(fields: Fields): number {
	return fields.integer('n', 1, 9, 1);
}

/** `watermark_info`. */
export function readWatermark(fields: Fields): boolean | undefined {
	return fields.optionalObject('watermark_info', ['enabled'])?.requiredBoolean('enabled');
}
