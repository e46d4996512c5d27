import type { IncomingHttpHeaders } from 'node:http';

import type { Answer } from './answer';
import type { FaultPlace, FaultRule, Strike } from './faults';
import type { Authorization } from './journal';
import type { ResultFile } from './registry';
import type { ServiceTraits, World } from './world';

/** A request as it arrived. */
export interface ApiRequest {
	method: string;
	/** Path and query, as sent. */
	url: string;
	/** Names in lower case. */
	headers: IncomingHttpHeaders;
	/** Empty if there is none. */
	body: Buffer;
	query: object;
	/** The parameters in the endpoint's path, decoded. */
	params: Readonly<Record<string, string>>;
}

/** One method of one path of a service's API. */
export interface Endpoint<Account = unknown> {
	method: 'GET' | 'POST';
	/** Parameters are marked with a colon: `/v1/things/:id`. */
	path: string;
	/** What it does, for faults and the journal. */
	on: FaultPlace;
	/** What it is about, for faults and the journal. */
	resource: string | ((request: ApiRequest) => string);
	/** Does what was asked; throws the service's refusal. */
	work(account: Account, request: ApiRequest, strike: Strike): Answer | Promise<Answer>;
}

/** How a service words its errors. */
export interface ErrorWords {
	statusOf(code: number): number;
	messageOf(code: number): string;
	codeOf(status: number): number;
	/** The body of an error, JSON. */
	body(code: number, message: string): string;
	/** The code of "too many requests". */
	tooMany: number;
	/** The answer that a kind of fault of the service's own makes, before `status` and `retryAfter` change it. */
	ownFault?(rule: FaultRule): Answer;
}

/** A simulated service at work. */
export interface Service<Account = unknown> {
	/** Where relays offer the API beside its own place: with `/relay`, `/v1/x` is also at `/relay/v1/x`. */
	readonly prefix: string;
	/** All paths of the API begin with one of these, e.g. `/v1/`. */
	readonly roots: readonly string[];
	readonly endpoints: ReadonlyArray<Endpoint<Account>>;
	/** Files that are served outside the API, by the beginning of their path, e.g. `/templates/`. */
	readonly assets?: Readonly<Record<string, (name: string) => Promise<ResultFile | undefined>>>;
	/** How a request tries to sign in; says nothing about whether it may. */
	authorizationOf(request: ApiRequest): Authorization;
	/**
	 * Finds out whose request it is. Called when a request has arrived; what it gives is called when the request is
	 * worked on, and gives the account or throws the refusal.
	 */
	admit(request: ApiRequest): () => Account | Promise<Account>;
	/** How faults are worded, as the settings are now. */
	words(): ErrorWords;
	/** The answer for a refusal that was thrown; undefined for any other error. */
	refusal(error: unknown): Answer | undefined;
	/** The answer when the simulator itself has failed. */
	internalError(): Answer;
	/** The answer for a path below `roots` where no endpoint is; the path is without `prefix` and query. */
	unknownPath(path: string): Answer;
	/** The answer when a request fails before it reaches an endpoint; `status` is the HTTP status. */
	failure(status: number): Answer;
	/** Forgets everything that is not in the world. */
	clear(): void;
}

/** How a service registers: its traits, and how it begins to work in a world. */
export interface ServiceDefinition<Account = unknown> extends ServiceTraits {
	start(world: World): Service<Account>;
}
