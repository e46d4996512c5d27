import { Fields } from '../http/fields';
import { invalid } from './errors';
import type { Order } from './task';

/** docs/services/ps-task.md, Submit. */
const known = ['image_url', 'prompt', 'image_id', 'priority', 'editor', 'keep_size'];

/** Checks a submit body, JSON as bytes. */
export function check(body: unknown): { order: Order; request: Record<string, unknown> } {
	const request = parse(body);
	const fields = new Fields(request, known, invalid);
	const order = {
		imageUrl: fields.requiredText('image_url'),
		prompt: fields.requiredText('prompt'),
		keepSize: fields.optionalBoolean('keep_size') ?? false,
	};
	fields.text('image_id');
	fields.text('editor');
	fields.optionalInteger('priority');
	return { order, request: request as Record<string, unknown> };
}

function parse(body: unknown): unknown {
	try {
		return JSON.parse(String(body));
	} catch {
		throw invalid('The request body is not valid JSON');
	}
}
