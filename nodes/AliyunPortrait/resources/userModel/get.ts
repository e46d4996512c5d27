import { getProperties } from '../../../tasks/properties';
import { taskId } from '../../fields';
import { getOperation } from '../../operations';
import { endpoint, KIND, NOUN } from './endpoint';

export const get = getOperation(endpoint, { noun: NOUN, properties: [taskId, ...getProperties(KIND)] });
