import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { cacheRoot } from '../n8n/cache';

/**
 * Where the demo of a clone has its n8n: outside of the clone, as a user's is, since inside the package would load the
 * clone's own n8n-workflow beside n8n's. Every clone has one of its own, which stays over restarts.
 */
export function demoFolder(clone: string): string {
	const hash = createHash('sha256').update(clone).digest('hex').slice(0, 8);
	return join(cacheRoot(), 'demos', `${basename(clone)}-${hash}`);
}
