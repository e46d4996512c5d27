import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Answer } from '../answer';
import { enter } from '../enter';
import type { FaultPlace } from '../faults';
import { answerCall } from '../spoil';
import type { World } from '../world';
import { authenticate, authorizationKind } from './auth';
import { refusal, refusalBody } from './envelope';
import { Refusal } from './errors';
import { relayPrefix, type Ps } from './ps';

const target = { service: 'psTask', resource: 'task' } as const;

/** Puts the PS API on the server. */
export function mountPs(server: FastifyInstance, world: World, ps: Ps): void {
	for (const prefix of ['', relayPrefix]) {
		const base = `${prefix}/ps_tasks`;
		server.post(`${base}/submit`, async (request, reply) =>
			await handle(world, request, reply, 'create', () => ps.submit(request.body)));
		server.get<{ Params: { id: string } }>(`${base}/result/:id`, async (request, reply) =>
			await handle(world, request, reply, 'get', () => ps.result(request.params.id)));
		server.all(`${base}/*`, async (request, reply) => await unknownPath(world, request, reply, ps));
	}
}

async function handle(
	world: World,
	request: Pick<FastifyRequest, 'headers' | 'method' | 'url'>,
	reply: FastifyReply,
	on: FaultPlace,
	work: () => Answer,
): Promise<FastifyReply> {
	const { settings } = world;
	const { headers } = request;
	const entry = enter(world, request, { ...target, on, authorization: authorizationKind(headers, settings) });
	const guarded = async () => {
		try {
			authenticate(headers, settings);
			return work();
		} catch (error) {
			if (error instanceof Refusal) return refusal(error.code, error.message, settings);
			console.error(error);
			return refusal(500, 'Internal error', settings);
		}
	};
	return await answerCall(world, { reply, entry, strike: world.faults.strike(on, target), work: guarded, words: wordsOf(world) });
}

async function unknownPath(world: World, request: FastifyRequest, reply: FastifyReply, ps: Ps): Promise<FastifyReply> {
	const entry = enter(world, request, { ...target, resource: '', authorization: authorizationKind(request.headers, world.settings) });
	return await answerCall(world, { reply, entry, strike: { gentle: [] }, work: async () => ps.failure(404), words: wordsOf(world) });
}

/** How faults are worded: the code is the HTTP status. */
function wordsOf({ settings }: World) {
	return {
		statusOf: (code: number) => (settings.psRefusalsUnder200 || code < 200 || code > 599 ? 200 : code),
		messageOf: () => 'Internal error',
		codeOf: (status: number) => status,
		tooMany: 429,
		body: (code: number, message: string) => refusalBody(code, message, settings),
	};
}
