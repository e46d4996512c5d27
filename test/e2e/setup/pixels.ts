import sharp from 'sharp';

/** An opaque picture in memory: `channels` bytes a pixel, row by row. */
export interface Pixels {
	width: number;
	height: number;
	channels: number;
	data: Buffer;
}

/** Where a picture was found in another one, and how alike they are there: 1 is the same up to brightness, 0 unrelated. */
export interface Find {
	left: number;
	top: number;
	width: number;
	height: number;
	likeness: number;
}

/** Decodes a picture file to RGB, upright as EXIF says. */
export async function decode(file: Buffer): Promise<Pixels> {
	const { data, info } = await sharp(file)
		.rotate()
		.removeAlpha()
		.toColourspace('srgb')
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { width: info.width, height: info.height, channels: info.channels, data };
}

/** The greatest difference of any byte between `part` and the same-sized area of `whole` at that place. */
export function greatestDifference(whole: Pixels, part: Pixels, left: number, top: number): number {
	let greatest = 0;
	for (let row = 0; row < part.height; row++) {
		const from = ((top + row) * whole.width + left) * whole.channels;
		const partFrom = row * part.width * part.channels;
		for (let at = 0; at < part.width * part.channels; at++) {
			greatest = Math.max(greatest, Math.abs((whole.data[from + at] ?? 0) - (part.data[partFrom + at] ?? 0)));
		}
	}
	return greatest;
}

/** Long sides, in pixels, at which a search looks: everywhere at first, then closer and closer around the best match. */
const LEVELS = [64, 192, 576];
/** Widths of the sought picture that are tried first, as shares of the searched one's. */
const SHARES = Array.from({ length: 34 }, (_, step) => 0.15 * 1.06 ** step).filter((share) => share <= 0.95);
/** How far a closer look may move and scale the match, in its own pixels. */
const REACH = 4;

/** Looks for a whole picture, of unknown size, anywhere in another: the best match by normalized correlation. */
export async function findIn(whole: Buffer, sought: Buffer): Promise<Find> {
	const { width, height } = await sharp(whole).metadata();
	const { info } = await sharp(sought).rotate().toBuffer({ resolveWithObject: true });
	let best: Find | undefined;
	for (const level of LEVELS) {
		const scale = level / Math.max(width, height);
		const field = await grey(whole, Math.round(width * scale), Math.round(height * scale));
		const near = best && { left: best.left * scale, top: best.top * scale, width: best.width * scale };
		const widths = near ? around(near.width, 1, field.width) : SHARES.map((share) => Math.round(field.width * share));
		let found: Find = { left: 0, top: 0, width: 0, height: 0, likeness: -1 };
		for (const templateWidth of new Set(widths)) {
			const templateHeight = Math.round((templateWidth * info.height) / info.width);
			if (templateHeight < 8 || templateHeight > field.height) continue;
			const template = centred(await grey(sought, templateWidth, templateHeight));
			const [lastLeft, lastTop] = [field.width - templateWidth, field.height - templateHeight];
			for (const top of near ? around(near.top, 0, lastTop) : around(lastTop / 2, 0, lastTop, lastTop)) {
				for (const left of near ? around(near.left, 0, lastLeft) : around(lastLeft / 2, 0, lastLeft, lastLeft)) {
					const likeness = correlation(field, template, left, top);
					if (likeness > found.likeness) found = { left, top, width: templateWidth, height: templateHeight, likeness };
				}
			}
		}
		best = {
			left: found.left / scale,
			top: found.top / scale,
			width: found.width / scale,
			height: found.height / scale,
			likeness: found.likeness,
		};
	}
	return best ?? { left: 0, top: 0, width: 0, height: 0, likeness: -1 };
}

/** Whole numbers within reach of `middle`, from `low` to `high`. */
function around(middle: number, low: number, high: number, reach = REACH): number[] {
	const [from, to] = [Math.max(low, Math.round(middle - reach)), Math.min(high, Math.round(middle + reach))];
	return Array.from({ length: Math.max(0, to - from + 1) }, (_, step) => from + step);
}

/** How alike two pictures are when one is stretched over the other, from -1 to 1. */
export async function likeness(one: Buffer, other: Buffer): Promise<number> {
	const [field, template] = await Promise.all([grey(one, 48, 48), grey(other, 48, 48)]);
	return correlation(field, centred(template), 0, 0);
}

interface Centred extends Pixels {
	values: Float64Array;
	norm: number;
}

async function grey(file: Buffer, width: number, height: number): Promise<Pixels> {
	const { data, info } = await sharp(file)
		.rotate()
		.removeAlpha()
		.resize(width, height, { fit: 'fill' })
		.greyscale()
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { width, height, channels: info.channels, data };
}

function centred(pixels: Pixels): Centred {
	const { width, height, channels, data } = pixels;
	const values = Float64Array.from({ length: width * height }, (_, at) => data[at * channels] ?? 0);
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	for (let at = 0; at < values.length; at++) values[at]! -= mean;
	return { ...pixels, values, norm: Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)) };
}

function correlation(field: Pixels, template: Centred, left: number, top: number): number {
	let product = 0;
	let sum = 0;
	let squares = 0;
	for (let row = 0; row < template.height; row++) {
		for (let column = 0; column < template.width; column++) {
			const value = field.data[((top + row) * field.width + left + column) * field.channels]!;
			product += value * template.values[row * template.width + column]!;
			sum += value;
			squares += value * value;
		}
	}
	const spread = Math.sqrt(Math.max(0, squares - (sum * sum) / template.values.length));
	return spread === 0 || template.norm === 0 ? 0 : product / (spread * template.norm);
}
