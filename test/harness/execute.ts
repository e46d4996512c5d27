/** Runs one workflow in n8n's own engine and says what a server would have stored of it. */
import type {
	ExecutionError,
	ExecutionStatus,
	IConnections,
	INode,
	INodeExecutionData,
	IRun,
	IRunExecutionData,
	IWorkflowSettings,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper, type DecryptedCredentials } from './credentials.ts';
import { helperNodes, type InputItem } from './helper-nodes.ts';
import { collectLog, type LogEntry } from './log.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import { core, workflow as lib } from './runtime.ts';

export interface ExecuteOptions {
	/** Decrypted data by credential type, as the user typed it. */
	credentials?: DecryptedCredentials;
	/** `null`: a run that has no execution ID. */
	executionId?: string | null;
	/** What n8n 2.x puts behind `?signature=` in `$execution.resumeUrl`; random when left out. */
	resumeToken?: string;
	instanceUrl?: string;
	workflowId?: string;
	mode?: WorkflowExecuteMode;
	settings?: IWorkflowSettings;
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
	elapsedMs: number;
	/** From Stop until the engine had really come to rest. */
	stoppedAfterMs?: number;
	log: LogEntry[];
	/** What a node gave to its outputs in its last run; the error output is the last one. */
	output(node: string, index?: number): INodeExecutionData[];
	graph: Graph;
	options: ExecuteOptions;
	data: IRunExecutionData;
}

let executions = 0;

/** `previous` continues a failed execution, as Retry does. */
export async function execute(
	loaded: LoadedPackage,
	graph: Graph,
	options: ExecuteOptions,
	previous?: IRunExecutionData,
): Promise<Execution> {
	const log: LogEntry[] = [];
	return await collectLog(log, async () => await runEngine(loaded, graph, options, log, previous));
}

async function runEngine(
	loaded: LoadedPackage,
	graph: Graph,
	options: ExecuteOptions,
	log: LogEntry[],
	previous?: IRunExecutionData,
): Promise<Execution> {
	const { workflowId = 'harness-workflow', resumeToken, instanceUrl } = options;
	const mode = options.mode ?? 'trigger';
	const executionId = options.executionId === null ? undefined : (options.executionId ?? `${++executions}`);

	const workflow = new lib.Workflow({
		id: workflowId,
		name: 'Harness',
		nodes: structuredClone(graph.nodes),
		connections: graph.connections,
		active: false,
		nodeTypes: new NodeTypes(new Map([...loaded.nodes, ...helperNodes(graph.items)])),
		settings: { executionOrder: 'v1', ...options.settings },
	});
	for (const entry of previous?.executionData?.nodeExecutionStack ?? []) {
		entry.node = workflow.getNode(entry.node.name) ?? entry.node;
	}

	const credentialsHelper = new CredentialsHelper(loaded.credentials, options.credentials);
	const base = additionalData({ credentialsHelper, instanceUrl, executionId, workflowId });
	const { id, name, nodes, connections } = { ...graph, id: workflowId, name: workflow.name ?? '' };
	const epoch = new Date(0);
	base.hooks = new core.ExecutionLifecycleHooks(mode, executionId ?? '', {
		id, name, nodes, connections, active: false, isArchived: false, activeVersionId: null,
		createdAt: epoch, updatedAt: epoch,
	});
	// What a server stores: the state at this call. After Stop it comes before the node has ended.
	let stored: { status: ExecutionStatus; runData: IRun['data']['resultData']['runData'] } | undefined;
	base.hooks.addHandler('workflowExecuteAfter', ({ status, data }) => {
		stored ??= { status, runData: { ...data.resultData.runData } };
	});

	const started = performance.now();
	const engine = new core.WorkflowExecute(base, mode, previous ?? lib.createRunExecutionData({ resumeToken }));
	const running = previous
		? engine.processRunExecutionData(workflow)
		: engine.run({ workflow, startNode: workflow.getNode(graph.start) ?? undefined });
	const stop = stopButton(options, () => collectLog(log, () => running.cancel()));
	const { data, status } = await running.finally(() => stop.remove());
	const ended = performance.now();

	const runData = stored?.runData ?? data.resultData.runData;
	return {
		status: stored?.status ?? status,
		error: data.resultData.error,
		executionId,
		elapsedMs: ended - started,
		stoppedAfterMs: stop.pressedAt === undefined ? undefined : ended - stop.pressedAt,
		log,
		output: (node, index = 0) => runData[node]?.at(-1)?.data?.main?.[index] ?? [],
		graph,
		options,
		data,
	};
}

function stopButton({ cancelAfterMs, signal }: ExecuteOptions, cancel: () => void) {
	const button = {
		pressedAt: undefined as number | undefined,
		remove() {
			clearTimeout(timer);
			signal?.removeEventListener('abort', press);
		},
	};
	const press = () => {
		button.pressedAt ??= performance.now();
		cancel();
	};
	const timer = cancelAfterMs === undefined ? undefined : setTimeout(press, cancelAfterMs);
	signal?.addEventListener('abort', press, { once: true });
	if (signal?.aborted) press();
	return button;
}
