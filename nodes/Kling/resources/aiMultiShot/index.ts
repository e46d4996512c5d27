import type { KlingResource } from '../../operations';
import { create } from './create';
import { get } from './get';
import { getAll } from './getAll';
import { wait } from './wait';

export const aiMultiShot: KlingResource = {
	value: 'aiMultiShot',
	option: {
		name: 'AI Multi-Shot',
		value: 'aiMultiShot',
		description: 'Make further views of a subject from one front picture',
	},
	operations: [create, get, getAll, wait],
};
