import { endpointsOf, type NodeResource } from '../../tasks';
import { aiMultiShot } from './aiMultiShot';
import { imageExpansion } from './imageExpansion';
import { multiImageToImage } from './multiImageToImage';

/** All resources of the node, in the order of the editor. A new endpoint is a file and a line here. */
export const resources: NodeResource[] = [aiMultiShot, imageExpansion, multiImageToImage];

/** Where the tasks of each resource are. */
export const endpoints = endpointsOf(resources);
