import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { isTool } from '../item/workIdentity';

/** Keys of a task that say nothing to a model. */
export const TASK_KEYS_NOT_FOR_MODELS = ['providerStatus', 'updatedAt', 'requestId', 'watermark', 'taskType', 'paths'];

/** An item's JSON. What an agent's model gets as the answer of a tool lacks the keys that are not for models: it reads all. */
export function forCaller(item: ItemContext, json: IDataObject, notForModels: string[]): IDataObject {
	if (!isTool(item)) return json;
	return Object.fromEntries(Object.entries(json).filter(([key]) => !notForModels.includes(key)));
}
