import { callbackOperation } from '../../operations';
import { fields, spec } from './create';
import { endpoint, NOUN } from './endpoint';

export const createAndWaitForCallback = callbackOperation(endpoint, NOUN, { create: spec, fields, options: [] });
