import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { AliyunAccount } from '../accounts';
import type { Answer } from '../answer';
import { enter } from '../enter';
import type { FaultPlace } from '../faults';
import { answerCall } from '../spoil';
import type { World } from '../world';
import { relayPrefix, type Aliyun } from './aliyun';
import { refusal, refusalBody } from './envelope';
import { Refusal, rets } from './errors';
import { GatewayRefusal, refused } from './gateway/refusals';
import { headerOf, type Arrived } from './gateway/string-to-sign';

const service = 'aliyunPortrait';

interface Endpoint {
	method: 'GET' | 'POST';
	on: FaultPlace;
	resource(request: Arrived): string;
	work(account: AliyunAccount, request: Arrived): Answer | Promise<Answer>;
}

/** Puts the API and the styles' previews on the server. */
export function mountAliyun(server: FastifyInstance, world: World, aliyun: Aliyun): void {
	for (const prefix of ['', relayPrefix]) {
		for (const [path, endpoint] of Object.entries(endpointsOf(aliyun))) {
			const { method } = endpoint;
			server.route({ method, url: prefix + path, handler: (request, reply) => handle(world, aliyun, request, reply, endpoint) });
		}
		server.all(`${prefix}/cloud/*`, async (request, reply) => await unknownPath(world, aliyun, request, reply));
	}
	server.get<{ Params: { name: string } }>('/templates/:name', async ({ params }, reply) => {
		const file = await aliyun.results.template(params.name);
		return file ? reply.type(file.type).send(file.content) : reply.code(404).send();
	});
}

/** The five endpoints (specs/aliyun-portrait.md). */
function endpointsOf(aliyun: Aliyun): Record<string, Endpoint> {
	return {
		'/cloud/upload_file': {
			method: 'POST',
			on: 'upload',
			resource: () => 'photo',
			work: (account, { body, headers }) => aliyun.upload(account, body, headerOf(headers, 'content-type')),
		},
		'/cloud/aigc_user_model_create': {
			method: 'POST',
			on: 'create',
			resource: () => 'userModel',
			work: (account, { body }) => aliyun.createUserModel(account, body),
		},
		'/cloud/aigc_product_brief_query': { method: 'GET', on: 'list', resource: () => 'style', work: () => aliyun.styles() },
		'/cloud/aigc_task_create': {
			method: 'POST',
			on: 'create',
			resource: () => 'portrait',
			work: (account, { body }) => aliyun.createPortrait(account, body),
		},
		'/cloud/aigc_task_query': {
			method: 'POST',
			on: 'get',
			resource: ({ body }) => aliyun.tasks.resourceOf(taskIdIn(body)),
			work: (account, { body }) => aliyun.query(account, body),
		},
	};
}

async function handle(
	world: World,
	aliyun: Aliyun,
	request: FastifyRequest,
	reply: FastifyReply,
	{ on, resource: resourceOf, work }: Endpoint,
): Promise<FastifyReply> {
	const arrived = arrivedAs(request);
	const resource = resourceOf(arrived);
	const entry = enter(world, request, { service, resource, on, authorization: aliyun.gate.authorizationOf(arrived) });
	const strike = world.faults.strike(on, { service, resource });
	// A request that a fault spoils after its arrival has used its nonce up, as at the gateway.
	const admit = strike.fatal?.kind === 'dropBefore' ? undefined : admission(aliyun, arrived);
	const { aliyunMessageKey: key, aliyunGatewayCodes } = world.settings;
	const guarded = async () => {
		try {
			return await work(admit!(), arrived);
		} catch (error) {
			if (error instanceof GatewayRefusal) return refused(error, aliyunGatewayCodes);
			if (error instanceof Refusal) return refusal(error.ret, error.message, key);
			console.error(error);
			return refusal(rets.internal, 'Internal error', key);
		}
	};
	return await answerCall(world, { reply, entry, strike, work: guarded, words: wordsFor(key) });
}

/** Lets the gate decide now; the outcome is asked for later. */
function admission(aliyun: Aliyun, arrived: Arrived): () => AliyunAccount {
	try {
		const account = aliyun.gate.admit(arrived);
		return () => account;
	} catch (error) {
		return () => {
			throw error;
		};
	}
}

/** The gateway knows an API by method and path together. */
async function unknownPath(world: World, aliyun: Aliyun, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
	const authorization = aliyun.gate.authorizationOf(arrivedAs(request));
	const entry = enter(world, request, { service, resource: '', authorization });
	const work = async () => aliyun.failure(404);
	return await answerCall(world, { reply, entry, strike: { gentle: [] }, work, words: wordsFor('msg') });
}

function wordsFor(messageKey: string) {
	return {
		statusOf: () => 200,
		messageOf: () => 'Something went wrong',
		codeOf: (status: number) => status,
		tooMany: rets.tooMany,
		body: (ret: number, message: string) => refusalBody(ret, message, messageKey),
	};
}

function arrivedAs({ method, url, headers, body }: FastifyRequest): Arrived {
	return { method, url, headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
}

function taskIdIn(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString('utf8'))?.task_id;
	} catch {
		return undefined;
	}
}
