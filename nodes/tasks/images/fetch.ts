import type { IBinaryData } from 'n8n-workflow';

import { blockedByN8n } from '../http/network';
import type { ItemContext } from '../item/context';
import type { RawAnswer } from '../item/host';
import { addressIn } from '../util/address';
import { UNKNOWN_HOST, type HostLookup, type ImageHosts } from '../util/imageHosts';
import { asText } from '../util/parse';
import { cut } from '../util/text';
import { Arrival } from './arrival';
import { imageTypeOf, otherFile, type ImageType } from './formats';
import { Pace } from './pace';

/** Largest image that is taken, in bytes. */
const LARGEST_BYTES = 50 * 1024 * 1024;

/** Longest time until the whole file is here, in ms: 50 MB come with 30 kB/s. */
const TRANSFER_MS = 30 * 60_000;

/** Longest time until an answer begins, in ms. */
const BEGIN_MS = 60_000;

/** Redirects that are followed. */
const MOST_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Longest host that an error names, in characters. */
const LONGEST_HOST = 100;

/** Why an image could not be had; `again` when another try may help. */
export interface Miss {
	problem: string;
	hint: string;
	again: boolean;
	httpStatus?: number;
	/** What came in place of an image; '' where that is not known. */
	instead?: string;
	/** What the error says instead, without a full stop. */
	message?: string;
}

/** Fetches an image without a credential, in one try, and holds it whole. */
export async function fetchImage(
	item: ItemContext,
	hosts: ImageHosts,
	url: string,
): Promise<{ bytes: Buffer; type: ImageType } | Miss> {
	return await fetchInto(item, hosts, url, async (arrival, type) => ({ bytes: await arrival.collect(), type }));
}

/** Fetches an image without a credential, in one try, into n8n's storage. Throws what the storage throws. */
export async function storeImage(
	item: ItemContext,
	hosts: ImageHosts,
	url: string,
	nameFor: (type: ImageType) => string,
): Promise<{ stored: IBinaryData } | Miss> {
	return await fetchInto(item, hosts, url, async (arrival, type) => ({
		stored: await item.files.store(arrival.stream(), nameFor(type), type.mime),
	}));
}

/** What is done with an image while it arrives. */
type Use<T> = (arrival: Arrival, type: ImageType) => Promise<T>;

/** Follows redirects by itself, since each address is checked before it is asked. */
async function fetchInto<T extends object>(
	item: ItemContext,
	hosts: ImageHosts,
	link: string,
	use: Use<T>,
): Promise<T | Miss> {
	const end = AbortSignal.timeout(TRANSFER_MS);
	const ended = item.signal ? AbortSignal.any([item.signal, end]) : end;
	let url = addressAt(link);
	for (let redirects = 0; url && redirects <= MOST_REDIRECTS; redirects += 1) {
		const result = await fetchOnce(item, hosts, url, use, ended);
		if (!(result instanceof URL)) return result;
		url = addressAt(result.href);
	}
	return url ? inCircles : noAddress;
}

/** The address in a link of http or https. */
function addressAt(link: string): URL | undefined {
	return /^https?:\/\//i.test(link) && URL.canParse(link) ? new URL(link) : undefined;
}

/** One request; gives the next address after a redirect. Whatever becomes of it, neither a connection nor a stream stays. */
async function fetchOnce<T extends object>(
	item: ItemContext,
	hosts: ImageHosts,
	url: URL,
	use: Use<T>,
	ended: AbortSignal,
): Promise<T | Miss | URL> {
	if (ended.aborted) return lost;
	const over = new AbortController();
	const pace = new Pace(() => over.abort());
	const signal = AbortSignal.any([over.signal, ended]);
	pace.awaitAnswer(BEGIN_MS);
	try {
		const answer = (await refusalOf(item, hosts, url, signal)) ?? (await ask(item, url, signal));
		const result = 'problem' in answer ? answer : await take(answer, url, pace, use);
		return result === lost && pace.isTooSlow ? tooSlow : result;
	} finally {
		pace.end();
		// Destroying the body is not enough: n8n wraps it, and the wrapper of a body not begun leaves the connection open.
		over.abort();
	}
}

/**
 * Why an address is not asked; undefined when it may be. Names are looked up where n8n can do that. Says nothing of what
 * is there, since nobody looks.
 */
async function refusalOf(
	item: ItemContext,
	hosts: ImageHosts,
	url: URL,
	signal: AbortSignal,
): Promise<Miss | undefined> {
	const named = hosts.judge(url);
	const isName = addressIn(url.hostname) === undefined;
	const lookup = named === 'allowed' && isName ? await unlessEnded(item.lookUp(url.hostname), signal) : UNKNOWN_HOST;
	if (!lookup) return lost;
	const verdict = named === 'allowed' ? hosts.judge(url, lookup) : named;
	if (verdict === 'allowed') return undefined;
	return verdict === 'metadata' ? metadata : onPrivateHost(cut(url.host, LONGEST_HOST));
}

/** What comes of it; undefined when the signal is aborted before. */
async function unlessEnded(work: Promise<HostLookup>, signal: AbortSignal): Promise<HostLookup | undefined> {
	const ended = new Promise<undefined>((end) => signal.addEventListener('abort', () => end(undefined)));
	const known = await Promise.race([work, ended]);
	return signal.aborted ? undefined : known;
}

/** The answer to a request for a file, once its headers are there. */
async function ask(item: ItemContext, url: URL, signal: AbortSignal): Promise<RawAnswer | Miss> {
	// The place in line may have come with the stop.
	if (signal.aborted) return lost;
	try {
		return await item.fetch({ method: 'GET', url: url.href, timeout: BEGIN_MS }, signal);
	} catch (error) {
		return blockedByN8n(error) ? refusedByN8n : lost;
	}
}

async function take<T>(answer: RawAnswer, url: URL, pace: Pace, use: Use<T>): Promise<T | Miss | URL> {
	const { statusCode, headers, body } = answer;
	try {
		const next = REDIRECTS.includes(statusCode) ? asText(headers.location) : undefined;
		if (next !== undefined && URL.canParse(next, url.href)) return new URL(next, url);
		if (statusCode !== 200) return refused(statusCode);
		if (Number(headers['content-length']) > LARGEST_BYTES) return tooLarge;
		pace.begin();
		const arrival = new Arrival(body, LARGEST_BYTES, (bytes) => pace.arrived(bytes));
		return await receive(arrival, asText(headers['content-type']), use);
	} finally {
		body.destroy();
	}
}

async function receive<T>(arrival: Arrival, label: string | undefined, use: Use<T>): Promise<T | Miss> {
	const head = await arrival.head();
	const type = imageTypeOf(head);
	if (!type) return arrival.end === 'cut' ? lost : noImage(otherFile(head, label));
	// What the storage throws counts only if the file itself is whole.
	const used = await use(arrival, type).catch((error: unknown) => missAt(arrival) ?? Promise.reject(error));
	return arrival.end === 'whole' ? used : (missAt(arrival) ?? lost);
}

/** Why a file did not come whole; undefined when it is not the file's fault. */
function missAt({ end }: Arrival): Miss | undefined {
	if (end === 'tooLarge') return tooLarge;
	return end === 'cut' ? lost : undefined;
}

const AGAIN = 'The task is finished and paid. Read it again with the operation Get and Download Images switched on.';

/** No answer, half an answer, or no turn before a stop. */
export const lost: Miss = { problem: 'the connection was lost', hint: AGAIN, again: true };

const tooSlow: Miss = { problem: 'it came too slowly', hint: AGAIN, again: true };

const tooLarge: Miss = {
	problem: 'it is larger than 50 MB',
	hint: 'Switch Download Images off and fetch the URL in the output with the HTTP Request node.',
	again: false,
};

/** What came is something else, such as a page that says that there is nothing. */
function noImage(instead = ''): Miss {
	return {
		problem: instead ? `it is ${instead}` : 'the file is not an image',
		hint: `The result may have been deleted; results are kept for a limited time. ${AGAIN}`,
		again: false,
		instead,
	};
}

const noAddress: Miss = { problem: 'it is on no address of http or https', hint: AGAIN, again: false };

const inCircles: Miss = { problem: 'it redirects more than five times', hint: AGAIN, again: false };

const metadata: Miss = {
	problem: 'it is on an address at which clouds give away keys, which is never asked',
	hint: 'The task is finished and paid. Ask whoever runs the service why its result is there.',
	again: false,
};

const refusedByN8n: Miss = {
	problem: "n8n's own protection of private addresses does not allow its host",
	hint: `Allow the host in N8N_SSRF_ALLOWED_HOSTNAMES. ${AGAIN}`,
	again: false,
};

function onPrivateHost(host: string): Miss {
	return {
		problem: 'it is on a private address',
		message: `The image is on a private address (${host}). Add it to Private Image Hosts in the credential`,
		hint: AGAIN,
		again: false,
	};
}

function refused(httpStatus: number): Miss {
	const dead = httpStatus === 403 || httpStatus === 404 || httpStatus === 410;
	return {
		problem: dead ? `the link is dead (HTTP ${httpStatus})` : `the server answered HTTP ${httpStatus}`,
		hint: dead ? `Results are deleted after some time, and their links expire. ${AGAIN}` : AGAIN,
		again: !isFinal(httpStatus),
		httpStatus,
	};
}

/** What a server says of the request itself, but for those that come too fast or too slowly (RFC 9110, RFC 6585). */
function isFinal(httpStatus: number): boolean {
	return httpStatus >= 400 && httpStatus < 500 && ![408, 425, 429].includes(httpStatus);
}
