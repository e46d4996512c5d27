import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports';
import { redis, type Place } from './services';

const READY_MS = 60_000;

/**
 * A Redis of one's own on loopback, which writes what it is told to disk before a second is over (appendonly). It can be
 * reached when it has loaded what it had written, and not before (docs/scaling.md, When Redis is restarted).
 */
export interface OwnRedis {
	place: Place;
	/**
	 * Ends it in order, as an update does, leaves it down for a time in ms, and starts it with what it had written. Resolves
	 * when it can be reached.
	 */
	restart(downMs: number, loading?: Loading): Promise<void>;
	stop(): Promise<void>;
}

/** How a Redis with much on its disk starts. */
export interface Loading {
	/** How long it takes at least, in ms. */
	ms: number;
	/** Whether it can be reached meanwhile, as a Redis that nobody has set up otherwise. */
	isReachable: boolean;
}

/** Starts it and resolves when it can be reached; what it writes goes into the folder. Needs Redis 7. */
export async function startRedis(folder: string): Promise<OwnRedis> {
	const place = { host: '127.0.0.1', port: await freePort() };
	let server = await launch(place, folder);
	process.once('exit', () => server.kill('SIGKILL'));
	return {
		place,
		async restart(downMs, loading) {
			if (loading) await redis(place, 'eval', WRITE_MUCH, '0');
			await end(server);
			await sleep(downMs);
			server = await launch(place, folder, loading);
		},
		stop: async () => await end(server),
	};
}

/** As many commands to load again; while it loads, Redis answers after each 1,024 of them. */
const COMMANDS = 4_096;
const WRITE_MUCH = `for i = 1, ${COMMANDS} do redis.call('set', 'much', i) end`;

async function launch(place: Place, folder: string, loading?: Loading): Promise<ChildProcess> {
	const socket = join(folder, 'redis.sock');
	const openPort = loading?.isReachable ? place.port : 0;
	const address = ['--bind', place.host, '--port', String(openPort), '--unixsocket', socket];
	const storage = ['--dir', folder, '--appendonly', 'yes', '--save', ''];
	// The delay is for one command, in µs.
	const slowly = loading ? ['--key-load-delay', String(Math.ceil((loading.ms * 1000) / COMMANDS))] : [];
	const server = spawn('redis-server', [...address, ...storage, ...slowly], { stdio: 'ignore' });
	const failed = new Promise<never>((_, reject) => {
		server.once('error', (error) => reject(new Error(`Redis could not be started: ${error.message}`)));
		server.once('exit', (code) => reject(new Error(`Redis ended (code ${code}).`)));
	});
	failed.catch(() => undefined); // an end later on is the caller's doing
	await Promise.race([answers(socket, openPort > 0), failed]);
	if (openPort === 0) await redis(socket, 'config', 'set', 'port', String(place.port));
	return server;
}

/** Resolves when it does what it is asked; or, if that will do, when it says that it loads. */
async function answers(socket: string, loadingWillDo: boolean): Promise<void> {
	const deadline = Date.now() + READY_MS;
	for (;;) {
		const problem = await redis(socket, 'ping').then(
			() => undefined,
			(error: Error) => error,
		);
		if (problem === undefined || (loadingWillDo && problem.message.includes('LOADING'))) return;
		if (Date.now() > deadline) throw problem;
		await sleep(50);
	}
}

async function end(server: ChildProcess): Promise<void> {
	if (server.exitCode !== null || server.signalCode !== null) return;
	const ended = new Promise((done) => server.once('exit', done));
	server.kill('SIGTERM');
	await ended;
}
