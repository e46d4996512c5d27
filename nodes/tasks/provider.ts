import type { IDataObject, IHttpRequestMethods } from 'n8n-workflow';

import type { Task } from './task';

/** What came back over HTTP, before anything is read into it. */
export interface Reply {
	/** HTTP status. */
	status: number;
	/** Header names in lower case. */
	headers: Record<string, string>;
	/** The parsed JSON, or undefined when the body is not JSON. */
	body: unknown;
}

/**
 * Whether a refused request may be sent again:
 * - `no`: the same request will be refused again;
 * - `later`: refused without any work done, because requests come too fast; the same request may pass later;
 * - `noRoom`: refused without any work done, because too many tasks are running;
 * - `resign`: the signature was refused; once more with a new one;
 * - `ambiguous`: the provider broke down; a read may be repeated, a create may have been carried out.
 */
export type Resend = 'no' | 'later' | 'noRoom' | 'resign' | 'ambiguous';

/** The provider's "no", with everything an error needs. */
export interface Refusal {
	code?: string | number;
	httpStatus: number;
	requestId?: string;
	/** What the provider said, in its own words. */
	reason: string;
	/** What the code means, in a few plain words. */
	cause: string;
	/** What the user can do about it. */
	hint: string;
	resend: Resend;
	/**
	 * Answers that are not mere failures: the task is unknown; it is not among the newest of a list that is longer than
	 * was searched; the external ID is taken.
	 */
	meaning?: 'notFound' | 'notListed' | 'duplicate';
	/** How long the provider asks to wait, in ms. */
	retryAfterMs?: number;
}

/** A reply once read: the payload of a success, or the refusal. */
export type Verdict = { ok: true; data: unknown; requestId?: string } | { ok: false; refusal: Refusal };

/** A request the engine builds by itself, relative to the base URL. */
export interface TaskRequest {
	method: IHttpRequestMethods;
	url: string;
	qs?: IDataObject;
	body?: IDataObject;
}

/** Everything the engine must know about a service; one constant per service. */
export interface TaskProvider {
	/** Value of `service` in the task object. */
	service: string;
	/** Name for messages. */
	name: string;
	/** Reads the envelope: business errors under HTTP 200 count as refusals. */
	readReply(reply: Reply): Verdict;
	/** Makes a task of one element of a reply's payload. Missing fields are absent, never an exception. */
	readTask(data: unknown, resource: string): Task;
	/** The request that reads one task; `id` is the task's ID or its external ID. */
	taskRequest(path: string, id: string): TaskRequest;
	/** The request field that makes creates idempotent, where the service has one. */
	idempotency?: {
		field: string;
		/** Fields that do not make it another request (where to report to, for example). */
		ignored: string[];
	};
	/** The list, where the service has one. */
	list?: {
		pageRequest(page: number, pageSize: number): IDataObject;
		/** Largest page and last page the API allows. */
		maxPageSize: number;
		lastPage: number;
	};
}

/** One kind of task of a service. */
export interface TaskEndpoint {
	provider: TaskProvider;
	/** Value of the resource parameter. */
	resource: string;
	/** Path of the API, from `/`. */
	path: string;
	/** True when a task can only be read by its own ID, so that its external ID is looked up in the list. */
	externalIdOnlyInList?: boolean;
	/** Slots that a task with this request body takes of the account's concurrency; 1 by default. */
	slots?(body: IDataObject): number;
}
