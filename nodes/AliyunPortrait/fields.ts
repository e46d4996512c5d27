import type { INodeProperties } from 'n8n-workflow';

import { anyText, taskIdProperty, type FieldRule } from '../tasks';

/** Fields that several operations share (docs/services/aliyun-portrait.md). */

export const callbackUrl: INodeProperties = {
	displayName: 'Callback URL',
	name: 'callbackUrl',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://n8n.example.com/webhook/portrait',
	description: 'Address that the service notifies when the task has ended, such as that of a Webhook node',
	routing: { send: { type: 'body', property: 'callback_url' } },
};

export const callbackUrlRule: FieldRule = { field: 'callback_url', label: callbackUrl.displayName, rule: anyText };

/** A list of photos; `hint` says how many. Not required where another field can stand in for them. */
export function photos(hint: string, isRequired = true): INodeProperties {
	return {
		displayName: 'Photos',
		name: 'photos',
		type: 'string',
		typeOptions: { rows: 2 },
		...(isRequired ? { required: true } : {}),
		default: '*',
		placeholder: 'e.g. *, data, https://example.com/me.jpg',
		hint,
		description:
			'Photos of one person: names of binary fields, URLs, data URIs, base64, or paths of photos uploaded before. * takes all images of the item.',
		routing: { send: { type: 'body', property: 'img_set' } },
	};
}

export const taskId: INodeProperties = {
	...taskIdProperty,
	displayName: 'Task ID',
	placeholder: 'e.g. 00e0931c-de26-4e67-9b7e-15f56ea4c0f5',
	description: 'The task to read: what Create returned',
};

export const userId: INodeProperties = {
	displayName: 'User ID',
	name: 'userId',
	type: 'string',
	required: true,
	default: '={{ $json.userId }}',
	placeholder: 'e.g. U0000000013835',
	description:
		'The user model to make portraits of: what User Model: Create returned. It can be used once its training has succeeded.',
	routing: { send: { type: 'body', property: 'user_id' } },
};

export const style: INodeProperties = {
	displayName: 'Style',
	name: 'style',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'How the portraits look',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a style …',
			typeOptions: { searchListMethod: 'searchStyles', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. 20057d0c-8cef-447e-88d0-a8f3490fd0b0' },
	],
	routing: { send: { type: 'body', property: 'style' } },
};
