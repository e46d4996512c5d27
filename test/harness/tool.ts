/** Calls a node as the tool of an AI agent, or of the MCP Server Trigger, through n8n's own way to hand tools to them. */
import type { IDataObject, INode, INodeParameters, IWebhookData } from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper } from './credentials.ts';
import type { execute, Execution, Graph } from './execute.ts';
import { AGENT, buildGraph, NODE, sketchOfTool } from './graph.ts';
import { callInTurn, callTool, helperNodes, toolOf, type ToolAnswer } from './helper-nodes.ts';
import { collectLog, type LogEntry } from './log.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import { nodeAndRun, type RunOptions } from './run.ts';
import { core, workflow as lib } from './runtime.ts';

interface Calling<Calls> extends RunOptions {
	/** What the model calls the tool with; a parameter reads it by `$fromAI('name')`. */
	calls?: Calls;
	/** The calls of an item do not wait for one another. */
	atOnce?: boolean;
}

/** The agent has `items`, and makes a list of calls for each; by default one call without arguments. */
export type ToolOptions = Calling<IDataObject[][]>;

/** By default one call without arguments. */
export type McpOptions = Omit<Calling<IDataObject[]>, 'items'>;

export interface McpRun {
	/** What came of the calls, in their order. */
	answers: ToolAnswer[];
	log: LogEntry[];
}

export interface ToolRun extends McpRun {
	/** The agent's execution. */
	execution: Execution;
}

/** What an agent does: it runs in an execution, and its context has all its items. */
export async function runAsTool(loaded: LoadedPackage, run: typeof execute, options: ToolOptions): Promise<ToolRun> {
	const { calls, atOnce = false, ...node } = options;
	const lists = calls ?? (node.items ?? [{}]).map(() => [{}]);
	const { graph, how } = toolGraph(loaded, node, { calls: JSON.stringify(lists), atOnce });
	const execution = await run(loaded, graph, how);
	const answers = execution.output(AGENT).map(({ json }) => json as ToolAnswer);
	return { answers, log: execution.log, execution };
}

/** What the MCP Server Trigger does in regular mode: each call is a request of its own, and no execution is there. */
export async function runFromMcp(
	loaded: LoadedPackage,
	{ calls = [{}], atOnce = false, ...node }: McpOptions,
): Promise<McpRun> {
	const { graph, how } = toolGraph(loaded, node, {});
	const log: LogEntry[] = [];
	const make = async (args: IDataObject) => await callTool(await toolOf(mcpContext(loaded, graph, how)), args);
	const answers = await collectLog(log, async () => await callInTurn(calls, make, atOnce));
	return { answers, log };
}

function toolGraph(loaded: LoadedPackage, options: RunOptions, agent: INodeParameters) {
	const { node, items, how } = nodeAndRun(options);
	const tool = { ...node, type: node.type.replace(/(?<!Tool)$/, 'Tool') };
	return { graph: buildGraph(loaded, sketchOfTool(tool, items, agent), how.credentials), how };
}

type How = ReturnType<typeof nodeAndRun>['how'];

/** The trigger's own context. */
function mcpContext(
	loaded: LoadedPackage,
	graph: Graph,
	{ credentials, instanceUrl, workflowId = 'harness-workflow' }: How,
) {
	const nodeTypes = new NodeTypes(new Map([...loaded.nodes, ...helperNodes(graph.items)]));
	const workflow = new lib.Workflow({
		id: workflowId,
		name: 'Harness',
		nodes: structuredClone(graph.nodes),
		connections: graph.connections,
		active: true,
		nodeTypes,
	});
	const base = additionalData({
		credentialsHelper: new CredentialsHelper(loaded.credentials, credentials),
		instanceUrl,
		workflowId,
	});
	Object.assign(base, {
		httpRequest: { method: 'POST', headers: {}, params: {}, query: {}, body: { jsonrpc: '2.0', method: 'tools/call' } },
	});
	const trigger = workflow.getNode(AGENT) as INode;
	const webhookData: IWebhookData = {
		httpMethod: 'POST',
		node: AGENT,
		path: 'mcp',
		workflowId,
		workflowExecuteAdditionalData: base,
		webhookDescription: { name: 'default', httpMethod: 'POST', path: 'mcp' },
	};
	return new core.WebhookContext(workflow, trigger, base, 'webhook', webhookData, [], null);
}

/** What n8n has recorded of the tool's calls in the agent's execution. */
export function toolRuns({ data }: Execution) {
	return data.resultData.runData[NODE] ?? [];
}
