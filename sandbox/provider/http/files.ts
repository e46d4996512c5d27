import { Readable } from 'node:stream';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { FaultRule } from '../core/faults';
import type { FileEntry } from '../core/journal';
import type { World } from '../core/world';
import { delayed } from './delay';
import { cut } from './reply';

interface FileRoute {
	Params: { taskId: string; name: string };
}

/** Puts the result files on the server, as a storage service that knows signed URLs and nothing of credentials. */
export function mountFiles(server: FastifyInstance, world: World): void {
	server.route<FileRoute>({
		method: ['GET', 'HEAD'],
		url: '/files/:taskId/:name',
		handler: async (request, reply) => {
			const [path = '', query = ''] = request.url.split(/\?(.*)/s);
			const entry: FileEntry = {
				at: world.clock.now(),
				method: request.method,
				path,
				hadAuthorization: request.headers.authorization !== undefined,
				status: 0,
			};
			world.journal.add('files', entry);
			reply.raw.on('finish', () => (entry.status = reply.raw.statusCode));
			return await serve(world, request, reply, { path, query });
		},
	});
}

async function serve(
	world: World,
	request: FastifyRequest<FileRoute>,
	reply: FastifyReply,
	{ path, query }: { path: string; query: string },
): Promise<FastifyReply> {
	const task = world.registry.get(request.params.taskId);
	const strike = world.faults.strike('file', task);
	const { fatal } = strike;
	await delayed(strike, world.background);
	if (fatal?.kind === 'dropBefore') {
		cut(reply);
		return reply;
	}
	if (fatal && fatal.kind !== 'dropAfter' && fatal.kind !== 'truncatedJson') return spoil(reply, fatal);
	if (request.headers.authorization !== undefined) {
		return refuse(reply, 400, 'InvalidArgument', 'Only one auth mechanism allowed; send no Authorization header');
	}
	const problem = world.links.problem(path, query) ?? (task?.fate.deadResult ? 'Expired' : undefined);
	if (problem)
		return refuse(reply, 403, 'AccessDenied', problem === 'Expired' ? 'Request has expired' : 'Access denied');
	const file = task && (await task.file(request.params.name));
	if (!file) return refuse(reply, 404, 'NoSuchKey', 'The specified key does not exist');
	const { content, type } = file;
	if (fatal) {
		cut(reply, { length: content.length, type, part: content.subarray(0, content.length / 2) });
		return reply;
	}
	reply.type(type);
	if (world.settings.announceLength) reply.header('content-length', content.length);
	if (request.method === 'HEAD') return reply.send();
	return reply.send(world.settings.announceLength ? content : Readable.from(pieces(content)));
}

function* pieces(content: Buffer): Generator<Buffer> {
	for (let start = 0; start < content.length; start += 65_536) yield content.subarray(start, start + 65_536);
}

function spoil(reply: FastifyReply, { kind, status, message, retryAfter }: FaultRule): FastifyReply {
	if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
	if (kind === 'html502') return reply.code(502).type('text/html').send('<h1>502 Bad Gateway</h1>');
	if (kind === 'brokenJson') return reply.code(200).type('image/png').send('not a picture');
	const fallback = kind === 'tooMany' ? 429 : 500;
	return refuse(reply, status ?? fallback, 'InternalError', message ?? 'We encountered an internal error');
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
	return reply
		.code(status)
		.type('application/xml')
		.send(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}
