import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { n8nEnvironment } from './environment';
import { ensureN8n } from './install';
import { Instance } from './instance';
import type { Log } from './npm.mjs';
import { installPackage, packPackage } from './package-install';
import { freePort } from './ports';
import { launch } from './process';
import { POSTGRES, postgres, REDIS, redis, requireServices, type Place } from './services';

export interface QueueOptions {
	/** Every instance has its user folder and its log file in it. */
	folder: string;
	/** The built package, which is packed and installed into every instance. */
	packageDir: string;
	workers: number;
	/** How many executions a worker runs at the same time. */
	concurrency: number;
	/** The machine's own by default. */
	redis?: Place;
	/** Added to the environment of every instance. */
	env?: Record<string, string>;
	log?: Log;
}

/** n8n in queue mode: one main and its workers, on PostgreSQL and Redis. */
export interface N8nQueue {
	/** n8n's address. */
	url: string;
	main: Instance;
	workers: Instance[];
	/** Adds a worker with a user folder of its own and resolves when it takes work. */
	addWorker(): Promise<void>;
	/** Runs SQL in n8n's database; the rows' columns as text. */
	query(statement: string): Promise<string[][]>;
	/** Jobs in the queue: those that hold a worker's slot, and those that wait for one. */
	jobs(): Promise<{ active: number; waiting: number }>;
	/** Ends everything and removes what it left in PostgreSQL and Redis. */
	stop(): Promise<void>;
}

/** Starts n8n in queue mode, with the package on every instance, and resolves when all of them take work. */
export async function startQueue(options: QueueOptions): Promise<N8nQueue> {
	const { folder, packageDir, concurrency, env, redis: place = REDIS, log = () => undefined } = options;
	await requireServices(place);
	const installation = await ensureN8n(log);
	const name = `n8n_queue_${process.pid}_${randomBytes(4).toString('hex')}`;
	const tarball = await packPackage(packageDir);

	const mainPort = await freePort();
	const instance = async (own: string, command: string[], port: number) => {
		const userFolder = join(folder, own);
		await mkdir(join(userFolder, '.n8n'), { recursive: true });
		await installPackage(tarball, userFolder);
		const url = addressOf(port);
		const logFile = join(folder, `${own}.log`);
		return new Instance(own, url, userFolder, logFile, async () => {
			const alone = n8nEnvironment(userFolder, port, await freePort());
			const together = { ...sharedEnvironment(name, addressOf(mainPort), place), ...monitoring(port), ...env };
			return await launch({ installation, command, env: { ...alone, ...together }, logFile, url });
		});
	};
	const main = await instance('main', ['start'], mainPort);
	const workers: Instance[] = [];
	let hired = 0;
	const addWorker = async () => {
		const worker = await instance(`worker-${++hired}`, ['worker', `--concurrency=${concurrency}`], await freePort());
		workers.push(worker);
		await worker.start();
	};
	const stop = async () => {
		await Promise.all([main, ...workers].map(async (one) => await one.stop()));
		await rm(dirname(tarball), { recursive: true, force: true });
		await postgres('postgres', `drop database if exists ${name} with (force)`);
		const keys = await redis(place, '--scan', '--pattern', `*${name}*`);
		if (keys.length > 0) await redis(place, 'del', ...keys);
	};
	try {
		await postgres('postgres', `create database ${name}`);
		await main.start(); // it alone brings the database up to date
		await Promise.all(Array.from({ length: options.workers }, addWorker));
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		url: main.url,
		main,
		workers,
		addWorker,
		query: async (statement) => await postgres(name, statement),
		jobs: async () => {
			const length = async (list: string) => Number((await redis(place, 'llen', `${name}:jobs:${list}`))[0]);
			return { active: await length('active'), waiting: await length('wait') };
		},
		stop,
	};
}

/** What docs/scaling.md tells users to set on every instance. */
function sharedEnvironment(name: string, url: string, redisPlace: Place): Record<string, string> {
	return {
		EXECUTIONS_MODE: 'queue',
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		N8N_ENCRYPTION_KEY: name,
		N8N_DEFAULT_BINARY_DATA_MODE: 'database',
		WEBHOOK_URL: url,
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: POSTGRES.host,
		DB_POSTGRESDB_PORT: String(POSTGRES.port),
		DB_POSTGRESDB_USER: POSTGRES.user,
		DB_POSTGRESDB_DATABASE: name,
		QUEUE_BULL_REDIS_HOST: redisPlace.host,
		QUEUE_BULL_REDIS_PORT: String(redisPlace.port),
		QUEUE_BULL_PREFIX: name,
		N8N_REDIS_KEY_PREFIX: name,
	};
}

/** A worker answers health checks and shows its metrics only where it is told to. */
function monitoring(port: number): Record<string, string> {
	return {
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		QUEUE_HEALTH_CHECK_PORT: String(port),
		N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
		N8N_METRICS: 'true',
	};
}

function addressOf(port: number): string {
	return `http://127.0.0.1:${port}`;
}
