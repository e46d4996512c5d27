import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';

import { refusal } from './kling/envelope';
import { Refusal } from './kling/errors';

/** Four images of 10 MiB in base64, and room. */
const bodyLimit = 120 * 1024 * 1024;

/** An HTTP server without routes. Bodies arrive as bytes, so that services parse them after the auth check. */
export function createServer(): FastifyInstance {
	const server = Fastify({
		logger: false,
		bodyLimit,
		exposeHeadRoutes: false,
		forceCloseConnections: true,
		routerOptions: { maxParamLength: 2000 },
	});
	server.removeAllContentTypeParsers();
	server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
	server.setErrorHandler<FastifyError>((error, request, reply) => {
		const status = error.statusCode ?? (request.url.startsWith('/_sandbox/') ? 400 : 500);
		if (request.url.startsWith('/_sandbox/')) return reply.code(status).send({ error: error.message });
		const { text, type } = refusal(new Refusal(status < 500 ? 1200 : 5000));
		return reply.code(status).type(type).send(text);
	});
	server.setNotFoundHandler((request, reply) => {
		if (request.url.startsWith('/_sandbox/')) return reply.code(404).send({ error: 'No such control' });
		const { status, text, type } = refusal(new Refusal(1203));
		return reply.code(status).type(type).send(text);
	});
	return server;
}
