import type { IDataObject } from 'n8n-workflow';

import { imagesFrom } from '../fields/common';
import { refuseInput, type ItemContext } from '../item/context';
import { choiceIn } from '../item/values';
import { valueAt } from '../util/bodyPath';
import { asRecord } from '../util/parse';
import { count } from '../util/text';
import { BinaryFields } from './binaryFields';
import { splitEntries } from './entries';
import { findImages } from './input';
import { ImageProblem, type ImageReference } from './reference';
import type { ImageLimits } from './remarks';

/** A field of the request body that takes one image, or a list of them. */
export interface ImageField {
	/** Field of the body; dots lead into objects. The declared request puts the user's entry there; the image replaces it. */
	field: string;
	/** Name of the parameter as the user sees it. */
	label: string;
	/** An empty optional field is not sent. */
	optional?: boolean;
	list?: {
		/** Stored name of the parameter, for the images of all items. */
		parameter: string;
		/** Images needed, one by default, and allowed. */
		least?: number;
		most: number;
		/** Which of the entries count, where not all do. */
		pick?(entries: unknown[]): unknown[];
		/** Makes an element of the body's list; without it the image itself is one. */
		element?(image: string): IDataObject;
	};
	/** How an entry looks that names an image the service has already. */
	path?: RegExp;
	/** What the service is known to take. */
	limits?: ImageLimits;
}

/** The images found for one field. */
export interface FoundImages {
	field: ImageField;
	references: ImageReference[];
}

/** Whether one task takes the images of all input items. */
export function takesAllItems(item: ItemContext): boolean {
	const { imagesFrom: option = 'item' } = asRecord(item.parameter('options', {}));
	return choiceIn(item, imagesFrom, item.parameter('imagesFrom', option)) === 'allItems';
}

/** Finds the images of all fields, without loading them. Throws a TaskError that names the field. */
export async function findImageFields(
	item: ItemContext,
	body: IDataObject,
	fields: ImageField[],
): Promise<FoundImages[]> {
	const found: FoundImages[] = [];
	for (const field of fields) {
		const value = valueAt(body, field.field);
		const isNothing = value === undefined || value === null || value === '';
		if (field.optional && isNothing && !(field.list && takesAllItems(item))) continue;
		const references = field.list
			? await findList(item, field, value)
			: await findIn(item, field, value, item.itemIndex);
		refuseCount(item, field, references.length);
		found.push({ field, references });
	}
	return found;
}

function refuseCount(item: ItemContext, { label, list, optional = false }: ImageField, images: number): void {
	if (images === 0 && optional) return;
	const { least = 1, most } = list ?? { most: 1 };
	if (images === 0) refuseInput(item, `${label}: there is no image`, 'Enter at least one image.');
	if (images < least) {
		refuseInput(
			item,
			`${label}: ${images === 1 ? 'there is 1 image' : `there are ${images} images`}, and at least ${least} are needed`,
			`Hand over ${least} to ${most} images. Nothing was sent.`,
		);
	}
	if (images > most) {
		const allowed = `at most ${most} ${most === 1 ? 'is' : 'are'} allowed`;
		const hint = most === 1 ? 'Name one image.' : 'Hand over fewer images, or split them over several items.';
		refuseInput(item, `${label}: there are ${count(images, 'image')}, and ${allowed}`, hint);
	}
}

async function findList(item: ItemContext, field: ImageField, value: unknown): Promise<ImageReference[]> {
	if (!takesAllItems(item)) return await findIn(item, field, value, item.itemIndex);
	const name = field.list?.parameter ?? '';
	const found: ImageReference[] = [];
	for (const index of item.inputs.keys()) {
		found.push(...(await findIn(item, field, item.parameterFor(index, name), index)));
	}
	const seen = new Set<string>();
	return found.filter((reference) => {
		// An entry that does not depend on the item is one image, not one for each item.
		const key = keyOf(reference);
		const isNew = !seen.has(key) && seen.add(key);
		return isNew || isOwn(reference);
	});
}

async function findIn(
	item: ItemContext,
	field: ImageField,
	value: unknown,
	itemIndex: number,
): Promise<ImageReference[]> {
	const input = item.inputs[itemIndex] ?? item.input;
	const fields = new BinaryFields(input, item.combinedBinaries, item.files, item.signal);
	// A field for one image may get a list of one; a list of several says how many there are.
	const entries = field.list || Array.isArray(value) ? splitEntries(value, fields, field.path) : [value];
	if (entries instanceof ImageProblem) throw entries.errorFor(item, field.label);
	const found: ImageReference[] = [];
	for (const entry of field.list?.pick?.(entries) ?? entries) {
		const images = await findImages(entry, fields, field.path);
		if (images instanceof ImageProblem) throw images.errorFor(item, field.label);
		found.push(...images);
	}
	return found;
}

/** What makes two entries the same image, whichever item they come from. */
function keyOf(reference: ImageReference): string {
	if (reference.kind === 'url') return reference.url;
	if (reference.kind === 'base64') return reference.base64;
	return reference.kind === 'path' ? reference.path : (reference.binary.id ?? reference.binary.data);
}

/** Each item's own files count, also where they are the same. */
function isOwn(reference: ImageReference): boolean {
	return reference.kind === 'binary' && !reference.isForeign;
}
