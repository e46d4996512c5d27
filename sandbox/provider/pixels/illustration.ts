import { compose } from './composition';
import { layoutOf } from './layout';
import { painting } from './painting';
import { fromRaw, openUpright, toRaw, type Raw } from './raw';

/** What an illustration shows. */
export interface Motif {
	/** What the background follows from. */
	text: string;
	/** Files of pictures that are shown whole. */
	pictures: readonly Buffer[];
	/** `16:9` or the like, or `auto` for that of the first picture. */
	ratio: string;
	/** How often the long side has 1024 pixels. */
	scale: number;
}

/** A landscape in which every picture is shown. It is drawn at one size and enlarged, which is cheap. */
export async function illustrate({ text, pictures, ratio, scale }: Motif, variant: number): Promise<Raw> {
	const aspect_ratio = ratio === 'auto' ? await ratioOf(pictures[0]) : ratio;
	const layout = layoutOf({ aspect_ratio, subject_image_list: pictures });
	const scene = painting(text, layout.canvas, variant);
	const drawn = await compose(layout, { subjects: [...pictures], scene }, variant);
	if (scale === 1) return drawn;
	return await toRaw(fromRaw(drawn).resize(drawn.width * scale, drawn.height * scale, { kernel: 'nearest' }));
}

async function ratioOf(file: Buffer | undefined): Promise<string> {
	if (!file) return '16:9';
	const { width, height } = await openUpright(file);
	return `${width}:${height}`;
}
