import { callbackOperation } from '../../operations';
import { fields, generation } from './create';
import { endpoint, KIND, NOUN } from './endpoint';

export const createAndWaitForCallback = callbackOperation(endpoint, { noun: NOUN, create: generation, fields, kind: KIND });
