import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { n8nEnvironment } from './environment';
import { ensureN8n, type N8nInstallation } from './install';
import { killTree, type Log } from './npm.mjs';
import { installPackage, packPackage } from './package-install';
import { freePort, requireFreePort } from './ports';

const guard = join(dirname(fileURLToPath(import.meta.url)), 'guard.mjs');
const READY_MS = 120_000;
const STOP_MS = 15_000;

export interface N8nOptions {
	/** n8n keeps its database, key and packages in `<userFolder>/.n8n`. */
	userFolder: string;
	/** 0 (the default) picks a free one. */
	port?: number;
	/** A package to install as a user's is, as a tarball ... */
	packageTarball?: string;
	/** ... or as a built package folder, which is packed first. */
	packageDir?: string;
	/** Added to n8n's environment. */
	env?: Record<string, string>;
	log?: Log;
}

export interface N8nServer {
	url: string;
	port: number;
	logFile: string;
	/** Ends n8n and all its processes; resolves when they are gone. */
	stop(): Promise<void>;
	/** Stops and starts again on the same port and user folder. */
	restart(): Promise<void>;
}

/** Starts a real n8n on loopback, with the package installed, and resolves when it takes work. */
export async function startN8n(options: N8nOptions): Promise<N8nServer> {
	const log = options.log ?? (() => undefined);
	const userFolder = resolve(options.userFolder);
	const port = options.port === undefined || options.port === 0 ? await freePort() : options.port;
	const takenHint = 'choose another one with the environment variable N8N_PORT, for example N8N_PORT=5690';
	await requireFreePort(port, takenHint);
	const installation = await ensureN8n(log);
	await mkdir(join(userFolder, '.n8n'), { recursive: true });
	await installFor(options, userFolder);
	const logFile = join(userFolder, 'n8n.log');
	const url = `http://127.0.0.1:${port}`;
	const launch = async () => {
		const env = { ...n8nEnvironment(userFolder, port, await freePort()), ...options.env };
		const child = run(installation, env, logFile);
		await ready(child, url, logFile).catch(async (error: unknown) => {
			await end(child);
			throw error;
		});
		return child;
	};
	let child = await launch();
	return {
		url,
		port,
		logFile,
		stop: async () => await end(child),
		restart: async () => {
			await end(child);
			child = await launch();
		},
	};
}

async function installFor({ packageTarball, packageDir }: N8nOptions, userFolder: string): Promise<void> {
	if (packageTarball !== undefined) await installPackage(packageTarball, userFolder);
	if (packageTarball !== undefined || packageDir === undefined) return;
	const tarball = await packPackage(packageDir);
	try {
		await installPackage(tarball, userFolder);
	} finally {
		await rm(dirname(tarball), { recursive: true, force: true });
	}
}

function run({ nodeBin, n8nBin }: N8nInstallation, env: NodeJS.ProcessEnv, logFile: string): ChildProcess {
	const out = openSync(logFile, 'a');
	const path = `${dirname(nodeBin)}:${env.PATH ?? ''}`;
	const child = spawn(nodeBin, [guard, n8nBin, 'start'], {
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
	throw new Error(`n8n was not ready after ${READY_MS / 1000} s. The end of its log (${logFile}):\n${await tail(logFile)}`);
}

/** Closing the guard's input asks for an orderly end; the guard kills what is left after a while. */
async function end(child: ChildProcess): Promise<void> {
	if (hasEnded(child) || child.pid === undefined) return;
	const ended = new Promise<void>((done) => child.once('exit', () => done()));
	child.stdin?.end();
	const timer = setTimeout(() => killTree(child, 'SIGKILL'), STOP_MS);
	await ended;
	clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

async function tail(file: string, lines = 15): Promise<string> {
	const text = await readFile(file, 'utf8').catch(() => '');
	return text.trimEnd().split('\n').slice(-lines).join('\n');
}
