import { view, viewCount } from '../../pixels/views';
import { readCommon, requiredImage, type ResultView } from '../resource';
import { taskEndpoints } from '../task-endpoints';

const image = 'element_frontal_image';

/**
 * Three views of a frontal picture (docs/services/kling.md, AI Multi-Shot); the document knows no read by external ID.
 */
export const aiMultiShot = taskEndpoints({
	name: 'ai-multi-shot',
	path: '/v1/general/ai-multi-shot',
	fields: [image],
	price: () => ({ units: 20, product: 'AI Multi-Shot', model: '', resolution: '1k' }),
	hasExternalLookup: ({ multiShotExternalLookup }) => multiShotExternalLookup,
	read: (fields) => ({
		...readCommon(fields),
		images: [requiredImage(fields, image)],
		prompt: '',
		n: 1,
		wishes: undefined,
	}),
	shown: (_order, how) => ({ images: viewsShown(how) }),
	drawing(_order, name) {
		const number = Number(/^view-(\d)$/.exec(name)?.[1] ?? 0);
		if (number < 1 || number > viewCount) return undefined;
		return async (read) => await view(await read(image), number - 1);
	},
});

function viewsShown({ urlOf, numbered, shape }: ResultView): object[] {
	const urls = Array.from({ length: viewCount }, (_, index) => urlOf(`view-${index + 1}`));
	if (shape === 'url') return urls.map((url, index) => ({ ...numbered(index), url }));
	return [{ ...numbered(0), ...Object.fromEntries(urls.map((url, index) => [`url_${index + 1}`, url])) }];
}
