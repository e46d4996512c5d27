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
	INodeParameters,
} from 'n8n-workflow';

import { testCredential } from './credential-test.ts';
import { execute, type ExecuteOptions, type Execution } from './execute.ts';
import { buildGraph, NODE, sketchAround, type NodeSettings, type WorkflowSketch } from './graph.ts';
import type { InputItem } from './helper-nodes.ts';
import { loadPackage, type LoadedPackage } from './package.ts';
import { binaryData, removeHome, useBinaryMode, type BinaryMode } from './runtime.ts';

export { HELPER, type InputFile, type InputItem } from './helper-nodes.ts';
export type { LogEntry } from './log.ts';
export type { Execution, ExecuteOptions, WorkflowSketch };

export interface HarnessOptions {
	/** Where binaries live; n8n's default is the file system, `default` is memory. */
	binaryMode?: BinaryMode;
	/** Folder with the package.json of the package to load; this repository by default. */
	package?: string;
}

export interface RunOptions extends NodeSettings, ExecuteOptions {
	/** Full type name, e.g. `n8n-nodes-kling-aliyun.kling`. */
	node: string;
	parameters?: INodeParameters;
	typeVersion?: number;
	nodeId?: string;
	/** One empty item by default. */
	items?: InputItem[];
}

export interface Run extends Execution {
	/** Output 0 of the node under test; `pairedItem` counts from the node's own input. */
	items: INodeExecutionData[];
	/** The error output, with `onError: 'continueErrorOutput'`. */
	errorItems: INodeExecutionData[];
	/** The content of a binary field. */
	binary(item: INodeExecutionData | undefined, field: string): Promise<Buffer>;
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
	/** Presses Test in the credential's window. */
	testCredential(type: string, data: ICredentialDataDecryptedObject): Promise<INodeCredentialTestResult>;
	binary(item: INodeExecutionData | undefined, field: string): Promise<Buffer>;
	/** The node and credential types as loaded. */
	package: LoadedPackage;
	/** Removes what n8n wrote. */
	stop(): Promise<void>;
}

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Each start loads the package afresh, so its modules have no memory: that is a restarted n8n. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
	const { binaryMode = 'filesystem', package: folder = REPOSITORY } = options;
	const loaded = await loadPackage(folder);
	const start: typeof execute = async (...args) => {
		await useBinaryMode(binaryMode);
		return await execute(...args);
	};

	return {
		package: loaded,
		binary: readBinary,

		async run({ node, parameters = {}, typeVersion, nodeId, items = [{}], ...rest }) {
			const { onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData, ...how } = rest;
			const settings = defined({
				onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData,
				typeVersion, id: nodeId,
			});
			const sketch = sketchAround({ type: node, parameters, ...settings }, items);
			return asRun(await start(loaded, buildGraph(loaded, sketch, how.credentials), how));
		},

		async runWorkflow(sketch, how = {}) {
			return await start(loaded, buildGraph(loaded, sketch, how.credentials), how);
		},

		async retry({ graph, options: before, data }, { parameters, ...changes } = {}) {
			const nodes = graph.nodes.map((node) =>
				node.name === NODE && parameters ? { ...node, parameters } : node,
			);
			const { executionId: _, cancelAfterMs: __, signal: ___, ...same } = before;
			const how: ExecuteOptions = { ...same, mode: 'retry', ...changes };
			return asRun(await start(loaded, { ...graph, nodes }, how, withoutFailure(data)));
		},

		async testCredential(type, data) {
			return await testCredential(loaded, type, data);
		},

		async stop() {
			removeHome();
		},
	};
}

function asRun(execution: Execution): Run {
	return {
		...execution,
		items: execution.output(NODE, 0),
		errorItems: execution.output(NODE, 1),
		binary: readBinary,
	};
}

async function readBinary(item: INodeExecutionData | undefined, field: string): Promise<Buffer> {
	const file = item?.binary?.[field];
	if (!file) {
		const fields = Object.keys(item?.binary ?? {}).join(', ') || 'none';
		throw new Error(`The item has no binary field "${field}" (it has: ${fields})`);
	}
	return await binaryData().getAsBuffer(file);
}

/** Takes back the failed node's result; its input still lies on the execution stack. */
function withoutFailure(data: Execution['data']): Execution['data'] {
	const { error: _, ...resultData } = data.resultData;
	const runData = { ...resultData.runData };
	const last = resultData.lastNodeExecuted;
	if (last && runData[last]?.at(-1)?.error) runData[last] = runData[last].slice(0, -1);
	return structuredClone({ ...data, resultData: { ...resultData, runData } });
}

function defined<T extends object>(values: T): Partial<T> {
	return Object.fromEntries(
		Object.entries(values).filter(([, value]) => value !== undefined),
	) as Partial<T>;
}
