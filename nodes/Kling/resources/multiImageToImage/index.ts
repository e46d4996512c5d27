import type { NodeResource } from '../../../tasks/declare';
import { create } from './create';
import { createAndWaitForCallback } from './createAndWaitForCallback';
import { endpoint } from './endpoint';
import { get } from './get';
import { getAll } from './getAll';
import { wait } from './wait';

export const multiImageToImage: NodeResource = {
	value: 'multiImageToImage',
	endpoint,
	option: {
		name: 'Multi-Image to Image',
		value: 'multiImageToImage',
		description: 'Combine one to four subjects, a scene and a style in one new picture',
	},
	operations: [create, createAndWaitForCallback, get, getAll, wait],
};
