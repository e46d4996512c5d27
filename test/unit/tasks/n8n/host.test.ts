import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { IBinaryData } from 'n8n-workflow';
import { describe, expect, it, vi } from 'vitest';

import { credentialProblem } from '../../../../nodes/tasks/http/client';
import { hostOf } from '../../../../nodes/tasks/n8n/host';
import { itemOf } from '../support';
import { connection, contextOf, type GivenContext } from './support';

const credential = { key: 'the-long-key', short: 'abc' };
const request = { method: 'POST' as const, url: '/v1/x', body: { a: 1 } };
const never = new AbortController().signal;

const given = (more: GivenContext = {}) => {
	const made = contextOf({ credential, ...more });
	return { ...made, host: hostOf(made.context, {}) };
};

describe('the account', () => {
	it('is resolved once for the run, however many items ask', async () => {
		const { host, credentials } = given();
		const accounts = await Promise.all(Array.from({ length: 100 }, async () => await host.account(connection)));
		await host.send(connection, request, never);
		expect(credentials).toEqual(['testApi']);
		expect(new Set(accounts).size).toBe(1);
	});

	it('is known by a key that tells neither credential nor address', async () => {
		const key = async (change: object) =>
			(await given({ credential: { ...credential, ...change } }).host.account(connection)).key;
		const own = await key({});
		expect(own).toBe(await key({}));
		expect([await key({ key: 'another-key' }), await key({ baseUrl: 'https://other.test' })]).not.toContain(own);
		expect(own).not.toMatch(/the-long-key|service\.test/);
	});

	it('tells which values must never show: long ones, and a pasted token also without its scheme', async () => {
		const { secrets } = await given({ credential: { key: ' Bearer the-token ', short: 'abc' } }).host.account(
			connection,
		);
		expect(secrets).toEqual(['Bearer the-token', 'the-token']);
	});

	it('tells the password of a header that signs in by Basic', async () => {
		const key = `Basic ${Buffer.from('admin:my:pa55word').toString('base64')}`;
		const { secrets } = await given({ credential: { key } }).host.account(connection);
		expect(secrets).toEqual([key, key.slice(6), 'my:pa55word']);
	});

	it('is tried out before anything is sent: a mistake is found once, in its own words', async () => {
		const { host, sent, credentials } = given({ credential: { key: '' } });
		for (const attempt of [host.account(connection), host.send(connection, request, never)]) {
			await expect(attempt).rejects.toThrow('The field Key of the credential is empty. Fill it in.');
		}
		expect([sent, credentials]).toEqual([[], ['testApi']]);
		expect(await credentialProblem({ ...itemOf(), account: host.account }, connection)).toMatchObject({
			kind: 'unsent',
			final: true,
			reason: 'The field Key of the credential is empty. Fill it in.',
		});
	});

	it('that n8n does not have is an error in n8n’s words', async () => {
		const { host } = given({ credential: new Error('Node does not have any credentials set') });
		await expect(host.account(connection)).rejects.toThrow('Node does not have any credentials set');
	});
});

describe('a request to the service', () => {
	it('goes to the base URL of the account, and its answer comes whole, as a stream, whatever its status', async () => {
		const { host, sent } = given({ answer: { body: { no: 1 }, status: 500 } });
		const answer = await host.send(connection, request, never);
		expect(answer.statusCode).toBe(500);
		expect(JSON.parse(String(await buffer(answer.body)))).toEqual({ no: 1 });
		expect(sent).toHaveLength(1);
		expect(sent[0]).toMatchObject({
			credential: 'testApi',
			options: {
				...request,
				baseURL: 'https://service.test',
				encoding: 'stream',
				returnFullResponse: true,
				ignoreHttpStatusErrors: { ignore: true, except: expect.arrayContaining([403, 407, 502]) },
				json: true,
			},
		});
	});

	it('that n8n answers with an error for its status has been answered all the same', async () => {
		const socket = { encrypted: true };
		const response = { status: 503, headers: { 'x-a': '1' }, data: Readable.from(['busy']) };
		const thrown = Object.assign(new Error('Service unavailable'), { cause: { response, request: { socket } } });
		const { host, context } = given();
		context.helpers.httpRequestWithAuthentication = async () => await Promise.reject(thrown);
		const answer = await host.send(connection, request, never);
		expect(answer).toMatchObject({ statusCode: 503, headers: { 'x-a': '1' }, socket });
		expect(String(await buffer(answer.body))).toBe('busy');
	});

	it('follows no redirect: it would carry the credential to another host', async () => {
		const { host, sent } = given();
		await host.send(connection, request, never);
		expect(sent[0]?.options.disableFollowRedirect).toBe(true);
	});

	it('is ended by its own limit, and not only by Stop', async () => {
		const { host, sent } = given({ signal: new AbortController().signal });
		await host.send(connection, request, never);
		expect(sent[0]?.caller.getExecutionCancelSignal()).toBe(never);
	});

	it('is signed with the credential that is resolved already', async () => {
		const { host, sent, credentials } = given();
		await host.send(connection, request, never);
		expect(await sent[0]?.caller.getCredentials('testApi')).toEqual(credential);
		expect(credentials).toEqual(['testApi']);
	});

	it('takes proxy and TLS setting of the node', async () => {
		const { context, sent } = given();
		const options = { proxy: 'http://proxy.test:3128', allowUnauthorizedCerts: true };
		await hostOf(context, options).send(connection, request, never);
		const proxy = { host: 'proxy.test', port: 3128, protocol: 'http' };
		expect(sent[0]?.options).toMatchObject({ proxy, skipSslCertificateValidation: true });
	});

	it('is not sent with a Proxy that is no address, and the error proves it', async () => {
		const { context, sent } = given();
		const attempt = hostOf(context, { proxy: 'proxy.test:3128' }).send(connection, request, never);
		await expect(attempt).rejects.toMatchObject({
			message: expect.stringMatching(/^Proxy is not a valid address/),
			unsent: true,
		});
		expect(sent).toEqual([]);
	});
});

describe('a file from elsewhere', () => {
	const file = { method: 'GET' as const, url: 'https://cdn.test/a.png?s=1', timeout: 5 };

	it('is asked for without a credential, through the proxy of the node, as a stream', async () => {
		const { context, sent } = given();
		await hostOf(context, { proxy: 'https://u:p@proxy.test' }).fetch(file, never);
		expect(sent).toHaveLength(1);
		const { credential: type, options } = sent[0]!;
		expect(type).toBe('');
		expect(options).toMatchObject({
			...file,
			encoding: 'stream',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
		});
		expect(options).toMatchObject({ proxy: { host: 'proxy.test', port: 443, auth: { username: 'u', password: 'p' } } });
		expect([options.headers, options.auth, options.baseURL]).toEqual([undefined, undefined, undefined]);
		expect(options.abortSignal).toBe(never);
	});
});

describe('files in n8n', () => {
	const inMemory: IBinaryData = { data: Buffer.from('text').toString('base64'), mimeType: 'image/png' };
	const onDisk: IBinaryData = { ...inMemory, data: 'filesystem', id: 'filesystem:1' };

	it('are read from where n8n keeps them, whole or in parts', async () => {
		const getBinaryStream = vi.fn(async () => Readable.from([Buffer.from('on '), Buffer.from('disk')]));
		const binaryToBuffer = vi.fn(async (stream: Buffer | Readable) => await buffer(stream as Readable));
		const { host } = given({ helpers: { getBinaryStream, binaryToBuffer } as never });
		expect(String(await host.files.read(inMemory))).toBe('text');
		expect(String(await host.files.read(onDisk))).toBe('on disk');
		const parts: string[] = [];
		for await (const part of await host.files.readParts(onDisk)) parts.push(String(part));
		for await (const part of await host.files.readParts(inMemory)) parts.push(String(part));
		expect(parts).toEqual(['on ', 'disk', 'text']);
		expect(getBinaryStream).toHaveBeenCalledWith('filesystem:1');
	});

	it('are stored with name and type; what the storage throws is thrown', async () => {
		const prepareBinaryData = vi.fn(async () => await Promise.reject(new Error('full')));
		const { host } = given({ helpers: { prepareBinaryData } });
		await expect(host.files.store(Buffer.from('x'), 'a.png', 'image/png')).rejects.toThrow('full');
		expect(prepareBinaryData).toHaveBeenCalledWith(Buffer.from('x'), 'a.png', 'image/png');
	});
});

describe('what n8n tells of the execution', () => {
	it('is who it is, where it has an ID', () => {
		const identity = { executionId: '7', instanceId: 'instance', workflowId: 'workflow' };
		expect(given().host.execution).toMatchObject(identity);
		expect(given({ executionId: '' }).host.execution.executionId).toBeUndefined();
	});

	it.each<[string, GivenContext, object]>([
		['started by a trigger', {}, { isKept: true, isSubWorkflow: false, isManual: false }],
		['started by hand', { mode: 'manual' }, { isKept: true, isSubWorkflow: false, isManual: true }],
		['of a sub-workflow', { mode: 'integrated' }, { isKept: true, isSubWorkflow: true }],
		['that is thrown away when it fails', { settings: { saveDataErrorExecution: 'none' } }, { isKept: false }],
		[
			'started by hand and thrown away',
			{ mode: 'manual', settings: { saveManualExecutions: false } },
			{ isKept: false },
		],
		[
			'started by hand, which that one does not concern',
			{ mode: 'manual', settings: { saveDataErrorExecution: 'none' } },
			{ isKept: true },
		],
		[
			'not by hand, which that setting does not concern',
			{ settings: { saveManualExecutions: false } },
			{ isKept: true },
		],
		['of which only good ones are thrown away', { settings: { saveDataSuccessExecution: 'none' } }, { isKept: true }],
		[
			'left to the instance',
			{ settings: { saveDataErrorExecution: 'DEFAULT', saveManualExecutions: 'DEFAULT' } },
			{ isKept: true },
		],
		['that is none, below an MCP Server Trigger', { executionId: '' }, { isKept: false }],
	])('is whether it can be retried: an execution %s', (_, context, told) => {
		expect(given(context).host.execution).toMatchObject(told);
	});

	it('is memory of the node, where there is an execution', () => {
		const memory = { mine: 1 };
		expect(given({ memory }).host.memory()).toBe(memory);
		expect(given({ memory: new Error('Context is not available') }).host.memory()).toBeUndefined();
		const { context } = given();
		const { getContext: _none, ...trigger } = context;
		expect(hostOf(trigger as typeof context, {}).memory()).toBeUndefined();
	});

	it('is the value of an expression for an item; undefined where it has none', () => {
		const expressions = { '{{ a }}': (index: number) => `a of ${index}`, '{{ b }}': new Error('no') };
		const { host } = given({ expressions });
		expect([host.evaluate('{{ a }}'), host.evaluate('{{ a }}', 3), host.evaluate('{{ b }}')]).toEqual([
			'a of 0',
			'a of 3',
			undefined,
		]);
	});

	it('is whether binary data are values of the JSON', () => {
		expect(given().host.combinedBinaries).toBe(false);
		expect(given({ settings: { binaryMode: 'combined' } }).host.combinedBinaries).toBe(true);
	});

	it('is the time for one request, if the user has set it', () => {
		const { context } = given();
		expect([{}, { timeout: 0 }, { timeout: 1234 }].map((options) => hostOf(context, options).requestTimeoutMs)).toEqual(
			[undefined, undefined, 1234],
		);
	});

	it('warnings go to n8n’s log', () => {
		const { host, log } = given();
		host.warn('words');
		expect(log).toEqual(['words']);
	});
});
