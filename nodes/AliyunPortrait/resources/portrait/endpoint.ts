import type { TaskEndpoint } from '../../../tasks/provider';
import type { WaitingKind } from '../../../tasks/properties';
import { aliyunPortrait } from '../../provider';

export const endpoint: TaskEndpoint = {
	provider: aliyunPortrait,
	resource: 'portrait',
	path: '/cloud/aigc_task_create',
	// Status queries may be billed (contract.md, Node `aliyunPortrait`).
	waiting: { firstReadMs: 15_000, shortestIntervalMs: 15_000 },
	fromItem: ['userId', 'modelTaskId'],
};

export const KIND: WaitingKind = { mayBePartial: true };

/** How messages and labels call a task of this resource. */
export const NOUN = 'a portrait';
