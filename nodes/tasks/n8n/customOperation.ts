import type { IExecuteFunctions, INodeExecutionData, NodeConnectionType } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { NodeRun } from '../item/nodeRun';
import { Progress } from '../item/progress';
import { runItems, type Operation } from '../item/runItems';
import { isToolNode } from '../model/errors';
import { asRecord } from '../util/parse';
import { requestFrom, sentProperties, shownProperties, type Declaration } from './declaredRequest';
import { hostOf } from './host';
import { Parameters } from './parameters';
import { batching } from './requestOptions';

/** n8n's custom operation: one call for all items, without its declarative routing. */
export type CustomOperation = (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

/** Runs an operation as a custom operation. */
export function customOperation<Prepared>(operation: Operation<Prepared>, declaration: Declaration): CustomOperation {
	return async function () {
		const { outputs } = await runCustomOperation(this, operation, declaration);
		return [outputs.flat()];
	};
}

/** One call of a custom operation that does more than run its items. */
export interface NodeCall {
	/** The same object for all tries of one run. */
	readonly run: object;
	/** Runs an operation for all items; gives them and what each of them gave. Throws the error of the run with Stop Workflow. */
	runItems<Prepared>(
		operation: Operation<Prepared>,
		declaration: Declaration,
	): Promise<{ items: ItemContext[]; outputs: INodeExecutionData[][] }>;
	/**
	 * Suspends the execution in n8n's database until `deadline` (ms since the epoch). n8n hands these items on when the
	 * time is up, and keeps them until then.
	 */
	suspend(items: INodeExecutionData[], deadline: number): Promise<void>;
}

/** Makes a custom operation of what is to be done with a call. */
export function nodeCall(work: (call: NodeCall) => Promise<INodeExecutionData[][]>): CustomOperation {
	return async function () {
		const entry = this.getExecuteData();
		return await work({
			run: entry,
			runItems: async (operation, declaration) => await runCustomOperation(this, operation, declaration),
			suspend: async (items, deadline) => {
				// Other nodes share the items themselves.
				entry.data = { ...entry.data, main: [items] };
				await this.putExecutionToWait(new Date(deadline));
			},
		});
	};
}

async function runCustomOperation<Prepared>(
	context: IExecuteFunctions,
	operation: Operation<Prepared>,
	declaration: Declaration,
): Promise<{ items: ItemContext[]; outputs: INodeExecutionData[][] }> {
	const options = asRecord(context.getNodeParameter('requestOptions', 0, {}));
	const items = itemsOf(context, options, declaration);
	const settings = { continueOnFail: context.continueOnFail(), batch: batching(options) };
	return { items, outputs: await runItems(items, operation, settings) };
}

function itemsOf(
	context: IExecuteFunctions,
	options: Record<string, unknown>,
	declaration: Declaration,
): ItemContext[] {
	const host = hostOf(context, options, context.getExecutionCancelSignal());
	const { node } = host;
	const sent = sentProperties(declaration, node);
	const resolve = (name: string, itemIndex: number, fallback: unknown, extractValue: boolean) =>
		context.getNodeParameter(name, itemIndex, fallback as object, { extractValue });
	const parameters = new Parameters(node, resolve, shownProperties(declaration, node));
	const inputs = inputsOf(context, isToolNode(node));
	const run = new NodeRun(host);
	return inputs.map((input, itemIndex) => {
		const progress = new Progress();
		const parameter = parameters.forItem({ itemIndex, input, progress });
		return {
			...host,
			itemIndex,
			input,
			inputs,
			run,
			progress,
			parameter,
			parameterFor: (index, name) => parameters.forItem({ itemIndex: index, input: inputs[index] })(name),
			declaredRequest: () => requestFrom(declaration, sent, parameter),
		};
	});
}

/** The items of this call: those of the workflow, or what an agent calls its tool with. */
function inputsOf(context: IExecuteFunctions, isTool: boolean): INodeExecutionData[] {
	const types: NodeConnectionType[] = isTool ? ['main', 'ai_tool'] : ['main'];
	const found = types.map((type) => itemsAt(context, type)).find((items) => items.length > 0);
	// A tool is called for something, even where n8n hands over no item.
	return found ?? (isTool ? [{ json: {} }] : []);
}

/** No items where the call has no such input. */
function itemsAt(context: IExecuteFunctions, type: NodeConnectionType): INodeExecutionData[] {
	try {
		return context.getInputData(0, type) ?? [];
	} catch {
		return [];
	}
}
