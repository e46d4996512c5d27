import type { NodeResource } from '../../../tasks/declare';
import { upload } from './upload';

export const photo: NodeResource = {
	value: 'photo',
	option: { name: 'Photo', value: 'photo', description: 'A photo of the person to picture' },
	operations: [upload],
};
