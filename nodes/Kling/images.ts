import { asRecord, asText, numbered, withoutUndefined, type TaskImage } from '../tasks';

/**
 * The images of a result. An element has one `url`, or a set of views as `url_1`, `url_2`, `url_3`
 * (docs/services/kling.md, AI Multi-Shot). Where `viewsOfSet` says that images are views, a plain list of them is the
 * same sets, one after the other: so both shapes give the same images.
 */
export function imagesIn(listed: unknown[], viewsOfSet?: number): TaskImage[] {
	const elements = listed.map(asRecord);
	const plain = new Set<string>();
	let place = 0;
	const images = elements.flatMap((element, set): Array<Partial<TaskImage>> => {
		const single = { url: asText(element.url), watermarkUrl: asText(element.watermark_url) };
		const views = viewsIn(element);
		// Beside views, a plain link is none of them.
		if (views.length > 0) return [...views.map((view) => ({ ...view, set })), single];
		if (viewsOfSet === undefined) return [single];
		if (single.url !== undefined && plain.has(single.url)) return [];
		plain.add(single.url ?? '');
		const at = place++;
		return [{ ...single, view: (at % viewsOfSet) + 1, set: Math.floor(at / viewsOfSet) }];
	});
	return withSets(numbered(images));
}

/** The numbered links of an element, in the order of their numbers. */
function viewsIn(element: Record<string, unknown>): Array<{ view: number; url?: string }> {
	return Object.keys(element)
		.map((key) => Number(/^url_(\d+)$/.exec(key)?.[1] ?? Number.NaN))
		.filter((view) => Number.isFinite(view))
		.sort((a, b) => a - b)
		.map((view) => ({ view, url: asText(element[`url_${view}`]) }));
}

/** Sets are counted from 0; one alone needs no number. */
function withSets(images: TaskImage[]): TaskImage[] {
	const sets = [...new Set(images.flatMap(({ set }) => set ?? []))];
	const rank = new Map(sets.length > 1 ? sets.map((set, index) => [set, index]) : []);
	return images.map((image) => withoutUndefined({ ...image, set: rank.get(image.set ?? Number.NaN) }));
}
