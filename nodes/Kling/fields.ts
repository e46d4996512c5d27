import type { INodeProperties } from 'n8n-workflow';

import { textUpTo, wholeNumber, type FieldRule } from '../tasks/fields';

/** Fields that several endpoints of Kling share, each with the rule the documents give it (specs, request body). */

export function prompt(placeholder: string): INodeProperties {
	return {
		displayName: 'Prompt',
		name: 'prompt',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder,
		description: 'What the picture should show, at most 2,500 characters',
		routing: { send: { type: 'body', property: 'prompt' } },
	};
}

export const promptRule: FieldRule = { field: 'prompt', label: 'Prompt', rule: textUpTo(2500) };

export const numberOfImages: INodeProperties = {
	displayName: 'Number of Images',
	name: 'n',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 9 },
	default: 1,
	description: 'How many pictures to make, 1 to 9. Each one is charged.',
	routing: { send: { type: 'body', property: 'n' } },
};

export const numberOfImagesRule: FieldRule = { field: 'n', label: 'Number of Images', rule: wholeNumber(1, 9) };

export const watermark: INodeProperties = {
	displayName: 'Watermark',
	name: 'watermark',
	type: 'boolean',
	default: false,
	description: 'Whether to make a second version of each picture with a watermark',
	routing: { send: { type: 'body', property: 'watermark_info.enabled' } },
};

export const callbackUrl: INodeProperties = {
	displayName: 'Callback URL',
	name: 'callbackUrl',
	type: 'string',
	default: '',
	placeholder: 'e.g. https://n8n.example.com/webhook/kling',
	description: 'Address that Kling notifies when the status of the task changes',
	routing: { send: { type: 'body', property: 'callback_url' } },
};

/** What an image input takes, to be said beside each one. */
export const IMAGE_HINT = 'URL, name of a binary field, data URI or base64. JPEG or PNG, at most 10 MB, each side at least 300 pixels.';

/** A field that takes one picture. */
export function imageInput(displayName: string, field: string, description: string): INodeProperties {
	return {
		displayName,
		name: 'image',
		type: 'string',
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: IMAGE_HINT,
		description,
		routing: { send: { type: 'body', property: field } },
	};
}
