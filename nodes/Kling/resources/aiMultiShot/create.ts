import { createTask } from '../../../tasks/create';
import { createOptions, resultProperties } from '../../../tasks/properties';
import { callbackUrl, imageInput } from '../../fields';
import { operation } from '../../operations';
import { endpoint } from './endpoint';

export const create = operation(endpoint, {
	name: 'Create',
	value: 'create',
	action: 'Create an AI multi-shot task',
	description: 'Make further views of a subject from one front picture',
	method: 'POST',
	url: endpoint.path,
	run: createTask({ images: [{ field: 'element_frontal_image', label: 'Front Image' }] }),
	properties: [
		imageInput('Front Image', 'element_frontal_image', 'Front picture of the subject, with a ratio between 1:2.5 and 2.5:1'),
		...resultProperties,
		createOptions([callbackUrl]),
	],
});
