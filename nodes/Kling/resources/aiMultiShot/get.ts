import { getOperation } from '../../operations';
import { endpoint, NOUN } from './endpoint';

export const get = getOperation(endpoint, NOUN);
