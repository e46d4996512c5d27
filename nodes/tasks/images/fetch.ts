import type { IBinaryData } from 'n8n-workflow';

import { blockedByN8n, lostBecause, PROXY_SETTINGS } from '../http/network';
import type { ItemContext } from '../item/context';
import type { RawAnswer } from '../item/host';
import { addressIn } from '../util/address';
import { UNKNOWN_HOST, type HostLookup, type ImageHosts } from '../util/imageHosts';
import { asText } from '../util/parse';
import { cut } from '../util/text';
import { Arrival } from './arrival';
import { imageTypeOf, otherFile, type ImageType } from './formats';
import { headerOf, uprightSize, type Size } from './header';
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
const LONGEST_HOST = 29;

/** Why an image could not be had; `again` when another try may help. */
export interface Miss {
	/** A clause about the link, the file or the server, as in "the link is dead". */
	problem: string;
	/** What n8n says of it. */
	said?: string;
	hint: string;
	again: boolean;
	httpStatus?: number;
	/** What came in place of an image; '' where that is not known. */
	instead?: string;
	/** True for a private address that the credential does not allow. */
	isPrivate?: boolean;
	/** True for a proxy that does not answer: the link has nothing to do with it. */
	isProxy?: boolean;
}

/** Fetches an image without a credential, in one try, and holds it whole. */
export async function fetchImage(
	item: ItemContext,
	hosts: ImageHosts,
	url: string,
): Promise<{ bytes: Buffer; type: ImageType } | Miss> {
	return await fetchInto(item, hosts, url, async (arrival, type) => ({ bytes: await arrival.collect(), type }));
}

/** An image in n8n's storage, and its size where its header tells it. */
export interface StoredImage {
	stored: IBinaryData;
	size?: Size;
}

/** Fetches an image without a credential, in one try, into n8n's storage. Throws what the storage throws. */
export async function storeImage(
	item: ItemContext,
	hosts: ImageHosts,
	url: string,
	nameFor: (type: ImageType) => string,
): Promise<StoredImage | Miss> {
	return await fetchInto(item, hosts, url, async (arrival, type) => {
		const stored = await item.files.store(arrival.stream(), nameFor(type), type.mime);
		return { stored, size: uprightSize(headerOf(Buffer.concat(arrival.kept))) };
	});
}

/** Most bytes of an image that are fetched for its beginning, and the time for them in ms, redirects included. */
const BEGINNING_BYTES = 256 * 1024;
const BEGINNING_MS = 5_000;

/** Fetches the beginning of an image without a credential, in one try, until it is enough; the connection ends there. */
export async function fetchBeginning(
	item: ItemContext,
	hosts: ImageHosts,
	url: string,
	isEnough: (beginning: Buffer) => boolean,
): Promise<{ beginning: Buffer } | Miss> {
	const use: Use<{ beginning: Buffer }> = async (arrival) => ({
		beginning: await arrival.beginning(BEGINNING_BYTES, isEnough),
	});
	return await fetchInto(item, hosts, url, use, { ms: BEGINNING_MS, isPart: true });
}

/** What is done with an image while it arrives. */
type Use<T> = (arrival: Arrival, type: ImageType) => Promise<T>;

/** How long an image may take, in ms; and whether a part of it is enough. */
interface Extent {
	ms: number;
	isPart?: boolean;
}

const WHOLE: Extent = { ms: TRANSFER_MS };

interface Taking<T> {
	use: Use<T>;
	extent: Extent;
}

/** Follows redirects by itself, since each address is checked before it is asked. */
async function fetchInto<T extends object>(
	item: ItemContext,
	hosts: ImageHosts,
	link: string,
	use: Use<T>,
	extent = WHOLE,
): Promise<T | Miss> {
	const end = AbortSignal.timeout(extent.ms);
	const ended = item.signal ? AbortSignal.any([item.signal, end]) : end;
	let url = addressAt(link);
	for (let redirects = 0; url && redirects <= MOST_REDIRECTS; redirects += 1) {
		const result = await fetchOnce(item, hosts, url, { use, extent }, ended);
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
	taking: Taking<T>,
	ended: AbortSignal,
): Promise<T | Miss | URL> {
	if (ended.aborted) return lost;
	const over = new AbortController();
	const pace = new Pace(() => over.abort());
	const signal = AbortSignal.any([over.signal, ended]);
	pace.awaitAnswer(BEGIN_MS);
	try {
		const answer = (await refusalOf(item, hosts, url, signal)) ?? (await ask(item, url, signal));
		const result = 'problem' in answer ? answer : await take(answer, url, pace, taking);
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
	const ended = new Promise<undefined>((end) => signal.addEventListener('abort', () => end(undefined), { once: true }));
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
		if (blockedByN8n(error)) return refusedByN8n;
		const { isSilent, silentProxy } = lostBecause(error, url.href);
		if (signal.aborted || !isSilent) return lost;
		return silentProxy === undefined
			? silent(cut(url.host, LONGEST_HOST))
			: behindProxy(cut(silentProxy, LONGEST_HOST));
	}
}

async function take<T>(answer: RawAnswer, url: URL, pace: Pace, taking: Taking<T>): Promise<T | Miss | URL> {
	const { statusCode, headers, body } = answer;
	try {
		const next = REDIRECTS.includes(statusCode) ? asText(headers.location) : undefined;
		if (next !== undefined && URL.canParse(next, url.href)) return new URL(next, url);
		if (statusCode !== 200) return refused(statusCode);
		if (Number(headers['content-length']) > LARGEST_BYTES) return tooLarge;
		pace.begin();
		const arrival = new Arrival(body, LARGEST_BYTES, (bytes) => pace.arrived(bytes));
		return await receive(arrival, asText(headers['content-type']), taking);
	} finally {
		body.destroy();
	}
}

async function receive<T>(arrival: Arrival, label: string | undefined, taking: Taking<T>): Promise<T | Miss> {
	const { use, extent } = taking;
	const head = await arrival.head();
	const type = imageTypeOf(head);
	if (!type) return arrival.end === 'cut' ? lost : noImage(otherFile(head, label));
	// What the storage throws counts only if the file itself is whole.
	const used = await use(arrival, type).catch((error: unknown) => missAt(arrival) ?? Promise.reject(error));
	if (extent.isPart && arrival.end !== 'cut') return used;
	return arrival.end === 'whole' ? used : (missAt(arrival) ?? lost);
}

/** Why a file did not come whole; undefined when it is not the file's fault. */
function missAt({ end }: Arrival): Miss | undefined {
	if (end === 'tooLarge') return tooLarge;
	return end === 'cut' ? lost : undefined;
}

const AGAIN = 'The task is finished and paid. Read it again with the operation Get and Download Images switched on.';

/** No answer, half an answer, or no turn before a stop. */
export const lost: Miss = { problem: 'the connection was lost during the download', hint: AGAIN, again: true };

function silent(host: string): Miss {
	return { problem: `nothing answers at ${host}`, hint: AGAIN, again: true };
}

function behindProxy(proxy: string): Miss {
	return {
		problem: `nothing answers at the proxy ${proxy}`,
		hint: `Check the proxy: ${PROXY_SETTINGS}. ${AGAIN}`,
		again: true,
		isProxy: true,
	};
}

const tooSlow: Miss = { problem: 'the file came too slowly', hint: AGAIN, again: true };

const tooLarge: Miss = {
	problem: 'the file is larger than 50 MB',
	hint: 'Switch Download Images off and fetch the URL in the output with the HTTP Request node.',
	again: false,
};

/** What came is something else, such as a page that says that there is nothing. */
function noImage(instead = ''): Miss {
	return {
		problem: instead ? `the link leads to ${instead}` : 'the link does not lead to an image',
		hint: `The result may have been deleted; results are kept for a limited time. ${AGAIN}`,
		again: false,
		instead,
	};
}

const noAddress: Miss = { problem: 'the link is no address of http or https', hint: AGAIN, again: false };

const inCircles: Miss = { problem: 'the link redirects more than five times', hint: AGAIN, again: false };

const metadata: Miss = {
	problem: 'the link leads to an address at which clouds give away keys',
	hint: 'The task is finished and paid. Ask whoever runs the service why its result is there.',
	again: false,
};

const refusedByN8n: Miss = {
	problem: "the host of the link is not allowed by n8n's own protection",
	hint: `Allow the host in N8N_SSRF_ALLOWED_HOSTNAMES. ${AGAIN}`,
	again: false,
};

function onPrivateHost(host: string): Miss {
	return {
		problem: `the image is on a private address (${host})`,
		hint: `Add it to Private Image Hosts in the credential. ${AGAIN}`,
		again: false,
		isPrivate: true,
	};
}

function refused(httpStatus: number): Miss {
	const dead = httpStatus === 403 || httpStatus === 404 || httpStatus === 410;
	return {
		problem: dead ? 'the link is dead' : 'the server of the link answered with an error',
		hint: dead ? `Results are deleted after some time, and their links expire. ${AGAIN}` : AGAIN,
		again: !isFinal(httpStatus),
		httpStatus,
	};
}

/** What a server says of the request itself, but for those that come too fast or too slowly (RFC 9110, RFC 6585). */
function isFinal(httpStatus: number): boolean {
	return httpStatus >= 400 && httpStatus < 500 && ![408, 425, 429].includes(httpStatus);
}
