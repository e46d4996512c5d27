/** Calls webhook() of a node, for a workflow that starts with it and for an execution that waits at it. */
import type {
	INode,
	IRunExecutionData,
	IWebhookDescription,
	IWebhookFunctions,
	IWebhookResponseData,
	IWorkflowExecuteAdditionalData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { core } from './runtime.ts';
import { FakeResponse, takeIn } from './webhook-http.ts';
import type { WebhookRequest } from './webhook.ts';

export interface WebhookTarget {
	workflow: Workflow;
	node: INode;
	base: IWorkflowExecuteAdditionalData;
	mode: WorkflowExecuteMode;
	path: string;
	webhookDescription: IWebhookDescription;
	/** Of the execution that waits. */
	runExecutionData?: IRunExecutionData;
}

export interface Called {
	/** Answered already when the body could not be read or webhook() threw. */
	response: FakeResponse;
	/** What webhook() returned. */
	result?: IWebhookResponseData;
	thrown?: unknown;
}

export async function callWebhook(target: WebhookTarget, request: WebhookRequest): Promise<Called> {
	const { workflow, node, base, mode, path, webhookDescription, runExecutionData = null } = target;
	const response = new FakeResponse();
	const taken = takeIn(request);
	if ('status' in taken) {
		response.status(taken.status).json({ message: taken.message });
		return { response };
	}
	base.httpRequest = taken.request as unknown as typeof base.httpRequest;
	base.httpResponse = response as unknown as typeof base.httpResponse;
	const data = {
		httpMethod: 'POST' as const,
		node: node.name,
		path,
		webhookDescription,
		workflowId: workflow.id,
		workflowExecuteAdditionalData: base,
	};
	const context = new core.WebhookContext(
		workflow,
		node,
		base,
		mode,
		data,
		[],
		runExecutionData,
	) as unknown as IWebhookFunctions;
	try {
		const type = workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
		if (!type.webhook) throw new Error('The node has no webhook()');
		return { response, result: await type.webhook.call(context) };
	} catch (thrown) {
		if (!response.headersSent)
			response.status(500).json({ message: 'Workflow Webhook Error: Workflow could not be started!' });
		return { response, thrown };
	}
}

/** n8n's answer where the node has not answered itself. Where a workflow goes on, a node needs `responseData: ''` to have its say. */
export function answer(
	response: FakeResponse,
	{ responseData = 'firstEntryJson' }: IWebhookDescription,
	{ noWebhookResponse, webhookResponse, workflowData }: IWebhookResponseData,
): void {
	if (noWebhookResponse === true) return;
	if (!workflowData) response.json(webhookResponse ?? { message: 'Webhook call received' });
	else response.json(responseData || (webhookResponse ?? { message: 'Workflow was started' }));
}
