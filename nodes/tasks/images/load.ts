import type { IDataObject } from 'n8n-workflow';

import { refuseInput, type ItemContext } from '../item/context';
import type { Connection } from '../model/service';
import { quote } from '../util/text';
import { fetchImage } from './fetch';
import type { FoundImages, ImageField } from './fields';
import { imageTypeOf } from './formats';
import { lastPartOf } from './names';
import { IMAGE_INPUT_HINT, ImageProblem, type ImageReference } from './reference';

/** An image as a file, for services that take files. */
export interface ImageFile {
	bytes: Buffer;
	fileName: string;
	mime: string;
}

/** What is not at the service yet. */
export type LoadableImage = Exclude<ImageReference, { kind: 'path' }>;

/** Loads the images and puts them into a copy of the body. Throws a TaskError that names the field. */
export async function loadImageFields(
	item: ItemContext,
	body: IDataObject,
	found: FoundImages[],
): Promise<IDataObject> {
	const loaded: IDataObject = { ...body };
	for (const { field, references } of found) {
		const images: string[] = [];
		for (const reference of references) {
			const image = await loadImage(item, reference);
			if (image instanceof ImageProblem) refuseInput(item, `${field.label}: ${image.message}`, image.hint);
			images.push(image);
		}
		loaded[field.field] = bodyValue(field, images);
	}
	return loaded;
}

/** What stands in the body for the images of a field. */
export function bodyValue({ list }: ImageField, images: string[]): IDataObject[string] {
	const element = list?.element;
	return list ? (element ? images.map((image) => element(image)) : images) : images[0];
}

/** An image for the request body: a URL stays a URL, everything else becomes raw base64. */
async function loadImage(item: ItemContext, reference: ImageReference): Promise<string | ImageProblem> {
	if (reference.kind === 'url') return reference.url;
	if (reference.kind === 'base64') return reference.base64;
	if (reference.kind === 'path') return reference.path;
	const bytes = await loadBinary(item, reference);
	return bytes instanceof ImageProblem ? bytes : bytes.toString('base64');
}

/**
 * Loads an image as a file: its own name if it has one, else `name` with the ending of its type. A URL is downloaded,
 * without the connection's credential, from the hosts that it allows. Gives a problem when it is no image, or cannot be had.
 */
export async function loadImageFile(
	item: ItemContext,
	reference: LoadableImage,
	name: string,
	connection: Connection,
): Promise<ImageFile | ImageProblem> {
	if (reference.kind === 'url') {
		const { imageHosts } = await item.account(connection);
		const fetched = await fetchImage(item, imageHosts, reference.url);
		if ('bytes' in fetched) return asFile(fetched.bytes, name, lastPartOf(reference.url));
		if (fetched.message) {
			const message = `${fetched.message}, or download it with HTTP Request and pass the file.`;
			return new ImageProblem(message, 'Nothing was sent to that address.');
		}
		return new ImageProblem(
			`${quote(reference.url)} cannot be used: ${fetched.problem}`,
			'Check the address in a browser.',
		);
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
	if (bytes.length === 0) return new ImageProblem(`binary field ${quote(name)} is empty`, IMAGE_INPUT_HINT);
	if (imageTypeOf(bytes)) return bytes;
	const hint = 'Check what the node before hands over: a web page or an error text in place of an image, for example.';
	return new ImageProblem(`binary field ${quote(name)} (${binary.mimeType}) holds no image`, hint);
}

function asFile(bytes: Buffer, name: string, ownName?: string): ImageFile | ImageProblem {
	const type = imageTypeOf(bytes);
	if (!type) return new ImageProblem('it holds no image', 'Hand over a JPEG or PNG file.');
	return { bytes, mime: type.mime, fileName: ownName || `${name}.${type.extension}` };
}
