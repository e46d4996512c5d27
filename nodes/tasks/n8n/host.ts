import { createHash } from 'crypto';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IExecutePaginationFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	INode,
	IPollFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import type { Account, ExecutionIdentity, FileStore, Host, RawAnswer, Stream } from '../item/host';
import type { Connection, ServiceRequest } from '../model/service';
import { systemClock } from '../util/clock';
import { ImageHosts, privateImageHosts, UNKNOWN_HOST, type HostLookup } from '../util/imageHosts';
import { asRecord, asText } from '../util/parse';
import { requestSettings, requestTimeoutMs, type RequestSettings } from './requestOptions';

/** Whatever n8n calls a node with. */
export type NodeContext =
	IExecuteFunctions | IExecutePaginationFunctions | IWebhookFunctions | IPollFunctions | ILoadOptionsFunctions;

/** Shortest value of a credential that counts as a secret: shorter ones would mask parts of ordinary words. */
const SHORTEST_SECRET = 6;

/** What this n8n offers to a run, whichever way it called the node. */
export function hostOf(context: NodeContext, options: Record<string, unknown>, signal?: AbortSignal): Host {
	const node = context.getNode();
	const accounts = new Map<string, Promise<Account>>();
	const account = async (connection: Connection): Promise<Account> => {
		// A mistake in the Options shows before anything is sent, as one in the credential does.
		requestSettings(options);
		const known = accounts.get(connection.credential) ?? resolveAccount(context, connection);
		accounts.set(connection.credential, known);
		return await known;
	};
	return {
		node,
		execution: executionOf(context),
		clock: systemClock,
		timeZone: context.getTimezone(),
		signal,
		combinedBinaries: asRecord(context.getWorkflowSettings()).binaryMode === 'combined',
		requestTimeoutMs: requestTimeoutMs(options),
		// A list of choices has no files, and asks for none.
		files: fileStore(context.helpers as IExecuteFunctions['helpers']),
		warn: (text) => context.logger.warn(text),
		hint(text) {
			if ('addExecutionHints' in context) context.addExecutionHints({ message: text, location: 'outputPane' });
		},
		account,
		async send(connection, request, ended) {
			const settings = requestSettings(options);
			return await sendSigned(context, node, connection, await account(connection), { ...settings, ...request }, ended);
		},
		lookUp: async (hostName) => await lookUp(context, hostName),
		fetch: async (request, ended) =>
			await context.helpers.httpRequest({
				...requestSettings(options),
				...STREAMED,
				disableFollowRedirect: true,
				...request,
				abortSignal: ended,
			}),
		memory: () => memoryOf(context),
		evaluate: (expression, itemIndex = 0) => evaluate(context, expression, itemIndex),
	};
}

/** What n8n calls a workflow that was never saved. */
const UNSAVED = '__EMPTY__';

function executionOf(context: NodeContext): ExecutionIdentity {
	const executionId = context.getExecutionId() || undefined;
	const mode = context.getMode?.();
	const { id: workflowId = '' } = context.getWorkflow();
	// What is not set there is settled for the whole instance, which no node is told.
	const { saveDataErrorExecution, saveManualExecutions } = asRecord(context.getWorkflowSettings());
	const isThrownAway = mode === 'manual' ? saveManualExecutions === false : saveDataErrorExecution === 'none';
	return {
		executionId,
		instanceId: context.getInstanceId(),
		workflowId: workflowId === UNSAVED ? '' : workflowId,
		isManual: mode === 'manual',
		isSubWorkflow: mode === 'integrated',
		isKept: executionId !== undefined && !isThrownAway,
	};
}

/** Every answer comes as a stream with its status, so that its size and time can be limited. */
const STREAMED = { encoding: 'stream', returnFullResponse: true, ignoreHttpStatusErrors: true } as const;

/**
 * Statuses that a proxy may answer with. n8n 2.x throws them, because only its error tells who has answered
 * (docs/n8n.md, Failed requests); 1.x takes the setting for "ignore all", and its answer tells.
 */
const OF_PROXIES = { ignore: true as const, except: [403, 407, 500, 502, 503, 504] };

/** The credential, resolved once for the run and tried out: a mistake in it shows before anything is sent. */
async function resolveAccount(context: NodeContext, connection: Connection): Promise<Account> {
	const credential = await context.getCredentials(connection.credential);
	const baseUrl = connection.baseUrl(credential);
	connection.authenticate(credential, { method: 'GET', baseURL: baseUrl, url: '/', headers: {} });
	const imageHosts = ImageHosts.of(credential, baseUrl);
	// Another setting for images is no other account.
	const key = createHash('sha256')
		.update(JSON.stringify([baseUrl, { ...credential, [privateImageHosts.name]: undefined }]))
		.digest('base64url');
	const values = connection.secrets.flatMap((field) => secretsIn(String(credential[field] ?? '').trim()));
	const secrets = values.filter(({ length }) => length >= SHORTEST_SECRET);
	return { key, baseUrl, credential, secrets, imageHosts };
}

/** A value, without the scheme that may be pasted in front, and the password in it where the scheme is Basic. */
function secretsIn(value: string): string[] {
	const bare = value.slice(value.lastIndexOf(' ') + 1);
	const [, password = ''] = /^basic\s/i.test(value)
		? (/:([^]*)/.exec(Buffer.from(bare, 'base64').toString()) ?? [])
		: [];
	return [...new Set([value, bare, password])];
}

/**
 * n8n's helper takes signal and credential from whatever calls it: so it is called by an object that gives it the limits
 * of this request, and the credential that is resolved already.
 */
async function sendSigned(
	context: NodeContext,
	node: INode,
	connection: Connection,
	{ baseUrl, credential }: Account,
	request: ServiceRequest & RequestSettings,
	signal: AbortSignal,
): Promise<RawAnswer> {
	const { helpers, logger } = context;
	const caller: Caller = {
		helpers,
		logger,
		getNode: () => node,
		getExecutionCancelSignal: () => signal,
		getCredentials: async () => credential,
	};
	const options: IHttpRequestOptions = {
		...request,
		...STREAMED,
		ignoreHttpStatusErrors: OF_PROXIES,
		baseURL: baseUrl,
		json: true,
		disableFollowRedirect: true,
	};
	const sending: Promise<RawAnswer> = Reflect.apply(helpers.httpRequestWithAuthentication, caller, [
		connection.credential,
		options,
	]);
	return await sending.catch(async (error: unknown) => answerIn(error) ?? (await Promise.reject(error)));
}

/** The answer in an error that was thrown for its status, with the connection that it came on. */
function answerIn(error: unknown): RawAnswer | undefined {
	const { response, request } = asRecord(asRecord(error).cause);
	const { status, headers, data } = asRecord(response);
	if (typeof status !== 'number') return undefined;
	return {
		statusCode: status,
		headers: asRecord(headers),
		body: data as RawAnswer['body'],
		socket: asRecord(request).socket,
	};
}

/** What n8n's helper asks of whatever calls it. */
interface Caller extends Pick<IExecuteFunctions, 'logger' | 'getNode' | 'getExecutionCancelSignal'> {
	helpers: NodeContext['helpers'];
	getCredentials(): Promise<ICredentialDataDecryptedObject>;
}

/**
 * What n8n's filter of outgoing requests says of a host name, also where n8n itself does not use it; n8n 1.x has
 * none. n8n does not use the answer for the request: until then the name may get another address.
 */
async function lookUp({ helpers }: NodeContext, hostName: string): Promise<HostLookup> {
	try {
		const lookup = helpers.getSecureEgressFilter?.('enforced')?.createSecureLookup();
		if (!lookup) return UNKNOWN_HOST;
		return await new Promise<HostLookup>((resolve) =>
			lookup(hostName, { all: true }, (error, found) =>
				resolve(error ? refusalIn(error) : { addresses: addressesIn(found), refused: false }),
			),
		);
	} catch {
		return UNKNOWN_HOST;
	}
}

/** n8n names the address that it refuses. A name that nobody knows is no refusal: a proxy may know it. */
function refusalIn(error: Error): HostLookup {
	const ip = 'ip' in error ? asText(error.ip) : undefined;
	return error.name.startsWith('SsrfBlocked') ? { addresses: ip ? [ip] : [], refused: true } : UNKNOWN_HOST;
}

function addressesIn(found: string | Array<{ address: string }>): string[] {
	return typeof found === 'string' ? [found] : found.map(({ address }) => address);
}

function fileStore(helpers: IExecuteFunctions['helpers']): FileStore {
	const inMemory = (data: string) => Buffer.from(data, 'base64');
	return {
		async read({ id, data }) {
			if (!id) return inMemory(data);
			return await helpers.binaryToBuffer(await helpers.getBinaryStream(id));
		},
		readParts: async ({ id, data }) => (id ? await helpers.getBinaryStream(id) : partsOf(data)),
		store: async (file: Buffer | Stream, fileName, mimeType) =>
			await helpers.prepareBinaryData(file, fileName, mimeType),
	};
}

/** Characters of base64 that are decoded at once: a multiple of 4. */
const PART_CHARACTERS = 1024 * 1024;

async function* partsOf(base64: string): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < base64.length; at += PART_CHARACTERS)
		yield Buffer.from(base64.slice(at, at + PART_CHARACTERS), 'base64');
}

/** Where n8n has no execution, such as below an MCP Server Trigger, there is no memory either. */
function memoryOf(context: NodeContext): IDataObject | undefined {
	if (!('getContext' in context)) return undefined;
	try {
		return context.getContext('node');
	} catch {
		return undefined;
	}
}

function evaluate(context: NodeContext, expression: string, itemIndex: number): unknown {
	if (!('evaluateExpression' in context)) return undefined;
	try {
		return context.evaluateExpression(expression, itemIndex);
	} catch {
		return undefined;
	}
}
