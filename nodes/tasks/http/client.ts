import type { ItemContext } from '../item/context';
import type { RawAnswer } from '../item/host';
import type { Connection, Refusal, Reply, Retry, Service, ServiceRequest, Verdict } from '../model/service';
import { Allowance } from '../util/allowance';
import { systemClock, timeLimit, type Clock } from '../util/clock';
import { limiterPerAccount } from '../util/limiter';
import { asText, parseJson } from '../util/parse';
import { Recent } from '../util/recent';
import { holding, lengthOf, masked, maskedJson, said, saidIn } from '../util/text';
import { withExactIntegers } from './exactIntegers';
import {
	endedUnsent,
	lostBecause,
	lostInTime,
	refusedAsPlain,
	refusedByProxy,
	refusedByUs,
	type Lost,
} from './network';

/** One request sent: an answer that was read, or none. */
export type Outcome = { verdict: Verdict; reply: Reply } | { lost: Lost };

/** The outcome of what a stop prevented; what it cut off on its way is `lost`. */
export const NOT_STARTED: Outcome = {
	lost: { kind: 'unsent', reason: 'the execution was stopped', isStopped: true },
};

/** The outcome of an answer that our own reader fails with. */
export const UNREAD: Outcome = { lost: { kind: 'lost', reason: 'what came cannot be read' } };

const STOPPED: Outcome = { lost: { kind: 'lost', reason: 'the execution was stopped', isStopped: true } };

/** ms from the start of a request to the last byte of its answer, unless the user has set n8n's own Timeout. */
const READ_TIMEOUT_MS = 30_000;
const CREATE_TIMEOUT_MS = 60_000;

/** ms in addition, also to the user's Timeout, for each MB that is sent. */
const TIMEOUT_PER_MB_MS = 4_000;

/** Largest answer of an API that is taken, in bytes once unpacked: a list of 500 tasks with nine images is a third of it. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** Waits between the tries of a read, in ms (doubled each time, with jitter), and how many tries there are. */
const READ_BACKOFF_MS = 1_000;
const READ_TRIES = 4;
const LONGEST_BACKOFF_MS = 30_000;

/** Longest time spent on the tries of one read, in ms. */
const READ_BUDGET_MS = 120_000;

/** Longest pause at the wish of a service, in ms: a day, asked for once, would shut the account for the whole process. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000;

/** Reads of one account at once. */
const READS_AT_ONCE = 16;

const readLimiter = limiterPerAccount(READS_AT_ONCE);

/** Accounts and URLs whose requests must be apart, and the turns that are taken. */
const lines = new Recent<Allowance>(1_000);

/** Refusals after which the same read may succeed. */
const WORTH_REPEATING = new Set<Retry>(['later', 'noSlot', 'ambiguous']);

export interface SendOptions {
	/** Ends the request; the execution's own signal by default. */
	signal?: AbortSignal;
	/** Longest time in ms from the start to the last byte. */
	timeoutMs?: number;
}

/**
 * Sends one request with the account's credential, exactly once, and reads the answer. No redirect is followed; one
 * limit of time and one of size hold for the whole answer. Never throws.
 */
export async function send(
	item: ItemContext,
	service: Service,
	request: ServiceRequest,
	options: SendOptions = {},
): Promise<Outcome> {
	const { signal = item.signal } = options;
	if (signal?.aborted) return NOT_STARTED;
	const problem = await credentialProblem(item, service.connection);
	if (problem) return { lost: problem };
	const { baseUrl } = await item.account(service.connection);
	let timeout: AbortSignal | undefined;
	try {
		timeout = timeLimit(options.timeoutMs ?? timeoutFor(item, request));
		const over = signal ? AbortSignal.any([signal, timeout]) : timeout;
		const answer = await item.send(service.connection, withExactIntegers(service, request), over);
		return await outcomeOf(item, service, answer);
	} catch (error) {
		if (signal?.aborted) return endedUnsent(error) ? NOT_STARTED : STOPPED;
		return { lost: timeout?.aborted ? lostInTime(error) : lostBecause(error, baseUrl) };
	}
}

/** Mistakes in the credential are found before anything is sent; n8n 1.x would lose their text on the way. */
export async function credentialProblem(item: ItemContext, connection: Connection): Promise<Lost | undefined> {
	try {
		await item.account(connection);
		return undefined;
	} catch (error) {
		return refusedByUs(error);
	}
}

async function outcomeOf(item: ItemContext, service: Service, answer: RawAnswer): Promise<Outcome> {
	const { secrets, baseUrl } = await item.account(service.connection);
	const headers = headersIn(answer, secrets);
	const status = answer.statusCode;
	const byProxy = refusedByProxy(answer, baseUrl);
	if (byProxy) {
		answer.body.destroy();
		return { lost: byProxy };
	}
	if (status >= 300 && status < 400) {
		answer.body.destroy();
		return { lost: await redirected(item, service, headers.location ?? '') };
	}
	const text = await textOf(answer);
	if (text === undefined) return { lost: { kind: 'lost', reason: 'what came is too large' } };
	const asPlain = refusedAsPlain(status, text);
	if (asPlain) return { lost: asPlain };
	const reply: Reply = { status, headers, body: maskedJson(parseJson(text), secrets) };
	try {
		return { reply, verdict: presentable(service.readReply(reply)) };
	} catch {
		return UNREAD;
	}
}

/** Headers by their names in lower case. What is no text is left out. */
function headersIn({ headers }: RawAnswer, secrets: string[]): Record<string, string> {
	const texts = Object.entries(headers ?? {}).map(([name, value]) => {
		const text = asText(Array.isArray(value) ? value.filter((part) => typeof part === 'string').join(', ') : value);
		return [name.toLowerCase(), text && masked(text, secrets)];
	});
	return Object.fromEntries(texts.filter(([, text]) => text !== undefined));
}

/** A verdict whose words can be shown: a service, or whatever answers in its place, says anything. */
function presentable(verdict: Verdict): Verdict {
	if (verdict.ok) return { ...verdict, requestId: saidIn(verdict.requestId) };
	const { refusal } = verdict;
	const { code, requestId, reason } = refusal;
	return {
		ok: false,
		refusal: {
			...refusal,
			code: typeof code === 'string' ? said(code) : code,
			requestId: saidIn(requestId),
			reason: said(reason),
		},
	};
}

/** A redirect would carry the credential to another host, or turn a paid POST into a GET. */
async function redirected(item: ItemContext, { connection }: Service, location: string): Promise<Lost> {
	const { baseUrl } = await item.account(connection);
	const target = location !== '' && URL.canParse(location, baseUrl) ? new URL(location, baseUrl).host : '';
	const host = target === '' ? 'another address' : target;
	return {
		kind: 'unsent',
		final: true,
		isSentence: true,
		reason: holding(host, (part) => `The address redirects to ${part}, so nothing was sent there`),
		hint: 'If that is your service, enter it as Base URL.',
	};
}

/** The whole body as text; undefined when it is larger than an answer may be. */
async function textOf({ body }: RawAnswer): Promise<string | undefined> {
	const parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const part of body) {
		bytes += part.length;
		if (bytes > LARGEST_ANSWER) {
			body.destroy();
			return undefined;
		}
		parts.push(part);
	}
	return Buffer.concat(parts).toString('utf8');
}

/**
 * Sends a request that changes nothing, again while that can help: lost answers, throttling and breakdowns of the
 * service, with growing pauses; a refused signature once. Gives up rather than pause beyond `deadline` (ms since the
 * epoch), also when the service asks for a longer pause. At most 16 reads of an account run at once; those whose requests
 * must be apart wait for their turn, which does not count. Never throws.
 */
export async function read(
	item: ItemContext,
	service: Service,
	request: ServiceRequest,
	deadline?: number,
): Promise<Outcome> {
	const { clock, signal } = item;
	let end = deadline;
	let isSignedAnew = false;
	for (let attempt = 1; ; attempt += 1) {
		await turn(item, service, request);
		end ??= clock.now() + READ_BUDGET_MS;
		const outcome = await readOnce(item, service, request);
		const refusal = refusalOf(outcome);
		if (refusal?.retry === 'withNewSignature' && !isSignedAnew) {
			isSignedAnew = true;
			continue;
		}
		const again = 'lost' in outcome ? !outcome.lost.final : WORTH_REPEATING.has(refusal?.retry ?? 'no');
		if (!again || signal?.aborted || attempt >= READ_TRIES) return outcome;
		const pause = backoff(clock, attempt, READ_BACKOFF_MS, refusal?.retryAfterMs);
		if (clock.now() + pause >= end) return outcome;
		await clock.pause(pause, signal);
	}
}

/** Waits until an account may send a request whose like must be apart from each other. */
async function turn(item: ItemContext, { connection }: Service, { url, apartMs }: ServiceRequest): Promise<void> {
	if (apartMs === undefined || (await credentialProblem(item, connection))) return;
	const { key } = await item.account(connection);
	const line = lines.ensure(key + url, () => new Allowance(1, 60_000 / apartMs));
	await item.clock.pause(line.reserve(item.clock.now()), item.signal);
}

/** One try of a read, when the account has a place for it. Pauses between tries are spent outside. */
export async function readOnce(
	item: ItemContext,
	service: Service,
	request: ServiceRequest,
	options: SendOptions = {},
): Promise<Outcome> {
	const problem = await credentialProblem(item, service.connection);
	if (problem) return { lost: problem };
	const { key } = await item.account(service.connection);
	const signal = options.signal ?? item.signal;
	return (await readLimiter(key).run(async () => await send(item, service, request, options), signal)) ?? NOT_STARTED;
}

/** The refusal in an outcome, if it is one. */
export function refusalOf(outcome: Outcome): Refusal | undefined {
	return 'verdict' in outcome && !outcome.verdict.ok ? outcome.verdict.refusal : undefined;
}

/**
 * The pause before try `attempt` + 1 in ms: the service's Retry-After up to five minutes, or a doubled pause with jitter (at least half of
 * it), at most 30 s.
 */
export function backoff(clock: Clock, attempt: number, baseMs: number, retryAfterMs?: number): number {
	if (retryAfterMs !== undefined) return obeyed(retryAfterMs);
	const full = Math.min(LONGEST_BACKOFF_MS, baseMs * 2 ** (attempt - 1));
	return full / 2 + (full / 2) * clock.random();
}

/** For how long a service is left alone that asks for a pause, in ms: what is longer is tried again all the same. */
export function obeyed(retryAfterMs: number): number {
	return Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs);
}

/** `Retry-After` in ms, from seconds or from a date, however long; undefined when absent or malformed. */
export function retryAfterMs(headers: Record<string, string>, now = sentAt(headers)): number | undefined {
	const value = headers['retry-after']?.trim() ?? '';
	if (value === '') return undefined;
	// Date.parse takes "1.5" for a day in January; a date of HTTP has letters.
	const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
	const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : date - now;
	return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** When an answer was sent, in ms since the epoch, by the service's own clock; where it does not say, by ours. */
export function sentAt({ date }: Record<string, string>, clock: Clock = systemClock): number {
	const time = Date.parse(date ?? '');
	return Number.isFinite(time) ? time : clock.now();
}

function timeoutFor({ requestTimeoutMs }: ItemContext, { body }: ServiceRequest): number {
	const usual = body ? CREATE_TIMEOUT_MS : READ_TIMEOUT_MS;
	return (requestTimeoutMs ?? usual) + (lengthOf(body) / 1e6) * TIMEOUT_PER_MB_MS;
}
