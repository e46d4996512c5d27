import type { IDataObject } from 'n8n-workflow';

import { createTask, type CreateSpec } from '../../../tasks/create';
import { createOptions, keylessNotice } from '../../../tasks/createOptions';
import { operation } from '../../../tasks/declare';
import { quote, refuseInput } from '../../../tasks/errors';
import type { ItemExchange } from '../../../tasks/exchange';
import { textOf } from '../../../tasks/fields';
import { asRecord, asText } from '../../../tasks/json';
import { resultProperties } from '../../../tasks/properties';
import { callbackUrl, style, userId } from '../../fields';
import { endpoint, KIND } from './endpoint';

/** Pictures of a trained user model in a style (aliyun-portrait.md, step 5). */
export const generation: CreateSpec = {
	images: [],
	rules: [
		{ field: 'user_id', label: 'User ID', rule: textOf('the user ID of a trained user model') },
		{ field: 'style', label: 'Style', rule: textOf('the ID of a style') },
	],
	check: refuseUntrained,
	complete: (task, body) => ({ ...task, userId: task.userId ?? asText(body.user_id) }),
};

/** The item may tell that the model it brings cannot be used yet, or never: the service would only refuse it. */
function refuseUntrained(exchange: ItemExchange, body: IDataObject): void {
	const { resource, userId: own, status, taskId } = asRecord(asRecord(exchange.context.getInputData(0)).json);
	if (resource !== 'userModel' || own !== body.user_id || status === undefined || status === 'succeeded') return;
	const ended = status === 'failed' || status === 'partial';
	refuseInput(
		exchange,
		`User ID ${quote(own)} cannot be used: the training of its model has the status ${quote(status)}`,
		ended
			? 'Train a new model with other photos. Nothing was sent.'
			: `Wait for it first, with User Model: Wait for Completion and task ID ${asText(taskId) ?? ''}. Nothing was sent.`,
	);
}

export const fields = [userId, style];

export const create = operation(endpoint, {
	name: 'Create',
	value: 'create',
	action: 'Create a portrait',
	description: 'Make portraits of a trained user model in a style',
	request: { method: 'POST', url: endpoint.path },
	run: createTask(generation),
	properties: [
		keylessNotice,
		...fields,
		...resultProperties(KIND),
		createOptions([callbackUrl], { ...KIND, keyless: true }),
	],
});
