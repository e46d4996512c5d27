/** Texts of all failed requests: every row of every service's table, and everything that the network can say. */
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import { GATEWAY_ERRORS } from '../../../../nodes/AliyunPortrait/gatewayErrors';
import { resources as aliyunResources } from '../../../../nodes/AliyunPortrait/resources';
import { kling } from '../../../../nodes/Kling/api';
import { KLING_ERRORS } from '../../../../nodes/Kling/errors';
import { resources as klingResources } from '../../../../nodes/Kling/resources';
import { psTask } from '../../../../nodes/PsTask/api';
import { PS_ERRORS } from '../../../../nodes/PsTask/errors';
import { task as psResource } from '../../../../nodes/PsTask/task';
import { NOT_STARTED, UNREAD, type Outcome } from '../../../../nodes/tasks/http/client';
import { outcomeError, type RequestFacts } from '../../../../nodes/tasks/http/errors';
import {
	lostBecause,
	lostInTime,
	refusedAsPlain,
	refusedByProxy,
	type Lost,
} from '../../../../nodes/tasks/http/network';
import type { RawAnswer } from '../../../../nodes/tasks/item/host';
import type { Endpoint, Refusal, Reply, Service } from '../../../../nodes/tasks/model/service';
import { unsentError } from '../../../../nodes/tasks/util/credentialFields';
import { ROWS } from '../../aliyun/gatewayCodes';
import { itemOf } from '../support';
import { IDS, LONG_REASON, textProblems } from './texts';

const endpoints: Endpoint[] = [...klingResources, ...aliyunResources, psResource].flatMap(
	({ endpoint }) => endpoint ?? [],
);
const endpointsOf = (service: Service) => endpoints.filter((endpoint) => endpoint.service === service);

/** What is asked for, wherever the sources say it, and by whose sources. */
const WHATS = [
	...(readdirSync('nodes', { recursive: true }) as string[])
		.filter((name) => name.endsWith('.ts'))
		.flatMap((name) =>
			[...readFileSync(`nodes/${name}`, 'utf8').matchAll(/(['`])(to (?:answer|list|make|show|take)\b[^'`\n]*)\1/g)].map(
				([, , what = '']) => ({ by: name.split('/')[0] ?? '', what }),
			),
		),
];
const FOLDERS: Record<string, string> = { kling: 'Kling', aliyunPortrait: 'AliyunPortrait', psTask: 'PsTask' };

/** What a service is asked for. Earlier results are looked up, and tasks listed, where it has a key and a list. */
function whatsOf({ id, list, idempotency }: Service, { product = 'the image' }: Endpoint): string[] {
	return WHATS.filter(({ by, what }) => {
		if (by !== 'tasks') return by === FOLDERS[id];
		return what.includes('earlier') ? idempotency : what.includes('tasks') ? list : true;
	}).map(({ what }) => what.replace('${product}', product).replace(/\$\{[^}]*\}/, 'me.jpg'));
}

/** All that may be known of the task when a request fails. */
const STATES: Array<Pick<RequestFacts, 'taskState' | 'taskId' | 'externalTaskId'>> = [
	{ taskState: 'not-created' },
	{ taskState: 'may-exist' },
	{ taskState: 'may-exist', externalTaskId: IDS.externalTaskId },
	{ taskState: 'created', externalTaskId: IDS.externalTaskId },
	{ taskState: 'not-created', taskId: IDS.taskId },
	{ taskState: 'may-exist', taskId: IDS.taskId },
	{ taskState: 'created', taskId: IDS.taskId, externalTaskId: IDS.externalTaskId },
];

const MEANINGS: Array<Refusal['meaning']> = [undefined, 'notFound', 'notListed', 'duplicate', 'mayBeUnknown'];

it('knows what is asked for from the sources', () => {
	expect(WHATS.map(({ what }) => what)).toEqual(
		expect.arrayContaining(['to make ${product}', 'to show the task', 'to list the tasks', 'to list the styles']),
	);
});

type Words = Parameters<typeof textProblems>[1];

/** What is wrong with an outcome's texts for one endpoint. */
async function problemsOf(endpoint: Endpoint, outcome: Outcome, facts: RequestFacts, words?: Words, account = 'host') {
	return textProblems(await outcomeError(itemOf({ account }), endpoint, outcome, facts), words);
}

/** Asserts an outcome for all requests and all that may be known of the task; of all endpoints for a create. */
async function expectAll(service: Service, outcome: Outcome, words?: Words, account?: string) {
	const [first, ...others] = endpointsOf(service);
	if (!first) throw new Error('There is no endpoint');
	const problems: string[] = [];
	const note = async (endpoint: Endpoint, facts: RequestFacts) =>
		problems.push(...(await problemsOf(endpoint, outcome, facts, words, account)));
	for (const what of whatsOf(service, first)) await note(first, { taskState: 'not-created', what });
	for (const state of STATES)
		await note(first, { ...state, what: state.taskId ? 'to show the task' : 'to make the image' });
	for (const endpoint of others)
		await note(endpoint, { taskState: 'not-created', what: `to make ${endpoint.product ?? 'the image'}` });
	expect([...new Set(problems)].join('\n')).toBe('');
}

/** The same refusal when the service says nothing about it, and when it says much. */
async function expectRefusal(service: Service, replyWith: (reason: string) => Reply) {
	for (const reason of ['', LONG_REASON]) {
		const reply = replyWith(reason);
		const verdict = service.readReply(reply);
		if (verdict.ok) throw new Error('This is no refusal');
		const words = reason === '' ? 'alone' : 'with what the service says';
		for (const meaning of MEANINGS) {
			const refusal = { ...verdict.refusal, meaning, reason, requestId: IDS.requestId };
			await expectAll(service, { reply, verdict: { ok: false, refusal } }, words);
		}
	}
}

const STATUSES = [
	200, 201, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 413, 415, 418, 422, 429, 451, 500, 501, 502, 503, 504,
	520,
];

describe('Kling', () => {
	const CODES = [...KLING_ERRORS.map(({ code }) => code), 1099, 1199, 1299, 1399, 5999, 7, 10000];
	it.each(CODES)('code %i', async (code) => {
		await expectRefusal(kling, (message) => ({
			status: 400,
			headers: { 'retry-after': '90' },
			body: { code, message },
		}));
	});

	it.each(STATUSES)('status %i without a code', async (status) => {
		await expectRefusal(kling, (message) => ({ status, headers: {}, body: { message } }));
	});
});

describe('Aliyun AI Portrait', () => {
	it.each(ROWS.map(([code]) => code))('gateway code %s', async (code) => {
		const headers = { 'x-ca-error-code': code };
		await expectRefusal(aliyunPortrait, (reason) => ({
			status: 400,
			headers: { ...headers, 'x-ca-error-message': reason },
			body: undefined,
		}));
	});

	it.each(STATUSES.filter((status) => status >= 400))('status %i of the gateway', async (status) => {
		await expectRefusal(aliyunPortrait, () => ({ status, headers: {}, body: undefined }));
	});

	it.each([-1, 1, 401, 500, 'E100'])('ret %s of the service', async (ret) => {
		await expectRefusal(aliyunPortrait, (msg) => ({ status: 200, headers: {}, body: { ret, msg } }));
		await expectRefusal(aliyunPortrait, (msg) => ({ status: 503, headers: {}, body: { ret, msg } }));
	});

	it('something that is not the API', async () => {
		await expectRefusal(aliyunPortrait, () => ({ status: 200, headers: {}, body: 'x' }));
	});

	it('every row is among them', () => {
		const told = GATEWAY_ERRORS.filter(({ code, statuses }) => code === undefined && statuses === undefined);
		expect(told.every(({ cause }) => `Aliyun AI Portrait refused to make the user model: ${cause}`.length <= 90)).toBe(
			true,
		);
	});
});

describe('PS Task', () => {
	it.each([...Object.keys(PS_ERRORS).map(Number), 1, -1, 418, 599])('code %i', async (code) => {
		await expectRefusal(psTask, (msg) => ({ status: 200, headers: {}, body: { code, msg } }));
		await expectRefusal(psTask, (msg) => ({ status: 503, headers: {}, body: { code, msg } }));
	});

	it.each(STATUSES)('status %i without a code', async (status) => {
		await expectRefusal(psTask, (msg) => ({ status, headers: {}, body: { msg } }));
	});
});

const services = [kling, aliyunPortrait, psTask];

describe('what a row says beyond this request', () => {
	it.each(services)('$name: a success without what it must hold', async (service) => {
		await expectAll(service, { verdict: { ok: true, data: null }, reply: { status: 200, headers: {}, body: {} } });
	});
});

/** Every code that Node.js, its DNS and its OpenSSL are known to say, and some that nobody has seen. */
const NETWORK_CODES = [
	...Object.keys(os.constants.errno),
	...'ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NONAME ERR_BAD_RESPONSE ERR_NETWORK ERR_CANCELED ERR_FR_TOO_MANY_REDIRECTS'.split(
		' ',
	),
	...'ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_HANDSHAKE_TIMEOUT ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'.split(
		' ',
	),
	...'ERR_INVALID_CHAR ERR_INVALID_URL ERR_UNESCAPED_CHARACTERS ERR_HTTP_INVALID_HEADER_VALUE ERR_SOCKET_BAD_PORT'.split(
		' ',
	),
	...'CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN HOSTNAME_MISMATCH'.split(
		' ',
	),
	...'UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY INVALID_CA CERT_UNTRUSTED UNSPECIFIED UNHEARD_OF'.split(
		' ',
	),
];

const HOSTS = ['host', `${'a-very-long-name.'.repeat(10)}of-a-relay`];

describe('the network', () => {
	it.each(NETWORK_CODES)('%s', async (code) => {
		const error = (more: object) => Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code, ...more });
		const pending = { path: '/v1', socket: { connecting: true } };
		const ways = [{}, { syscall: 'connect' }, { syscall: 'read' }, { request: pending }];
		for (const lost of ways.map((way) => lostBecause(Object.assign(new Error('n8n'), { cause: error(way) }))))
			for (const host of HOSTS) await expectAll(kling, { lost }, 'alone', host);
		for (const service of services) await expectAll(service, { lost: lostBecause(error({})) });
	});

	const answer = (statusCode: number) => ({ statusCode, headers: {}, body: { socket: {} } }) as unknown as RawAnswer;
	const OTHERS: Array<[string, Lost | undefined]> = [
		['an error without a code', lostBecause(new Error('x'))],
		['a closed proxy', lostBecause(new Error('Proxy connection ended before receiving CONNECT response'))],
		['a broken handshake', lostBecause(Object.assign(new Error('wrong version number'), { code: 'EPROTO' }))],
		['TLS at a port for http', lostBecause({ code: 'HPE_INVALID_CONSTANT', rawPacket: Buffer.from([0x15, 0x03]) })],
		["n8n's own protection", lostBecause(Object.assign(new Error('x'), { name: 'SsrfBlockedIpError' }))],
		[
			'a credential that cannot be used',
			lostBecause(unsentError('The field API Key of the credential is empty', 'Fill it in.')),
		],
		['the end of a time', lostInTime(new Error('x'))],
		['the end of a time before a connection', lostInTime({ request: { path: '/', socket: { connecting: true } } })],
		['a proxy with a login', refusedByProxy(answer(407), 'https://x.test')],
		['a proxy that refuses', refusedByProxy(answer(403), 'https://x.test')],
		['a proxy that cannot get through', refusedByProxy(answer(502), 'https://x.test')],
		[
			'a proxy that is down',
			lostBecause(
				Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
				'https://x.test',
			),
		],
		[
			'a proxy with a long name that nobody knows',
			lostBecause(
				Object.assign(new Error(`getaddrinfo ENOTFOUND ${HOSTS[1]}`), { code: 'ENOTFOUND' }),
				'https://x.test',
			),
		],
		['plain http at a port for TLS', refusedAsPlain(400, 'The plain HTTP request was sent to HTTPS port')],
		['what cannot be read', 'lost' in UNREAD ? UNREAD.lost : undefined],
		['a stop', 'lost' in NOT_STARTED ? NOT_STARTED.lost : undefined],
		['a stop on the way', { kind: 'lost', reason: 'the execution was stopped', isStopped: true }],
		[
			'a redirect',
			{
				kind: 'unsent',
				final: true,
				isSentence: true,
				reason: 'The address redirects to x.test, so nothing was sent there',
				hint: 'Enter it.',
			},
		],
	];
	it.each(OTHERS)('%s', async (_, lost) => {
		if (!lost) throw new Error('Nothing was lost');
		for (const service of services) for (const host of HOSTS) await expectAll(service, { lost }, 'alone', host);
	});
});

describe('texts of the design', () => {
	const lostCreate = { lost: { kind: 'lost', reason: 'the connection was lost', code: 'ECONNRESET' } } as const;
	const unreachable = { lost: lostBecause(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) };
	const errorOf = async (service: Service, outcome: Outcome, facts: Partial<RequestFacts> = {}) => {
		const endpoint = endpointsOf(service)[0];
		if (!endpoint) throw new Error('There is no endpoint');
		return await outcomeError(itemOf({ account: 'host' }), endpoint, outcome, {
			what: 'the task',
			taskState: 'not-created',
			...facts,
		});
	};

	it.each([
		[kling, 'Get the task by its external task ID (Error details) before you create it again.'],
		[aliyunPortrait, 'Check the call log in the Alibaba Cloud console first. Running this again may be charged again.'],
		[psTask, "Check the service's log first. Running this again may be charged again."],
	])('$name: a lost create', async (service, step) => {
		const error = await errorOf(service, lostCreate, { taskState: 'may-exist', externalTaskId: 'n8n-1' });
		expect(error.message).toBe(`No answer from ${service.name}: the task may have been created`);
		expect(error.description).toBe(step);
		expect(error.context.data).toMatchObject({
			code: 'ECONNRESET',
			reason: 'the connection was lost',
			externalTaskId: 'n8n-1',
		});
	});

	it.each([
		[kling, 'Nothing answers at host.test. Check Region or Base URL.'],
		[aliyunPortrait, 'Nothing answers at host.test. Check Base URL.'],
		[psTask, 'Nothing answers at host.test. Check Base URL.'],
	])('$name: nothing answers', async (service, message) => {
		expect(await errorOf(service, unreachable)).toMatchObject({ message, taskState: 'not-created', code: 'ENOTFOUND' });
	});
});
