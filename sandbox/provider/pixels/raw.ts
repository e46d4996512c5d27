import sharp, { type Sharp } from 'sharp';

import type { Size } from './geometry';

/** An uncompressed picture, 8 bits a channel. */
export interface Raw extends Size {
	data: Buffer;
	channels: 1 | 3 | 4;
}

/** Opens a file as every renderer sees it: turned upright, sRGB, without transparency. */
export async function openUpright(file: Buffer): Promise<Raw> {
	const upright = sharp(file, { failOn: 'none', limitInputPixels: 2e8 })
		.autoOrient()
		.flatten({ background: 'white' })
		.toColourspace('srgb')
		.removeAlpha();
	return await toRaw(upright);
}

/** Runs a pipeline. */
export async function toRaw(picture: Sharp): Promise<Raw> {
	const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
	return { data, width: info.width, height: info.height, channels: info.channels as Raw['channels'] };
}

/** Begins a pipeline. */
export function fromRaw(raw: Raw): Sharp {
	return sharp(raw.data, rawInput(raw));
}

/** How sharp wants to be told about raw pixels, also as a layer of `composite`. */
export function rawInput({ width, height, channels }: Raw) {
	return { raw: { width, height, channels } };
}

/** A picture made from SVG markup of that size. No fonts: hosts differ in what they have. */
export function svg({ width, height }: Size, markup: string): Buffer {
	return Buffer.from(
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${markup}</svg>`,
	);
}
