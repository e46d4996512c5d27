import type {
	IBinaryData,
	ICredentialDataDecryptedObject,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
} from 'n8n-workflow';

import type { Connection, ServiceRequest } from '../model/service';
import type { Clock } from '../util/clock';
import type { HostLookup, ImageHosts } from '../util/imageHosts';

/** The account behind a run: its credential, resolved once, and where its requests go. */
export interface Account {
	/** A hash of credential and base URL: what the process learns of an account is shared under it. */
	key: string;
	baseUrl: string;
	/** Values that must never show. */
	secrets: string[];
	credential: ICredentialDataDecryptedObject;
	/** The hosts from which images may be downloaded. */
	imageHosts: ImageHosts;
}

/** An answer whose body has yet to come. */
export interface RawAnswer {
	statusCode: number;
	headers: Record<string, unknown>;
	body: ByteStream;
	/** The connection that it came on, where n8n tells (Node.js's socket). */
	socket?: unknown;
}

/** What n8n's storage takes as a stream. */
export type Stream = Exclude<Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0], Buffer>;

/** The body of an answer as n8n hands it out: a stream, whose class makes streams. */
export type ByteStream = Stream & {
	constructor: { from(parts: AsyncIterable<Uint8Array>, options: { objectMode: boolean }): Stream };
};

/** n8n's storage of files. */
export interface FileStore {
	/** The bytes of a binary field. */
	read(binary: IBinaryData): Promise<Buffer>;
	/** The same in parts, so that a large file need not be in memory. */
	readParts(binary: IBinaryData): Promise<AsyncIterable<Uint8Array>>;
	/** Stores a file and gives the binary field for it. Throws what the storage throws. */
	store(file: Buffer | Stream, fileName: string, mimeType: string): Promise<IBinaryData>;
}

/** Which execution this is, as far as n8n tells. */
export interface ExecutionIdentity {
	/** Undefined where n8n has no execution, such as below an MCP Server Trigger. */
	executionId?: string;
	instanceId: string;
	/** Empty where the workflow was never saved. */
	workflowId: string;
	/** True in a sub-workflow: a retry of the execution that called it calls it anew, as another execution. */
	isSubWorkflow: boolean;
	/** True when somebody started it by hand, in the editor. */
	isManual: boolean;
	/** Whether n8n keeps this execution if it fails, by the workflow's settings: it retries only what it has kept. */
	isKept: boolean;
}

/** What n8n offers to a run of a node, whatever called it. The adapters in n8n/ make it. */
export interface Host {
	readonly node: INode;
	readonly execution: ExecutionIdentity;
	readonly clock: Clock;
	/** The workflow's time zone, or else that of the instance (IANA name). */
	readonly timeZone: string;
	/** Aborted by Stop and by a workflow timeout. */
	readonly signal?: AbortSignal;
	/** In n8n's combined mode binary data are values of the JSON. */
	readonly combinedBinaries: boolean;
	/** ms that one request may take at most: n8n's own Timeout option, if the user has set it. */
	readonly requestTimeoutMs?: number;
	readonly files: FileStore;
	/** Writes a warning into n8n's log. */
	warn(text: string): void;
	/** Shows a hint above the output of the node, where n8n has hints. */
	hint(text: string): void;
	/** The account of a connection. Throws an Error whose message names what is wrong with the credential. */
	account(connection: Connection): Promise<Account>;
	/** Sends one request with the account's credential; the signal ends it. Rejects with n8n's error. */
	send(connection: Connection, request: ServiceRequest, signal: AbortSignal): Promise<RawAnswer>;
	/** What n8n knows of a host name before it is asked: nothing on n8n 1.x. Never rejects. */
	lookUp(hostName: string): Promise<HostLookup>;
	/** Sends one request without a credential. Follows no redirect. Rejects with n8n's error. */
	fetch(request: IHttpRequestOptions, signal: AbortSignal): Promise<RawAnswer>;
	/** What n8n keeps for the node with the execution and hands to its retries; undefined where there is no execution. */
	memory(): IDataObject | undefined;
	/** The value of an expression in braces for an item; undefined when it cannot be evaluated. */
	evaluate(expression: string, itemIndex?: number): unknown;
}
