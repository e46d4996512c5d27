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

/** What a create asks for, without its pictures; `wishes` is what only this resource has. */
export interface Order<Wishes> {
	/** '' if there is none, as for the other texts. */
	callbackUrl: string;
	externalTaskId: string;
	prompt: string;
	/**
	 * Pictures, which is also the number of slots; 1 for a resource without such a number (docs/services/kling.md,
	 * Concurrency).
	 */
	n: number;
	/** Undefined if the caller did not mention it. */
	watermark?: boolean;
	wishes: Wishes;
}

/** A create body that broke no rule of its resource. */
export interface Draft<Wishes> extends Order<Wishes> {
	/** Every picture that was handed in. */
	images: ImageText[];
}

/** How reads show the pictures of a task. */
export interface ResultView {
	/** The URL of a result file, by its name without the ending. */
	urlOf(name: string): string;
	/** How an entry of the list of pictures begins. */
	numbered(index: number): object;
	/**
	 * Several views as a list with `url`, or in one entry with `url_1`, `url_2`, … (docs/services/kling.md, AI
	 * Multi-Shot).
	 */
	shape: 'url' | 'url_n';
}

/** Reads a picture of the create body, by its field, once the task has succeeded. */
export type ReadImage = (field: string) => Promise<Buffer>;

/** What the tasks of a resource result in. */
export interface Results<Wishes> {
	/** `task_result` of a task that has succeeded. */
	shown(order: Order<Wishes>, view: ResultView): Record<string, unknown>;
	/** How to draw a result file, by its name without the ending; undefined if the task has none of that name. */
	drawing(order: Order<Wishes>, name: string): ((read: ReadImage) => Promise<Raw>) | undefined;
}

/** A resource that tasks are created of: everything in which it differs from the others. */
export interface Resource<Wishes = unknown> extends Results<Wishes> {
	/** As the ledger, faults and fates name it: the last part of the path. */
	readonly name: string;
	readonly path: string;
	/** The fields of a create body beside `callback_url` and `external_task_id`. */
	readonly fields: readonly string[];
	/** Price per slot in units (docs/services/kling.md, Cost). */
	readonly units: number;
	/** Whether tasks are read by their external ID too; they are if this is left out. */
	hasExternalLookup?(settings: KlingSettings): boolean;
	/** Checks a create body and reads it; throws the refusal. */
	read(fields: Fields): Draft<Wishes>;
}

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

/** `n`, the number of pictures. */
export function readCount(fields: Fields): number {
	return fields.integer('n', 1, 9, 1);
}

/** `watermark_info`. */
export function readWatermark(fields: Fields): boolean | undefined {
	return fields.optionalObject('watermark_info', ['enabled'])?.requiredBoolean('enabled');
}
