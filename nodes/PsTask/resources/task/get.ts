import { psTaskBaseUrl } from '../../../../credentials/psTask';
import { getOperation } from '../../../tasks/declare';
import { getProperties } from '../../../tasks/properties';
import { endpoint, NOUN, oneTask, taskId } from './endpoint';

export const get = getOperation(endpoint, {
	noun: NOUN,
	description: 'Read one task by its task ID',
	request: oneTask,
	service: { credential: 'psTaskApi', baseUrl: psTaskBaseUrl },
	properties: [taskId, ...getProperties()],
});
