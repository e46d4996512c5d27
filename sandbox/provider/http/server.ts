import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

import type { Service } from '../core/service';
import { owns } from './api';
import { send } from './reply';

/** Four images of 10 MiB in base64, and room. */
const bodyLimit = 120 * 1024 * 1024;

/**
 * An HTTP server without routes. Bodies arrive as bytes, so that services parse them after the auth check.
 * Paths that no service owns are answered as the first one answers.
 */
export function createServer(services: readonly Service[]): FastifyInstance {
	const ownerOf = (url: string) => services.find((service) => owns(service, url.split('?')[0]!)) ?? services[0]!;
	const fail = (error: FastifyError, { url }: Pick<FastifyRequest, 'url'>, reply: FastifyReply) => {
		const status = error.statusCode ?? (url.startsWith('/_sandbox/') ? 400 : 500);
		if (url.startsWith('/_sandbox/')) return reply.code(status).send({ error: error.message });
		return send(reply, ownerOf(url).failure(status));
	};
	const server = Fastify({
		logger: false,
		bodyLimit,
		exposeHeadRoutes: false,
		forceCloseConnections: true,
		// Of a URL that cannot be decoded, which reaches no handler.
		frameworkErrors: fail,
		routerOptions: { maxParamLength: 2000 },
	});
	server.removeAllContentTypeParsers();
	server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
	server.setErrorHandler<FastifyError>(fail);
	server.setNotFoundHandler((request, reply) => {
		if (request.url.startsWith('/_sandbox/')) return reply.code(404).send({ error: 'No such control' });
		return send(reply, ownerOf(request.url).failure(404));
	});
	return server;
}
