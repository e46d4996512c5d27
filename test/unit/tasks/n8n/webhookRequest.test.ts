import type { IWebhookFunctions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { jsonIn, LARGEST_CALLBACK, rawBody } from '../../../../nodes/tasks/n8n/webhookRequest';
import { expectLinear } from '../growth';

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

describe('the JSON of a callback', () => {
	const NONE = { status: 400, message: 'The body is not JSON' };
	const TOO_MANY = { status: 400, message: 'The body has more than 1000 values' };

	it.each([
		['{"task_id":831922345678901234}', { task_id: '831922345678901234' }],
		['\ufeff{"a":"图片"}', { a: '图片' }],
		['{"a":1,"a":2}', { a: 2 }],
		['null', null],
	])('%j is read', (text, json) => {
		expect(jsonIn(Buffer.from(text))).toEqual({ json });
	});

	it('keeps a key that looks like a prototype to itself', () => {
		const read = jsonIn(Buffer.from('{"__proto__":{"task_id":"1"},"constructor":{"prototype":{"task_id":"1"}}}'));
		expect(read).toHaveProperty('json');
		expect((read as { json: { task_id?: string } }).json.task_id).toBeUndefined();
		expect(({} as { task_id?: string }).task_id).toBeUndefined();
	});

	it.each([
		['nothing', Buffer.alloc(0)],
		['text', Buffer.from('task succeeded')],
		['half of it', Buffer.from('{"task_id":"1"')],
		['broken UTF-8 around it', Buffer.from([0x7b, 0xff, 0x7d])],
		['broken UTF-8 in a text', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])],
		['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
		['zeros', Buffer.alloc(1_000)],
		['digits without end', Buffer.from(`{"task_id":${'9'.repeat(60_000)}`)],
		['quotes', Buffer.from('"'.repeat(60_000))],
	])('is not %s', (_, body) => {
		expect(jsonIn(body)).toEqual(NONE);
	});

	it.each([
		['a list of small values', `[${'0,'.repeat(20_000)}0]`],
		['a list of objects', `{"task_id":"1","images":[${'{},'.repeat(2_000)}{}]}`],
		['many keys', `{${Array.from({ length: 1_100 }, (__, key) => `"${key}":0`).join()}}`],
		['deep brackets', '['.repeat(30_000) + ']'.repeat(30_000)],
		['deep objects', '{"a":'.repeat(5_000)],
	])('is not %s: thousands of values would keep n8n busy', (_, text) => {
		expect(jsonIn(Buffer.from(text))).toEqual(TOO_MANY);
	});

	it('has up to a thousand values', () => {
		const list = (length: number) => Buffer.from(JSON.stringify(Array(length).fill(7)));
		expect(jsonIn(list(999))).toEqual({ json: Array(999).fill(7) });
		expect(jsonIn(list(1_001))).toEqual(TOO_MANY);
	});

	it.each(['9', '"', '\\"', '[', '{"a":', ',', '-', '1e', '\u00e9', ' ', '{"a":"9999999999999999"},'])(
		'of %j again and again takes linear time',
		(piece) => {
			for (const [head, tail] of [
				['', ''],
				['{"a":', '}'],
				['{"a":"', '"}'],
			] as const)
				expectLinear(
					(size) => head + piece.repeat(size / piece.length) + tail,
					(text) => jsonIn(Buffer.from(text)),
				);
		},
	);
});
