import { createTask, type CreateSpec } from '../../../tasks/create';
import { createOptions } from '../../../tasks/createOptions';
import { operation } from '../../../tasks/declare';
import { resultProperties } from '../../../tasks/properties';
import { callbackUrl, imageInput } from '../../fields';
import { endpoint } from './endpoint';

export const fields = [
	imageInput('Front Image', 'element_frontal_image', 'Front picture of the subject, with a ratio between 1:2.5 and 2.5:1'),
];

export const spec: CreateSpec = { images: [{ field: 'element_frontal_image', label: 'Front Image' }] };

export const create = operation(endpoint, {
	name: 'Create',
	value: 'create',
	action: 'Create an AI multi-shot task',
	description: 'Make further views of a subject from one front picture',
	request: { method: 'POST', url: endpoint.path },
	run: createTask(spec),
	properties: [...fields, ...resultProperties(), createOptions([callbackUrl])],
});
