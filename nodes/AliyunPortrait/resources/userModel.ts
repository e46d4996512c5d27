import {
	callbackOperation,
	checkImages,
	createOperation,
	imagesFrom,
	type CreateSpec,
	type Endpoint,
	type NodeResource,
	type TaskKind,
} from '../../tasks';
import { aliyunPortrait } from '../api';
import { callbackUrl, callbackUrlRule, photos } from '../fields';
import { trainingPhotos, uploadPhotos } from '../photos';
import { readOperations } from './read';

/** Training takes long, and status queries may be billed. */
const TIMEOUT_MINUTES = 60;

export const endpoint: Endpoint = {
	service: aliyunPortrait,
	resource: 'userModel',
	path: '/cloud/aigc_user_model_create',
	product: 'the user model',
	waiting: { timeout: TIMEOUT_MINUTES, firstReadMs: 60_000, shortestIntervalMs: 15_000 },
	withoutImages: true,
	// Only state 3 means that the model was made (docs/services/aliyun-portrait.md, Task states).
	partialIsFailure: true,
	facts: ['userId', 'paths'],
};

/** Photos are uploaded first; the model is made of their paths (docs/services/aliyun-portrait.md, User model). */
export const training: CreateSpec = {
	images: [trainingPhotos],
	rules: [callbackUrlRule],
	upload: { fact: 'paths', send: uploadPhotos },
};

export const PHOTOS_HINT = '8 to 20. * takes all images of the item.';

const KIND: TaskKind = { timeout: TIMEOUT_MINUTES, withoutImages: true, keyless: true };
const fields = [photos(PHOTOS_HINT), imagesFrom];
const { get, wait } = readOperations(endpoint, 'a user model', KIND);

export const userModel: NodeResource = {
	value: 'userModel',
	endpoint,
	option: { name: 'User Model', value: 'userModel', description: 'A model of a person, trained from photos' },
	operations: [
		createOperation(endpoint, {
			action: 'Train a model of a person',
			description: 'Train a model of a person from 8 to 20 photos',
			spec: training,
			fields,
			options: [callbackUrl, checkImages],
			kind: KIND,
		}),
		callbackOperation(endpoint, {
			action: 'Train a model and wait for callback',
			spec: training,
			fields,
			options: [checkImages],
			kind: KIND,
		}),
		get,
		wait,
	],
};
