import type { KlingResource } from '../../operations';
import { create } from './create';
import { get } from './get';
import { getAll } from './getAll';
import { wait } from './wait';

export const imageExpansion: KlingResource = {
	value: 'imageExpansion',
	option: {
		name: 'Image Expansion',
		value: 'imageExpansion',
		description: 'Extend a picture beyond its edges (outpainting)',
	},
	operations: [create, get, getAll, wait],
};
