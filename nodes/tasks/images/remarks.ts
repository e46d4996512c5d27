import type { ItemContext } from '../item/context';
import { quote } from '../util/text';
import { imageTypeOf } from './formats';
import { headerOf, type ImageHeader } from './header';

/**
 * What a service is known to take. With Check Images (`check.ts`) anything beyond what its documents name is refused;
 * otherwise it is a remark, since documents may be behind.
 */
export interface ImageLimits {
	/** True when the service's documents name these limits; false when they are what any service takes. */
	isDocumented?: boolean;
	/** MIME types. */
	formats: string[];
	/** Least pixels of each side. */
	shortestSide: number;
	/** The longer side by the shorter one. */
	longestRatio?: number;
	mostBytes?: number;
}

/** Remarks of one item that are shown in full. */
const MOST_SHOWN = 5;

/** What a user should know of an image before it is used, after `name` and a colon; undefined when it is nothing. */
export function remarkOn(name: string, bytes: Buffer, limits: ImageLimits | undefined): string | undefined {
	const header = headerOf(bytes);
	const remarks = [...(limits ? beyond(bytes, header, limits) : []), ...turned(header)];
	return remarks.length > 0 ? `${name}: ${remarks.join(' ')}` : undefined;
}

/** Puts remarks among the warnings of the item: a few, and how many more there are. */
export function warnOfImages({ progress }: ItemContext, remarks: Array<string | undefined>): void {
	const all = remarks.filter((remark) => remark !== undefined);
	for (const remark of all.slice(0, MOST_SHOWN)) progress.warn(remark);
	const more = all.length - MOST_SHOWN;
	if (more > 0) progress.warn(`… and ${more} more ${more === 1 ? 'image' : 'images'} of this item like these.`);
}

/** How a remark calls an image: by its field, its number where there are several, and its file. */
export function nameOfImage(label: string, place: number, of: number, fileName?: string): string {
	return [label, of > 1 && `image ${place + 1}`, fileName && quote(fileName)].filter(Boolean).join(', ');
}

function beyond(bytes: Buffer, { width, height }: ImageHeader, limits: ImageLimits): string[] {
	const { formats, shortestSide, longestRatio = Infinity, mostBytes = Infinity } = limits;
	const type = imageTypeOf(bytes);
	const remarks: string[] = [];
	if (type && !formats.includes(type.mime)) {
		remarks.push(
			`It is ${type.extension.toUpperCase()}, and only ${formats.map(shortName).join(' and ')} are sure to be taken.`,
		);
	}
	if (bytes.length > mostBytes) {
		remarks.push(`It has ${megabytes(bytes.length)} MB, and at most ${megabytes(mostBytes)} MB are sure to be taken.`);
	}
	if (!width || !height) return remarks;
	const wishes = [
		Math.min(width, height) < shortestSide && `each side should have at least ${shortestSide}`,
		Math.max(width, height) > longestRatio * Math.min(width, height) &&
			`no side should be longer than ${longestRatio} times the other`,
	].filter(Boolean);
	if (wishes.length > 0) remarks.push(`It has ${width} × ${height} pixels, and ${wishes.join(', and ')}.`);
	return remarks;
}

/** `image/jpeg` as JPEG. */
export function shortName(mime: string): string {
	return mime.slice('image/'.length).toUpperCase();
}

/** Millions of bytes, rounded up to a tenth: what is beyond a limit never reads like the limit. */
export function megabytes(bytes: number): number {
	return Math.ceil(bytes / 100_000) / 10;
}

/**
 * How an image is stored that is to be shown otherwise: by which edge is up, the angle in degrees that turns it upright
 * (clockwise), and whether it is mirrored as well (EXIF 2.3, Orientation: where the first row and the first column are
 * seen).
 */
const STORED: Record<number, { up?: string; angle: number; isMirrored?: boolean }> = {
	2: { angle: 0, isMirrored: true },
	3: { up: 'bottom', angle: 180 },
	4: { up: 'bottom', angle: 180, isMirrored: true },
	5: { up: 'left', angle: 90, isMirrored: true },
	6: { up: 'left', angle: 90 },
	7: { up: 'right', angle: 270, isMirrored: true },
	8: { up: 'right', angle: 270 },
};

/** Pixels are turned by nobody here; what a camera notes of its position, most services do not read. */
function turned({ orientation = 1 }: ImageHeader): string[] {
	const stored = STORED[orientation];
	if (!stored) return [];
	const { up, angle, isMirrored } = stored;
	const how = [up && (angle === 180 ? 'upside down' : 'on its side'), isMirrored && 'mirrored']
		.filter(Boolean)
		.join(' and ');
	// In n8n 1.123 Edit Image keeps the note in a JPEG that it turns, so that it would be turned twice; in n8n 2.40 it turns
	// and mirrors a JPEG by itself, whatever else it does, unless Rotate takes the place of that.
	const remedy = isMirrored
		? 'Save it upright first: for a JPEG n8n 2.40\'s Edit Image node does so with Resize, Width and Height 4096, Option "Only if Larger"; otherwise an image program.'
		: `Turn it first, for example with n8n's Edit Image node: Rotate by ${angle}, and Format PNG in its options, so that the note goes.`;
	const where = up ? `${how}, with its ${up} edge up` : how;
	return [
		`It is stored ${where}: so says a note of the camera in it (EXIF orientation ${orientation}), which most services ignore. ${remedy}`,
	];
}
