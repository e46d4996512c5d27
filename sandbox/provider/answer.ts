import type { FastifyReply } from 'fastify';

import type { UploadEntry } from './journal';

/** What a request is answered with, before faults spoil it. */
export interface Answer {
	status: number;
	/** The body's text and its kind. */
	text: string;
	type: string;
	headers?: Record<string, string>;
	/** For the journal. */
	code: number | null;
	gateway?: string;
	taskId?: string;
	upload?: UploadEntry;
}

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
