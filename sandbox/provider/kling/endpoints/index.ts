import type { EndpointsOf } from '../task-endpoints';
import { account } from './account';
import { advancedCustomElements } from './advanced-custom-elements';
import { aiMultiShot } from './ai-multi-shot';
import { expand } from './expand';
import { generations } from './generations';
import { multiImage2image } from './multi-image2image';
import { omniImage } from './omni-image';

/** Everything that Kling's API offers here. */
export const endpoints: readonly EndpointsOf[] = [
	generations,
	omniImage,
	multiImage2image,
	expand,
	aiMultiShot,
	advancedCustomElements,
	account,
];
