/**
 * n8n-core and n8n-workflow, loaded into this process with a home of their own.
 *
 * Both are taken with `require`: n8n-core uses n8n-workflow's CommonJS build, and so does the package
 * under test; the ESM build that `import` would give is a second copy with other classes.
 * The environment is set before the first `require`, because n8n reads it while it loads.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
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
});

// Vitest ends its processes without this event; there `temp.ts` cleans up.
process.once('exit', removeHome);

const require = createRequire(import.meta.url);
/** Modules that are n8n-core's own dependencies must be the copies that n8n-core uses. */
const requireAsCore = createRequire(require.resolve('n8n-core'));

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
export const flatted = createRequire(requireAsCore.resolve('@n8n/backend-common'))('flatted') as typeof import('flatted');
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

/** Where n8n keeps its files in this process. */
export const n8nHome = home;
