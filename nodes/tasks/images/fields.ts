import type { IDataObject } from 'n8n-workflow';

import { refuseInput, type ItemContext } from '../item/context';
import { count } from '../util/text';
import { binaryFieldsOf, findImages, ImageProblem, splitEntries, type ImageReference } from './input';
import type { ImageLimits } from './remarks';

/** A field of the request body that takes one image, or a list of them. */
export interface ImageField {
	/** Field of the body. The declared request puts the user's entry there; the image replaces it. */
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
	return item.parameter('imagesFrom', 'item') === 'allItems';
}

/** Finds the images of all fields, without loading them. Throws a TaskError that names the field. */
export function findImageFields(item: ItemContext, body: IDataObject, fields: ImageField[]): FoundImages[] {
	return fields.flatMap((field) => {
		const value = body[field.field];
		const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
		if (field.optional && empty) return [];
		const references = field.list ? findList(item, field, value) : findIn(item, field, value, item.itemIndex);
		const { least = 1, most } = field.list ?? { most: 1 };
		if (references.length === 0) refuseInput(item, `${field.label}: there is no image`, 'Enter at least one image.');
		if (references.length < least) {
			const there = references.length === 1 ? 'there is 1 image' : `there are ${references.length} images`;
			refuseInput(
				item,
				`${field.label}: ${there}, and at least ${least} are needed`,
				`Hand over ${least} to ${most} images. Nothing was sent.`,
			);
		}
		if (references.length > most) {
			const allowed = `at most ${most} ${most === 1 ? 'is' : 'are'} allowed`;
			const hint = most === 1 ? 'Name one image.' : 'Hand over fewer images, or split them over several items.';
			refuseInput(item, `${field.label}: there are ${count(references.length, 'image')}, and ${allowed}`, hint);
		}
		return [{ field, references }];
	});
}

function findList(item: ItemContext, field: ImageField, value: unknown): ImageReference[] {
	if (!takesAllItems(item)) return findIn(item, field, value, item.itemIndex);
	const seen = new Set<string>();
	const name = field.list?.parameter ?? '';
	return item.inputs
		.flatMap((_, index) => findIn(item, field, item.parameterFor(index, name), index))
		.filter((reference) => {
			// An entry that does not depend on the item is one image, not one for each item.
			const key = keyOf(reference);
			return key === '' || (!seen.has(key) && seen.add(key));
		});
}

function findIn(item: ItemContext, field: ImageField, value: unknown, itemIndex: number): ImageReference[] {
	const fields = binaryFieldsOf(item.inputs[itemIndex] ?? item.input, item.combinedBinaries);
	const entries = field.list ? splitEntries(value, fields, field.path) : [value];
	if (entries instanceof ImageProblem) refuseInput(item, `${field.label}: ${entries.message}`, entries.hint);
	return entries.flatMap((entry) => {
		const found = findImages(entry, fields, field.path);
		if (found instanceof ImageProblem) refuseInput(item, `${field.label}: ${found.message}`, found.hint);
		return found;
	});
}

/** What makes two entries the same image, whichever item they come from; '' for an item's own files. */
function keyOf(reference: ImageReference): string {
	if (reference.kind === 'url') return reference.url;
	if (reference.kind === 'base64') return reference.base64;
	return reference.kind === 'path' ? reference.path : '';
}
