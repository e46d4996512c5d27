/** Runs one workflow in n8n's own engine and says what a server would have stored of it. */
import type {
	IDataObject,
	ExecutionError,
	ExecutionStatus,
	IConnections,
	INode,
	INodeExecutionData,
	IRun,
	IRunExecutionData,
	IWorkflowSettings,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper, type DecryptedCredentials } from './credentials.ts';
import { helperNodes, type InputItem } from './helper-nodes.ts';
import { collectLog, type LogEntry } from './log.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import { ExecutionRow } from './row.ts';
import { core, isN8n1, workflow as lib } from './runtime.ts';
import { startStopwatch, type Stopwatch } from './stopwatch.ts';

export interface ExecuteOptions {
	/** Decrypted data by credential type, as the user typed it. */
	credentials?: DecryptedCredentials;
	/** `null`: a run that has no execution ID. */
	executionId?: string | null;
	/** `false`: the resume URL has no signature, as in 2.0.2 and 2.8.1; in n8n 1.x it never has one. */
	signedResumeUrl?: boolean;
	/** What n8n 2.x puts behind `?signature=` in `$execution.resumeUrl`; random when left out. */
	resumeToken?: string;
	instanceUrl?: string;
	workflowId?: string;
	mode?: WorkflowExecuteMode;
	settings?: IWorkflowSettings;
	/** The workflow's static data, by `node:<name>`; nodes change it. */
	staticData?: IDataObject;
	/** Presses Stop. */
	cancelAfterMs?: number;
	/** Presses Stop when it is aborted. */
	signal?: AbortSignal;
}

export interface Graph {
	nodes: INode[];
	connections: IConnections;
	/** What items nodes emit, by node name. */
	items: Map<string, InputItem[]>;
	start: string;
}

export interface Execution {
	status: ExecutionStatus;
	/** The error that ended the workflow; n8n has made it a plain object that keeps the error's own fields. */
	error?: ExecutionError;
	executionId?: string;
	/** Of a waiting execution: when n8n resumes it, if nothing else does. */
	waitTill?: Date;
	elapsedMs: number;
	/** The same in the time that this process had (stopwatch.ts): what must not take longer is measured by it. */
	ownMs: number;
	/** From Stop until the engine had really come to rest, in the time that this process had (stopwatch.ts). */
	stoppedAfterMs?: number;
	log: LogEntry[];
	/** What a node gave to its outputs in its last run; the error output is the last one. */
	output(node: string, index?: number): INodeExecutionData[];
	/** The hints that a node gave in its last run. */
	hints(node: string): string[];
	graph: Graph;
	options: ExecuteOptions;
	data: IRunExecutionData;
	/** What n8n's database has of it. */
	row: ExecutionRow;
}

/** A run that does not begin at the start has data, a resumed one also its row. */
export interface Continued {
	data?: IRunExecutionData;
	row?: ExecutionRow;
	/** Aborted when the n8n that it runs in is shut down. */
	shutdown?: AbortSignal;
}

export async function execute(
	loaded: LoadedPackage,
	graph: Graph,
	options: ExecuteOptions,
	from: Continued = {},
): Promise<Execution> {
	const log: LogEntry[] = [];
	return await collectLog(log, async () => await runEngine(loaded, graph, options, log, from));
}

async function runEngine(
	loaded: LoadedPackage,
	graph: Graph,
	options: ExecuteOptions,
	log: LogEntry[],
	from: Continued,
): Promise<Execution> {
	const { workflowId = 'harness-workflow', instanceUrl } = options;
	const mode = options.mode ?? 'trigger';
	const begin = from.data ?? lib.createRunExecutionData({ resumeToken: options.resumeToken });
	const row = from.row ?? new ExecutionRow(graph, { ...options, resumeToken: begin.resumeToken });
	const executionId = row.id;

	const workflow = new lib.Workflow({
		id: workflowId,
		name: 'Harness',
		nodes: structuredClone(graph.nodes),
		connections: graph.connections,
		active: false,
		nodeTypes: new NodeTypes(new Map([...loaded.nodes, ...helperNodes(graph.items)])),
		settings: { executionOrder: 'v1', ...options.settings },
		staticData: options.staticData,
	});
	// What waited goes on with the node as it was stored.
	const stack = from.row ? [] : (from.data?.executionData?.nodeExecutionStack ?? []);
	for (const entry of stack) entry.node = workflow.getNode(entry.node.name) ?? entry.node;

	const credentialsHelper = new CredentialsHelper(loaded.credentials, options.credentials);
	const base = additionalData({ credentialsHelper, instanceUrl, executionId, workflowId });
	const { id, name, nodes, connections } = { ...graph, id: workflowId, name: workflow.name ?? '' };
	const epoch = new Date(0);
	base.hooks = new core.ExecutionLifecycleHooks(mode, executionId ?? '', {
		id,
		name,
		nodes,
		connections,
		active: false,
		isArchived: false,
		activeVersionId: null,
		createdAt: epoch,
		updatedAt: epoch,
	});
	// The engine of 2.x gives every execution a token; early ones had none.
	base.hooks.addHandler('workflowExecuteBefore', (_, data) => {
		if (data) data.resumeToken = row.resumeToken;
	});
	// What a server stores: the state at this call. After Stop it comes before the node has ended.
	let stored: { status: ExecutionStatus; runData: IRun['data']['resultData']['runData'] } | undefined;
	base.hooks.addHandler('workflowExecuteAfter', ({ status, data }) => {
		if (stored) return;
		row.save({ status, data });
		stored = { status: row.status, runData: { ...data.resultData.runData } };
	});

	const started = performance.now();
	const watch = startStopwatch();
	const engine = new core.WorkflowExecute(base, mode, begin);
	const running = from.data ? engine.processRunExecutionData(workflow) : runFrom(graph.start, workflow, engine);
	const stop = stopButton(options, from.shutdown, () => collectLog(log, () => running.cancel()));
	let ownMs = 0;
	const { data, status } = await running.finally(() => {
		ownMs = watch.stop();
		stop.remove();
	});
	const elapsedMs = performance.now() - started;

	const runData = stored?.runData ?? data.resultData.runData;
	const execution: Execution = {
		status: stored?.status ?? status,
		error: data.resultData.error,
		executionId,
		waitTill: data.waitTill,
		elapsedMs,
		ownMs,
		stoppedAfterMs: stop.stoppedAfterMs,
		log,
		output: (node, index = 0) => runData[node]?.at(-1)?.data?.main?.[index] ?? [],
		hints: (node) => runData[node]?.at(-1)?.hints?.map(({ message }) => message) ?? [],
		graph,
		options,
		data,
		row,
	};
	row.close(execution);
	return execution;
}

/** The engine of 1.x takes the workflow and the node one after the other. */
function runFrom(start: string, workflow: Workflow, engine: InstanceType<typeof core.WorkflowExecute>) {
	const startNode = workflow.getNode(start) ?? undefined;
	if (!isN8n1) return engine.run({ workflow, startNode });
	const run = engine.run as unknown as (workflow: Workflow, startNode?: INode) => ReturnType<typeof engine.run>;
	return run.call(engine, workflow, startNode);
}

function stopButton({ cancelAfterMs, signal }: ExecuteOptions, shutdown: AbortSignal | undefined, cancel: () => void) {
	const signals = [signal, shutdown].filter((each) => each !== undefined);
	let since: Stopwatch | undefined;
	const button = {
		stoppedAfterMs: undefined as number | undefined,
		remove() {
			button.stoppedAfterMs = since?.stop();
			clearTimeout(timer);
			for (const each of signals) each.removeEventListener('abort', press);
		},
	};
	const press = () => {
		since ??= startStopwatch();
		cancel();
	};
	const timer = cancelAfterMs === undefined ? undefined : setTimeout(press, cancelAfterMs);
	for (const each of signals) each.addEventListener('abort', press, { once: true });
	if (signals.some(({ aborted }) => aborted)) press();
	return button;
}
