import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { N8nInstallation } from './install';
import { killTree } from './npm.mjs';

const guard = join(dirname(fileURLToPath(import.meta.url)), 'guard.mjs');
const READY_MS = 300_000;
const STOP_MS = 15_000;

export interface ProcessOptions {
	installation: N8nInstallation;
	/** n8n's command and its arguments: `start`, `worker` … */
	command: string[];
	/** The whole environment. */
	env: NodeJS.ProcessEnv;
	/** Everything it prints is added to this file. */
	logFile: string;
	/** Where it says over HTTP whether it is ready. */
	url: string;
}

/** One running n8n, of whatever type, in a process group of its own. */
export interface N8nProcess {
	/** Ends it in order; resolves when all its processes are gone. */
	stop(): Promise<void>;
	/** Ends it as a power cut does: SIGKILL to all its processes at once. */
	kill(): Promise<void>;
}

/** Starts an n8n and resolves when it takes work. */
export async function launch({ installation, command, env, logFile, url }: ProcessOptions): Promise<N8nProcess> {
	const child = run(installation, command, env, logFile);
	const started = { stop: async () => await end(child), kill: async () => await kill(child) };
	await ready(child, url, logFile).catch(async (error: unknown) => {
		await started.stop();
		throw error;
	});
	return started;
}

function run(
	{ nodeBin, n8nBin }: N8nInstallation,
	command: string[],
	env: NodeJS.ProcessEnv,
	logFile: string,
): ChildProcess {
	const out = openSync(logFile, 'a');
	const path = `${dirname(nodeBin)}:${env.PATH ?? ''}`;
	const child = spawn(nodeBin, [guard, n8nBin, ...command], {
		env: { ...env, PATH: path },
		cwd: dirname(logFile),
		stdio: ['pipe', out, out],
		detached: true,
	});
	closeSync(out);
	child.stdin?.on('error', () => undefined);
	return child;
}

async function ready(child: ChildProcess, url: string, logFile: string): Promise<void> {
	let failed: unknown;
	child.once('error', (error) => (failed = error));
	const deadline = Date.now() + READY_MS;
	while (Date.now() < deadline) {
		if (failed !== undefined || hasEnded(child)) {
			throw new Error(`n8n ended before it was ready. The end of its log (${logFile}):\n${await tail(logFile)}`);
		}
		const answer = await fetch(`${url}/healthz/readiness`).catch(() => undefined);
		if (answer?.ok === true) return;
		await sleep(200);
	}
	throw new Error(
		`n8n was not ready after ${READY_MS / 1000} s. The end of its log (${logFile}):\n${await tail(logFile)}`,
	);
}

/** Closing the guard's input asks for an orderly end; the guard kills what is left after a while. */
async function end(child: ChildProcess): Promise<void> {
	if (hasEnded(child) || child.pid === undefined) return;
	const ended = exitOf(child);
	child.stdin?.end();
	const timer = setTimeout(() => killTree(child, 'SIGKILL'), STOP_MS);
	await ended;
	clearTimeout(timer);
}

async function kill(child: ChildProcess): Promise<void> {
	if (hasEnded(child) || child.pid === undefined) return;
	const ended = exitOf(child);
	killTree(child, 'SIGKILL');
	await ended;
}

async function exitOf(child: ChildProcess): Promise<void> {
	await new Promise<void>((done) => child.once('exit', () => done()));
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

async function tail(file: string, lines = 15): Promise<string> {
	const text = await readFile(file, 'utf8').catch(() => '');
	return text.trimEnd().split('\n').slice(-lines).join('\n');
}
