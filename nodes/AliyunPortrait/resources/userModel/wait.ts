import { waitProperties } from '../../../tasks/properties';
import { taskId } from '../../fields';
import { waitOperation } from '../../operations';
import { endpoint, KIND, NOUN } from './endpoint';

export const wait = waitOperation(endpoint, { noun: NOUN, properties: [taskId, ...waitProperties(KIND)] });
