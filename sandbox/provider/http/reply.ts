import type { FastifyReply } from 'fastify';

import type { Answer } from '../core/answer';

/** Sends an answer. */
export function send(reply: FastifyReply, { status, text, type, headers = {} }: Answer): FastifyReply {
	return reply.code(status).headers(headers).type(type).send(text);
}

/** Cuts the connection, after sending the beginning of an answer if one is given. */
export function cut(reply: FastifyReply, beginning?: { length: number; type: string; part: Buffer }): void {
	reply.hijack();
	if (!beginning) {
		reply.raw.destroy();
		return;
	}
	const { length, type, part } = beginning;
	reply.raw.writeHead(200, { 'content-type': type, 'content-length': length });
	reply.raw.write(part, () => reply.raw.destroy());
}
