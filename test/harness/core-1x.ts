/** Vitest's global set-up of the tests that run on the engine of n8n 1.x: installs it. */
import { ensureCore1x } from '../../sandbox/n8n/install.ts';

export default async function setup(): Promise<void> {
	await ensureCore1x();
}
