/**
 * n8n in this process: real workflows, n8n-core's engine, the built package, no server.
 *
 *     const n8n = await startHarness();
 *     const run = await n8n.run({ node: 'n8n-nodes-kling-aliyun.kling', parameters, items, credentials });
 *     expect(run.items[0].json.status).toBe('succeeded');
 */
import { fileURLToPath } from 'node:url';
import type {
	ICredentialDataDecryptedObject,
	INodeCredentialTestResult,
	INodeExecutionData,
	INodeListSearchResult,
	INodeParameters,
} from 'n8n-workflow';

import { controlClock } from './clock.ts';
import { testCredential } from './credential-test.ts';
import { execute, type ExecuteOptions, type Execution } from './execute.ts';
import { buildGraph, NODE, type WorkflowSketch } from './graph.ts';
import { listSearch, type ListSearchOptions } from './list-search.ts';
import { loadPackage, type LoadedPackage } from './package.ts';
import { startListener, type Listener } from './live.ts';
import { poll, type Polled, type PollOptions } from './poll.ts';
import { resumeByTime, takeCallback, type Callback, type Server, type Taken } from './resume.ts';
import { ExecutionRow } from './row.ts';
import { around, asRun, readBinary, withoutFailure, type Run, type RunOptions } from './run.ts';
import { removeHome, useBinaryMode, type BinaryMode } from './runtime.ts';
import { runAsTool, runFromMcp, type McpOptions, type McpRun, type ToolOptions, type ToolRun } from './tool.ts';
import { webhookOf, type WebhookHook, type WebhookOptions } from './webhook.ts';

export { HELPER, type InputFile, type InputItem } from './helper-nodes.ts';
export { isN8n1, NOBODY_THERE, withSsrfProtection } from './runtime.ts';
export type { LogEntry } from './log.ts';
export type { WebhookAnswer, WebhookHook, WebhookRequest } from './webhook.ts';
export type { Polled, PollOptions } from './poll.ts';
export type { Callback, McpOptions, McpRun, Run, RunOptions, ToolOptions, ToolRun };
export { toolRuns } from './tool.ts';
export type { Execution, ExecuteOptions, WorkflowSketch };

export interface HarnessOptions {
	/** Where binaries live; n8n's default is the file system, `default` is memory. */
	binaryMode?: BinaryMode;
	/** Folder with the package.json of the package to load; this repository by default. */
	package?: string;
	/** How much faster than real time the package's time runs, when nothing else is said (`atSpeed`). */
	speed?: number;
}

/** How n8n answered a callback. */
export interface Resumed extends Omit<Taken, 'running'> {
	/** The execution, when it has come to rest again; none if it sleeps on. */
	run?: Run;
}

/** An execution whose callbacks arrive by themselves. */
export interface Waiting {
	/** When it first came to rest; it may have ended at once. */
	suspended: Run;
	/** Those answered so far. */
	callbacks: Taken[];
	/** The first of several ends, where n8n lets simultaneous callbacks all go on (1.x). */
	ended: Promise<Run>;
}

export interface Harness {
	/** Runs one node between a source of items and receivers of its outputs. */
	run(options: RunOptions): Promise<Run>;
	/** Runs any chain of nodes. */
	runWorkflow(sketch: WorkflowSketch, options?: ExecuteOptions): Promise<Execution>;
	/**
	 * Retry in the Executions list: a new execution goes on at the node that failed, with its old input and
	 * the same resume token. `parameters` change the node first ("Retry with current workflow").
	 */
	retry(run: Run, changes?: ExecuteOptions & { parameters?: INodeParameters }): Promise<Run>;
	/** An agent runs, and calls the node as its tool. */
	runAsTool(options: ToolOptions): Promise<ToolRun>;
	/** The MCP Server Trigger calls the node as its tool: there is no execution. */
	runFromMcp(options: McpOptions): Promise<McpRun>;
	/** A callback for an execution that waits, of this n8n or one before it; resolves when all that follows is done. */
	resume(run: Execution, callback?: Callback): Promise<Resumed>;
	/** What n8n does at `waitTill`. Throws when the execution does not wait. */
	resumeByTime(run: Execution): Promise<Run>;
	/** Runs one node in an n8n that has an address on this machine (`instanceUrl`), so that callbacks arrive. */
	runWaiting(options: RunOptions): Promise<Waiting>;
	/** A published workflow that begins with a webhook node. */
	webhook(options: WebhookOptions): WebhookHook;
	/** Polls a trigger node once: static data in, items and static data out. */
	poll(options: PollOptions): Promise<Polled>;
	/** Opens a list of choices in the editor; rejects with what is shown in its place. */
	listSearch(options: ListSearchOptions): Promise<INodeListSearchResult>;
	/** Presses Test in the credential's window. */
	testCredential(type: string, data: ICredentialDataDecryptedObject): Promise<INodeCredentialTestResult>;
	binary(item: INodeExecutionData | undefined, field: string): Promise<Buffer>;
	/** The node and credential types as loaded. */
	package: LoadedPackage;
	/** Lets the package's time run faster while something happens, so that a test need not live through its pauses. */
	atSpeed<T>(speed: number, action: () => Promise<T>): Promise<T>;
	/** Stops what still runs, and removes what n8n wrote. */
	stop(): Promise<void>;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Each start loads the package afresh, so its modules have no memory: that is a restarted n8n. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
	const { binaryMode = 'filesystem', package: folder = REPOSITORY, speed: usualSpeed = 1 } = options;
	const loaded = await loadPackage(folder);
	const ready = async () => await useBinaryMode(binaryMode);
	const running = new Set<Promise<Execution>>();
	const shutdown = new AbortController();
	const start: typeof execute = async (loaded, graph, how, from) => {
		await ready();
		const execution = execute(loaded, graph, how, { ...from, shutdown: shutdown.signal });
		running.add(execution);
		return await execution.finally(() => running.delete(execution));
	};
	const setSpeed = controlClock(folder);
	setSpeed(usualSpeed);

	const server: Server = { loaded, execute: start, ready };
	let listener: Listener | undefined;

	return {
		package: loaded,
		binary: readBinary,

		async run(options) {
			const { graph, how } = around(loaded, options);
			return asRun(await start(loaded, graph, how));
		},

		async runWaiting(options) {
			listener ??= await startListener(server);
			const { graph, how } = around(loaded, { ...options, instanceUrl: listener.url });
			const row = new ExecutionRow(graph, how);
			const callbacks: Taken[] = [];
			listener.watch(row, (taken) => callbacks.push(taken));
			const suspended = asRun(await start(loaded, graph, how, { row }));
			return { suspended, callbacks, ended: row.ended.then(asRun) };
		},

		runAsTool: async (options) => await runAsTool(loaded, start, options),

		async runFromMcp(options) {
			await ready();
			return await runFromMcp(loaded, options);
		},

		async resume({ row }, callback) {
			const { running, ...taken } = await takeCallback(server, row, callback);
			return { ...taken, run: running && asRun(await running) };
		},

		async resumeByTime({ row }) {
			return asRun(await resumeByTime(server, row));
		},

		async runWorkflow(sketch, how = {}) {
			return await start(loaded, buildGraph(loaded, sketch, how.credentials), how);
		},

		async retry({ graph, options: before, data }, { parameters, ...changes } = {}) {
			const nodes = graph.nodes.map((node) => (node.name === NODE && parameters ? { ...node, parameters } : node));
			const { executionId: _, cancelAfterMs: __, signal: ___, ...same } = before;
			const how: ExecuteOptions = { ...same, mode: 'retry', ...changes };
			return asRun(await start(loaded, { ...graph, nodes }, how, { data: withoutFailure(data) }));
		},

		webhook: (options) => webhookOf(loaded, options),

		async poll(options) {
			return await poll(loaded, options);
		},

		listSearch: async (options) => await listSearch(loaded, options),

		async testCredential(type, data) {
			return await testCredential(loaded, type, data);
		},

		async atSpeed(speed, action) {
			setSpeed(speed);
			return await action().finally(() => setSpeed(usualSpeed));
		},

		async stop() {
			shutdown.abort();
			await Promise.allSettled(running);
			await listener?.stop();
			removeHome();
		},
	};
}
