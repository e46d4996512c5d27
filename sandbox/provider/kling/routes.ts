import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Account } from '../accounts';
import type { Answer } from '../answer';
import { enter } from '../enter';
import type { FaultPlace, Strike } from '../faults';
import { withoutPrefix } from '../service';
import { answerCall } from '../spoil';
import type { World } from '../world';
import { authenticate, authorizationKind } from './auth';
import { refusal, refusalBody } from './envelope';
import { codeOf, messageOf, Refusal, statusOf } from './errors';
import { relayPrefix, type Kling } from './kling';
import type { Resource } from './rules';

const service = 'kling';
const words = { statusOf, messageOf, codeOf, tooMany: 1302, body: refusalBody };

const paths: Record<string, Resource> = {
	'/v1/images/multi-image2image': 'multi-image2image',
	'/v1/images/editing/expand': 'expand',
	'/v1/general/ai-multi-shot': 'ai-multi-shot',
};

type Work = (account: Account, strike: Strike) => Answer | Promise<Answer>;

/** Puts Kling's API on the server. */
export function mountKling(server: FastifyInstance, world: World, kling: Kling): void {
	for (const prefix of ['', relayPrefix]) {
		for (const [path, resource] of Object.entries(paths)) {
			const url = prefix + path;
			const route = (place: FaultPlace, work: (request: FastifyRequest) => Work) =>
				async (request: FastifyRequest, reply: FastifyReply) =>
					await handle(world, request, reply, resource, place, work(request));
			server.post(url, route('create', (request) => (account) => kling.create(account, resource, request.body)));
			server.get(url, route('list', (request) => (account, { gentle }) =>
				kling.list(account, resource, request.query as object, gentle)));
			server.get<{ Params: { id: string } }>(`${url}/:id`, route('get', (request) => (account) =>
				kling.get(account, resource, (request.params as { id: string }).id)));
		}
		server.all(`${prefix}/v1/*`, async (request, reply) => await unknownPath(world, request, reply));
	}
}

async function handle(
	world: World,
	request: FastifyRequest,
	reply: FastifyReply,
	resource: string,
	place: FaultPlace,
	work: Work,
): Promise<FastifyReply> {
	const authorization = authorizationKind(request.headers.authorization);
	const entry = enter(world, request, { service, resource, on: place, authorization });
	const strike = world.faults.strike(place, { service, resource });
	const guarded = async () => {
		try {
			const account = await authenticate(request.headers.authorization, world.settings.accounts, world.clock);
			return await work(account, strike);
		} catch (error) {
			if (error instanceof Refusal) return refusal(error);
			console.error(error);
			return refusal(new Refusal(5000));
		}
	};
	return await answerCall(world, { reply, entry, strike, work: guarded, words });
}

/** 1202 for a method that the path does not have, 1203 for a path that does not exist. */
async function unknownPath(world: World, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
	const authorization = authorizationKind(request.headers.authorization);
	const entry = enter(world, request, { service, resource: '', authorization });
	const known = Object.keys(paths).some((path) => withoutPrefix(entry.path, relayPrefix).startsWith(path));
	const work = async () => refusal(new Refusal(known ? 1202 : 1203));
	return await answerCall(world, { reply, entry, strike: { gentle: [] }, work, words });
}
