import { quote } from './errors';
import type { ItemExchange } from './exchange';
import { fetchImage } from './fetchImage';
import { ImageProblem, loadBinary, type ImageReference } from './images';
import { imageTypeOf } from './imageType';

/** A picture as a file, for services that take files. */
export interface ImageFile {
	bytes: Buffer;
	fileName: string;
	mime: string;
}

/** What is not at the service yet. */
export type LoadableImage = Exclude<ImageReference, { kind: 'path' }>;

/**
 * Loads a picture as a file: its own name if it has one, else `name` with the ending of its type. A URL is downloaded,
 * without credentials. Gives a problem when it is no picture, or cannot be had.
 */
export async function loadImageFile(
	exchange: ItemExchange,
	reference: LoadableImage,
	name: string,
): Promise<ImageFile | ImageProblem> {
	if (reference.kind === 'url') {
		const fetched = await fetchImage(exchange, reference.url);
		if (!('bytes' in fetched)) return new ImageProblem(`${quote(reference.url)} cannot be used: ${fetched.problem}`, 'Check the address in a browser.');
		return asFile(fetched.bytes, name, lastPartOf(reference.url));
	}
	if (reference.kind === 'base64') return asFile(Buffer.from(reference.base64, 'base64'), name);
	const bytes = await loadBinary(exchange.context, reference);
	return bytes instanceof ImageProblem ? bytes : asFile(bytes, name, reference.binary.fileName);
}

function asFile(bytes: Buffer, name: string, ownName?: string): ImageFile | ImageProblem {
	const type = imageTypeOf(bytes);
	if (!type) return new ImageProblem('it holds no picture', 'Hand over a JPEG or PNG file.');
	return { bytes, mime: type.mime, fileName: ownName || `${name}.${type.extension}` };
}

function lastPartOf(url: string): string {
	const path = url.replace(/[?#].*$/s, '');
	return path.slice(path.lastIndexOf('/') + 1);
}
