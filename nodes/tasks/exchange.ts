import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	IN8nHttpFullResponse,
	INodeExecutionData,
} from 'n8n-workflow';

import { systemClock, type Clock } from './clock';
import { asRecord, asText, parseJson } from './json';
import type { Refusal, Reply, Resend, TaskEndpoint, TaskRequest, Verdict } from './provider';
import type { Run } from './run';
import type { Task } from './task';

/** One item on its way through an operation: n8n's context, the declared request and what belongs to the run. */
export interface ItemExchange {
	context: IExecutePaginationFunctions;
	declared: DeclarativeRestApiSettings.ResultOptions;
	endpoint: TaskEndpoint;
	itemIndex: number;
	run: Run;
	clock: Clock;
	/** Aborted by Stop and by a workflow timeout. */
	signal?: AbortSignal;
	/** Filled in by accountOf(). */
	account?: Promise<string>;
}

/**
 * How a request ended without an answer. `unsent` is proof that the service never saw it; after `late` the service may
 * still be at work on it.
 */
export interface Lost {
	kind: 'unsent' | 'lost' | 'late';
	/** In plain words, free of addresses and secrets. */
	reason: string;
	/** True when only the user can change it, so that another try is of no use. */
	final?: boolean;
}

/** One request sent: an answer that was read, or none. */
export type Outcome = { verdict: Verdict; reply: Reply } | { lost: Lost };

/** The outcome of what a stop prevented; what it cut off on its way is `lost`. */
export const NOT_STARTED: Outcome = { lost: { kind: 'unsent', reason: 'the execution was stopped' } };

/** ms a request may take; n8n's own Timeout option wins. Bodies with images get time for each MB. */
const READ_TIMEOUT_MS = 30_000;
const CREATE_TIMEOUT_MS = 60_000;
const TIMEOUT_PER_MB_MS = 4_000;

/** Waits between the tries of a read, in ms (doubled each time, with jitter), and how many tries there are. */
const READ_BACKOFF_MS = 1_000;
const READ_TRIES = 4;
const LONGEST_BACKOFF_MS = 30_000;

/** Longest time spent on the tries of one read, in ms. */
const READ_BUDGET_MS = 120_000;

/** Refusals after which the same read may succeed. */
const WORTH_REPEATING = new Set<Resend>(['later', 'noRoom', 'ambiguous']);

/** Errors of the network that prove that nothing reached the service. */
const UNSENT: Record<string, string> = {
	ECONNREFUSED: 'the connection was refused',
	ENOTFOUND: 'the host name is unknown',
	EAI_AGAIN: 'the host name could not be resolved',
	EHOSTUNREACH: 'the host is unreachable',
	ENETUNREACH: 'the network is unreachable',
	CERT_HAS_EXPIRED: 'the TLS certificate has expired',
	DEPTH_ZERO_SELF_SIGNED_CERT: 'the TLS certificate is self-signed',
	SELF_SIGNED_CERT_IN_CHAIN: 'the TLS certificate chain is self-signed',
	UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the TLS certificate cannot be verified',
	ERR_TLS_CERT_ALTNAME_INVALID: 'the TLS certificate is for another host',
	ERR_INVALID_URL: 'the address is not valid',
};

/** Errors of the network after which nobody knows whether the service did the work. */
const LOST: Record<string, string> = {
	ECONNRESET: 'the connection was lost',
	EPIPE: 'the connection was lost',
	ERR_BAD_RESPONSE: 'the answer was cut off',
};

/** Errors of the network after which the service may still be at work. */
const LATE = new Set(['ECONNABORTED', 'ETIMEDOUT']);

/**
 * Sends one request as the node declares it, or another one (`request` with a URL) to the same base URL with the same
 * credential, proxy and SSL setting, and reads the answer. Never throws; sends exactly once.
 */
export async function send(exchange: ItemExchange, request: Partial<TaskRequest>): Promise<Outcome> {
	const { context, declared, signal } = exchange;
	if (signal?.aborted) return NOT_STARTED;
	const options = {
		...declared.options,
		...(request.url === undefined ? {} : { body: undefined, qs: undefined }),
		...request,
		encoding: 'text',
		json: true,
		ignoreHttpStatusErrors: true,
		timeout: timeoutFor(exchange, request),
	} as DeclarativeRestApiSettings.HttpRequestOptions;
	// n8n keeps what it declared to the end of the run, so it gets a copy: a body with images must not outlive this.
	const [sent] = await Promise.allSettled([
		context.makeRoutingRequest.call(context, { ...declared, options }),
	]);
	if (sent.status === 'rejected') {
		const stopped: Lost = { kind: 'lost', reason: 'the execution was stopped' };
		return { lost: signal?.aborted ? stopped : lostBecause(sent.reason) };
	}
	const reply = sent.value[0]?.json as unknown as Reply;
	return { reply, verdict: exchange.endpoint.provider.readReply(reply) };
}

/**
 * Sends a request that changes nothing, again while that can help: lost answers, throttling and breakdowns of the
 * service, with growing pauses; a refused signature once. Gives up rather than pause beyond `deadline` (ms since the
 * epoch), also when the service asks for a longer pause.
 */
export async function read(
	exchange: ItemExchange,
	request: Partial<TaskRequest>,
	deadline = exchange.clock.now() + READ_BUDGET_MS,
): Promise<Outcome> {
	let resigned = false;
	for (let attempt = 1; ; attempt += 1) {
		const outcome = await send(exchange, request);
		const refusal = refusalOf(outcome);
		if (refusal?.resend === 'resign' && !resigned) {
			resigned = true;
			continue;
		}
		const again = 'lost' in outcome ? !outcome.lost.final : WORTH_REPEATING.has(refusal?.resend ?? 'no');
		if (!again || exchange.signal?.aborted || attempt >= READ_TRIES) return outcome;
		const pause = backoff(exchange.clock, attempt, READ_BACKOFF_MS, refusal?.retryAfterMs);
		if (exchange.clock.now() + pause >= deadline) return outcome;
		await exchange.clock.pause(pause, exchange.signal);
	}
}

/** A task, and the answer it was read from. */
export interface TaskReply {
	task: Task;
	reply: Reply;
}

/** The task in an answer; undefined when the answer holds none. `askedFor` is the ID that the request named. */
export function taskIn({ endpoint }: ItemExchange, outcome: Outcome, askedFor?: string): TaskReply | undefined {
	if ('lost' in outcome || !outcome.verdict.ok) return undefined;
	const { data, requestId } = outcome.verdict;
	const task = endpoint.provider.readTask(data, endpoint.resource, askedFor);
	if (task.taskId === '') return undefined;
	return { task: requestId ? { ...task, requestId } : task, reply: outcome.reply };
}

/** The refusal in an outcome, if it is one. */
export function refusalOf(outcome: Outcome): Refusal | undefined {
	return 'verdict' in outcome && !outcome.verdict.ok ? outcome.verdict.refusal : undefined;
}

/**
 * The pause before try `attempt` + 1 in ms: the provider's Retry-After, or a doubled pause with jitter
 * (at least half of it), at most 30 s.
 */
export function backoff(clock: Clock, attempt: number, baseMs: number, retryAfterMs?: number): number {
	if (retryAfterMs !== undefined) return retryAfterMs;
	const full = Math.min(LONGEST_BACKOFF_MS, baseMs * 2 ** (attempt - 1));
	return full / 2 + (full / 2) * clock.random();
}

/** `Retry-After` in ms, from seconds or from a date; undefined when absent or malformed. */
export function retryAfterMs(headers: Record<string, string>, now = systemClock.now()): number | undefined {
	const value = headers['retry-after'];
	if (value === undefined || value.trim() === '') return undefined;
	// Date.parse takes "1.5" for a day in January; a date of HTTP has letters.
	const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
	const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : date - now;
	return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Turns n8n's full response into the one item that makeRoutingRequest hands back. */
export async function captureReply(
	_items: INodeExecutionData[],
	response: IN8nHttpFullResponse,
): Promise<INodeExecutionData[]> {
	const headers = Object.fromEntries(
		Object.entries(response.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
	);
	const { body } = response;
	const reply: Reply = {
		status: response.statusCode,
		headers,
		body: typeof body === 'string' ? parseJson(body) : body,
	};
	return [{ json: reply as unknown as IDataObject, pairedItem: 0 }];
}

function timeoutFor({ context }: ItemExchange, request: Partial<TaskRequest>): number {
	const own = Number(asRecord(context.getNodeParameter('requestOptions', {})).timeout);
	if (own > 0) return own;
	if (!request.body) return READ_TIMEOUT_MS;
	return CREATE_TIMEOUT_MS + (sizeOf(request.body) / 1e6) * TIMEOUT_PER_MB_MS;
}

/** Bytes, or characters of all strings in a body, which is nearly its size: images are all that counts. */
function sizeOf(value: unknown): number {
	if (Buffer.isBuffer(value)) return value.length;
	if (typeof value === 'string') return value.length;
	if (typeof value !== 'object' || value === null) return 0;
	return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 0);
}

/**
 * Reads n8n's wrapped error. Its text may hold addresses, so only known codes speak, and credentials that could not sign
 * (`unsent`, with a text of their own).
 */
function lostBecause(error: unknown): Lost {
	const unsigned = chainOf(error).find((cause) => cause.unsent === true);
	if (unsigned) return { kind: 'unsent', reason: String(unsigned.message), final: true };
	const code = networkCode(error);
	if (code && UNSENT[code]) return { kind: 'unsent', reason: `${UNSENT[code]} (${code})` };
	if (code && LATE.has(code)) return { kind: 'late', reason: `no answer came in time (${code})` };
	if (code && LOST[code]) return { kind: 'lost', reason: `${LOST[code]} (${code})` };
	return { kind: 'lost', reason: `no answer came${code ? ` (${code})` : ''}` };
}

function networkCode(error: unknown): string | undefined {
	return chainOf(error)
		.map(({ code }) => asText(code))
		.find((code) => code !== undefined && /^[A-Z][A-Z0-9_]+$/.test(code));
}

/** An error and what it wraps, outermost first. */
function chainOf(error: unknown, depth = 0): Array<Record<string, unknown>> {
	if (typeof error !== 'object' || error === null || depth > 4) return [];
	const own = error as Record<string, unknown>;
	return [own, ...chainOf(own.cause, depth + 1), ...chainOf(own.errorResponse, depth + 1)];
}
