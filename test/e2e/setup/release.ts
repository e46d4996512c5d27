import type { N8nRelease } from '../../../sandbox/n8n/install.ts';

/** The name of the environment variable by which a project of test/vitest.config.ts chooses the line of n8n. */
export const E2E_N8N = 'E2E_N8N';

/** The line of n8n that a project's environment names; 2.x where it names none. */
export function releaseOf(env: Record<string, unknown>): N8nRelease {
	return env[E2E_N8N] === '1.x' ? '1.x' : '2.x';
}

/** The line of n8n that these tests run on. What differs between the two is said where it is expected (docs/n8n.md, Versions). */
export const RELEASE = releaseOf(process.env);
