import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IHookFunctions,
	INode,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { RateLimit } from '../util/recent';
import { hookItem } from './hook';
import { answer, rawBody, type Refused } from './webhookRequest';

/** One call of a trigger's webhook(). */
export interface WebhookCall {
	/** In it the service is asked; its warnings go to n8n's log. */
	readonly item: ItemContext;
	/** The same for the same node, whatever it is called. */
	readonly key: string;
	/** True for "Listen for Test Event": n8n saves nothing of such a call. */
	readonly isTest: boolean;
	/** Names in lower case, as Node gives them. */
	readonly headers: ReturnType<IWebhookFunctions['getHeaderData']>;
	/** What n8n keeps for the node, as it was loaded for this request. */
	memory(): IDataObject;
	/** The body as it arrived, or why it is not taken. */
	body(): Promise<Buffer | Refused>;
	/** A credential as it is stored. Throws n8n's error when the node has none. */
	credential(type: string): Promise<ICredentialDataDecryptedObject>;
	/** True once the sender has its answer. */
	isAnswered(): boolean;
	/** Answers the sender at once; the workflow may still be started. */
	answer(status: number, message: string): IWebhookResponseData;
}

/** A node's webhook(). */
export type WebhookFunction = (this: IWebhookFunctions) => Promise<IWebhookResponseData>;

/** Makes a node's webhook() of what is to be done with a call. */
export function webhookFunction(work: (call: WebhookCall) => Promise<IWebhookResponseData>): WebhookFunction {
	return async function () {
		return await work({
			item: hookItem(this),
			key: JSON.stringify([this.getWorkflow().id, this.getNode().id]),
			isTest: this.getMode() === 'manual',
			headers: this.getHeaderData(),
			memory: () => this.getWorkflowStaticData('node'),
			body: async () => await rawBody(this),
			credential: async (type) => await this.getCredentials(type),
			isAnswered: () => this.getResponseObject().headersSent,
			answer: (status, message) => answer(this, status, message),
		});
	};
}

/** Tells the user by n8n's log, once a minute for each kind; true when it did. */
export type Warn = (kind: string, text: string) => boolean;

/** ms between two warnings of a kind and node: anybody who finds the address can cause them by the thousand. */
const warnings = new RateLimit(60_000);

/** The warnings of the node that is called. */
export function warnFor({ item, key }: WebhookCall): Warn {
	return (kind, text) => {
		const isDue = warnings.allows(`${key} ${kind}`, item.clock.now());
		if (isDue) item.warn(`${item.node.name}: ${text}`);
		return isDue;
	};
}

/** A trigger whose workflow is being published, or that begins to listen for a test event. */
export interface Activation {
	readonly node: INode;
	/** The value of a parameter. */
	parameter(name: string, fallback?: unknown): unknown;
	/** A credential as it is stored. Throws n8n's error when the node has none. */
	credential(type: string): Promise<ICredentialDataDecryptedObject>;
	/** Writes to n8n's log. */
	warn(text: string): void;
}

/** create() of a node's webhookMethods. */
export type ActivationFunction = (this: IHookFunctions) => Promise<boolean>;

/** Makes create() of what is to be checked before anybody calls; what it throws keeps the workflow from being published. */
export function activationFunction(check: (activation: Activation) => Promise<void>): ActivationFunction {
	return async function () {
		await check({
			node: this.getNode(),
			parameter: (name, fallback) => this.getNodeParameter(name, fallback as object),
			credential: async (type) => await this.getCredentials(type),
			warn: (text) => this.logger.warn(text),
		});
		return true;
	};
}
