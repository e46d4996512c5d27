import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { ServiceName } from '../core/extensions';
import type { RequestEntry } from '../core/journal';
import type { ApiRequest, Endpoint, Service } from '../core/service';
import type { World } from '../core/world';
import { answerCall } from './answer-call';

/** True if a path belongs to a service, at its own place or under the prefix of relays. */
export function owns({ prefix, roots }: Service, path: string): boolean {
	return roots.some((root) => withoutPrefix(path, prefix).startsWith(root));
}

/** Puts a service's API and its other files on the server. */
export function mountApi(server: FastifyInstance, world: World, name: ServiceName, service: Service): void {
	const api = new Api(world, name, service);
	for (const prefix of ['', service.prefix]) {
		for (const endpoint of service.endpoints) {
			server.route({
				method: endpoint.method,
				url: prefix + endpoint.path,
				handler: async (request, reply) => await api.handle(endpoint, request, reply),
			});
		}
		for (const root of service.roots) {
			server.all(`${prefix}${root}*`, async (request, reply) => await api.unknownPath(request, reply));
		}
	}
	for (const [path, file] of Object.entries(service.assets ?? {})) {
		server.get<{ Params: { name: string } }>(`${path}:name`, async ({ params }, reply) => {
			const found = await file(params.name);
			return found ? reply.type(found.type).send(found.content) : reply.code(404).send();
		});
	}
}

class Api {
	constructor(
		private readonly world: World,
		private readonly name: ServiceName,
		private readonly service: Service,
	) {}

	async handle(endpoint: Endpoint, incoming: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
		const { world, name, service } = this;
		const request = asArrived(incoming);
		const { on } = endpoint;
		const resource = typeof endpoint.resource === 'string' ? endpoint.resource : endpoint.resource(request);
		const entry = this.enter(request, { resource, on });
		const strike = world.faults.strike(on, { service: name, resource });
		// A request whose connection is cut before anything else does not reach the sign-in.
		const admitted = strike.fatal?.kind === 'dropBefore' ? undefined : service.admit(request);
		const work = async () => {
			try {
				return await endpoint.work(await admitted!(), request, strike);
			} catch (error) {
				const refusal = service.refusal(error);
				if (refusal) return refusal;
				console.error(error);
				return service.internalError();
			}
		};
		return await answerCall(world, { reply, entry, strike, work, words: service.words() });
	}

	/** Faults spoil endpoints only. */
	async unknownPath(incoming: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
		const { world, service } = this;
		const entry = this.enter(asArrived(incoming), { resource: '' });
		const work = () => service.unknownPath(withoutPrefix(entry.path, service.prefix));
		return await answerCall(world, { reply, entry, strike: { gentle: [] }, work, words: service.words() });
	}

	/** Writes a request into the journal; the answer completes the entry. */
	private enter(request: ApiRequest, endpoint: Pick<RequestEntry, 'resource' | 'on'>): RequestEntry {
		const { journal, clock } = this.world;
		const { method, url } = request;
		const [path = '', query = ''] = url.split(/\?(.*)/s);
		const authorization = this.service.authorizationOf(request);
		const at = clock.now();
		const { name: service } = this;
		const entry: RequestEntry = { at, service, method, path, query, ...endpoint, status: 0, code: null, authorization };
		journal.add('requests', entry);
		return entry;
	}
}

/** A path without the prefix under which a relay offers it: `/relay/v1/x` is `/v1/x`. */
function withoutPrefix(path: string, prefix: string): string {
	return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

function asArrived({ method, url, headers, body, query, params }: FastifyRequest): ApiRequest {
	return {
		method,
		url,
		headers,
		body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
		query: query as object,
		params: params as Record<string, string>,
	};
}
