import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

/** What n8n adds to a request: the body as it arrived, unpacked if it was compressed, and a way to read it. */
interface RawRequest {
	rawBody?: Buffer;
	readRawBody?(): Promise<void>;
}

/**
 * The body of a request, byte for byte; undefined for a form with files, whose bytes n8n does not keep. n8n has read the
 * body of a JSON request before, and of others only for some versions of a node.
 */
export async function rawBody(context: IWebhookFunctions): Promise<Buffer | undefined> {
	const request = context.getRequestObject() as unknown as RawRequest;
	if (/^\s*multipart\//i.test(String(context.getHeaderData()['content-type'] ?? ''))) return undefined;
	if (request.rawBody === undefined) await request.readRawBody?.();
	return request.rawBody ?? Buffer.alloc(0);
}

/** Answers a request in place of n8n, at once; what webhook() then returns may still start the workflow. */
export function answer(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return { noWebhookResponse: true };
}
