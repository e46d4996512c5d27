/** Wakes an execution that waits, as n8n's server does (waiting-webhooks.js, webhook-helpers.js, wait-tracker.js). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IRunExecutionData, Workflow } from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper } from './credentials.ts';
import type { execute, Execution } from './execute.ts';
import { helperNodes } from './helper-nodes.ts';
import { collectLog, type LogEntry } from './log.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import type { ExecutionRow } from './row.ts';
import { workflow as lib } from './runtime.ts';
import { answer, callWebhook } from './webhook-call.ts';
import { FakeResponse } from './webhook-http.ts';
import type { WebhookAnswer, WebhookRequest } from './webhook.ts';

export interface Callback extends Omit<WebhookRequest, 'mode'> {
	/** What comes as `?signature=`; by default the right one. */
	signature?: string;
	/** How long n8n takes from reading the execution to calling the node; callbacks may overtake one another there. */
	heldMs?: number;
}

/** How n8n answers a callback at once, and the execution if that goes on. After a throw n8n goes on with one empty item. */
export interface Taken extends Pick<WebhookAnswer, 'status' | 'body' | 'answeredAfterMs' | 'thrown' | 'log'> {
	running?: Promise<Execution>;
}

/** One n8n: what it has loaded, and how it runs workflows. */
export interface Server {
	loaded: LoadedPackage;
	execute: typeof execute;
	/** Before a node is called. */
	ready(): Promise<void>;
}

/** A request to `/webhook-waiting/<execution ID>`. */
export async function takeCallback(server: Server, row: ExecutionRow, callback: Callback = {}): Promise<Taken> {
	const log: LogEntry[] = [];
	return await collectLog(log, async () => ({ log, ...(await take(server, row, callback)) }));
}

async function take(server: Server, row: ExecutionRow, callback: Callback): Promise<Omit<Taken, 'log'>> {
	const { signature = row.resumeToken } = callback;
	if (row.resumeToken !== undefined && signature !== row.resumeToken) return refusal(401, { error: 'Invalid token' });
	const conflict = row.conflict();
	if (conflict !== undefined) return refusal(409, { message: conflict });

	// Callbacks that are sent at once have all read the row before one of them goes on.
	const data = row.load();
	await server.ready();
	if (callback.heldMs) await sleep(callback.heldMs);
	const name = disableWaitingNode(data);
	const { workflow, base } = open(server.loaded, row);
	const node = workflow.getNode(name);
	const description = node && restartWebhook(workflow, name);
	if (!node || !description)
		return refusal(404, {
			message: `The workflow for execution "${row.id}" does not contain a waiting webhook with a matching path/method.`,
		});

	const query: Record<string, string> = signature === undefined ? {} : { signature };
	const mode = row.options.mode ?? 'trigger';
	const target = { workflow, node, base, mode, path: '', webhookDescription: description, runExecutionData: data };
	const { response, result, thrown } = await callWebhook(target, { query, ...callback });
	if (!result && thrown === undefined) return response.told();
	if (result && !result.workflowData) {
		answer(response, description, result);
		return response.told();
	}
	if (!row.claim()) {
		if (!response.headersSent) response.status(500).json({ message: 'There was a problem executing the workflow' });
		return { ...response.told(), thrown };
	}
	if (result) answer(response, description, result);
	else replaceResults(data, name, thrown as Error);
	const [entry] = data.executionData?.nodeExecutionStack ?? [];
	if (entry) {
		entry.data.main = result?.workflowData ?? [[{ json: {} }]];
		entry.metadata = { ...entry.metadata, forwardAllOutputs: true };
	}
	return { ...response.told(), thrown, running: goOn(server, row, data) };
}

/** The deadline has passed: the node hands on its input. Throws if the execution does not wait. */
export async function resumeByTime(server: Server, row: ExecutionRow): Promise<Execution> {
	const data = row.load();
	row.claim();
	return await goOn(server, row, data);
}

async function goOn({ loaded, execute }: Server, row: ExecutionRow, data: IRunExecutionData): Promise<Execution> {
	const { cancelAfterMs: _, signal: __, ...options } = row.options;
	return await execute(loaded, row.graph, options, { data, row });
}

function refusal(status: number, body: object): Omit<Taken, 'log'> {
	const response = new FakeResponse();
	response.status(status).json(body);
	return response.told();
}

/** The node that suspended passes on what it is given, and what it returned then is forgotten. */
function disableWaitingNode(data: IRunExecutionData): string {
	const [entry] = data.executionData?.nodeExecutionStack ?? [];
	if (entry) entry.node.disabled = true;
	data.waitTill = undefined;
	const { lastNodeExecuted = '', runData } = data.resultData;
	runData[lastNodeExecuted]?.pop();
	return lastNodeExecuted;
}

/** After a throw n8n forgets what all nodes have given. */
function replaceResults({ resultData }: IRunExecutionData, lastNodeExecuted: string, error: Error): void {
	const failed = { ...error, message: error.message, stack: error.stack } as typeof resultData.error;
	for (const key of Object.keys(resultData)) delete (resultData as unknown as Record<string, unknown>)[key];
	Object.assign(resultData, { runData: {}, lastNodeExecuted, error: failed });
}

function open(loaded: LoadedPackage, { id, graph, options }: ExecutionRow) {
	const { credentials, instanceUrl, workflowId = 'harness-workflow', settings, staticData } = options;
	const workflow = new lib.Workflow({
		id: workflowId,
		name: 'Harness',
		nodes: structuredClone(graph.nodes),
		connections: graph.connections,
		active: true,
		nodeTypes: new NodeTypes(new Map([...loaded.nodes, ...helperNodes(graph.items)])),
		settings: { executionOrder: 'v1', ...settings },
		staticData,
	});
	const credentialsHelper = new CredentialsHelper(loaded.credentials, credentials);
	return { workflow, base: additionalData({ credentialsHelper, instanceUrl, executionId: id, workflowId }) };
}

/** The one that answers a POST to the resume URL itself. */
function restartWebhook(workflow: Workflow, name: string) {
	const node = workflow.getNode(name);
	if (!node) return undefined;
	const { webhooks = [] } = workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion).description;
	return webhooks.find(({ restartWebhook: restarts, ...webhook }) => {
		const value = (field: 'path' | 'httpMethod') =>
			workflow.expression.getSimpleParameterValue(node, webhook[field] as string, 'internal', {}, undefined, '');
		return restarts === true && value('httpMethod') === 'POST' && value('path') === '';
	});
}
