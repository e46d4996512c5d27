import type { Size } from '../pixels/geometry';
import { svg } from '../pixels/raw';
import type { Ornament, Style } from './styles';

/** Markup of each ornament on a field of 100 × 133, drawn in `currentColor`. Drawn, since hosts differ in fonts. */
// prettier-ignore
const drawings: Record<Ornament, string> = {
	petals: repeat([[12, 14], [84, 10], [90, 58], [8, 72], [80, 112], [18, 118]], '<path d="M0-6C5-3 5 3 0 6C-5 3-5-3 0-6Z" fill="currentColor" fill-opacity="0.75"/>'),
	moon: '<circle cx="78" cy="22" r="15" fill="currentColor" fill-opacity="0.25"/><circle cx="78" cy="22" r="11" fill="currentColor" fill-opacity="0.6"/>',
	lanterns: repeat([[14, 20], [86, 20], [12, 48], [88, 48]], '<path d="M0-12V-7M0 8V13" stroke="currentColor"/><ellipse rx="7" ry="8" fill="currentColor" fill-opacity="0.85"/>'),
	waves: repeat([[0, 108], [0, 115], [0, 122]], '<path d="M0 0Q12-6 25 0T50 0T75 0T100 0" fill="none" stroke="currentColor" stroke-width="2" stroke-opacity="0.8"/>'),
	stripes: repeat([[8, 0], [14, 0], [86, 0], [92, 0]], '<path d="M0 0V133" stroke="currentColor" stroke-width="1.5" stroke-opacity="0.6"/>'),
	stars: repeat([[14, 16], [30, 8], [70, 12], [88, 26], [92, 70], [8, 60], [12, 104], [86, 110]], '<path d="M0-4L1-1L4 0L1 1L0 4L-1 1L-4 0L-1-1Z" fill="currentColor"/>'),
};

/** A style's background, opaque. */
export function backdropOf({ colours: [top, bottom] }: Style, size: Size): Buffer {
	return svg(
		size,
		`<defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs>` +
			'<rect width="100%" height="100%" fill="url(#g)"/>',
	);
}

/** A style's ornament and its frame, transparent elsewhere. */
export function ornamentOf({ colours: [, , accent], ornament }: Style, size: Size): Buffer {
	const { width, height } = size;
	const border = Math.round(width / 40);
	const frame = `<rect x="${border}" y="${border}" width="${width - 2 * border}" height="${height - 2 * border}" fill="none" stroke="${accent}" stroke-width="${border / 2}"/>`;
	return svg(
		size,
		`<g color="${accent}" transform="scale(${width / 100} ${height / 133})">${drawings[ornament]}</g>${frame}`,
	);
}

function repeat(places: ReadonlyArray<readonly [number, number]>, markup: string): string {
	return places.map(([x, y]) => `<g transform="translate(${x} ${y})">${markup}</g>`).join('');
}
