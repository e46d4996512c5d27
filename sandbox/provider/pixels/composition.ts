import sharp, { type OverlayOptions } from 'sharp';

import { containIn, grown, type Rect, type Size } from './geometry';
import type { Layout } from './layout';
import { fromRaw, openUpright, rawInput, svg, toRaw, type Raw } from './raw';

/** The pictures that go into one, as files. */
export interface Ingredients {
	subjects: Buffer[];
	scene?: Buffer;
	style?: Buffer;
}

/**
 * Puts the subjects, whole, into their cells before the scene. A style image frames the scene and tints it.
 * Variants differ in the light of the background and in their number of dots at the bottom right.
 */
export async function compose(layout: Layout, ingredients: Ingredients, variant: number): Promise<Raw> {
	const { canvas, cells } = layout;
	const layers: OverlayOptions[] = [];
	if (ingredients.style) layers.push(...(await styled(layout, ingredients.style)));
	for (const [position, file] of ingredients.subjects.entries()) {
		layers.push(...(await card(canvas, cells[position]!, await openUpright(file))));
	}
	if (variant > 0) layers.push({ input: dots(canvas, variant) });
	const background = await backdrop(canvas, ingredients.scene, variant);
	return await toRaw(fromRaw(background).composite(layers).removeAlpha());
}

async function backdrop({ width, height }: Size, scene: Buffer | undefined, variant: number): Promise<Raw> {
	const picture = scene
		? fromRaw(await openUpright(scene))
		: sharp(
				svg(
					{ width, height },
					'<defs><linearGradient id="g" x2="0.4" y2="1"><stop stop-color="#f4efe6"/><stop offset="0.7" stop-color="#cfd8dc"/><stop offset="1" stop-color="#9fb0b8"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#g)"/>',
				),
			).removeAlpha();
	const fitted = await toRaw(picture.resize(width, height, { fit: 'cover' }));
	const light = 1 + (variant % 2 === 0 ? 0.04 : -0.04) * Math.ceil(variant / 2);
	return await toRaw(fromRaw(fitted).modulate({ brightness: light, saturation: 1 + 0.05 * variant }));
}

async function styled({ canvas, frame }: Layout, file: Buffer): Promise<OverlayOptions[]> {
	const { width, height } = canvas;
	const style = await toRaw(fromRaw(await openUpright(file)).resize(width, height, { fit: 'cover' }));
	const { channels } = await fromRaw(style).stats();
	const [r, g, b] = channels.map(({ mean }) => Math.round(mean));
	const tint = svg(canvas, `<rect width="100%" height="100%" fill="rgb(${r},${g},${b})" fill-opacity="0.3"/>`);
	const strips: Rect[] = [
		{ left: 0, top: 0, width, height: frame },
		{ left: 0, top: height - frame, width, height: frame },
		{ left: 0, top: 0, width: frame, height },
		{ left: width - frame, top: 0, width: frame, height },
	];
	const frames = strips.map(async (strip) => {
		const cut = await toRaw(fromRaw(style).extract(strip));
		return { input: cut.data, ...rawInput(cut), left: strip.left, top: strip.top };
	});
	return [{ input: tint }, ...(await Promise.all(frames))];
}

/** A print of the subject with a white border and a shadow; the subject itself lies exactly in its place. */
async function card(canvas: Size, cell: Rect, subject: Raw): Promise<OverlayOptions[]> {
	const place = containIn(cell, subject);
	const border = grown(place, 6);
	const shadow = grown(place, 14);
	const box = ({ left, top, width, height }: Rect) => `x="${left}" y="${top}" width="${width}" height="${height}"`;
	const paper = svg(
		canvas,
		`<defs><filter id="s" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="9"/></filter></defs>` +
			`<rect ${box(shadow)} fill="#000" fill-opacity="0.45" filter="url(#s)"/><rect ${box(border)} fill="#fff"/>`,
	);
	const print = await toRaw(fromRaw(subject).resize(place.width, place.height, { fit: 'fill' }));
	return [{ input: paper }, { input: print.data, ...rawInput(print), left: place.left, top: place.top }];
}

function dots(canvas: Size, count: number): Buffer {
	const circles = Array.from(
		{ length: count },
		(_, position) =>
			`<circle cx="${canvas.width - 34 - position * 18}" cy="${canvas.height - 34}" r="6" fill="#fff" stroke="#333" stroke-width="2"/>`,
	);
	return svg(canvas, circles.join(''));
}
