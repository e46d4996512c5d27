import type { ILoadOptionsFunctions, IPollFunctions, IWebhookFunctions } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { NodeRun } from '../item/nodeRun';
import { Progress } from '../item/progress';
import { asRecord } from '../util/parse';
import { hostOf } from './host';

/**
 * What the engine needs to ask a service outside of a run, from a trigger, a callback or a list: one empty item, nothing that
 * Stop ends. `limits` change what n8n says, such as the time for one request.
 */
export function hookItem(
	context: IWebhookFunctions | IPollFunctions | ILoadOptionsFunctions,
	limits: Partial<Pick<ItemContext, 'clock' | 'requestTimeoutMs'>> = {},
): ItemContext {
	const options = asRecord(context.getNodeParameter('requestOptions', {}));
	const host = { ...hostOf(context, options), ...limits };
	const input = { json: {} };
	const parameter = (name: string, fallback?: unknown) => context.getNodeParameter(name, fallback as object);
	return {
		...host,
		itemIndex: 0,
		input,
		inputs: [input],
		run: new NodeRun(host),
		progress: new Progress(),
		parameter,
		parameterFor: (_index, name) => parameter(name),
		declaredRequest: () => ({ method: 'GET', url: '', body: {} }),
	};
}
