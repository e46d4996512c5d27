/** One node between a source of items and receivers of its outputs: what a test asks for, and what it gets. */
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { ExecuteOptions, Execution } from './execute.ts';
import { buildGraph, NODE, sketchAround, type NodeSettings } from './graph.ts';
import type { InputItem } from './helper-nodes.ts';
import type { LoadedPackage } from './package.ts';
import { binaryData } from './runtime.ts';

export interface RunOptions extends NodeSettings, ExecuteOptions {
	/** Full type name, e.g. `n8n-nodes-kling-aliyun.kling`. */
	node: string;
	parameters?: INodeParameters;
	typeVersion?: number;
	nodeId?: string;
	/** One empty item by default. */
	items?: InputItem[];
}

export interface Run extends Execution {
	/** Output 0 of the node under test; `pairedItem` counts from the node's own input. */
	items: INodeExecutionData[];
	/** The error output, with `onError: 'continueErrorOutput'`. */
	errorItems: INodeExecutionData[];
	/** The content of a binary field. */
	binary(item: INodeExecutionData | undefined, field: string): Promise<Buffer>;
}

export function asRun(execution: Execution): Run {
	return {
		...execution,
		items: execution.output(NODE, 0),
		errorItems: execution.output(NODE, 1),
		binary: readBinary,
	};
}

export async function readBinary(item: INodeExecutionData | undefined, field: string): Promise<Buffer> {
	const file = item?.binary?.[field];
	if (!file) {
		const fields = Object.keys(item?.binary ?? {}).join(', ') || 'none';
		throw new Error(`The item has no binary field "${field}" (it has: ${fields})`);
	}
	return await binaryData().getAsBuffer(file);
}

/** The workflow around the node under test, and how to run it. */
export function around(loaded: LoadedPackage, options: RunOptions) {
	const { node, items, how } = nodeAndRun(options);
	return { graph: buildGraph(loaded, sketchAround(node, items), how.credentials), how };
}

/** What of the options is the node's, and what the run's. */
export function nodeAndRun({ node: type, parameters = {}, typeVersion, nodeId, items = [{}], ...rest }: RunOptions) {
	const { onError, retryOnFail, maxTries, waitBetweenTries, executeOnce, alwaysOutputData, ...how } = rest;
	const settings = defined({
		onError,
		retryOnFail,
		maxTries,
		waitBetweenTries,
		executeOnce,
		alwaysOutputData,
		typeVersion,
		id: nodeId,
	});
	return { node: { type, parameters, ...settings }, items, how };
}

/** Takes back the failed node's result; its input still lies on the execution stack. */
export function withoutFailure(data: Execution['data']): Execution['data'] {
	const { error: _, ...resultData } = data.resultData;
	const runData = { ...resultData.runData };
	const last = resultData.lastNodeExecuted;
	if (last && runData[last]?.at(-1)?.error) runData[last] = runData[last].slice(0, -1);
	return structuredClone({ ...data, resultData: { ...resultData, runData } });
}

function defined<T extends object>(values: T): Partial<T> {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
