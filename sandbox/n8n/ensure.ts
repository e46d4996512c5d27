import { ensureN8n, type N8nRelease } from './install';

/** Installs the releases that are named, before the tests that run them begin. */
async function ensure(releases: string[]): Promise<void> {
	for (const release of releases) await ensureN8n(console.log, release as N8nRelease);
}

ensure(process.argv.slice(2)).catch((error: unknown) => {
	console.error((error as Error).message);
	process.exitCode = 1;
});
