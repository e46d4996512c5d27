import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialReference } from '../../../sandbox/n8n/workflow';
import { startRedis, type OwnRedis } from '../../../sandbox/n8n/redis';
import { sandboxAccount, type Account } from '../../../sandbox/provider';
import { simulatorCredentials } from '../../../sandbox/start/accounts';
import { startModel } from '../../../sandbox/start/model';
import { startQueueMode, type QueueMode } from '../../queue/setup/queue-mode';
import { SEED } from './settings';

/** Executions that a worker runs at the same time. */
const CONCURRENCY = 10;

/** From the create to the end of a task, in ms: a kill meets some at any point, and some end between two. */
const TASK_MS: [number, number] = [500, 20_000];

/** The account of the HTTP Request recipe. */
export const RECIPE_ACCOUNT: Account = { ...sandboxAccount, name: 'recipe', apiKey: 'recipe-key-0123456789abcdef' };

/** What docs/scaling.md tells users to set; and memory is collected before it is measured. */
const ENV = {
	EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'true',
	QUEUE_WORKER_LOCK_DURATION: '3600000',
	QUEUE_WORKER_STALLED_INTERVAL: '3600000',
	QUEUE_BULL_REDIS_TIMEOUT_THRESHOLD: '60000',
	N8N_EXPRESSION_ENGINE_COMPILE_CACHE: 'true',
	NODE_OPTIONS: `--import ${new URL('collect.mjs', import.meta.url).href}`,
};

/** n8n in queue mode with a Redis of its own, the simulator, a scripted model, and credentials for all of them. */
export interface World extends QueueMode {
	redis: OwnRedis;
	aliyun: CredentialReference;
	ps: CredentialReference;
	openAi: CredentialReference;
	/** The recipe's key as a header. */
	header: CredentialReference;
	/** Addresses of photographs, as sandbox/start/photos.ts names them. */
	photoOf(name: string): string;
}

export async function startWorld(): Promise<World> {
	const stops: Array<() => Promise<void>> = [];
	const stop = async () => {
		for (const each of stops.splice(0).reverse()) await each();
	};
	try {
		const folder = await mkdtemp(join(tmpdir(), 'kling-soak-'));
		stops.push(async () => await rm(folder, { recursive: true, force: true }));
		const redis = await startRedis(folder);
		stops.push(redis.stop);
		const model = await startModel();
		stops.push(model.stop);
		const mode = await startQueueMode({
			concurrency: CONCURRENCY,
			env: ENV,
			redis: redis.place,
			settings: { seed: SEED, taskMs: TASK_MS, resultFormat: 'jpeg', accounts: [sandboxAccount, RECIPE_ACCOUNT] },
		});
		stops.push(mode.stop);
		const saved = async (type: string) => {
			const { name, data } = simulatorCredentials(mode.service.url).find((one) => one.type === type)!;
			return await mode.n8n.saveCredential(type, name, data);
		};
		const header = { name: 'Authorization', value: `Bearer ${RECIPE_ACCOUNT.apiKey}` };
		const photos = new URL('.', mode.photo).href;
		return {
			...mode,
			redis,
			aliyun: await saved('aliyunMarketApi'),
			ps: await saved('psTaskApi'),
			openAi: await mode.n8n.saveCredential('openAiApi', 'Scripted model', { apiKey: 'none', url: model.url }),
			header: await mode.n8n.saveCredential('httpHeaderAuth', 'Recipe', header),
			photoOf: (name) => `${photos}${name}.jpg`,
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
