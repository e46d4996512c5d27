/**
 * n8n-core and n8n-workflow, loaded into this process with a home of their own: those of the repository, or the ones
 * installed in the folder that N8N_CORE_FOLDER names.
 *
 * Both are taken with `require`: n8n-core uses n8n-workflow's CommonJS build, and so does the package
 * under test; the ESM build that `import` would give is a second copy with other classes.
 * The environment is set before the first `require`, because n8n reads it while it loads.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { captureLogger } from './log.ts';

/** Everything n8n writes (settings, binary files) goes here. */
const home = mkdtempSync(join(tmpdir(), 'n8n-harness-'));

Object.assign(process.env, {
	N8N_USER_FOLDER: home,
	N8N_ENCRYPTION_KEY: 'harness-encryption-key',
	N8N_EXPRESSION_ENGINE: 'legacy',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_LOG_LEVEL: 'silent',
	// n8n 1.x would warn of them in the log of whatever runs first.
	N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false',
});

// Vitest ends its processes without this event; there `temp.ts` cleans up.
process.once('exit', removeHome);

const requireHere = createRequire(import.meta.url);
const { N8N_CORE_FOLDER: coreFolder } = process.env;
const require = coreFolder === undefined ? requireHere : createRequire(join(coreFolder, 'package.json'));
/** Modules that are n8n-core's own dependencies must be the copies that n8n-core uses. */
const requireAsCore = createRequire(require.resolve('n8n-core'));
if (coreFolder !== undefined) useOneCopy(require.resolve('n8n-workflow'));

const { version } = require('n8n-core/package.json') as { version: string };
/** The engine that is loaded is that of n8n 1.x. */
export const isN8n1 = version.startsWith('1.');

/** What a credential test says when the connection is refused; each line of n8n has its own text. */
export const NOBODY_THERE = isN8n1 ? 'The service refused the connection - perhaps it is offline' : 'ECONNREFUSED';

interface Container {
	get<T>(token: abstract new (...args: never[]) => T): T;
	set(token: unknown, value: unknown): void;
}

// n8n-core's services are decorated classes: this must come first.
requireAsCore('reflect-metadata');
const { Container } = requireAsCore('@n8n/di') as { Container: Container };
const { Logger } = requireAsCore('@n8n/backend-common') as { Logger: unknown };
Container.set(Logger, captureLogger);

export const core = require('n8n-core') as typeof import('n8n-core');
/** n8n's database keeps executions in this form. */
export const flatted = (isN8n1 ? requireHere : createRequire(requireAsCore.resolve('@n8n/backend-common')))(
	'flatted',
) as typeof import('flatted');
export const workflow = require('n8n-workflow') as typeof import('n8n-workflow');

// Nodes may log through the proxy too; the engine's own debug chatter goes the same way and is dropped.
workflow.LoggerProxy.init({ ...captureLogger, debug: () => {} });
// The server's error reports (log and Sentry) repeat what the run's result says.
Container.set(core.ErrorReporter, { error: () => {}, warn: () => {}, info: () => {} });

export type BinaryMode = 'default' | 'filesystem';

/** `filesystem` is what a server does unless told otherwise, `default` keeps files as base64 in the item. */
export async function useBinaryMode(mode: BinaryMode): Promise<void> {
	mkdirSync(home, { recursive: true });
	Container.get(core.BinaryDataConfig).mode = mode;
	await binaryData().init();
}

export function binaryData() {
	return Container.get(core.BinaryDataService);
}

export function removeHome(): void {
	rmSync(home, { recursive: true, force: true });
}

/** The package under test lies beside the repository's n8n-workflow; what it throws must be of the engine's classes. */
function useOneCopy(file: string): void {
	const internals = module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
	const resolve = internals._resolveFilename;
	internals._resolveFilename = (request, ...rest) =>
		request === 'n8n-workflow' ? file : Reflect.apply(resolve, internals, [request, ...rest]);
}

/** Where n8n keeps its files in this process. */
export const n8nHome = home;

/** n8n's own protection against SSRF, which 1.x does not have, while something happens. */
export async function withSsrfProtection<T>(action: () => Promise<T>): Promise<T> {
	const { SsrfProtectionConfig } = requireAsCore('@n8n/config') as {
		SsrfProtectionConfig: abstract new () => { enabled: boolean };
	};
	const config = Container.get(SsrfProtectionConfig);
	config.enabled = true;
	return await action().finally(() => {
		config.enabled = false;
	});
}
