/** Triggers without n8n: a service that answers from a function, a poll and a webhook call as n8n would make them. */
import { Readable } from 'node:stream';
import type { IDataObject, INode, IWebhookResponseData } from 'n8n-workflow';

import type { ItemContext } from '../../../../nodes/tasks/item/context';
import type { ByteStream } from '../../../../nodes/tasks/item/host';
import { NodeRun } from '../../../../nodes/tasks/item/nodeRun';
import { Progress } from '../../../../nodes/tasks/item/progress';
import type { Endpoint, Service, ServiceRequest } from '../../../../nodes/tasks/model/service';
import type { Task } from '../../../../nodes/tasks/model/task';
import type { WebhookCall } from '../../../../nodes/tasks/n8n/webhookCall';
import type { Poll } from '../../../../nodes/tasks/triggers/polling/poll';
import type { Clock } from '../../../../nodes/tasks/util/clock';
import { ImageHosts, UNKNOWN_HOST } from '../../../../nodes/tasks/util/imageHosts';
import { asRecord } from '../../../../nodes/tasks/util/parse';

export const NOW = 1_700_000_000_000;

/** Time passes only by pausing. */
export class PausingClock implements Clock {
	readonly pauses: number[] = [];
	time = NOW;

	now(): number {
		return this.time;
	}

	async pause(ms: number): Promise<void> {
		this.pauses.push(ms);
		this.time += ms;
	}

	random(): number {
		return 0;
	}
}

/** Its tasks are as they are in the engine; a list has three a page. */
export const service: Service = {
	id: 'test',
	name: 'Test Service',
	connection: {
		credential: 'testApi',
		baseUrl: () => 'https://service.example',
		authenticate: (_credential, request) => request,
		addressFields: 'Base URL',
		secrets: [],
	},
	readReply({ status, body }) {
		if (status === 200) return { ok: true, data: body };
		const words = { reason: '', cause: 'it does not like it', hint: 'Do something else.' };
		const meaning = status === 404 ? 'notFound' : undefined;
		return { ok: false, refusal: { ...words, code: status, httpStatus: status, retry: 'no', meaning } };
	},
	readTask: (data, resource) => ({ images: [], ...asRecord(data), service: 'test', resource }) as unknown as Task,
	taskRequest: (path, id) => ({ method: 'GET', url: `${path}/${id}` }),
	list: { pageRequest: (page, size) => ({ page, size }), maxPageSize: 3, lastPage: 100 },
};

export const endpoint: Endpoint = { service, resource: 'picture', path: '/pictures' };

/** A task of the service; it ended `ago` ms before NOW. */
export function task(taskId: string, status: Task['status'] = 'succeeded', ago = 0): Task {
	const time = new Date(NOW - ago).toISOString();
	return { service: 'test', resource: 'picture', taskId, status, images: [], createdAt: time, updatedAt: time };
}

/** What the service says to a request: JSON, or the HTTP status of a refusal. */
export type Answer = (request: ServiceRequest) => unknown;

export interface Given {
	answer: Answer;
	/** Key of the account. */
	account?: string;
	parameters?: Record<string, unknown>;
	clock?: Clock;
	signal?: AbortSignal;
}

const node: INode = { id: 'n', name: 'Trigger', type: 't', typeVersion: 1, position: [0, 0], parameters: {} };

/** An item for requests; `log` collects the warnings. */
export function itemOf(given: Given, log: string[] = []): ItemContext {
	const { answer, account = 'account', parameters = {}, clock = new PausingClock(), signal } = given;
	const execution = { instanceId: 'i', workflowId: 'w', isSubWorkflow: false, isKept: true, isManual: false };
	return {
		node,
		execution,
		clock,
		timeZone: 'UTC',
		signal,
		combinedBinaries: false,
		itemIndex: 0,
		input: { json: {} },
		inputs: [],
		progress: new Progress(),
		run: new NodeRun({ node, execution, memory: () => undefined, evaluate: () => undefined } as never),
		files: {} as ItemContext['files'],
		warn: (text) => void log.push(text),
		hint: () => undefined,
		account: async () => ({
			key: account,
			baseUrl: 'https://service.example',
			secrets: [],
			credential: {},
			imageHosts: ImageHosts.of({}, 'https://service.example'),
		}),
		lookUp: async () => UNKNOWN_HOST,
		async send(_connection, request) {
			const said = await answer(request);
			const isRefusal = typeof said === 'number';
			const body = Readable.from([Buffer.from(isRefusal ? '{}' : JSON.stringify(said))]);
			return { statusCode: isRefusal ? said : 200, headers: {}, body: body as unknown as ByteStream };
		},
		fetch: async () => await Promise.reject(new Error('Nothing is fetched')),
		memory: () => undefined,
		evaluate: () => undefined,
		parameter: (name, fallback) => parameters[name] ?? fallback,
		parameterFor: (_index, name) => parameters[name],
		declaredRequest: () => ({ method: 'GET', url: '', body: {} }),
	};
}

/** One poll; `memory` is what n8n keeps, `log` collects the warnings. */
export function pollOf(given: Given & { memory?: IDataObject; isManual?: boolean }, log: string[] = []): Poll {
	const { memory = {}, isManual = false } = given;
	const item = itemOf(given, log);
	return { item, isManual, deadline: item.clock.now() + 40_000, memory: () => memory, warn: item.warn };
}

/** A webhook call, and what the sender was answered. */
export interface Called extends WebhookCall {
	answers: Array<{ status: number; message: string }>;
}

/** One call with this body: JSON of a value, or bytes as they are. */
export function callOf(
	given: Given & {
		body: unknown;
		headers?: Record<string, string>;
		secret?: string;
		memory?: IDataObject;
		key?: string;
	},
	log: string[] = [],
): Called {
	const { body, headers = {}, secret, memory = {}, key = 'node' } = given;
	const answers: Called['answers'] = [];
	const noWebhookResponse: IWebhookResponseData = { noWebhookResponse: true };
	return {
		item: itemOf(given, log),
		key,
		isTest: false,
		headers,
		answers,
		memory: () => memory,
		body: async () => (Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))),
		credential: async () => ({ webhookSecret: secret ?? '' }),
		isAnswered: () => answers.length > 0,
		answer(status, message) {
			answers.push({ status, message });
			return noWebhookResponse;
		},
	};
}
