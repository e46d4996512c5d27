import type { TaskEndpoint } from '../../../tasks/provider';
import { kling, slotsByImages } from '../../provider';

export const endpoint: TaskEndpoint = {
	provider: kling,
	resource: 'multiImageToImage',
	path: '/v1/images/multi-image2image',
	slots: slotsByImages,
};

/** How messages and labels call a task of this resource. */
export const NOUN = 'a multi-image to image';
