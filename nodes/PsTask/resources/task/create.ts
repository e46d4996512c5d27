import { createTask } from '../../../tasks/create';
import { createOptions, keylessNotice } from '../../../tasks/createOptions';
import { operation } from '../../../tasks/declare';
import { resultProperties } from '../../../tasks/properties';
import { imageUrl, prompt, refusePicture, requestOptions, rules } from '../../fields';
import { endpoint } from './endpoint';

export const create = operation(endpoint, {
	name: 'Submit',
	value: 'create',
	action: 'Submit a PS task',
	description: 'Edit a picture as a prompt says',
	request: { method: 'POST', url: endpoint.path },
	run: createTask({ images: [], rules, check: refusePicture }),
	properties: [keylessNotice, imageUrl, prompt, ...resultProperties(), createOptions(requestOptions, { keyless: true })],
});
