import type { KlingResource } from '../../operations';
import { create } from './create';
import { get } from './get';
import { getAll } from './getAll';
import { wait } from './wait';

export const multiImageToImage: KlingResource = {
	value: 'multiImageToImage',
	option: {
		name: 'Multi-Image to Image',
		value: 'multiImageToImage',
		description: 'Combine one to four subjects, a scene and a style in one new picture',
	},
	operations: [create, get, getAll, wait],
};
