import { getAllOperation } from '../../operations';
import { endpoint, NOUN } from './endpoint';

export const getAll = getAllOperation(endpoint, NOUN);
