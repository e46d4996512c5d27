import { waitOperation } from '../../../tasks/declare';
import { waitProperties } from '../../../tasks/properties';
import { endpoint, NOUN, oneTask, taskId } from './endpoint';

export const wait = waitOperation(endpoint, {
	noun: NOUN,
	description: 'Wait until a task that exists already has ended, and return its picture',
	request: oneTask,
	properties: [taskId, ...waitProperties()],
});
