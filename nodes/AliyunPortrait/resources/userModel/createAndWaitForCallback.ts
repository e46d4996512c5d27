import { callbackOperation } from '../../operations';
import { fields, training } from './create';
import { endpoint, KIND, NOUN } from './endpoint';

export const createAndWaitForCallback = callbackOperation(endpoint, { noun: NOUN, create: training, fields, kind: KIND });
