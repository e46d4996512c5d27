import { expand as expanded, type Ratios } from '../../pixels/expansion';
import { invalid } from '../errors';
import { numberedPictures } from '../pictures';
import { readCommon, readCount, readPrompt, readWatermark, requiredImage } from '../resource';
import { taskEndpoints } from '../task-endpoints';

const image = 'image';
const ratioNames = ['up_expansion_ratio', 'down_expansion_ratio', 'left_expansion_ratio', 'right_expansion_ratio'];
/** The vendor's own helper may exceed 3 by 0.0004 (docs/services/kling.md, Image Expansion). */
const greatestArea = 3 + 1e-3;

/** A picture with more around it (docs/services/kling.md, Image Expansion). */
export const expand = taskEndpoints<Ratios>({
	name: 'expand',
	path: '/v1/images/editing/expand',
	fields: [...ratioNames, image, 'prompt', 'n', 'watermark_info'],
	price: () => ({ units: 8, product: 'Image Expansion', model: '', resolution: '1k' }),
	read(fields) {
		const [up = 0, down = 0, left = 0, right = 0] = ratioNames.map((name) => fields.requiredNumber(name, 0, 2));
		if (up + down + left + right === 0) throw invalid('At least one expansion ratio must be greater than 0');
		if ((1 + up + down) * (1 + left + right) > greatestArea) {
			throw invalid('The area of the expanded image must not exceed 3 times that of the original image');
		}
		return {
			...readCommon(fields),
			images: [requiredImage(fields, image)],
			prompt: readPrompt(fields),
			n: readCount(fields),
			wishes: { up, down, left, right },
			watermark: readWatermark(fields),
		};
	},
	...numberedPictures(async ({ wishes }, index, read) => await expanded(await read(image), wishes, index)),
});
