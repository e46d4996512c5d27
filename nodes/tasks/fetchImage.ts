import type { IBinaryData, IHttpRequestOptions } from 'n8n-workflow';

import { Arrival, type Body } from './arrival';
import type { ItemExchange } from './exchange';
import { imageTypeOf, type ImageType } from './imageType';
import { asRecord } from './json';

/** Largest picture that is taken, in bytes. */
const LARGEST_BYTES = 50 * 1024 * 1024;

/** Longest time until an answer begins, and until the whole file is here, in ms. */
const TIMEOUT_MS = 120_000;
const TRANSFER_MS = 300_000;

/** Why a picture could not be had; `again` when another try may help. */
export interface Miss {
	problem: string;
	hint: string;
	again: boolean;
	httpStatus?: number;
}

/** The head of an answer, and a body that has yet to come. */
interface Answer {
	statusCode: number;
	headers: unknown;
	body: Body;
}

/** Fetches a picture without a credential, in one try, and holds it whole. */
export async function fetchImage(exchange: ItemExchange, url: string): Promise<{ bytes: Buffer; type: ImageType } | Miss> {
	return await fetchInto(exchange, url, async (arrival, type) => ({ bytes: await arrival.collect(), type }));
}

/** Fetches a picture without a credential, in one try, into n8n's storage. Throws what the storage throws. */
export async function storeImage(
	exchange: ItemExchange,
	url: string,
	nameFor: (type: ImageType) => string,
): Promise<{ stored: IBinaryData } | Miss> {
	const { helpers } = exchange.context;
	return await fetchInto(exchange, url, async (arrival, type) => ({
		stored: await helpers.prepareBinaryData(arrival.stream(), nameFor(type), type.mime),
	}));
}

/** One request. Whatever becomes of it, nothing of it is left behind: neither a connection nor a stream. */
async function fetchInto<T>(exchange: ItemExchange, url: string, use: Use<T>): Promise<T | Miss> {
	const over = new AbortController();
	const limits = [over.signal, AbortSignal.timeout(TRANSFER_MS), ...(exchange.signal ? [exchange.signal] : [])];
	const answer = await ask(exchange, url, AbortSignal.any(limits));
	if (!answer) return lost;
	try {
		return await take(answer, use);
	} finally {
		// Destroying the body is not enough: n8n wraps it, and the wrapper of a body not begun leaves the connection open.
		over.abort();
		answer.body.destroy();
	}
}

/** What is done with a picture while it arrives. */
type Use<T> = (arrival: Arrival, type: ImageType) => Promise<T>;

/** The answer to a request for a file, once its headers are there; undefined when none came. */
async function ask({ context, declared }: ItemExchange, url: string, abortSignal: AbortSignal): Promise<Answer | undefined> {
	const { proxy, skipSslCertificateValidation } = declared.options;
	const request = {
		method: 'GET',
		url,
		proxy,
		skipSslCertificateValidation,
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		timeout: TIMEOUT_MS,
		abortSignal,
	} as IHttpRequestOptions;
	const [answer] = await Promise.allSettled([context.helpers.httpRequest(request)]);
	return answer.status === 'fulfilled' ? (answer.value as Answer) : undefined;
}

async function take<T>({ statusCode, headers, body }: Answer, use: Use<T>): Promise<T | Miss> {
	if (statusCode !== 200) return refused(statusCode);
	if (Number(asRecord(headers)['content-length']) > LARGEST_BYTES) return tooLarge;
	const arrival = new Arrival(body, LARGEST_BYTES);
	const type = imageTypeOf(await arrival.head());
	if (!type) return arrival.end === 'cut' ? lost : noPicture;
	const [used] = await Promise.allSettled([use(arrival, type)]);
	if (arrival.end === 'tooLarge') return tooLarge;
	if (arrival.end === 'cut') return lost;
	if (used.status === 'rejected') throw used.reason;
	return arrival.end === 'whole' ? used.value : lost;
}

const AGAIN = 'The task is finished and paid. Read it again with the operation Get and Download Images switched on.';

/** No answer, half an answer, or no turn before a stop. */
export const lost: Miss = { problem: 'the connection was lost', hint: AGAIN, again: true };

const tooLarge: Miss = {
	problem: 'it is larger than 50 MB',
	hint: 'Switch Download Images off and fetch the URL in the output with the HTTP Request node.',
	again: false,
};

const noPicture: Miss = {
	problem: 'the file is not a picture',
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
