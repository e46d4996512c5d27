import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { n8nEnvironment } from './environment';
import { ensureN8n, type N8nRelease } from './install';
import { launch } from './process';
import type { Log } from './npm.mjs';
import { installPackage, packPackage } from './package-install';
import { freePort, requireFreePort } from './ports';

const REST_MS = 60_000;

export interface N8nOptions {
	/** n8n keeps its database, key and packages in `<userFolder>/.n8n`. */
	userFolder: string;
	/** 0 (the default) picks a free one. */
	port?: number;
	/** Packages to install as a user's are, as tarballs ... */
	packageTarballs?: string[];
	/** ... or one as a built package folder, which is packed first. */
	packageDir?: string;
	/** The newest one by default. */
	release?: N8nRelease;
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
	/** Ends n8n and all its processes as a power cut does. */
	kill(): Promise<void>;
	/** Stops, unless it has ended already, and starts again on the same port and user folder. */
	restart(): Promise<void>;
}

/** Starts a real n8n on loopback, with the package installed, and resolves when it takes work. */
export async function startN8n(options: N8nOptions): Promise<N8nServer> {
	const log = options.log ?? (() => undefined);
	const userFolder = resolve(options.userFolder);
	const port = options.port === undefined || options.port === 0 ? await freePort() : options.port;
	const takenHint = 'choose another one with the environment variable N8N_PORT, for example N8N_PORT=5690';
	await requireFreePort(port, takenHint);
	const installation = await ensureN8n(log, options.release);
	await mkdir(join(userFolder, '.n8n'), { recursive: true });
	await installFor(options, userFolder);
	const logFile = join(userFolder, 'n8n.log');
	const url = `http://127.0.0.1:${port}`;
	const start = async () => {
		const env = { ...n8nEnvironment(userFolder, port, await freePort(), options.release), ...options.env };
		const started = await launch({ installation, command: ['start'], env, logFile, url });
		await untilRestAnswers(url);
		return started;
	};
	let n8n = await start();
	return {
		url,
		port,
		logFile,
		stop: async () => await n8n.stop(),
		kill: async () => await n8n.kill(),
		restart: async () => {
			await n8n.stop();
			n8n = await start();
		},
	};
}

/** n8n 1.x says that it is ready some seconds before its REST interface is. */
async function untilRestAnswers(url: string): Promise<void> {
	const deadline = Date.now() + REST_MS;
	while (Date.now() < deadline) {
		const answer = await fetch(`${url}/rest/settings`).catch(() => undefined);
		if (answer?.ok === true) return;
		await sleep(200);
	}
	throw new Error(`The REST interface of n8n at ${url} has not answered within ${REST_MS / 1000} s.`);
}

async function installFor({ packageTarballs = [], packageDir }: N8nOptions, userFolder: string): Promise<void> {
	for (const tarball of packageTarballs) await installPackage(tarball, userFolder);
	if (packageDir === undefined) return;
	const tarball = await packPackage(packageDir);
	try {
		await installPackage(tarball, userFolder);
	} finally {
		await rm(dirname(tarball), { recursive: true, force: true });
	}
}
