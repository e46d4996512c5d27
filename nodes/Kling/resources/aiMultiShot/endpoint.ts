import type { TaskEndpoint } from '../../../tasks/provider';
import { kling } from '../../provider';

export const endpoint: TaskEndpoint = {
	provider: kling,
	resource: 'aiMultiShot',
	path: '/v1/general/ai-multi-shot',
	externalIdOnlyInList: true,
};

/** How messages and labels call a task of this resource. */
export const NOUN = 'an AI multi-shot';
