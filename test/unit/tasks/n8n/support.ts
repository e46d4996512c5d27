/** A small stand-in for what n8n calls a node with. Only the adapters meet it. */
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
	INodeExecutionData,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import type { Connection } from '../../../../nodes/tasks/model/service';
import { node, rawAnswer, type Answer } from '../support';

export interface GivenContext {
	node?: Partial<INode>;
	/** Parameters by name, or how they read for an item. */
	parameters?: IDataObject | ((name: string, itemIndex: number) => unknown);
	/** Items by the kind of input; n8n throws for an input that the node does not have. */
	inputs?: { main?: INodeExecutionData[]; ai_tool?: INodeExecutionData[] };
	credential?: ICredentialDataDecryptedObject | Error;
	answer?: Answer;
	/** What the service is sent through. */
	helpers?: Partial<IExecuteFunctions['helpers']>;
	continueOnFail?: boolean;
	executionId?: string;
	/** n8n's memory of the node; an Error where there is none. */
	memory?: IDataObject | Error;
	expressions?: Record<string, unknown>;
	signal?: AbortSignal;
	settings?: IDataObject;
	mode?: WorkflowExecuteMode;
}

/** One request as n8n's helper gets it, and what called the helper. */
export interface Sent {
	caller: IExecuteFunctions;
	credential: string;
	options: IHttpRequestOptions & { abortSignal?: AbortSignal };
}

/** The context, and what was asked of it. */
export function contextOf(given: GivenContext = {}) {
	const { parameters = {}, inputs = {}, credential = {}, answer = { body: {} }, memory = {}, expressions = {} } = given;
	const sent: Sent[] = [];
	const log: string[] = [];
	/** Parameters that were resolved, as `name of item`, and credentials that were. */
	const resolved: string[] = [];
	const credentials: string[] = [];
	const entry = { data: { main: [inputs.main ?? []] }, node: {}, source: null };
	const waits: Date[] = [];
	const answered = () => {
		if (answer instanceof Error) throw answer;
		return rawAnswer(answer);
	};
	const context = {
		getNode: () => ({ ...node, ...given.node }),
		getNodeParameter(name: string, itemIndex: number, fallback: unknown, { extractValue = false } = {}) {
			resolved.push(`${name} of ${itemIndex}`);
			const value = typeof parameters === 'function' ? parameters(name, itemIndex) : parameters[name];
			const isLocator = extractValue && typeof value === 'object' && value !== null && '__rl' in value;
			return isLocator ? (value as unknown as IDataObject).value : (value ?? fallback);
		},
		getInputData(_index: number, type: 'main' | 'ai_tool') {
			const items = inputs[type];
			if (!items) throw new Error(`The node has no input of type ${type}`);
			return items;
		},
		continueOnFail: () => given.continueOnFail ?? false,
		getExecutionCancelSignal: () => given.signal,
		getExecutionId: () => given.executionId ?? '7',
		getMode: () => given.mode ?? 'trigger',
		getInstanceId: () => 'instance',
		getWorkflow: () => ({ id: 'workflow' }),
		getWorkflowSettings: () => given.settings ?? {},
		getTimezone: () => 'UTC',
		getExecuteData: () => entry,
		async putExecutionToWait(until: Date) {
			waits.push(until);
		},
		logger: { warn: (text: string) => void log.push(text) },
		getContext() {
			if (memory instanceof Error) throw memory;
			return memory;
		},
		evaluateExpression(expression: string, itemIndex: number) {
			const value = expressions[expression];
			if (value instanceof Error) throw value;
			return typeof value === 'function' ? (value as (index: number) => unknown)(itemIndex) : value;
		},
		async getCredentials(type: string) {
			credentials.push(type);
			if (credential instanceof Error) throw credential;
			return credential;
		},
		helpers: {
			async httpRequestWithAuthentication(this: IExecuteFunctions, type: string, options: IHttpRequestOptions) {
				sent.push({ caller: this, credential: type, options: options as Sent['options'] });
				return answered();
			},
			async httpRequest(options: IHttpRequestOptions) {
				sent.push({ caller: context as never, credential: '', options: options as Sent['options'] });
				return answered();
			},
			...given.helpers,
		},
	};
	return { context: context as unknown as IExecuteFunctions, sent, log, resolved, credentials, entry, waits };
}

/** A service at a base URL from the credential, signed by its key. */
export const connection: Connection = {
	credential: 'testApi',
	baseUrl: (credential) => String(credential.baseUrl ?? 'https://service.test'),
	authenticate(credential, request) {
		if (!credential.key) throw new Error('The field Key of the credential is empty. Fill it in.');
		return { ...request, headers: { ...request.headers, authorization: String(credential.key) } };
	},
	addressFields: 'Base URL',
	secrets: ['key', 'short', 'absent'],
};
