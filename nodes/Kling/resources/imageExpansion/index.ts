import type { NodeResource } from '../../../tasks/declare';
import { create } from './create';
import { createAndWaitForCallback } from './createAndWaitForCallback';
import { endpoint } from './endpoint';
import { get } from './get';
import { getAll } from './getAll';
import { wait } from './wait';

export const imageExpansion: NodeResource = {
	value: 'imageExpansion',
	endpoint,
	option: {
		name: 'Image Expansion',
		value: 'imageExpansion',
		description: 'Extend a picture beyond its edges (outpainting)',
	},
	operations: [create, createAndWaitForCallback, get, getAll, wait],
};
