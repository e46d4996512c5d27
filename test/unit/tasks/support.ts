/** An item on its way through the engine without n8n: scripted answers, a clock that nobody waits for. */
import { Readable } from 'node:stream';
import type { IBinaryData, IDataObject, INode, INodeExecutionData } from 'n8n-workflow';

import { kling } from '../../../nodes/Kling/api';
import type { ItemContext } from '../../../nodes/tasks/item/context';
import type { RawAnswer } from '../../../nodes/tasks/item/host';
import { NodeRun } from '../../../nodes/tasks/item/nodeRun';
import { Progress } from '../../../nodes/tasks/item/progress';
import type { Endpoint, ServiceRequest } from '../../../nodes/tasks/model/service';
import type { Clock } from '../../../nodes/tasks/util/clock';
import { ImageHosts, UNKNOWN_HOST } from '../../../nodes/tasks/util/imageHosts';

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
	/** Items with the same one share what the process knows of the account. */
	account?: string;
	/** Values of the credential that must not show. */
	secrets?: string[];
	/** Hosts on private addresses from which images are taken. */
	privateImageHosts?: string;
	/** n8n's memory of the node in the execution; '' as execution ID: there is none. */
	memory?: IDataObject;
	/** The time zone of the workflow, UTC by default. */
	timeZone?: string;
	/** The run that the item shares with others. */
	run?: NodeRun;
	/** What `$execution.resumeUrl` is; n8n 1.x has no signature. */
	resumeUrl?: string;
	executionId?: string;
	runIndex?: number;
	instanceId?: string;
	workflowId?: string;
	isSubWorkflow?: boolean;
	isKept?: boolean;
	isManual?: boolean;
	/** Hints for the editor are collected here. */
	hints?: string[];
}

/** An item without n8n: what it sends is collected in `sent`. */
export type TestItem = ItemContext & { clock: FakeClock; sent: ServiceRequest[] };

let accounts = 0;

/** An item as an adapter would make it. Each has an account of its own unless `account` says otherwise. */
export function itemOf(given: Given = {}): TestItem {
	const { parameters = {}, items = [{ json: {} }], itemIndex = 0, executionId = '7', runIndex = 0 } = given;
	const { account = `account-${++accounts}`, memory = {}, answers = [], clock = new FakeClock() } = given;
	const expressions: Record<string, unknown> = {
		'{{ $execution.resumeUrl }}': given.resumeUrl,
		'{{ $runIndex }}': runIndex,
	};
	const sent: ServiceRequest[] = [];
	const host = {
		node: { ...node, ...given.node },
		execution: {
			executionId: executionId === '' ? undefined : executionId,
			instanceId: given.instanceId ?? 'instance',
			workflowId: given.workflowId ?? 'workflow',
			isSubWorkflow: given.isSubWorkflow ?? false,
			isKept: given.isKept ?? true,
			isManual: given.isManual ?? false,
		},
		memory: () => (executionId === '' ? undefined : memory),
		evaluate: (expression: string) => expressions[expression],
	};
	return {
		...host,
		clock,
		timeZone: given.timeZone ?? 'UTC',
		signal: given.signal,
		combinedBinaries: false,
		files: {
			read: async ({ data }) => Buffer.from(data, 'base64'),
			readParts: async ({ data }) => Readable.from([Buffer.from(data, 'base64')]),
			store: async () => {
				throw new Error('No storage in this test');
			},
		},
		warn: () => undefined,
		hint: (text) => void given.hints?.push(text),
		account: async () => ({
			key: account,
			baseUrl: `https://${account}.test`,
			secrets: given.secrets ?? [],
			credential: {},
			imageHosts: ImageHosts.of({ privateImageHosts: given.privateImageHosts ?? '' }, 'https://service.test'),
		}),
		async send(_connection, request) {
			sent.push(request);
			const answer = await (typeof answers === 'function' ? answers(sent.length) : answers[sent.length - 1]);
			if (answer === undefined) throw new Error(`No answer is scripted for request ${sent.length}`);
			if (answer instanceof Error) throw answer;
			return rawAnswer(answer);
		},
		lookUp: async () => UNKNOWN_HOST,
		fetch: async () => {
			throw new Error('Nothing is fetched in this test');
		},
		itemIndex,
		input: items[itemIndex] ?? { json: {} },
		inputs: items,
		run: given.run ?? new NodeRun(host),
		progress: new Progress(),
		parameter: (name, fallback) => parameters[name] ?? fallback,
		parameterFor: (_index, name) => parameters[name],
		declaredRequest: () => ({ method: 'POST', url: '/declared', body: {} }),
		sent,
	};
}

/** An answer as n8n hands it out: its body is a stream. */
export function rawAnswer({ body, status = 200, headers = {} }: Exclude<Answer, Error>): RawAnswer {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return { statusCode: status, headers, body: Readable.from([Buffer.from(text)]) as RawAnswer['body'] };
}

/** An endpoint of Kling. */
export const endpoint: Endpoint = { service: kling, resource: 'imageExpansion', path: '/v1/images/editing/expand' };

/** An error of the network as n8n wraps it. */
export function networkError(code: string, text = 'secret-host said no'): Error {
	return Object.assign(new Error(text), { cause: Object.assign(new Error(text), { code }) });
}

/** The service's envelope of one task. */
export function taskAnswer(status: string, more: IDataObject = {}): { body: unknown } {
	const data = {
		task_id: '930810057590833241',
		task_status: status,
		created_at: 1_700_000_000_000,
		updated_at: 1_700_000_005_000,
		...more,
	};
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
