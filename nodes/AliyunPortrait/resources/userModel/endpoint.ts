import type { TaskEndpoint } from '../../../tasks/provider';
import type { WaitingKind } from '../../../tasks/properties';
import { aliyunPortrait } from '../../provider';

/** Training takes long, and status queries may be billed (contract.md, Node `aliyunPortrait`). */
const TIMEOUT_MINUTES = 60;

export const endpoint: TaskEndpoint = {
	provider: aliyunPortrait,
	resource: 'userModel',
	path: '/cloud/aigc_user_model_create',
	waiting: { timeout: TIMEOUT_MINUTES, firstReadMs: 60_000, shortestIntervalMs: 15_000 },
	withoutImages: true,
	// Only state 3 means that the model was made (aliyun-portrait.md, step 3).
	partialIsFailure: true,
	fromItem: ['userId', 'paths'],
};

export const KIND: WaitingKind = { timeout: TIMEOUT_MINUTES, withoutImages: true };

/** How messages and labels call a task of this resource. */
export const NOUN = 'a user model';
