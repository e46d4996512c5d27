import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	INodeExecutionData,
} from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { NodeRun } from '../item/nodeRun';
import { Progress } from '../item/progress';
import { runItems, type Operation } from '../item/runItems';
import { asRecord } from '../util/parse';
import { requestFrom, sentProperties, shownProperties, type Declaration } from './declaredRequest';
import { hostOf } from './host';
import { Parameters } from './parameters';

/** n8n's hook around the whole exchange of an item. */
export type Pagination = (
	this: IExecutePaginationFunctions,
	declared: DeclarativeRestApiSettings.ResultOptions,
) => Promise<INodeExecutionData[]>;

/**
 * Runs an operation inside n8n's declarative routing, for agents that know nothing else. n8n calls it once for each item,
 * and what it says of other items may be an agent's: so each call is a run of its own.
 */
export function routed<Prepared>(operation: Operation<Prepared>, declaration: Declaration): Pagination {
	return async function (declared) {
		const settings = { continueOnFail: this.continueOnFail(), batch: { size: 1, pauseMs: 0 } };
		const outputs = await runItems([itemOf(this, declared, declaration)], operation, settings);
		return outputs.flat();
	};
}

function itemOf(
	context: IExecutePaginationFunctions,
	{ options: declared }: DeclarativeRestApiSettings.ResultOptions,
	declaration: Declaration,
): ItemContext {
	const options = asRecord(context.getNodeParameter('requestOptions', {}));
	const host = hostOf(context, options, context.getExecutionCancelSignal());
	const itemIndex = context.getItemIndex();
	const input = inputOf(context);
	const resolve = (name: string, _index: number, fallback: unknown, extractValue: boolean) =>
		context.getNodeParameter(name, fallback as object, { extractValue });
	const progress = new Progress();
	const parameters = new Parameters(host.node, resolve, shownProperties(declaration, host.node));
	const parameter = parameters.forItem({ itemIndex, input, progress });
	return {
		...host,
		evaluate: (expression, index = itemIndex) => host.evaluate(expression, index),
		itemIndex,
		input,
		inputs: [input],
		run: new NodeRun(host),
		progress,
		parameter,
		parameterFor: (_index, name) => parameter(name),
		declaredRequest() {
			// n8n's routing leaves out what an expression did not give; reading it again refuses that.
			const { body } = requestFrom(declaration, sentProperties(declaration, host.node), parameter);
			return {
				method: declared.method ?? 'GET',
				url: declared.url ?? '',
				qs: declared.qs,
				body: { ...body, ...asRecord(declared.body) } as IDataObject,
			};
		},
	};
}

function inputOf(context: IExecutePaginationFunctions): INodeExecutionData {
	try {
		return context.getInputData(0);
	} catch {
		return { json: {} };
	}
}
