import { waitOperation } from '../../operations';
import { endpoint, NOUN } from './endpoint';

export const wait = waitOperation(endpoint, NOUN);
