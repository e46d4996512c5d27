import type {
	DeclarativeRestApiSettings,
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IExecutePaginationFunctions,
	IGetNodeParameterOptions,
	IHttpRequestOptions,
	INode,
	INodeExecutionData,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { systemClock } from './clock';
import { inputError } from './errors';
import { asRecord, asText } from './json';
import type { Pagination } from './operation';

/** Where requests go, and how they are signed. */
export interface DirectService {
	/** Type of the credential. */
	credential: string;
	/** The base URL that a credential holds, as the node declares it for n8n's routing. */
	baseUrl(credential: ICredentialDataDecryptedObject): string;
}

type RequestData = DeclarativeRestApiSettings.ResultOptions;

/** What an exchange asks for, where it asks what is declared. */
export type DirectRequest = Pick<RequestData['options'], 'method' | 'url'>;

/**
 * Runs an operation for all items without n8n's declarative routing, which resolves the base URL and each field of an
 * item twice, at some 0.4 ms each (bench a). Only for operations that need nothing of what is declared. n8n calls it as a custom operation;
 * agents that know only what is declared find the same operation there.
 */
export function direct(exchange: Pagination, service: DirectService) {
	return async function (this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [(await runItems(this, exchange, service)).flat()];
	};
}

/**
 * Runs an exchange for each input item, all at once unless Batching says otherwise. Gives the output items of each one.
 * Throws the first error when all have ended.
 */
export async function runItems(
	context: IExecuteFunctions,
	exchange: Pagination,
	service: DirectService,
	request: DirectRequest = { url: '' },
): Promise<INodeExecutionData[][]> {
	const shared = await itemRequest(context, service, request);
	const { size, pauseMs } = batching(context);
	const running: Array<Promise<INodeExecutionData[]>> = [];
	for (let index = 0; index < context.getInputData().length; index += 1) {
		if (index > 0 && pauseMs > 0 && index % size === 0) {
			await systemClock.pause(pauseMs, context.getExecutionCancelSignal());
		}
		const data = { ...shared, options: { ...shared.options }, postReceive: [] };
		running.push(exchange.call(contextOf(context, index, service), data));
	}
	const ended = await Promise.allSettled(running);
	const failed = ended.find((end) => end.status === 'rejected');
	if (failed) throw failed.reason;
	return ended.map((end) => (end.status === 'fulfilled' ? end.value : []));
}

/** What n8n's routing hands to the exchange of an item, beside its context. */
export async function itemRequest(context: IExecuteFunctions, service: DirectService, request: DirectRequest): Promise<RequestData> {
	const baseURL = service.baseUrl(await context.getCredentials(service.credential, 0));
	const own = asRecord(context.getNodeParameter('requestOptions', 0, {}));
	return { options: { ...requestSettings(context.getNode(), own), ...request, baseURL }, preSend: [], postReceive: [], requestOperations: {} };
}

/** The run's context as one item sees it: what n8n's routing hands to the exchange. */
export function contextOf(context: IExecuteFunctions, itemIndex: number, { credential }: DirectService): IExecutePaginationFunctions {
	const own: Partial<Record<keyof IExecutePaginationFunctions, unknown>> = {
		getItemIndex: () => itemIndex,
		getInputData: () => context.getInputData()[itemIndex],
		getNodeParameter: (name: string, fallback?: unknown, options?: IGetNodeParameterOptions) =>
			context.getNodeParameter(name, itemIndex, fallback as object, options),
		getCredentials: async (type: string) => await context.getCredentials(type, itemIndex),
		async makeRoutingRequest(this: IExecutePaginationFunctions, { options, postReceive }: RequestData) {
			const full = { ...options, returnFullResponse: true } as IHttpRequestOptions;
			const response: IN8nHttpFullResponse = await context.helpers.httpRequestWithAuthentication.call(context, credential, full);
			let items: INodeExecutionData[] = [];
			for (const { actions } of postReceive) {
				for (const action of actions) if (typeof action === 'function') items = await action.call(this, items, response);
			}
			return items;
		},
	};
	const properties = Object.entries(own).map(([name, value]) => [name, { value }]);
	return Object.create(context, Object.fromEntries(properties)) as IExecutePaginationFunctions;
}

/** n8n's own Options of a node, as requests take them. Throws a TaskError for a proxy that is no address. */
export function requestSettings(node: INode, { proxy, allowUnauthorizedCerts }: Record<string, unknown>): Partial<RequestData['options']> {
	const settings: Partial<RequestData['options']> = {};
	if (proxy) settings.proxy = proxyOf(node, String(proxy));
	if (allowUnauthorizedCerts) settings.skipSslCertificateValidation = true;
	return settings;
}

function proxyOf(node: INode, text: string): IHttpRequestOptions['proxy'] {
	if (!URL.canParse(text) || new URL(text).hostname === '') {
		throw inputError(node, 0, 'Proxy is not a valid address', 'Enter it as http://host:port, with user:password@ before the host if it needs them.');
	}
	const { hostname, port, protocol, username, password } = new URL(text);
	return {
		host: hostname,
		port: Number(port || (protocol === 'https:' ? 443 : 80)),
		protocol: protocol.replace(':', ''),
		...(username && { auth: { username: decodeURIComponent(username), password: decodeURIComponent(password) } }),
	};
}

function batching(context: IExecuteFunctions): { size: number; pauseMs: number } {
	const own = asRecord(context.getNodeParameter('requestOptions', 0, {}));
	const { batchSize, batchInterval } = asRecord(asRecord(own.batching).batch);
	return { size: Math.max(1, Number(asText(batchSize) ?? 1)), pauseMs: Math.max(0, Number(asText(batchInterval) ?? 0)) };
}
