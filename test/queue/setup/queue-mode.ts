import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { N8nClient } from '../../../sandbox/n8n/client';
import type { Instance } from '../../../sandbox/n8n/instance';
import { startQueue, type N8nQueue } from '../../../sandbox/n8n/queue';
import type { CredentialReference } from '../../../sandbox/n8n/workflow';
import type { Place } from '../../../sandbox/n8n/services';
import { sandboxAccount, startProvider, type Control, type Provider, type Settings } from '../../../sandbox/provider';
import { servePhotos } from '../../../sandbox/start/photos';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** The simulator's slots: tasks of killed executions go on running and must not stand in the way of others. */
const SLOTS = 1000;

/** n8n in queue mode with two workers, and the simulator that its Kling credential leads to. */
export interface QueueMode {
	queue: N8nQueue;
	n8n: N8nClient;
	provider: Control;
	/** The simulator's address, and its restart. */
	service: Pick<Provider, 'url' | 'restart'>;
	kling: CredentialReference;
	/** A photograph, 600 pixels wide. */
	photo: string;
	stop(): Promise<void>;
}

/** Starts everything afresh; to be called in a file's `beforeAll`. */
export async function startQueueMode(options: {
	concurrency: number;
	env: Record<string, string>;
	redis?: Place;
	/** What differs from the simulator's own settings. */
	settings?: Partial<Settings>;
}): Promise<QueueMode> {
	const stops: Array<() => Promise<void>> = [];
	const stop = async () => {
		for (const each of stops.splice(0).reverse()) await each();
	};
	try {
		const folder = await mkdtemp(join(tmpdir(), 'kling-queue-'));
		stops.push(async () => await rm(folder, { recursive: true, force: true }));
		const provider = await startProvider({ slots: SLOTS, ...options.settings });
		stops.push(provider.stop);
		const photos = await servePhotos();
		stops.push(photos.stop);
		const queue = await startQueue({ folder, packageDir: root, workers: 2, log: console.log, ...options });
		stops.push(queue.stop);
		const n8n = await N8nClient.connect(queue.url);
		const data = { authentication: 'apiKey', apiKey: sandboxAccount.apiKey, region: 'custom', baseUrl: provider.url };
		const kling = await n8n.saveCredential('klingApi', 'Kling', data);
		const photo = `${photos.url}/photos/coffee.jpg`;
		return { queue, n8n, provider: provider.control, service: provider, kling, photo, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/** How many executions a worker is at, by its own account: since its last start, those it has begun and not ended. */
export async function runningOn(worker: Instance): Promise<number> {
	const log = await readFile(worker.logFile, 'utf8');
	const sinceStart = log.slice(log.lastIndexOf('n8n worker is now ready'));
	const count = (pattern: RegExp) => sinceStart.match(pattern)?.length ?? 0;
	return count(/Worker started execution \d+/g) - count(/Worker (finished|errored while running) execution \d+/g);
}

/** An execution, without its data. */
export interface ExecutionRow {
	id: string;
	status: string;
	/** The execution that it is a retry of; '' if it is none. */
	retryOf: string;
	/** When it ended, in ms since the epoch; 0 if it has not. */
	stoppedAt: number;
}

/** Every execution of a workflow, oldest first. */
export async function executionsOf({ queue }: QueueMode, workflowId: string): Promise<ExecutionRow[]> {
	const columns = 'id, status, "retryOf", extract(epoch from "stoppedAt") * 1000';
	const rows = await queue.query(
		`select ${columns} from execution_entity where "workflowId" = '${workflowId}' order by id`,
	);
	return rows.map(([id = '', status = '', retryOf = '', stoppedAt = '']) => ({
		id,
		status,
		retryOf,
		stoppedAt: Number(stoppedAt),
	}));
}
