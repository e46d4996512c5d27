import { endpointsOf, type NodeResource } from '../../tasks';
import { photo } from './photo';
import { portrait } from './portrait';
import { style } from './style';
import { userModel } from './userModel';

/** All resources of the node, in the order of the editor: first what most people look for. */
export const resources: NodeResource[] = [portrait, userModel, photo, style];

/** Where the tasks of each resource are. */
export const endpoints = endpointsOf(resources);
