import type { Raw } from '../pixels/raw';
import { withWatermark } from '../pixels/watermark';
import type { Order, ReadImage, Results } from './resource';

const fileName = /^(?<index>\d)(?<mark>-watermark)?$/;

/** The results of tasks that make `n` pictures: the files `0`, `1`, … and, if they are marked, `0-watermark`, … */
export function numberedPictures<Wishes>(
	draw: (order: Order<Wishes>, index: number, read: ReadImage) => Promise<Raw>,
): Results<Wishes> {
	return {
		shown: ({ n, watermark }, { urlOf, numbered }) => ({
			images: Array.from({ length: n }, (_, index) => ({
				...numbered(index),
				url: urlOf(`${index}`),
				...(watermark ? { watermark_url: urlOf(`${index}-watermark`) } : {}),
			})),
		}),
		drawing(order, name) {
			const { index, mark } = fileName.exec(name)?.groups ?? {};
			if (index === undefined || Number(index) >= order.n || (mark && !order.watermark)) return undefined;
			return async (read) => {
				const picture = await draw(order, Number(index), read);
				return mark ? await withWatermark(picture) : picture;
			};
		},
	};
}
