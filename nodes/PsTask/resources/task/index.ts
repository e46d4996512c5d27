import type { NodeResource } from '../../../tasks/declare';
import { create } from './create';
import { get } from './get';
import { wait } from './wait';

export const task: NodeResource = {
	value: 'task',
	option: { name: 'Task', value: 'task', description: 'A picture to be edited as a prompt says' },
	operations: [create, get, wait],
};
