import type { TaskEndpoint } from '../../../tasks/provider';
import { kling, slotsByImages } from '../../provider';

export const endpoint: TaskEndpoint = {
	provider: kling,
	resource: 'imageExpansion',
	path: '/v1/images/editing/expand',
	slots: slotsByImages,
};

/** How messages and labels call a task of this resource. */
export const NOUN = 'an image expansion';
