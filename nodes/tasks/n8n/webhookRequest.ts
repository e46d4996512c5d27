import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { parseJson } from '../util/parse';

/** Largest callback that is taken, in bytes; nine images with long addresses are a third of it. */
export const LARGEST_CALLBACK = 64 * 1024;

/** Most values in a callback's JSON; nine images with all their fields are a tenth of it. */
const MOST_VALUES = 1_000;

/** Every value but the first stands behind one of these bytes, or behind a colon with its key behind one. */
const BEFORE_VALUES = new Set(Buffer.from('[{,'));

/** Why a request is not taken: HTTP status, and words for the sender that tell nothing secret. */
export interface Refused {
	status: number;
	message: string;
}

/** What n8n adds to a request: the body as it arrived, unpacked if it was compressed, and a way to read it. */
type RawRequest = ReturnType<IWebhookFunctions['getRequestObject']> & {
	rawBody?: Buffer;
	readRawBody?(): Promise<void>;
};

/**
 * The body of a callback, byte for byte. Refused with 413 when it is larger than LARGEST_CALLBACK, and with 400 when
 * it is a form with files, whose bytes n8n does not keep. n8n has read the body of a JSON request before, and of others
 * only for some versions of a node.
 */
export async function rawBody(context: IWebhookFunctions): Promise<Buffer | Refused> {
	const request = context.getRequestObject() as RawRequest;
	const isForm = /^\s*multipart\//i.test(String(context.getHeaderData()['content-type'] ?? ''));
	if (isForm) return { status: 400, message: 'The body is not JSON' };
	if (request.rawBody === undefined) await request.readRawBody?.();
	const body = request.rawBody ?? Buffer.alloc(0);
	if (body.length <= LARGEST_CALLBACK) return body;
	return { status: 413, message: `The body has more than ${LARGEST_CALLBACK} bytes` };
}

/**
 * The JSON in a body. Refused with 400 when it is none, or no UTF-8, which JSON has to be (RFC 8259, section 8.1), or has
 * more than MOST_VALUES: many small values cost more time than many bytes.
 */
export function jsonIn(body: Buffer): { json: unknown } | Refused {
	if (valuesIn(body) > MOST_VALUES) return { status: 400, message: `The body has more than ${MOST_VALUES} values` };
	const json = parseJson(textIn(body) ?? '');
	return json === undefined ? { status: 400, message: 'The body is not JSON' } : { json };
}

/** At least as many as there are values: commas and brackets within texts count too. */
function valuesIn(body: Buffer): number {
	let count = 1;
	for (let at = 0; at < body.length; at += 1) if (BEFORE_VALUES.has(body[at] ?? 0)) count += 1;
	return count;
}

function textIn(body: Buffer): string | undefined {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(body);
	} catch {
		return undefined;
	}
}

/** Answers a request in place of n8n, at once; what webhook() then returns may still start the workflow. */
export function answer(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return { noWebhookResponse: true };
}
