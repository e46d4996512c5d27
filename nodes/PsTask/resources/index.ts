import type { NodeResource } from '../../tasks/declare';
import { task } from './task';

/** All resources of the node. */
export const resources: NodeResource[] = [task];
