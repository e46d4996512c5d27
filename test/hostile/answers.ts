/** All the ways in which a hostile service answers a request of its API. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { untilClosed } from './images.ts';
import type { Exchange } from './server.ts';

/**
 * What an answer is certain to mean for a create whose body has arrived: `good` is a success with a task, `ambiguous` no
 * answer that says whether there is one. After `other` nothing is certain.
 */
export type Effect = 'good' | 'ambiguous' | 'other';

export interface Answer {
	name: string;
	weight: number;
	effect: Effect;
	/** The connection ends before the body has been read. */
	beforeBody?: true;
	act(exchange: Exchange): void;
}

const json = { 'content-type': 'application/json' };
const bomb = Buffer.alloc(40 * 2 ** 20, ' ');
const BOMBS: Record<string, Buffer> = {
	gzip: gzipSync(bomb, { level: 9 }),
	deflate: deflateSync(bomb, { level: 9 }),
	br: brotliCompressSync(bomb),
};
const CODES = [
	-1,
	1,
	2,
	5,
	7,
	400,
	401,
	403,
	404,
	429,
	500,
	1000,
	1001,
	1002,
	1004,
	1101,
	1102,
	1103,
	1200,
	1201,
	1203,
	1302,
	1303,
	1304,
	5000,
	5001,
	5002,
	1e400,
	'0x0',
	'',
	'A403IS',
	[],
	{},
	true,
];
const TEXTS = [
	'task not found',
	'external_task_id x already exists',
	'unknown task',
	'任务不存在',
	'ECONNRESET getaddrinfo',
	'x'.repeat(250_000),
	'\u0000\ud800 \u202e',
	'<script>alert(1)</script>',
	'{{ $credentials }} ={{ 1+1 }}',
	'__proto__',
	'overdue',
];
const KEYS = [
	'message',
	'msg',
	'error',
	'err_msg',
	'ret_msg',
	'request_id',
	'task_status_msg',
	'error_message',
	'task_status',
	'status',
	'state',
];

/** A refusal, or what looks like a task, with the same text in every place. */
function filled(code: unknown, text: string): string {
	const said = Object.fromEntries(KEYS.map((key) => [key, text]));
	return JSON.stringify({ code, ret: code, ...said, data: { ...said, [text]: [text] }, body: { ...said, x: text } });
}

/** Text that may stand in a header. */
const inHeader = (text: string) => text.replace(/[^ -~]/g, ' ').slice(0, 3_000);

function raw({ socket, response }: Exchange, text: string | Buffer, thenClose = true): void {
	response.detachSocket(socket);
	socket.write(text);
	if (thenClose) socket.end();
}

export const ANSWERS: Answer[] = [
	{
		name: 'good',
		weight: 8,
		effect: 'good',
		act: ({ response, good }) => void response.writeHead(200, json).end(good()),
	},
	{
		name: 'good, slowly',
		weight: 1,
		effect: 'other',
		act({ response, good }) {
			const text = good();
			response.writeHead(200, json).write(text.slice(0, 20));
			setTimeout(() => response.end(text.slice(20)), 60);
		},
	},
	{
		name: 'closed before the body',
		weight: 2,
		effect: 'other',
		beforeBody: true,
		act: ({ socket }) => void socket.destroy(),
	},
	{ name: 'closed after the body', weight: 3, effect: 'ambiguous', act: ({ socket }) => void socket.destroy() },
	{ name: 'nothing', weight: 1, effect: 'ambiguous', act: () => undefined },
	{
		name: 'dripping headers',
		weight: 2,
		effect: 'ambiguous',
		act({ socket, response }) {
			socket.write('HTTP/1.1 200 OK\r\n');
			untilClosed(response, 15, () => socket.write('X-Drip: a\r\n'));
		},
	},
	{
		name: 'dripping body',
		weight: 2,
		effect: 'ambiguous',
		act({ response, good }) {
			response.writeHead(200, json).write(good().slice(0, -1));
			untilClosed(response, 15, () => response.write(' '));
		},
	},
	{
		name: 'endless body',
		weight: 1,
		effect: 'ambiguous',
		act({ response }) {
			const part = Buffer.alloc(2 ** 20, ' ');
			const more = () => {
				while (!response.destroyed && response.write(part));
			};
			response.writeHead(200, json).on('drain', more);
			more();
		},
	},
	{
		name: 'compression bomb',
		weight: 1,
		effect: 'ambiguous',
		act({ response, random }) {
			const encoding = random.pick(Object.keys(BOMBS));
			response.writeHead(200, { ...json, 'content-encoding': encoding }).end(BOMBS[encoding]);
		},
	},
	{
		name: 'no gzip',
		weight: 1,
		effect: 'ambiguous',
		act: ({ response, good }) => void response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(good()),
	},
	{
		name: 'deep JSON',
		weight: 2,
		effect: 'ambiguous',
		act({ response, random }) {
			const depth = random.pick([150, 5_000, 100_000]);
			const [open, end] = random.pick([['[', ']'] as const, ['{"data":', '}'] as const]);
			response.writeHead(200, json).end(`${open.repeat(depth)}1${end.repeat(depth)}`);
		},
	},
	{
		name: 'half JSON',
		weight: 2,
		effect: 'ambiguous',
		act({ response, good, random }) {
			const text = good();
			response.writeHead(200, json).end(text.slice(0, random.integer(1, text.length - 1)));
		},
	},
	{
		name: 'content-length too large',
		weight: 2,
		effect: 'ambiguous',
		act(exchange) {
			const text = exchange.good();
			raw(exchange, `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(text) + 50}\r\n\r\n${text}`);
		},
	},
	{
		name: 'content-length too small',
		weight: 2,
		effect: 'ambiguous',
		act(exchange) {
			const text = exchange.good();
			raw(exchange, `HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n${text}`);
		},
	},
	{
		name: 'HTML',
		weight: 2,
		effect: 'ambiguous',
		act({ response, echo, random }) {
			const page = `<html><body>${random.chance(0.5) ? echo() : 'Welcome'}</body></html>`;
			response.writeHead(200, { 'content-type': 'text/html' }).end(page);
		},
	},
	{ name: 'empty', weight: 2, effect: 'ambiguous', act: ({ response }) => void response.writeHead(200).end() },
	{
		name: 'no UTF-8',
		weight: 2,
		effect: 'ambiguous',
		act: ({ response, random }) => void response.writeHead(200, json).end(random.bytes(300)),
	},
	{
		name: 'no HTTP',
		weight: 1,
		effect: 'ambiguous',
		act: (exchange) => raw(exchange, exchange.random.pick(['SSH-2.0-OpenSSH\r\n', '\0\0\0\0', 'HTTP/9 9\r\n\r\n'])),
	},
	{
		name: 'odd status',
		weight: 4,
		effect: 'other',
		act(exchange) {
			const { random, echo } = exchange;
			const status = random.integer(100, 999);
			const body = filled(random.pick(CODES), random.chance(0.5) ? echo() : random.pick(TEXTS));
			raw(
				exchange,
				`HTTP/1.1 ${status} ${inHeader(echo())}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
			);
		},
	},
	{
		name: 'redirect',
		weight: 6,
		effect: 'other',
		act({ response, request, random, witness, baseUrl, good, note }) {
			const host = new URL(witness).host;
			const location = random.pick([
				`${witness}${request.url}`,
				`${witness}/`,
				`//${host}/x`,
				`http://user:pass@${host}/`,
				`${baseUrl}${request.url}`,
				request.url ?? '/',
				'/in/circles',
				'../..',
				'file:///etc/passwd',
				'javascript:1',
				'http://[',
				'',
			]);
			note('redirected');
			response.writeHead(random.integer(300, 308), { ...json, location }).end(random.chance(0.5) ? good() : '');
		},
	},
	{
		name: 'refusal',
		weight: 6,
		effect: 'other',
		act({ response, random }) {
			const headers = random.chance(0.2) ? { 'retry-after': random.pick(['1', '99999', '-1', 'never', '1e9']) } : {};
			const status = random.pick([200, 200, 400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504]);
			response.writeHead(status, { ...json, ...headers }).end(filled(random.pick(CODES), random.pick(TEXTS)));
		},
	},
	{
		name: 'echo in the body',
		weight: 6,
		effect: 'other',
		act({ response, random, echo, note }) {
			note('echoed');
			response.writeHead(random.pick([200, 400, 401, 500]), json).end(filled(random.pick(CODES), echo()));
		},
	},
	{
		name: 'echo in a good answer',
		weight: 4,
		effect: 'other',
		act({ response, echo, good, note }) {
			note('echoed');
			const text = echo();
			const answer = JSON.parse(good()) as Record<string, unknown>;
			const said = Object.fromEntries(KEYS.slice(0, -3).map((key) => [key, text]));
			for (const key of ['data', 'body']) {
				const part = answer[key];
				if (typeof part === 'object' && !Array.isArray(part)) answer[key] = { ...said, ...part, [text]: text };
			}
			response.writeHead(200, json).end(JSON.stringify({ ...answer, ...said }));
		},
	},
	{
		name: 'echo in headers',
		weight: 4,
		effect: 'other',
		act({ response, random, echo, note }) {
			note('echoed');
			const text = inHeader(echo());
			const names = ['x-ca-error-code', 'x-ca-error-message', 'x-ca-request-id', 'retry-after', 'x-request-id'];
			const headers = Object.fromEntries(names.filter(() => random.chance(0.6)).map((name) => [name, text]));
			response.writeHead(random.pick([200, 400, 403, 500]), text, { ...json, ...headers }).end('{"ret":9,"code":9}');
		},
	},
];
