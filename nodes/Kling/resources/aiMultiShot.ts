import { image } from '../fields';
import { klingResource } from '../resource';

export const aiMultiShot = klingResource({
	value: 'aiMultiShot',
	name: 'AI Multi-Shot',
	description: 'Make further views of a subject from one front image',
	noun: 'a multi-shot',
	path: '/v1/general/ai-multi-shot',
	price: { per: 'call', rows: [{ units: 20 }] },
	views: 3,
	externalIdOnlyInList: true,
	create: {
		action: 'Generate more views of a subject',
		callbackAction: 'Generate views and wait for callback',
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
