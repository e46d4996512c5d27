import type { ImageStore, StoredImage } from '../core/image-store';
import { download, isHttpUrl } from '../http/download';
import { invalid } from './errors';
import type { ImageText } from './resource';

/** A picture of a task: here, or at a URL until the task ends. */
export type Input = { url: string } | { stored: StoredImage };

/** Greatest file (docs/services/kling.md, Image inputs). */
const greatestBytes = 10 * 1024 * 1024;

/** Takes in a picture of a create body: decodes base64, leaves URLs for later. */
export async function takeIn({ field, text }: ImageText, images: ImageStore): Promise<Input> {
	if (/^https?:\/\//i.test(text)) {
		if (!isHttpUrl(text)) throw invalid(`${field} is not a valid URL`);
		return { url: text };
	}
	if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
		throw invalid('File is not in a valid base64 format');
	}
	const stored = await images.add(Buffer.from(text, 'base64')).catch(() => {
		throw invalid(`${field} is not a valid image`);
	});
	const problem = problemOf(stored);
	if (problem) throw invalid(`${field} ${problem}`);
	return { stored };
}

/** Fetches a picture as the service does when it works on the task; throws the reason of the failure. */
export async function fetchImage(url: string, images: ImageStore, signal: AbortSignal): Promise<StoredImage> {
	const file = await download(url, signal);
	const stored = await images.add(file).catch(() => {
		throw new Error('The downloaded file is not a valid image');
	});
	const problem = problemOf(stored);
	if (problem) throw new Error(`The downloaded image ${problem}`);
	return stored;
}

/**
 * True if the pixels are beyond the limits. The service finds out only when it works (docs/services/kling.md, Image
 * inputs).
 */
export function hasInvalidPixels({ width, height }: StoredImage): boolean {
	const ratio = width / height;
	return Math.min(width, height) < 300 || ratio > 2.5 || ratio < 1 / 2.5;
}

function problemOf({ format, bytes }: StoredImage): string | undefined {
	if (format !== 'jpeg' && format !== 'png') return 'must be in jpg, jpeg or png format';
	if (bytes > greatestBytes) return 'must not exceed 10MB';
	return undefined;
}
