import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { N8nClient } from '../../sandbox/n8n/client.ts';
import { failureOf, isOpen } from '../../sandbox/n8n/execution.ts';
import { startN8n } from '../../sandbox/n8n/server.ts';
import type { Workflow } from '../../sandbox/n8n/workflow.ts';
import { sandboxAccount, startProvider, type Provider } from '../../sandbox/provider/index.ts';
import { servePhotos } from '../../sandbox/start/photos.ts';
import { startMarks, type Marks } from './marks.ts';
import { cpuMs, findProcess, memoryOf } from './process.ts';
import { TRIGGER, type Scene } from './workflows.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One run of a workflow between its two marks. */
export interface Measured {
	startedAt: number;
	/** When the last item left the nodes under test. */
	leftAt: number;
	wallMs: number;
	/** CPU of the n8n process. */
	cpuMs: number;
	peakMb: number;
}

/** A simulator, and the credentials to call it with from both sides. */
export interface Lane extends Scene {
	provider: Provider;
}

/** A real n8n with the package installed, and everything around it. */
export interface World {
	/** Fewer runs. */
	quick: boolean;
	marks: Marks;
	n8nPid(): number;
	/** A fresh n8n process. */
	restart(): Promise<void>;
	/** A simulator of its own, whose account the nodes meet for the first time. */
	lane(settings: Parameters<typeof startProvider>[0]): Promise<Lane>;
	/** Runs a workflow to its end. Throws when it fails. */
	run(workflow: Workflow): Promise<Measured>;
	log(line: string): void;
	stop(): Promise<void>;
}

export async function startWorld(quick: boolean): Promise<World> {
	const stops: Array<() => Promise<void>> = [];
	const log = (line: string) => console.log(line);
	const userFolder = await mkdtemp(join(tmpdir(), 'kling-bench-'));
	stops.push(async () => await rm(userFolder, { recursive: true, force: true }));
	const marks = await startMarks();
	stops.push(marks.stop);
	const photos = await servePhotos();
	stops.push(photos.stop);
	const server = await startN8n({ userFolder, packageDir: root, log });
	stops.push(server.stop);
	const n8n = await N8nClient.connect(server.url);
	const n8nPid = () => findProcess(join('n8n', 'bin', 'n8n'));
	return {
		quick,
		marks,
		n8nPid,
		log,
		restart: server.restart,
		async lane(settings) {
			const provider = await startProvider(settings);
			stops.push(provider.stop);
			const { url } = provider;
			const { apiKey } = sandboxAccount;
			const own = { authentication: 'apiKey', apiKey, region: 'custom', baseUrl: url };
			const header = { name: 'Authorization', value: `Bearer ${apiKey}` };
			return {
				provider,
				marks,
				url,
				photo: `${photos.url}/photos/coffee.jpg`,
				kling: await n8n.saveCredential('klingApi', url, own),
				header: await n8n.saveCredential('httpHeaderAuth', url, header),
			};
		},
		async run(workflow) {
			const { id } = await n8n.importWorkflow(workflow);
			const pid = n8nPid();
			const sample = () => ({ cpu: cpuMs(pid), ...memoryOf(pid) });
			const before = marks.called(workflow.name, 'before', sample);
			const after = marks.called(workflow.name, 'after', sample);
			const executionId = await n8n.run(id, TRIGGER);
			await ended(n8n, id, executionId, after);
			const [start, end] = await Promise.all([before, after]);
			return {
				startedAt: start.at,
				leftAt: end.at,
				wallMs: end.at - start.at,
				cpuMs: end.sample.cpu - start.sample.cpu,
				peakMb: end.sample.peakMb,
			};
		},
		async stop() {
			for (const stop of stops.reverse()) await stop();
		},
	};
}

/** Asks seldom until the last mark was called, so that asking costs n8n nothing; then until n8n has stored the run. */
async function ended(n8n: N8nClient, workflowId: string, executionId: string, after: Promise<unknown>): Promise<void> {
	for (let pause = 2_000; ;) {
		await Promise.race([sleep(pause), ...(pause > 200 ? [after.then(() => (pause = 200))] : [])]);
		// A connection that n8n closes just then says nothing.
		const all = await n8n.executions(workflowId).catch(() => []);
		const found = all.find(({ id }) => id === executionId);
		if (found?.status === 'success') return;
		if (found === undefined || isOpen(found)) continue;
		throw new Error(failureOf(await n8n.execution(executionId)));
	}
}
