import type { NodeResource } from '../../../tasks/declare';
import { create } from './create';
import { createAndWaitForCallback } from './createAndWaitForCallback';
import { endpoint } from './endpoint';
import { get } from './get';
import { wait } from './wait';

export const userModel: NodeResource = {
	value: 'userModel',
	endpoint,
	option: { name: 'User Model', value: 'userModel', description: 'A model of a person, trained from photos' },
	operations: [create, createAndWaitForCallback, get, wait],
};
