import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { inputError, type InputFacts } from '../model/errors';
import type { ServiceRequest } from '../model/service';
import { asRecord } from '../util/parse';
import { cut, said } from '../util/text';
import type { Host } from './host';
import type { NodeRun } from './nodeRun';
import type { Progress } from './progress';

/** What an operation sees of n8n: one item of one run, the same whether a workflow, an agent or a webhook called. */
export interface ItemContext extends Host {
	readonly itemIndex: number;
	/** The item; an empty one where there is none. */
	readonly input: INodeExecutionData;
	/** All items of this call. */
	readonly inputs: INodeExecutionData[];
	readonly run: NodeRun;
	readonly progress: Progress;
	/** The value of a parameter; throws n8n's error when its expression cannot be resolved. */
	parameter(name: string, fallback?: unknown): unknown;
	/** The same parameter as it reads for another item of this call. */
	parameterFor(itemIndex: number, name: string): unknown;
	/** The operation's own request: what its fields declare. Throws n8n's error when an expression cannot be resolved. */
	declaredRequest(): ServiceRequest & { body: IDataObject };
}

/** Throws the inputError of an item. */
export function refuseInput(
	{ node, itemIndex }: ItemContext,
	message: string,
	hint: string,
	known: InputFacts = {},
): never {
	throw inputError(node, itemIndex, message, hint, known);
}

/** Longest list of names in a hint, in characters. */
const LONGEST_NAMES = 90;

/** Which fields an item has, for a hint. */
export function fieldsOf({ json, binary }: Partial<INodeExecutionData>): string {
	const names = Object.keys(asRecord(json));
	const files = Object.keys(asRecord(binary));
	const ofFiles = files.length > 0 ? `, and the binary fields: ${cut(said(files.join(', ')), LONGEST_NAMES)}` : '';
	return names.length > 0
		? `The item has the fields: ${cut(said(names.join(', ')), LONGEST_NAMES)}${ofFiles}.`
		: `The item has no fields${ofFiles}.`;
}
