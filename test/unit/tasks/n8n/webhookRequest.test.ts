import type { IWebhookFunctions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { LARGEST_CALLBACK, rawBody } from '../../../../nodes/tasks/n8n/webhookRequest';

/** A request whose body n8n has read already, or reads when it is asked to. */
function contextOf(
	body: Buffer | undefined,
	{ isRead = true, contentType = 'application/json' } = {},
): IWebhookFunctions {
	const request: { rawBody?: Buffer; readRawBody(): Promise<void> } = {
		rawBody: isRead ? body : undefined,
		async readRawBody() {
			request.rawBody = body;
		},
	};
	return {
		getRequestObject: () => request,
		getHeaderData: () => ({ 'content-type': contentType }),
	} as unknown as IWebhookFunctions;
}

describe('the body of a callback', () => {
	it.each([true, false])('is the bytes that arrived; n8n has read them before: %s', async (isRead) => {
		const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
		expect(await rawBody(contextOf(bytes, { isRead }))).toEqual(bytes);
	});

	it('may be missing', async () => {
		expect(await rawBody(contextOf(undefined))).toEqual(Buffer.alloc(0));
	});

	it('has at most 64 KiB', async () => {
		expect(LARGEST_CALLBACK).toBe(65_536);
		expect(await rawBody(contextOf(Buffer.alloc(65_536)))).toHaveLength(65_536);
		expect(await rawBody(contextOf(Buffer.alloc(65_537)))).toEqual({
			status: 413,
			message: 'The body has more than 65536 bytes',
		});
	});

	it('is no form with files, whose bytes n8n does not keep', async () => {
		const form = contextOf(Buffer.from('x'), { contentType: 'Multipart/form-data; boundary=x' });
		expect(await rawBody(form)).toEqual({ status: 400, message: 'The body is not JSON' });
	});
});
