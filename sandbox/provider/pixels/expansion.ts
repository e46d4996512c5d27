import { grown, type Rect, type Size } from './geometry';
import { fromRaw, openUpright, rawInput, svg, toRaw, type Raw } from './raw';
import sharp from 'sharp';

/** How far a picture grows, in multiples of its height (up, down) and width (left, right). */
export interface Ratios {
	up: number;
	down: number;
	left: number;
	right: number;
}

/** Size of the expanded picture and where the original lies in it. */
export function expansionOf({ width, height }: Size, ratios: Ratios): { canvas: Size; original: Rect } {
	const canvas = {
		width: Math.round(width * (1 + ratios.left + ratios.right)),
		height: Math.round(height * (1 + ratios.up + ratios.down)),
	};
	const left = Math.min(Math.round(width * ratios.left), canvas.width - width);
	const top = Math.min(Math.round(height * ratios.up), canvas.height - height);
	return { canvas, original: { left, top, width, height } };
}

/**
 * The expanded picture: the original pixel for pixel, around it its own mirror image, which blurs with distance.
 * Variants differ in the light of what is new.
 */
export async function expand(file: Buffer, ratios: Ratios, variant: number): Promise<Raw> {
	const source = await openUpright(file);
	const { canvas, original } = expansionOf(source, ratios);
	const mirrored = await mirrorAround(source, canvas, original);
	const distant = await blurred(mirrored, variant);
	const near = await withMask(mirrored, await softMask(canvas, original));
	const surroundings = fromRaw(distant)
		.composite([{ input: near.data, ...rawInput(near) }])
		.removeAlpha();
	return paste(await toRaw(surroundings), source, original);
}

async function mirrorAround(source: Raw, canvas: Size, { left, top, width, height }: Rect): Promise<Raw> {
	const right = canvas.width - left - width;
	const bottom = canvas.height - top - height;
	return await toRaw(fromRaw(source).extend({ left, top, right, bottom, extendWith: 'mirror' }));
}

/** Blurs at an eighth of the size, which looks the same and costs a fraction. */
async function blurred(picture: Raw, variant: number): Promise<Raw> {
	const { width, height } = picture;
	const small = await toRaw(
		fromRaw(picture)
			.resize(Math.ceil(width / 8), Math.ceil(height / 8), { fit: 'fill' })
			.blur(3)
			.modulate({ brightness: 1 - 0.05 * variant, hue: 8 * variant }),
	);
	return await toRaw(fromRaw(small).resize(width, height, { fit: 'fill' }));
}

/** White over the original, black far from it. */
async function softMask(canvas: Size, original: Rect): Promise<Raw> {
	const small = { width: Math.ceil(canvas.width / 8), height: Math.ceil(canvas.height / 8) };
	const reach = Math.max(canvas.width, canvas.height) / 24;
	const { left, top, width, height } = grown(original, reach);
	const shape = `<rect width="100%" height="100%"/><rect x="${left / 8}" y="${top / 8}" width="${width / 8}" height="${height / 8}" fill="#fff"/>`;
	const mask = await toRaw(
		sharp(svg(small, shape))
			.removeAlpha()
			.blur(Math.max(0.5, reach / 8))
			.toColourspace('b-w'),
	);
	return await toRaw(fromRaw(mask).resize(canvas.width, canvas.height, { fit: 'fill' }).toColourspace('b-w'));
}

async function withMask(picture: Raw, mask: Raw): Promise<Raw> {
	return await toRaw(fromRaw(picture).joinChannel(mask.data, rawInput(mask)));
}

/** Copies rows, since compositing may round. */
function paste(canvas: Raw, picture: Raw, { left, top }: Rect): Raw {
	for (let row = 0; row < picture.height; row++) {
		const from = row * picture.width * 3;
		picture.data.copy(canvas.data, ((top + row) * canvas.width + left) * 3, from, from + picture.width * 3);
	}
	return canvas;
}
