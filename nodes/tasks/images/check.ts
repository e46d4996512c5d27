import { checkImages } from '../fields/common';
import { refuseInput, type ItemContext } from '../item/context';
import { flagIn } from '../item/values';
import { asRecord } from '../util/parse';
import { holding, quote } from '../util/text';
import type { FoundImages } from './fields';
import { otherFile, type ImageType } from './formats';
import type { Size } from './header';
import type { Inspected } from './inspect';
import { inspectReference, type HeldImage } from './measure';
import { ImageProblem } from './reference';
import { megabytes, nameOfImage, shortName, type ImageLimits } from './remarks';

/** Whether the item's images are checked before anything is sent. */
export function checksImages(item: ItemContext): boolean {
	const { [checkImages.name]: option = checkImages.default } = asRecord(item.parameter('options', {}));
	return flagIn(item, checkImages.displayName, option);
}

/**
 * Refuses the first image that the node holds and that cannot be used: it is none, its format is not taken, it is cut off,
 * or it is beyond a limit that the service documents. Links are the service's to look at. One image after the other, and
 * no more than the beginning of it in memory. Throws a TaskError that says what was measured, the limit and a way out.
 */
export async function refuseUnfitImages(item: ItemContext, found: FoundImages[]): Promise<void> {
	for (const { field, references } of found) {
		for (const [place, reference] of references.entries()) {
			if (reference.kind === 'url' || reference.kind === 'path' || !field.limits) continue;
			const inspected = await inspectReference(item, reference);
			const problem =
				inspected instanceof ImageProblem
					? inspected
					: (noImage(inspected, reference) ?? unfit(inspected, field.limits));
			if (!problem) continue;
			const name = nameOfImage(field.label, place, field.list ? Infinity : 1);
			const fileName = reference.kind === 'binary' ? reference.binary.fileName : undefined;
			const which = fileName ? ` The file is ${quote(fileName)}.` : '';
			refuseInput(
				item,
				holding(name, (part) => `${part} ${problem.message}`),
				`${problem.hint}${which} Nothing was sent.`,
				problem.known,
			);
		}
	}
}

function noImage({ type, head, bytes }: Inspected, reference: HeldImage): ImageProblem | undefined {
	if (type) return undefined;
	const field =
		reference.kind === 'binary' ? ` in binary field ${quote(reference.name)} (${reference.binary.mimeType})` : '';
	return new ImageProblem(
		bytes === 0 ? 'is an empty file' : `is ${otherFile(head) ?? 'no image'}`,
		`Check what the node before hands over${field}: a web page or an error text in place of an image, for example.`,
	);
}

/** What is wrong with an image, to follow its name; undefined when nothing is. */
function unfit({ type, header, bytes, isCut }: Inspected, limits: ImageLimits): ImageProblem | undefined {
	const { formats, mostBytes = Infinity, isDocumented = false } = limits;
	const { width, height } = header;
	if (type && !formats.includes(type.mime) && (isDocumented || UNREAD.has(type.mime)))
		return wrongFormat(type, formats);
	if (isCut) {
		return new ImageProblem(
			'is cut off: the file ends before the image does',
			'Get the file again: the node before has not handed over all of it.',
		);
	}
	if (!isDocumented) return undefined;
	if (bytes > mostBytes) {
		return new ImageProblem(
			`has ${megabytes(bytes)} MB; at most ${megabytes(mostBytes)} MB are allowed`,
			`Make it smaller with an Edit Image node before: Resize, Width and Height 2048, Option "Only if Larger", and in its options Format JPEG.`,
		);
	}
	return width && height ? unfitSize({ width, height }, limits) : undefined;
}

/** Formats that hardly any service can read. */
const UNREAD = new Set(['image/heic', 'image/avif']);

function wrongFormat({ mime }: ImageType, formats: string[]): ImageProblem {
	const name = FORMAT_NAMES[mime] ?? shortName(mime);
	return new ImageProblem(`is ${name}; only ${formats.map(shortName).join(' and ')} are taken`, CONVERSION[mime] ?? '');
}

const FORMAT_NAMES: Record<string, string> = { 'image/webp': 'WebP', 'image/heic': 'HEIC, as iPhones store photos' };

/** What GraphicsMagick, which Edit Image calls, can read everywhere is converted in n8n. */
const EDIT_IMAGE =
	'Convert it with an Edit Image node before: Resize, Width and Height 4096, Option "Only if Larger", and in its options Format';

const CONVERSION: Record<string, string> = {
	'image/webp': `${EDIT_IMAGE} JPEG.`,
	'image/gif': `${EDIT_IMAGE} PNG.`,
	'image/heic': 'Save it as JPEG. On iPhone: Settings → Camera → Formats → Most Compatible.',
	'image/avif': 'Save it as JPEG or PNG, or ask where it comes from for one of these.',
};

function unfitSize(
	{ width, height }: Size,
	{ shortestSide, longestRatio = Infinity }: ImageLimits,
): ImageProblem | undefined {
	const [short, long] = width < height ? [width, height] : [height, width];
	if (short < shortestSide) {
		return new ImageProblem(
			`has ${width} × ${height} pixels; each side needs at least ${shortestSide}`,
			`Enlarge it with an Edit Image node before: Resize, Width and Height ${shortestSide}, Option "Minimum Area".`,
		);
	}
	if (long <= longestRatio * short) return undefined;
	const kept = Math.floor(longestRatio * short);
	const [ratio, most] = [rounded(long / short), longestRatio].map((times) =>
		width > height ? `${times}:1` : `1:${times}`,
	);
	const [part, place] =
		width > height ? [`Width ${kept}, Height ${height}`, 'X'] : [`Width ${width}, Height ${kept}`, 'Y'];
	return new ImageProblem(
		`has ${width} × ${height} pixels, which is ${ratio}; at most ${most} is allowed`,
		`Crop it with an Edit Image node before: Crop, ${part}, Position ${place} ${Math.floor((long - kept) / 2)}.`,
	);
}

/** Rounded up, so that what is beyond a limit never reads like the limit. */
function rounded(times: number): number {
	return Math.ceil(times * 100) / 100;
}
