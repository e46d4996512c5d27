import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IHttpRequestMethods,
	IHttpRequestOptions,
} from 'n8n-workflow';

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
 * - `noSlot`: refused without any work done, because too many tasks are running;
 * - `withNewSignature`: the signature was refused; once more with a new one;
 * - `ambiguous`: the service broke down; a read may be repeated, a create may have been carried out.
 */
export type Retry = 'no' | 'later' | 'noSlot' | 'withNewSignature' | 'ambiguous';

/** One row of a service's error table: what a code means, in plain words, and what to do about it. */
export interface ErrorRow {
	/** Follows "The service refused to make the image: "; short enough for a headline behind every service's name (model/errors.ts). */
	cause: string;
	/** What to change. */
	fix: string;
	retry: Retry;
	/**
	 * What the refusal concerns beyond this request: the whole account, or every request for the same model. The unsent
	 * items of the run fail without a request of their own.
	 */
	concerns?: 'account' | 'model';
}

/** The service's "no", with everything an error needs. */
export interface Refusal {
	code?: string | number;
	httpStatus: number;
	requestId?: string;
	/** What the service said, in its own words. */
	reason: string;
	cause: string;
	/** What the user can do about it. */
	hint: string;
	retry: Retry;
	concerns?: ErrorRow['concerns'];
	/**
	 * Answers that are not mere failures: the task is unknown; it is not among the newest of a list that is longer than
	 * was searched; the external ID is taken; the service says the same of an unknown task and of a breakdown.
	 */
	meaning?: 'notFound' | 'notListed' | 'duplicate' | 'mayBeUnknown';
	/** How long the service asks to wait, in ms. */
	retryAfterMs?: number;
}

/** A reply once read: the payload of a success, or the refusal. */
export type Verdict = { ok: true; data: unknown; requestId?: string } | { ok: false; refusal: Refusal };

/** A request to a service, relative to the base URL. */
export interface ServiceRequest {
	method: IHttpRequestMethods;
	url: string;
	qs?: IDataObject;
	/** An object goes as JSON; bytes go as they are, with a `content-type` among the headers. */
	body?: IDataObject | Buffer;
	headers?: IDataObject;
	/** Of a read: least time in ms between two requests of an account to this URL, where the service asks for it. */
	apartMs?: number;
}

/** How requests reach a service, and how they are signed. */
export interface Connection {
	/** Type of the credential. */
	credential: string;
	/** The base URL that a credential holds, without a slash at the end. */
	baseUrl(credential: ICredentialDataDecryptedObject): string;
	/** The request with its authentication. Throws an unsentError that names the credential's field. */
	authenticate(credential: ICredentialDataDecryptedObject, request: IHttpRequestOptions): IHttpRequestOptions;
	/** The fields of the credential that make the address, as in "Check Region or Base URL". */
	addressFields: string;
	/** Fields of the credential whose values must never show, in whatever a service echoes. */
	secrets: string[];
}

/** Everything the engine must know about a service; one constant per service. */
export interface Service {
	/** Value of `service` in the task object. */
	id: string;
	/** Name for messages. */
	name: string;
	connection: Connection;
	/** Reads the envelope: business errors under HTTP 200 count as refusals. */
	readReply(reply: Reply): Verdict;
	/**
	 * Makes a task of one element of a reply's payload. Missing fields are absent, never an exception. `askedFor` is the
	 * ID that the request named, for services that do not repeat it in the answer.
	 */
	readTask(data: unknown, kind: ReadKind, askedFor?: string): Task;
	/** The request that reads one task; `id` is the task's ID or its external ID. */
	taskRequest(path: string, id: string): ServiceRequest;
	/** Days after which results are deleted, where the service says so. */
	resultsKeptDays?: number;
	/** True when the service answers a request for an unknown task with success and an empty payload. */
	emptyMeansUnknown?: boolean;
	/** The request field that makes creates idempotent, where the service has one. */
	idempotency?: { field: string };
	/** The request field for the address that the service calls back; it does not make the request another work. */
	callbackField?: string;
	/** The request field that names the model, for refusals that concern one. */
	modelField?: string;
	/**
	 * Fields of a request in which a text of digits is a number for the service, longer than JavaScript's hold: it is
	 * written digit for digit.
	 */
	exactIntegers?: string[];
	/** The next step after a create whose answer is lost, where the service can neither refuse a repeat nor be asked. */
	afterLostCreate?: string;
	/** The list, where the service has one. */
	list?: {
		pageRequest(page: number, pageSize: number): IDataObject;
		/** Largest page and last page the API allows. */
		maxPageSize: number;
		lastPage: number;
	};
}

/** What the reader of a task must know of its endpoint. */
export interface ReadKind {
	/** Value of the resource parameter. */
	resource: string;
	/** How many images are views of one subject, and so a set; most images are none. */
	views?: number;
}

/** A service's price list, for one kind of task. */
export interface Price {
	/** The day on which the list was read, such as 2026-09-20. */
	checked: string;
	/** What the least and the most expensive request costs, of what is counted: "an image". */
	range: { least: number; most: number; per: string };
	/** Most units that a task with this request body costs; or what the list says nothing of, such as "the model x". */
	units(body: IDataObject): number | { unknown: string };
}

/** One kind of task of a service. */
export interface Endpoint extends ReadKind {
	service: Service;
	/** Path of the API, from `/`. */
	path: string;
	/** What a task makes, for messages, as in "could not make …"; "the image" by default. */
	product?: string;
	/** True when a task can only be read by its own ID, so that its external ID is looked up in the list. */
	externalIdOnlyInList?: boolean;
	/** Slots that a task with this request body takes of the account's concurrency; 1 by default. */
	slots?(body: IDataObject): number;
	/** What a create costs, where the service has a price list. */
	price?: Price;
	/** How the task is waited for, where it differs from the usual. */
	waiting?: {
		/** Minutes until the wait is given up, unless the user says otherwise. */
		timeout?: number;
		/** Status requests may be billed: the first one comes so late, and the next ones so far apart, in ms. */
		firstReadMs?: number;
		shortestIntervalMs?: number;
	};
	/** True for tasks that end without images. */
	withoutImages?: boolean;
	/** Whether a task that has succeeded tells its result; by default it has images, unless it ends without. */
	tellsResult?(task: Task): boolean;
	/** What to change after a refusal, where the kind of task knows more of it than the service. */
	adviceOn?(refusal: Refusal): string | undefined;
	/**
	 * Keys of the task object that only the answer to the create, or the request, tells (progress.facts). A read takes
	 * them from the item that names the task.
	 */
	facts?: string[];
	/** True when a part of the result is of no use. */
	partialIsFailure?: boolean;
}
