import type { NodeResource } from '../../../tasks/declare';
import { create } from './create';
import { createAndWaitForCallback } from './createAndWaitForCallback';
import { endpoint } from './endpoint';
import { generate } from './generate';
import { get } from './get';
import { wait } from './wait';

export const portrait: NodeResource = {
	value: 'portrait',
	endpoint,
	option: { name: 'Portrait', value: 'portrait', description: 'Pictures of a person in a style' },
	operations: [create, createAndWaitForCallback, generate, get, wait],
};
