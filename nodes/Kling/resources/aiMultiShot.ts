import { image } from '../fields';
import { klingResource } from '../resource';

export const aiMultiShot = klingResource({
	value: 'aiMultiShot',
	name: 'AI Multi-Shot',
	description: 'Make further views of a subject from one front image',
	noun: 'an AI multi-shot',
	path: '/v1/general/ai-multi-shot',
	views: 3,
	externalIdOnlyInList: true,
	create: {
		description: 'Make further views of a subject from one front image',
		fields: [
			image(
				{
					displayName: 'Front Image',
					name: 'image',
					default: 'data',
					description: 'Front image of the subject, with a ratio between 1:2.5 and 2.5:1',
				},
				'element_frontal_image',
			),
		],
	},
});
