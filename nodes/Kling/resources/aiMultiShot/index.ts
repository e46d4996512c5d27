import type { NodeResource } from '../../../tasks/declare';
import { create } from './create';
import { createAndWaitForCallback } from './createAndWaitForCallback';
import { endpoint } from './endpoint';
import { get } from './get';
import { getAll } from './getAll';
import { wait } from './wait';

export const aiMultiShot: NodeResource = {
	value: 'aiMultiShot',
	endpoint,
	option: {
		name: 'AI Multi-Shot',
		value: 'aiMultiShot',
		description: 'Make further views of a subject from one front picture',
	},
	operations: [create, createAndWaitForCallback, get, getAll, wait],
};
