import type { EndpointsOf } from '../task-endpoints';
import { aiMultiShot } from './ai-multi-shot';
import { expand } from './expand';
import { multiImage2image } from './multi-image2image';

/** Everything that Kling's API offers here. */
export const endpoints: readonly EndpointsOf[] = [multiImage2image, expand, aiMultiShot];
