/** Polls one trigger node as n8n's server does on its schedule, in activation, and for "Fetch Test Event". */
import type {
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	Workflow,
	WorkflowActivateMode,
} from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper, type DecryptedCredentials } from './credentials.ts';
import { execute } from './execute.ts';
import { buildGraph, NODE } from './graph.ts';
import { collectLog, type LogEntry } from './log.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import { core, isN8n1, workflow as lib } from './runtime.ts';

export interface PollOptions {
	/** Full type name, e.g. `n8n-nodes-kling-aliyun.klingTrigger`. */
	node: string;
	parameters?: INodeParameters;
	credentials?: DecryptedCredentials;
	/** What the node remembered; nothing by default. It is not changed. */
	staticData?: IDataObject;
	/** `manual` is "Fetch Test Event". */
	mode?: 'trigger' | 'manual';
	/** How long n8n lets a poll run, in ms; `null`: a host that does not tell. */
	budgetMs?: number | null;
	workflowId?: string;
}

export interface Polled {
	/** `null`: nothing to report. n8n starts no execution and does not save the static data. */
	items: INodeExecutionData[] | null;
	/** What the node remembers now, in n8n's memory. */
	staticData: IDataObject;
	/** What the poll threw: n8n refuses to activate, or records a failed execution. */
	error?: Error & { description?: string | null };
	log: LogEntry[];
	elapsedMs: number;
}

export async function poll(loaded: LoadedPackage, options: PollOptions): Promise<Polled> {
	return options.mode === 'manual' ? await pollByHand(loaded, options) : await pollOnSchedule(loaded, options);
}

async function pollOnSchedule(loaded: LoadedPackage, options: PollOptions): Promise<Polled> {
	const { node, workflow } = workflowOf(loaded, options);
	const credentialsHelper = new CredentialsHelper(loaded.credentials, options.credentials);
	const base = additionalData({ credentialsHelper, workflowId: workflow.id });
	const activation: WorkflowActivateMode = options.staticData ? 'update' : 'activate';
	const context = new core.PollContext(workflow, node, base, 'trigger', activation);
	if (options.budgetMs !== undefined) {
		const getPollBudgetMs = options.budgetMs === null ? undefined : () => options.budgetMs;
		Object.assign(context, { getPollBudgetMs });
	}
	const log: LogEntry[] = [];
	const started = performance.now();
	const [ended] = await collectLog(log, async () => await Promise.allSettled([runPoll(workflow, node, context)]));
	return {
		items: ended.status === 'fulfilled' && ended.value ? (ended.value[0] ?? []) : null,
		error: ended.status === 'rejected' ? (ended.reason as Polled['error']) : undefined,
		staticData: plain(workflow.getStaticData('node', node)),
		log,
		elapsedMs: performance.now() - started,
	};
}

/** The engine of 1.x does no more than call the node. */
async function runPoll(workflow: Workflow, node: INode, context: InstanceType<typeof core.PollContext>) {
	if (!isN8n1) return await new core.TriggersAndPollers().runPollFunction(workflow, node, context);
	return await workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion).poll?.call(context);
}

/** A whole execution in manual mode; a server throws away what it leaves in the static data. */
async function pollByHand(loaded: LoadedPackage, options: PollOptions): Promise<Polled> {
	const { graph, workflow } = workflowOf(loaded, options);
	const staticData = workflow.staticData;
	const execution = await execute(loaded, graph, { credentials: options.credentials, mode: 'manual', staticData });
	return {
		items: execution.status === 'success' ? execution.output(NODE) : null,
		error: execution.error as Polled['error'],
		staticData: plain((staticData[`node:${NODE}`] ?? {}) as IDataObject),
		log: execution.log,
		elapsedMs: execution.elapsedMs,
	};
}

function workflowOf(loaded: LoadedPackage, options: PollOptions) {
	const { node: type, parameters = {}, credentials, workflowId = 'harness-workflow' } = options;
	const graph = buildGraph(loaded, { nodes: [{ name: NODE, type, parameters }], connections: [] }, credentials);
	const workflow = new lib.Workflow({
		id: workflowId,
		name: 'Harness',
		nodes: structuredClone(graph.nodes),
		connections: {},
		active: true,
		nodeTypes: new NodeTypes(loaded.nodes),
		staticData: { [`node:${NODE}`]: plain(options.staticData ?? {}) },
	});
	return { graph, workflow, node: workflow.getNode(NODE) as INode };
}

/** As n8n's database keeps it. */
function plain(data: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(data)) as IDataObject;
}
