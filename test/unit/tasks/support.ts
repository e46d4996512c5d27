/** An item on its way through the engine without n8n: scripted answers, a clock that nobody waits for. */
import type { IBinaryData, IDataObject, IExecutePaginationFunctions, INode, INodeExecutionData } from 'n8n-workflow';

import { kling } from '../../../nodes/Kling/provider';
import type { Clock } from '../../../nodes/tasks/clock';
import type { ItemExchange } from '../../../nodes/tasks/exchange';
import type { Reply } from '../../../nodes/tasks/provider';
import { Run } from '../../../nodes/tasks/run';

/** Time passes only by pausing. */
export class FakeClock implements Clock {
	readonly pauses: number[] = [];
	/** What `random` gives; 0 takes the longest pause of a wait and the shortest of a back-off. */
	chance = 0;

	constructor(public time = 1_700_000_000_000) {}

	now(): number {
		return this.time;
	}

	async pause(ms: number, signal?: AbortSignal): Promise<void> {
		if (signal?.aborted) return;
		this.pauses.push(ms);
		this.time += Math.max(0, ms);
	}

	random(): number {
		return this.chance;
	}
}

export const node: INode = {
	id: 'node-1',
	name: 'Kling',
	type: 'n8n-nodes-kling-aliyun.kling',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** What a scripted answer may be: a body under HTTP 200, a whole reply, or an error of the network. */
export type Answer = { body: unknown; status?: number; headers?: Record<string, string> } | Error;

export interface Given {
	answers?: Answer[] | ((sent: number) => Answer | Promise<Answer>);
	parameters?: Record<string, unknown>;
	node?: Partial<INode>;
	items?: INodeExecutionData[];
	itemIndex?: number;
	signal?: AbortSignal;
	clock?: FakeClock;
	/** What `$execution.resumeUrl` is; n8n 1.x has no signature. */
	resumeUrl?: string;
	executionId?: string;
	runIndex?: number;
	instanceId?: string;
	workflowId?: string;
}

/** A fake of n8n's context for one item; `sent` collects the requests. */
export function contextOf(given: Given = {}, sent: IDataObject[] = []): IExecutePaginationFunctions {
	const { parameters = {}, items = [{ json: {} }], itemIndex = 0, executionId = '7', runIndex = 0 } = given;
	const expressions: Record<string, unknown> = {
		'{{ $execution.resumeUrl }}': given.resumeUrl,
		'{{ $runIndex }}': runIndex,
	};
	const executeData = { data: { main: [items] }, node, source: null };
	return {
		getNode: () => ({ ...node, ...given.node }),
		getItemIndex: () => itemIndex,
		getNodeParameter: (name: string, fallback?: unknown) => parameters[name] ?? fallback,
		getExecuteData: () => executeData,
		getInputData: () => items[itemIndex],
		getExecutionId: () => (executionId === '' ? undefined : executionId),
		getInstanceId: () => given.instanceId ?? 'instance',
		getWorkflow: () => ({ id: given.workflowId ?? 'workflow' }),
		getWorkflowSettings: () => ({}),
		evaluateExpression: (expression: string) => expressions[expression],
		async makeRoutingRequest({ options }: { options: IDataObject }) {
			sent.push(options);
			const { answers = [] } = given;
			const answer = await (typeof answers === 'function' ? answers(sent.length) : answers[sent.length - 1]);
			if (answer === undefined) throw new Error(`No answer is scripted for request ${sent.length}`);
			if (answer instanceof Error) throw answer;
			const { body, status = 200, headers = {} } = answer;
			return [{ json: { status, headers, body } satisfies Reply as unknown as IDataObject }];
		},
	} as unknown as IExecutePaginationFunctions;
}

/** One item's exchange, the clock it lives by, and the requests it sends. */
export function exchangeOf(given: Given = {}): ItemExchange & { clock: FakeClock; sent: IDataObject[] } {
	const sent: IDataObject[] = [];
	return {
		context: contextOf(given, sent),
		declared: { options: { method: 'GET', url: '/declared' } } as unknown as ItemExchange['declared'],
		endpoint: { provider: kling, resource: given.node?.id ?? 'imageExpansion', path: '/v1/images/editing/expand' },
		itemIndex: given.itemIndex ?? 0,
		run: new Run(given.items?.length ?? 1, false),
		clock: given.clock ?? new FakeClock(),
		signal: given.signal,
		sent,
	};
}

/** An error of the network as n8n wraps it. */
export function networkError(code: string, text = 'secret-host said no'): Error {
	return Object.assign(new Error(text), { cause: Object.assign(new Error(text), { code }) });
}

/** Kling's envelope of one task. */
export function taskAnswer(status: string, more: IDataObject = {}): { body: unknown } {
	const data = { task_id: '930810057590833241', task_status: status, created_at: 1_700_000_000_000, updated_at: 1_700_000_005_000, ...more };
	return { body: { code: 0, message: 'SUCCEED', request_id: 'request-1', data } };
}

/** Kling's envelope of a refusal. */
export function refusal(code: number, status: number, message = 'no', headers: Record<string, string> = {}): Answer {
	return { body: { code, message, request_id: 'request-2' }, status, headers };
}

/** A binary field kept in memory. */
export function binaryOf(buffer: Buffer, mimeType = 'image/png'): IBinaryData {
	return { data: buffer.toString('base64'), mimeType };
}

/** A promise's rejection; a test in which it resolves fails. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Record<string, unknown> & Error> {
	return await promise.then(
		(value) => {
			throw new Error(`Resolved with ${JSON.stringify(value)}`);
		},
		(error) => error,
	);
}
