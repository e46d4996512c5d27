import { count, type Problem, type Rule, type Size } from '../tasks';

/** How far an image is extended: multiples of its height (up, down) and of its width (left, right). */
export interface Sides {
	up: number;
	down: number;
	left: number;
	right: number;
}

/** Largest area of the new image, as a multiple of the original (docs/services/kling.md, Image Expansion). */
export const LARGEST_AREA = 3;

/** Decimals of the vendor's own helper; large images need more to come out to the pixel. */
const FEWEST_DECIMALS = 4;

/** Longest text that is read as an aspect ratio, in characters. */
const LONGEST_ASPECT = 20;

/** Largest number of a ratio that is named in whole numbers: 27:16, but not 1921:1080. */
const LARGEST_PART = 99;

/** Width to height: two numbers with a colon between, or with a slash or an x as people write sizes. */
const ASPECT = /^(\d{1,9}(?:\.\d{1,9})?)\s*[:：/x×]\s*(\d{1,9}(?:\.\d{1,9})?)$/i;

/** What an aspect ratio must be, given as in `16:9`. */
export const aspectText: Rule = {
	normalize(value) {
		const aspect = aspectIn(value);
		return aspect ? `${aspect.width}:${aspect.height}` : value;
	},
	problem: (value) => (aspectIn(value) ? undefined : 'must be width to height, such as 16:9'),
};

function aspectIn(value: unknown): Size | undefined {
	const text = typeof value === 'string' && value.length <= LONGEST_ASPECT ? value.trim() : '';
	const [, width, height] = (ASPECT.exec(text) ?? []).map(Number);
	return width && height ? { width, height } : undefined;
}

/** Where the image stands in the new one, as the part of the new area that comes before it: at its left, and above it. */
export const ANCHORS: Record<string, { left: number; up: number }> = {
	topLeft: { left: 0, up: 0 },
	top: { left: 0.5, up: 0 },
	topRight: { left: 1, up: 0 },
	left: { left: 0, up: 0.5 },
	center: { left: 0.5, up: 0.5 },
	right: { left: 1, up: 0.5 },
	bottomLeft: { left: 0, up: 1 },
	bottom: { left: 0.5, up: 1 },
	bottomRight: { left: 1, up: 1 },
};

/**
 * The sides by which an image of this size (upright, in pixels) gets an aspect ratio, to the nearest pixel. An image that
 * is too narrow grows in width alone, one that is too wide in height alone. Gives a problem where there is nothing to
 * extend, or too much.
 */
export function sidesFor(size: Size, aspect: string, anchor: string): Sides | Problem {
	const { width, height } = aspectIn(aspect) ?? size;
	const isNarrow = size.width * height < size.height * width;
	const side = isNarrow ? size.width : size.height;
	const wanted = isNarrow ? (size.height * width) / height : (size.width * height) / width;
	// One pixel is no extension that anybody would pay for.
	if (wanted - side <= 1) return nothingToExtend(size, aspect);
	if (wanted - side * LARGEST_AREA > 0.5) return tooLarge(size, aspect, wanted / side, isNarrow);
	const place = ANCHORS[anchor] ?? { left: 0.5, up: 0.5 };
	const [before, after] = split(side, wanted, isNarrow ? place.left : place.up);
	return isNarrow ? { up: 0, down: 0, left: before, right: after } : { up: before, down: after, left: 0, right: 0 };
}

/** The parts before and after an image that grows from `side` to `wanted` pixels, as multiples of `side`. */
function split(side: number, wanted: number, share: number): [number, number] {
	const decimals = Math.max(FEWEST_DECIMALS, Math.ceil(Math.log10(2 * side)));
	const steps = 10 ** decimals;
	// In whole steps, so that the parts add up; the most that is allowed counts for the sum as the service computes it.
	const all = Math.min(Math.round(((wanted - side) / side) * steps), (LARGEST_AREA - 1) * steps);
	const before = Math.round(all * share);
	const after = all - before;
	const isTooMuch = 1 + before / steps + after / steps > LARGEST_AREA;
	return [before / steps, (isTooMuch ? after - 1 : after) / steps];
}

function nothingToExtend({ width, height }: Size, aspect: string): Problem {
	return {
		message: `The image is already ${aspect} (${width} × ${height}). Choose another aspect ratio or Custom Sides.`,
		hint: 'Extending it would be charged for the same image. Nothing was sent.',
	};
}

function tooLarge(size: Size, aspect: string, times: number, isNarrow: boolean): Problem {
	return {
		message: `${aspect} makes the image ${times.toFixed(2)} times as large; at most ${LARGEST_AREA} times is possible`,
		hint: `The nearest possible ratio for its ${size.width} × ${count(size.height, 'pixel')} is ${nearest(size, isNarrow)}. Choose it, or crop the image first (Edit Image node, Crop). Nothing was sent.`,
	};
}

/** The ratio that makes the image as large as is allowed: exact if it can be said in small numbers, else a little less. */
function nearest({ width, height }: Size, isNarrow: boolean): string {
	const [w, h] = isNarrow ? [width * LARGEST_AREA, height] : [width, height * LARGEST_AREA];
	const divisor = greatestDivisor(w, h);
	if (Math.max(w, h) / divisor <= LARGEST_PART) return `${w / divisor}:${h / divisor}`;
	// Rounded towards the image's own ratio.
	const round = isNarrow === w > h ? Math.floor : Math.ceil;
	return w > h ? `${round((w / h) * 100) / 100}:1` : `1:${round((h / w) * 100) / 100}`;
}

function greatestDivisor(a: number, b: number): number {
	return b === 0 ? a : greatestDivisor(b, a % b);
}
