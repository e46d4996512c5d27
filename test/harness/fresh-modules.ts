/** Set-up file of the unit tests, which share processes: every file gets modules that remember nothing. */
import { afterAll, vi } from 'vitest';

afterAll(() => {
	vi.useRealTimers();
	vi.doUnmock('n8n-workflow');
	vi.resetModules();
});
