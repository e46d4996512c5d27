import { endpointsOf, type NodeResource } from '../../tasks';
import { account } from './account';
import { aiMultiShot } from './aiMultiShot';
import { element } from './element';
import { imageExpansion } from './imageExpansion';
import { imageGeneration } from './imageGeneration';
import { multiImageToImage } from './multiImageToImage';
import { omniImage } from './omniImage';

/** All resources of the node, in the order of the editor: first what most people look for. A new endpoint is a file and a line here. */
export const resources: NodeResource[] = [
	imageGeneration,
	omniImage,
	multiImageToImage,
	imageExpansion,
	aiMultiShot,
	element,
	account,
];

/** Those with tasks. */
export const taskResources = resources.filter(({ endpoint }) => endpoint !== undefined);

/** Where the tasks of each resource are. */
export const endpoints = endpointsOf(resources);
