import type {
	IDataObject,
	IExecutePaginationFunctions,
	IHttpRequestOptions,
	INodeExecutionData,
	IPollFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import { systemClock } from '../clock';
import { requestSettings, type DirectService } from '../direct';
import { captureReply, type ItemExchange } from '../exchange';
import { asRecord } from '../json';
import type { TaskEndpoint } from '../provider';
import { Run } from '../run';

/**
 * What the engine needs to ask a service outside of a run, from a trigger or a callback: no item, nothing that Stop
 * ends. Throws n8n's error when the credential cannot be had.
 */
export async function exchangeOutside(
	context: IWebhookFunctions | IPollFunctions,
	endpoint: TaskEndpoint,
	{ credential, baseUrl }: DirectService,
): Promise<ItemExchange> {
	const settings = requestSettings(context.getNode(), asRecord(context.getNodeParameter('requestOptions', {})));
	const options = { ...settings, url: '', baseURL: baseUrl(await context.getCredentials(credential)) };
	const own: Partial<Record<keyof IExecutePaginationFunctions, unknown>> = {
		getItemIndex: () => 0,
		getNodeParameter: (name: string, fallback?: unknown) => context.getNodeParameter(name, fallback),
		async makeRoutingRequest(data: { options: IDataObject }): Promise<INodeExecutionData[]> {
			const full = { ...data.options, returnFullResponse: true } as unknown as IHttpRequestOptions;
			return await captureReply([], await context.helpers.httpRequestWithAuthentication.call(context, credential, full));
		},
	};
	const properties = Object.entries(own).map(([name, value]) => [name, { value }]);
	return {
		context: Object.create(context, Object.fromEntries(properties)) as IExecutePaginationFunctions,
		declared: { options, preSend: [], postReceive: [], requestOperations: {} },
		endpoint,
		itemIndex: 0,
		run: new Run(1, false),
		clock: systemClock,
	};
}
