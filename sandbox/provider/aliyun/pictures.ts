import sharp from 'sharp';

import { fromRaw, openUpright, rawInput, svg, toRaw, type Raw } from '../pixels/raw';
import { backdropOf, ornamentOf } from './ornaments';
import type { Style } from './styles';

const portraitSize = { width: 768, height: 1024 };
const templateSize = { width: 480, height: 640 };

/** A style's preview: a bust before its background. */
export async function template(style: Style): Promise<Buffer> {
	const { width, height } = templateSize;
	const [, , accent] = style.colours;
	const bust = svg(
		templateSize,
		`<g fill="${accent}" fill-opacity="0.85"><ellipse cx="${width / 2}" cy="${height * 0.42}" rx="${width * 0.16}" ry="${height * 0.15}"/>` +
			`<path d="M${width * 0.18} ${height * 0.92}Q${width * 0.2} ${height * 0.62} ${width / 2} ${height * 0.6}Q${width * 0.8} ${height * 0.62} ${width * 0.82} ${height * 0.92}Z"/></g>`,
	);
	return await sharp(backdropOf(style, templateSize))
		.composite([{ input: bust }, { input: ornamentOf(style, templateSize) }])
		.png()
		.toBuffer();
}

/**
 * A portrait: the photo's most striking part in the style's colours, before its background and under its ornament.
 * Of three in a row the first fills an oval, the second a rectangle, the third a mirrored circle.
 */
export async function portrait(photo: Buffer, style: Style, variant: number): Promise<Raw> {
	const { width, height } = portraitSize;
	const shape = variant % 3;
	const inner = { width: Math.round(width * 0.78), height: Math.round(shape === 2 ? width * 0.78 : height * 0.78) };
	const upright = await openUpright(photo);
	const cropped = await toRaw(
		fromRaw(upright).resize(inner.width, inner.height, { fit: 'cover', position: 'attention' }),
	);
	const turned = shape === 2 ? fromRaw(cropped).flop() : fromRaw(cropped);
	const [, bottom] = style.colours;
	const tint = svg(inner, `<rect width="100%" height="100%" fill="${bottom}" fill-opacity="0.3"/>`);
	const tinted = await toRaw(turned.composite([{ input: tint, blend: 'soft-light' }]).removeAlpha());
	const radius = shape === 1 ? inner.width / 20 : inner.width / 2;
	const mask = svg(
		inner,
		`<rect width="100%" height="100%" rx="${radius}" ry="${shape === 1 ? radius : inner.height / 2}" fill="#fff"/>`,
	);
	const cut = await toRaw(
		fromRaw(tinted)
			.ensureAlpha()
			.composite([{ input: mask, blend: 'dest-in' }]),
	);
	const place = { left: Math.round((width - inner.width) / 2), top: Math.round((height - inner.height) / 2) };
	return await toRaw(
		sharp(backdropOf(style, portraitSize))
			.composite([{ input: cut.data, ...rawInput(cut), ...place }, { input: ornamentOf(style, portraitSize) }])
			.removeAlpha(),
	);
}
