import type { IBinaryData } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import type { RawAnswer } from '../item/host';
import { Arrival } from './arrival';
import { imageTypeOf, type ImageType } from './formats';

/** Largest image that is taken, in bytes. */
const LARGEST_BYTES = 50 * 1024 * 1024;

/** Longest time until an answer begins, and until the whole file is here, in ms. */
const TIMEOUT_MS = 120_000;
const TRANSFER_MS = 300_000;

/** Why an image could not be had; `again` when another try may help. */
export interface Miss {
	problem: string;
	hint: string;
	again: boolean;
	httpStatus?: number;
}

/** Fetches an image without a credential, in one try, and holds it whole. */
export async function fetchImage(item: ItemContext, url: string): Promise<{ bytes: Buffer; type: ImageType } | Miss> {
	return await fetchInto(item, url, async (arrival, type) => ({ bytes: await arrival.collect(), type }));
}

/** Fetches an image without a credential, in one try, into n8n's storage. Throws what the storage throws. */
export async function storeImage(
	item: ItemContext,
	url: string,
	nameFor: (type: ImageType) => string,
): Promise<{ stored: IBinaryData } | Miss> {
	return await fetchInto(item, url, async (arrival, type) => ({
		stored: await item.files.store(arrival.stream(), nameFor(type), type.mime),
	}));
}

/** One request. Whatever becomes of it, nothing of it is left behind: neither a connection nor a stream. */
async function fetchInto<T>(item: ItemContext, url: string, use: Use<T>): Promise<T | Miss> {
	const over = new AbortController();
	const limits = [over.signal, AbortSignal.timeout(TRANSFER_MS), ...(item.signal ? [item.signal] : [])];
	const answer = await ask(item, url, AbortSignal.any(limits));
	if (!answer) return lost;
	try {
		return await take(answer, use);
	} finally {
		// Destroying the body is not enough: n8n wraps it, and the wrapper of a body not begun leaves the connection open.
		over.abort();
		answer.body.destroy();
	}
}

/** What is done with an image while it arrives. */
type Use<T> = (arrival: Arrival, type: ImageType) => Promise<T>;

/** The answer to a request for a file, once its headers are there; undefined when none came. */
async function ask(item: ItemContext, url: string, signal: AbortSignal): Promise<RawAnswer | undefined> {
	try {
		return await item.fetch({ method: 'GET', url, timeout: TIMEOUT_MS }, signal);
	} catch {
		return undefined;
	}
}

async function take<T>({ statusCode, headers, body }: RawAnswer, use: Use<T>): Promise<T | Miss> {
	if (statusCode !== 200) return refused(statusCode);
	if (Number(headers['content-length']) > LARGEST_BYTES) return tooLarge;
	const arrival = new Arrival(body, LARGEST_BYTES);
	const type = imageTypeOf(await arrival.head());
	if (!type) return arrival.end === 'cut' ? lost : noImage;
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

const tooLarge: Miss = {
	problem: 'it is larger than 50 MB',
	hint: 'Switch Download Images off and fetch the URL in the output with the HTTP Request node.',
	again: false,
};

const noImage: Miss = {
	problem: 'the file is not an image',
	hint: `The result may have been deleted; results are kept for a limited time. ${AGAIN}`,
	again: false,
};

function refused(httpStatus: number): Miss {
	const dead = httpStatus === 403 || httpStatus === 404 || httpStatus === 410;
	return {
		problem: dead ? `the link is dead (HTTP ${httpStatus})` : `the server answered HTTP ${httpStatus}`,
		hint: dead ? `Results are deleted after some time, and their links expire. ${AGAIN}` : AGAIN,
		again: !dead,
		httpStatus,
	};
}
