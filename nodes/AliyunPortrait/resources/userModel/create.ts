import { createTask, type CreateSpec } from '../../../tasks/create';
import { createOptions, keylessNotice } from '../../../tasks/createOptions';
import { operation } from '../../../tasks/declare';
import { asText } from '../../../tasks/json';
import { imagesFrom, resultProperties } from '../../../tasks/properties';
import { callbackUrl, photos } from '../../fields';
import { withMade } from '../../made';
import { trainingPhotos, uploadPhotos } from '../../photos';
import { endpoint, KIND } from './endpoint';

/** Photos are uploaded first; the model is made of their paths (aliyun-portrait.md, step 2). */
export const training: CreateSpec = {
	images: [trainingPhotos],
	upload: uploadPhotos,
	complete: (task, body) => ({ ...task, paths: body.img_set as string[] }),
	tell: (error, { paths, taskId, userId }) =>
		withMade(error, { paths: paths as string[], modelTaskId: asText(taskId), userId: asText(userId) }),
};

export const PHOTOS_HINT = '8 to 20, separated by commas or new lines. * takes all pictures of the item; with Images From: All Items, those of all items together.';

export const fields = [photos(PHOTOS_HINT), imagesFrom];

export const create = operation(endpoint, {
	name: 'Create',
	value: 'create',
	action: 'Create a user model',
	description: 'Train a model of a person from 8 to 20 photos',
	request: { method: 'POST', url: endpoint.path },
	run: createTask(training),
	properties: [
		keylessNotice,
		...fields,
		...resultProperties(KIND),
		createOptions([callbackUrl], { ...KIND, keyless: true }),
	],
});
