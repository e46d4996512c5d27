import { callbackOperation, createOperation, type NodeResource } from '../../tasks';
import { callbackUrl, style, userId } from '../fields';
import { generate } from './generate';
import { endpoint, generation, KIND } from './portraitTask';
import { readOperations } from './read';

const fields = [userId, style];
const { get, wait } = readOperations(endpoint, 'a portrait', KIND);

export const portrait: NodeResource = {
	value: 'portrait',
	endpoint,
	option: { name: 'Portrait', value: 'portrait', description: 'Images of a person in a style' },
	operations: [
		createOperation(endpoint, {
			action: 'Create a portrait',
			description: 'Make portraits of a trained user model in a style',
			spec: generation,
			fields,
			options: [callbackUrl],
			kind: KIND,
		}),
		callbackOperation(endpoint, {
			action: 'Create a portrait task and wait for its callback',
			spec: generation,
			fields,
			options: [],
			kind: KIND,
		}),
		generate,
		get,
		wait,
	],
};
