import { ensureN8n } from './install';

ensureN8n().catch((error: unknown) => {
	console.error((error as Error).message);
	process.exitCode = 1;
});
