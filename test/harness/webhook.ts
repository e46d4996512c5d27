/** A published workflow that starts with a webhook node, called as n8n's server calls it (webhook-helpers.js, body-parser.js). */
import type {
	IDataObject,
	IHookFunctions,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IWebhookData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper, type DecryptedCredentials } from './credentials.ts';
import { execute, type Execution } from './execute.ts';
import { buildGraph, NODE } from './graph.ts';
import { HELPER, helperNodes } from './helper-nodes.ts';
import { collectLog, type LogEntry } from './log.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import { core, workflow as lib } from './runtime.ts';
import { answer, callWebhook } from './webhook-call.ts';

export interface WebhookOptions {
	/** Full type name of the webhook node. */
	node: string;
	parameters?: INodeParameters;
	credentials?: DecryptedCredentials;
	workflowId?: string;
	/** What n8n has stored of the workflow's static data. */
	staticData?: IDataObject;
}

export interface WebhookRequest {
	/** An object goes as JSON, anything else as it is. */
	body?: string | Buffer | object;
	/** `content-type: application/json` unless said otherwise. */
	headers?: Record<string, string>;
	query?: Record<string, string>;
	/** `manual`: "Listen for test event". */
	mode?: WorkflowExecuteMode;
}

export interface WebhookAnswer {
	/** What the sender gets. */
	status: number;
	body: unknown;
	/** From the request to the answer. */
	answeredAfterMs: number;
	/** The execution that it started, if it did. */
	execution?: Execution;
	/** The items it started with. */
	items: INodeExecutionData[];
	/** What webhook() threw; n8n would start the workflow with an empty item. */
	thrown?: unknown;
	log: LogEntry[];
}

export interface WebhookHook {
	call(request: WebhookRequest): Promise<WebhookAnswer>;
	/** Publishes the workflow: runs checkExists and create. Throws what they throw. */
	publish(): Promise<void>;
	/** As stored; each call works on a copy and stores it when it has changed. */
	readonly staticData: IDataObject;
}

export function webhookOf(loaded: LoadedPackage, options: WebhookOptions): WebhookHook {
	const { node: type, parameters, credentials, workflowId = 'harness-webhook' } = options;
	const sketch = {
		nodes: [
			{ name: NODE, type, parameters },
			{ name: 'Output', type: HELPER.noOp },
		],
		connections: [[NODE, 'Output'] as [string, string]],
	};
	const graph = buildGraph(loaded, sketch, credentials);
	let stored: IDataObject = options.staticData ?? {};

	const open = () => {
		const nodeTypes = new NodeTypes(new Map([...loaded.nodes, ...helperNodes(new Map())]));
		const workflow = new lib.Workflow({
			id: workflowId,
			name: 'Harness',
			nodes: structuredClone(graph.nodes),
			connections: graph.connections,
			active: true,
			nodeTypes,
			staticData: structuredClone(stored),
			settings: { executionOrder: 'v1' },
		});
		const node = workflow.getNode(NODE);
		if (!node) throw new Error('The workflow has no node');
		const nodeType = nodeTypes.getByNameAndVersion(type);
		const helper = new CredentialsHelper(loaded.credentials, credentials);
		const base = additionalData({ credentialsHelper: helper, workflowId });
		return { workflow, node, nodeType, base, data: webhookData(nodeType) };
	};

	const save = ({ staticData }: Workflow, mode: WorkflowExecuteMode) => {
		if (mode !== 'manual' && staticData.__dataChanged === true)
			stored = JSON.parse(JSON.stringify(staticData)) as IDataObject;
	};

	return {
		get staticData() {
			return stored;
		},

		async publish() {
			const { workflow, node, nodeType, base, data: described } = open();
			const data = {
				httpMethod: 'POST' as const,
				node: NODE,
				workflowId,
				workflowExecuteAdditionalData: base,
				...described,
			};
			const context = new core.HookContext(
				workflow,
				node,
				base,
				'trigger',
				'activate',
				data,
			) as unknown as IHookFunctions;
			const methods = nodeType.webhookMethods?.default;
			if (!(await methods?.checkExists.call(context))) await methods?.create.call(context);
			save(workflow, 'trigger');
		},

		async call(request) {
			const log: LogEntry[] = [];
			return await collectLog(log, async () => await receive(request, log));
		},
	};

	async function receive(request: WebhookRequest, log: LogEntry[]): Promise<WebhookAnswer> {
		const { mode = 'webhook' } = request;
		const { workflow, node, base, data } = open();
		const { response, result, thrown } = await callWebhook({ workflow, node, base, mode, ...data }, request);
		if (!result) return { ...response.told(), items: [], thrown, log };
		save(workflow, mode);
		answer(response, data.webhookDescription, result);
		const { workflowData } = result;
		if (!workflowData) return { ...response.told(), items: [], log };
		const previous = lib.createRunExecutionData({
			executionData: { nodeExecutionStack: [{ node, data: { main: workflowData }, source: null }] },
		});
		const execution = await execute(loaded, graph, { credentials, mode, workflowId }, { data: previous });
		return { ...response.told(), items: workflowData[0] ?? [], execution, log };
	}
}

function webhookData({ description }: INodeType): Pick<IWebhookData, 'path' | 'webhookDescription'> {
	const [webhookDescription] = description.webhooks ?? [];
	if (!webhookDescription) throw new Error('The node declares no webhook');
	return { path: `harness/${webhookDescription.path}`, webhookDescription };
}
