import type { KlingResource } from '../operations';
import { aiMultiShot } from './aiMultiShot';
import { imageExpansion } from './imageExpansion';
import { multiImageToImage } from './multiImageToImage';

/** All resources of the node, in the order of the editor. A new endpoint is a folder and a line here. */
export const resources: KlingResource[] = [aiMultiShot, imageExpansion, multiImageToImage];
