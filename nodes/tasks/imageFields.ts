import type { IDataObject } from 'n8n-workflow';

import { refuseInput } from './errors';
import type { ItemExchange } from './exchange';
import { binaryFieldsOf, findImages, ImageProblem, loadImage, splitEntries, type ImageReference } from './images';
import { asRecord } from './json';
import { inputItems } from './run';

/** A field of the request body that takes one picture, or a list of them. */
export interface ImageField {
	/** Field of the body. The declared request puts the user's entry there; the picture replaces it. */
	field: string;
	/** Name of the parameter as the user sees it. */
	label: string;
	/** An empty optional field is not sent. */
	optional?: boolean;
	list?: {
		/** Stored name of the parameter, for the pictures of all items. */
		parameter: string;
		/** Pictures needed, one by default, and allowed. */
		least?: number;
		most: number;
		/** Makes an element of the body's list; without it the picture itself is one. */
		element?(image: string): IDataObject;
	};
	/** How an entry looks that names a picture the service has already. */
	path?: RegExp;
}

/** The pictures found for one field. */
export interface FoundImages {
	field: ImageField;
	references: ImageReference[];
}

/** Whether one task takes the pictures of all input items. */
export function takesAllItems({ context }: ItemExchange): boolean {
	return context.getNodeParameter('imagesFrom', 'item') === 'allItems';
}

/** Finds the pictures of all fields, without loading them. Throws a TaskError that names the field. */
export function findImageFields(exchange: ItemExchange, body: IDataObject, fields: ImageField[]): FoundImages[] {
	return fields.flatMap((field) => {
		const value = body[field.field];
		const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
		if (field.optional && empty) return [];
		const references = field.list ? findList(exchange, field, value) : findIn(exchange, field, value, exchange.itemIndex);
		const { least = 1, most } = field.list ?? { most: 1 };
		if (references.length === 0) refuseInput(exchange, `${field.label}: there is no image`, 'Enter at least one image.');
		if (references.length < least) {
			const count = references.length === 1 ? 'is 1 image' : `are ${references.length} images`;
			refuseInput(exchange, `${field.label}: there ${count}, and at least ${least} are needed`, `Hand over ${least} to ${most} images. Nothing was sent.`);
		}
		if (references.length > most) {
			refuseInput(
				exchange,
				`${field.label}: there are ${references.length} images, and at most ${most} ${most === 1 ? 'is' : 'are'} allowed`,
				most === 1 ? 'Name one image.' : 'Hand over fewer images, or split them over several items.',
			);
		}
		return [{ field, references }];
	});
}

/** Loads the pictures and puts them into a copy of the body. Throws a TaskError that names the field. */
export async function loadImageFields(
	exchange: ItemExchange,
	body: IDataObject,
	found: FoundImages[],
): Promise<IDataObject> {
	const loaded: IDataObject = { ...body };
	for (const { field, references } of found) {
		const images: string[] = [];
		for (const reference of references) {
			const image = await loadImage(exchange.context, reference);
			if (image instanceof ImageProblem) refuseInput(exchange, `${field.label}: ${image.message}`, image.hint);
			images.push(image);
		}
		loaded[field.field] = bodyValue(field, images);
	}
	return loaded;
}

/** What stands in the body for the pictures of a field. */
export function bodyValue({ list }: ImageField, images: string[]): IDataObject[string] {
	const element = list?.element;
	return list ? (element ? images.map((image) => element(image)) : images) : images[0];
}

function findList(exchange: ItemExchange, field: ImageField, value: unknown): ImageReference[] {
	if (!takesAllItems(exchange)) return findIn(exchange, field, value, exchange.itemIndex);
	const seen = new Set<string>();
	return inputItems(exchange.context)
		.flatMap((_, index) => findIn(exchange, field, valueAt(exchange, field, index), index))
		.filter((reference) => {
			// An entry that does not depend on the item is one picture, not one for each item.
			const key = keyOf(reference);
			return key === '' || (!seen.has(key) && seen.add(key));
		});
}

function findIn(exchange: ItemExchange, field: ImageField, value: unknown, itemIndex: number): ImageReference[] {
	const item = inputItems(exchange.context)[itemIndex] ?? { json: {} };
	const binaryMode = asRecord(exchange.context.getWorkflowSettings()).binaryMode;
	const fields = binaryFieldsOf(item, binaryMode === 'combined');
	return (field.list ? splitEntries(value, fields, field.path) : [value]).flatMap((entry) => {
		const found = findImages(entry, fields, field.path);
		if (found instanceof ImageProblem) refuseInput(exchange, `${field.label}: ${found.message}`, found.hint);
		return found;
	});
}

/** The parameter as it reads for another item. */
function valueAt({ context, itemIndex }: ItemExchange, field: ImageField, index: number): unknown {
	const name = field.list?.parameter ?? '';
	const raw = context.getNode().parameters[name];
	if (index === itemIndex || typeof raw !== 'string' || !raw.startsWith('=')) return context.getNodeParameter(name);
	return context.evaluateExpression(raw.slice(1), index);
}

/** What makes two entries the same picture, whichever item they come from; '' for an item's own files. */
function keyOf(reference: ImageReference): string {
	if (reference.kind === 'url') return reference.url;
	if (reference.kind === 'base64') return reference.base64;
	return reference.kind === 'path' ? reference.path : '';
}
