import type { IDataObject } from 'n8n-workflow';

import {
	asRecord,
	asText,
	idOf,
	naming,
	refuseInput,
	withoutUndefined,
	type CreateSpec,
	type Endpoint,
	type ItemContext,
	type TaskKind,
} from '../../tasks';
import { aliyunPortrait } from '../api';
import { callbackUrlRule } from '../fields';

export const endpoint: Endpoint = {
	service: aliyunPortrait,
	resource: 'portrait',
	path: '/cloud/aigc_task_create',
	product: 'the portraits',
	// Status queries may be billed.
	waiting: { firstReadMs: 15_000, shortestIntervalMs: 15_000 },
	facts: ['userId', 'modelTaskId'],
};

export const KIND: TaskKind = { mayBePartial: true, keyless: true };

/** Images of a trained user model in a style (docs/services/aliyun-portrait.md, Portrait). */
export const generation: CreateSpec = {
	images: [],
	rules: [
		{ field: 'user_id', label: 'User ID', rule: idOf('the user ID of a trained user model') },
		{ field: 'style', label: 'Style', rule: idOf('the ID of a style') },
		callbackUrlRule,
	],
	check: refuseUntrained,
	factsIn: ({ user_id }) => ({ userId: asText(user_id) }),
};

/** The item may tell that the model it brings cannot be used yet, or never: the service would only refuse it. */
function refuseUntrained(item: ItemContext, body: IDataObject): void {
	const { resource, userId, taskId, status } = asRecord(item.input.json);
	if (resource !== 'userModel' || userId !== body.user_id || status === undefined || status === 'succeeded') return;
	const hasEnded = status === 'failed' || status === 'partial';
	refuseInput(
		item,
		naming(status, (shown) => `User ID cannot be used: the training of its model has the status ${shown}`),
		hasEnded
			? 'Train a new model with other photos. Nothing was sent.'
			: 'Wait for it first, with User Model: Wait for Completion and the task ID of the item. Nothing was sent.',
		{ more: withoutUndefined({ userId: asText(userId), modelTaskId: asText(taskId) }) },
	);
}
