import { createHash } from 'node:crypto';

import { fromRaw, openUpright, svg, toRaw, type Raw } from '../pixels/raw';

/** Long side of results that do not keep the size; our choice. */
const longSide = 1024;

/** The picture with other colours, which the prompt chooses, darker at its edges. */
export async function edited(file: Buffer, prompt: string, keepSize: boolean): Promise<Raw> {
	const upright = await openUpright(file);
	const sized = keepSize ? upright : await toRaw(fromRaw(upright).resize(longSide, longSide, { fit: 'inside' }));
	const hue = 40 + (createHash('sha256').update(prompt).digest().readUInt16BE() % 280);
	const dark = svg(
		sized,
		'<defs><radialGradient id="v" r="0.75"><stop offset="0.55" stop-opacity="0"/><stop offset="1" stop-opacity="0.55"/></radialGradient></defs>' +
			'<rect width="100%" height="100%" fill="url(#v)"/>',
	);
	const coloured = await toRaw(fromRaw(sized).modulate({ hue, saturation: 1.3 }));
	return await toRaw(
		fromRaw(coloured)
			.composite([{ input: dark }])
			.removeAlpha(),
	);
}
