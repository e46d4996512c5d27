import { fromRaw, svg, toRaw, type Raw } from './raw';

/** Strokes of the letters on a grid of 4 × 6, so that no font is needed. */
const letters: Record<string, string> = {
	S: 'M4 0H0V3H4V6H0',
	A: 'M0 6V0H4V6M0 3H4',
	N: 'M0 6V0L4 6V0',
	D: 'M0 0V6H2L4 4V2L2 0Z',
	B: 'M0 0V6H4V3H0M0 0H3V3',
	O: 'M0 0H4V6H0Z',
	X: 'M0 0L4 6M4 0L0 6',
};

/** The picture with the word SANDBOX over its lower right quarter. */
export async function withWatermark(picture: Raw): Promise<Raw> {
	const { width, height } = picture;
	const scale = Math.max(1, width / 120);
	const word = [...'SANDBOX'].map(
		(letter, position) => `<path transform="translate(${position * 6} 0)" d="${letters[letter]}"/>`,
	);
	const place = `translate(${width - 44 * scale} ${height - 10 * scale}) scale(${scale})`;
	const stroke = (colour: string, thickness: number) =>
		`<g transform="${place}" fill="none" stroke="${colour}" stroke-opacity="0.8" stroke-width="${thickness}">${word.join('')}</g>`;
	const mark = svg(picture, stroke('#000', 1.3) + stroke('#fff', 0.7));
	return await toRaw(
		fromRaw(picture)
			.composite([{ input: mark }])
			.removeAlpha(),
	);
}
