/** What a server hands to a run besides the workflow: addresses, credentials, services. */
import type { ICredentialsHelper, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

import { core } from './runtime.ts';

export interface AdditionalDataOptions {
	credentialsHelper: ICredentialsHelper;
	/** Address of this n8n without a slash at the end. */
	instanceUrl?: string;
	executionId?: string;
	workflowId?: string;
}

export function additionalData({
	credentialsHelper,
	instanceUrl = 'http://localhost:5678',
	executionId,
	workflowId,
}: AdditionalDataOptions): IWorkflowExecuteAdditionalData {
	return {
		credentialsHelper,
		executionId,
		workflowId,
		currentNodeExecutionIndex: 0,
		variables: {},
		restApiUrl: `${instanceUrl}/rest`,
		instanceBaseUrl: `${instanceUrl}/`,
		formBaseUrl: `${instanceUrl}/form`,
		formWaitingBaseUrl: `${instanceUrl}/form-waiting`,
		formTestBaseUrl: `${instanceUrl}/form-test`,
		webhookBaseUrl: `${instanceUrl}/webhook`,
		webhookWaitingBaseUrl: `${instanceUrl}/webhook-waiting`,
		webhookTestBaseUrl: `${instanceUrl}/webhook-test`,
		mcpBaseUrl: `${instanceUrl}/mcp`,
		mcpTestBaseUrl: `${instanceUrl}/mcp-test`,
		externalSecretsProxy: new core.ExternalSecretsProxy(),
		logAiEvent: () => {},
		executeWorkflow: missing('executeWorkflow'),
		getRunExecutionData: missing('getRunExecutionData'),
		getRuntimeCredential: missing('getRuntimeCredential'),
		startRunnerTask: missing('startRunnerTask'),
	};
}

function missing(service: string) {
	return async (): Promise<never> => {
		throw new Error(`The harness has no ${service}`);
	};
}
