import type { Raw } from '../pixels/raw';
import { withWatermark } from '../pixels/watermark';
import type { Order, ReadImage, Results, ResultView } from './resource';

const fileName = /^(?<index>\d)(?<mark>-watermark)?$/;

/**
 * The results of tasks that make `n` pictures: the files `0`, `1`, … and, if they are marked, `0-watermark`, …
 * `shown` makes `task_result` of the list of pictures.
 */
export function numberedPictures<Wishes>(
	draw: (order: Order<Wishes>, index: number, read: ReadImage) => Promise<Raw>,
	shown: (pictures: object[], order: Order<Wishes>, view: ResultView) => Record<string, unknown> = (images) => ({
		images,
	}),
): Results<Wishes> {
	return {
		shown: (order, view) => shown(list(order, view), order, view),
		drawing(order, name) {
			const { index, mark } = fileName.exec(name)?.groups ?? {};
			if (index === undefined || Number(index) >= order.made || (mark && !order.watermark)) return undefined;
			return async (read) => {
				const picture = await draw(order, Number(index), read);
				return mark ? await withWatermark(picture) : picture;
			};
		},
	};
}

function list({ made, watermark }: Order<unknown>, { urlOf, numbered, told, settings }: ResultView): object[] {
	const marked = (index: number) => {
		if (told && settings.callbackDetail === 'documented') return {};
		if (watermark) return { watermark_url: urlOf(`${index}-watermark`) };
		return settings.watermarkUrlUnasked === 'empty' ? { watermark_url: '' } : {};
	};
	return Array.from({ length: made }, (_, index) => ({
		...numbered(index),
		url: urlOf(`${index}`),
		...marked(index),
	}));
}

/** How often the long side of a picture has 1024 pixels, by its resolution: 1k, 2k or 4k. */
export function scaleOf(resolution: string): number {
	return Number(resolution.slice(0, -1));
}
