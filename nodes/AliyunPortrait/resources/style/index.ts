import type { NodeResource } from '../../../tasks/declare';
import { getAll } from './getAll';

export const style: NodeResource = {
	value: 'style',
	option: { name: 'Style', value: 'style', description: 'How a portrait may look' },
	operations: [getAll],
};
