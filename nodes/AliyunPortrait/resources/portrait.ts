import { callbackOperation, createOperation, type NodeResource } from '../../tasks';
import { callbackUrl, style, userId } from '../fields';
import { generate } from './generate';
import { endpoint, generation, KIND } from './portraitTask';
import { readOperations } from './read';

const fields = [userId, style];
const { get, wait } = readOperations(endpoint, 'portraits', KIND);

export const portrait: NodeResource = {
	value: 'portrait',
	endpoint,
	option: { name: 'Portrait', value: 'portrait', description: 'Images of a person in a style' },
	operations: [
		generate,
		createOperation(endpoint, {
			action: 'Generate portraits from a model',
			description: 'Make portraits of a trained user model in a style',
			spec: generation,
			fields,
			options: [callbackUrl],
			kind: KIND,
		}),
		callbackOperation(endpoint, {
			action: 'Generate portraits, wait for callback',
			spec: generation,
			fields,
			options: [],
			kind: KIND,
		}),
		get,
		wait,
	],
};
