import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import type { Connection } from '../model/service';
import { setAt } from '../util/bodyPath';
import { quoteUpTo } from '../util/text';
import type { FoundImages, ImageField } from './fields';
import { imageTypeOf, otherFile } from './formats';
import { fetchLink } from './link';
import { imageName, lastPartOf } from './names';
import { IMAGE_INPUT_HINT, ImageProblem, type ImageReference } from './reference';
import { nameOfImage, remarkOn, warnOfImages } from './remarks';

/** An image as a file, for services that take files. */
export interface ImageFile {
	bytes: Buffer;
	fileName: string;
	mime: string;
}

/** Longest name of a field that a message repeats, in characters. */
const LONGEST_FIELD = 20;

/** What is not at the service yet. */
export type LoadableImage = Exclude<ImageReference, { kind: 'path' }>;

/**
 * Loads the images and puts them into a copy of the body. What there is to say of those that are sent as bytes becomes a
 * warning of the item; a URL is the service's to look at. Throws a TaskError that names the field.
 */
export async function loadImageFields(
	item: ItemContext,
	body: IDataObject,
	found: FoundImages[],
): Promise<IDataObject> {
	const loaded: IDataObject = { ...body };
	const remarks: Array<string | undefined> = [];
	for (const { field, references } of found) {
		const images: string[] = [];
		for (const [place, reference] of references.entries()) {
			const image = await loadImage(item, reference);
			if (image instanceof ImageProblem) throw image.errorFor(item, field.label);
			const name = nameOfImage(field.label, place, references.length, image.fileName);
			remarks.push(image.bytes && remarkOn(name, image.bytes, field.limits));
			images.push(image.value);
		}
		setAt(loaded, field.field, bodyValue(field, images));
	}
	warnOfImages(item, remarks);
	return loaded;
}

/** What stands in the body for the images of a field; undefined where an optional field has none. */
export function bodyValue({ list }: ImageField, images: string[]): IDataObject[string] {
	if (images.length === 0) return undefined;
	const element = list?.element;
	return list ? (element ? images.map((image) => element(image)) : images) : images[0];
}

/** An image for the request body: a URL stays a URL, everything else becomes raw base64 of its bytes. */
async function loadImage(
	item: ItemContext,
	reference: ImageReference,
): Promise<{ value: string; bytes?: Buffer; fileName?: string } | ImageProblem> {
	if (reference.kind === 'url') return { value: reference.url };
	if (reference.kind === 'path') return { value: reference.path };
	if (reference.kind === 'base64') return { value: reference.base64, bytes: Buffer.from(reference.base64, 'base64') };
	const bytes = await loadBinary(item, reference);
	if (bytes instanceof ImageProblem) return bytes;
	return { value: bytes.toString('base64'), bytes, fileName: reference.binary.fileName };
}

/**
 * Loads an image as a file: with its own name made safe if it has one, else `name`, and the ending of its type. A URL is
 * downloaded, without the connection's credential, from the hosts that it allows. Gives a problem when it is no image, or
 * cannot be had.
 */
export async function loadImageFile(
	item: ItemContext,
	reference: LoadableImage,
	name: string,
	connection: Connection,
): Promise<ImageFile | ImageProblem> {
	if (reference.kind === 'url') {
		const { imageHosts } = await item.account(connection);
		const bytes = await fetchLink(item, imageHosts, reference.url);
		return bytes instanceof ImageProblem ? bytes : asFile(bytes, name, lastPartOf(reference.url));
	}
	if (reference.kind === 'base64') return asFile(Buffer.from(reference.base64, 'base64'), name);
	const bytes = await loadBinary(item, reference);
	return bytes instanceof ImageProblem ? bytes : asFile(bytes, name, reference.binary.fileName);
}

/** The bytes of an image in a binary field; a problem when they are none. */
async function loadBinary(
	item: ItemContext,
	{ name, binary }: ImageReference & { kind: 'binary' },
): Promise<Buffer | ImageProblem> {
	const bytes = await item.files.read(binary);
	if (bytes.length === 0)
		return new ImageProblem(`binary field ${quoteUpTo(name, LONGEST_FIELD)} is empty`, IMAGE_INPUT_HINT);
	if (imageTypeOf(bytes)) return bytes;
	const hint = 'Check what the node before hands over: a web page or an error text in place of an image, for example.';
	const instead = otherFile(bytes);
	const held = instead ? `is ${instead}` : 'holds no image';
	return new ImageProblem(
		`binary field ${quoteUpTo(name, LONGEST_FIELD)} ${held}`,
		`Its type is ${binary.mimeType}. ${hint}`,
	);
}

function asFile(bytes: Buffer, name: string, ownName = ''): ImageFile | ImageProblem {
	const type = imageTypeOf(bytes);
	if (!type) return new ImageProblem('it holds no image', 'Hand over a JPEG or PNG file.');
	return { bytes, mime: type.mime, fileName: imageName(ownName, type, name) };
}
