import { createHash } from 'node:crypto';

import type { Size } from './geometry';
import { svg } from './raw';

/** A landscape as an SVG file. Its colours and shapes follow from a text; variants differ in the sun and the hills. */
export function painting(text: string, canvas: Size, variant: number): Buffer {
	const digest = createHash('sha256').update(text).digest();
	const { width, height } = canvas;
	// From blue over violet to orange, as skies are.
	const hue = 190 + (digest[0]! / 256) * 200;
	const green = 70 + (digest[31]! / 256) * 90;
	const colour = (turn: number, saturation: number, light: number) =>
		`hsl(${Math.round(turn) % 360},${saturation}%,${light}%)`;
	const sun = {
		x: Math.round(width * (0.2 + (digest[1]! / 256) * 0.6 + variant * 0.03)),
		y: Math.round(height * (0.18 + (digest[2]! / 256) * 0.15)),
		radius: Math.round(Math.min(width, height) * (0.07 + (digest[3]! / 256) * 0.06)),
	};
	const hills = [0, 1, 2].map((row) => {
		const [left, middle, right] = [0, 1, 2].map((place) => {
			const rise = digest[4 + ((row * 3 + place + variant) % 24)]! / 256;
			return Math.round(height * (0.5 + row * 0.15 - rise * 0.18));
		});
		const path = `M0 ${left}C${width * 0.3} ${middle} ${width * 0.6} ${right} ${width} ${middle}V${height}H0Z`;
		return `<path d="${path}" fill="${colour(green + row * 14, 38, 52 - row * 13)}"/>`;
	});
	return svg(
		canvas,
		`<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="${colour(hue, 60, 62)}"/><stop offset="0.7" stop-color="${colour(hue + 40, 70, 88)}"/></linearGradient></defs>` +
			`<rect width="100%" height="100%" fill="url(#s)"/><circle cx="${sun.x}" cy="${sun.y}" r="${sun.radius}" fill="${colour(hue + 40, 95, 94)}"/>${hills.join('')}`,
	);
}
