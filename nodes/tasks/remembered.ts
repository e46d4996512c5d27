import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import type { ItemExchange, TaskReply } from './exchange';
import { deriveExternalId, fingerprintOf, keyWithinExecution } from './externalId';
import type { FoundImages } from './imageFields';
import type { ImageReference } from './images';
import { asRecord } from './json';

/** What a create became, as far as it is known. Plain JSON: n8n keeps it with the execution. */
interface Memory {
	/** The accepted task with its answer. */
	found?: TaskReply;
	/** What stands for the pictures at the service, once they are there. */
	uploaded?: string[][];
	/** Tasks of this very work that have failed. */
	failures: number;
	/** Times it was written, to tell the newer of two. */
	writes: number;
	/** The execution in which a create was lost. */
	lostIn?: string;
}

/** Works remembered in this process; the oldest are forgotten first. */
const MOST_REMEMBERED = 5_000;

/** Tasks bought for one work while they fail: as many as with an idempotency key. */
const MOST_FAILURES = 4;

const memories = new Map<string, Memory>();

/** Works that are being bought, by their keys. */
const turns = new Map<string, Promise<unknown>>();

/**
 * What became of one create, for services that cannot refuse a repeat (architecture.md, money rule 1): when n8n runs the
 * node again, for Retry On Fail or from the Executions list, the same work is not bought twice. Kept in the process and
 * in the node's context, which travels with a retry to another process.
 */
export class Remembered {
	constructor(
		private readonly exchange: ItemExchange,
		private readonly key: string,
		/** In the node's context, which is of one execution and its retries: n8n 1.x gives a retry nothing else in common. */
		private readonly keyInContext: string,
	) {}

	/** The task that this work became; undefined when there is none, or when it has failed. */
	get found(): TaskReply | undefined {
		return this.read().found;
	}

	get uploaded(): string[][] | undefined {
		return this.read().uploaded;
	}

	/**
	 * True when a create was lost earlier in this very execution. n8n's Retry On Fail knows nothing of the risk; who
	 * retries from the Executions list, in a new execution, has read of it.
	 */
	get isLost(): boolean {
		const { lostIn } = this.read();
		return lostIn !== undefined && lostIn === this.execution;
	}

	keepUploaded(uploaded: string[][]): void {
		this.write({ uploaded });
	}

	keep(found: TaskReply): void {
		const { task, reply } = found;
		this.write({ found: { task, reply: { ...reply, headers: {} } }, lostIn: undefined });
	}

	lose(): void {
		this.write({ lostIn: this.execution });
	}

	/** The task has failed: another one may be bought, but not for ever. */
	fail(): void {
		const { found, failures } = this.read();
		this.write({ failures: failures + 1, found: failures < MOST_FAILURES ? undefined : found });
	}

	/**
	 * Does the work when nobody else is at it: an agent may call a tool twice at once, and the second call is to find what
	 * the first has made.
	 */
	async alone<Result>(work: () => Promise<Result>): Promise<Result> {
		const before = turns.get(this.key);
		const turn = Promise.allSettled([before]).then(work);
		turns.set(this.key, turn);
		const [ended] = await Promise.allSettled([turn]);
		if (turns.get(this.key) === turn) turns.delete(this.key);
		if (ended.status === 'rejected') throw ended.reason;
		return ended.value;
	}

	/** '' where n8n has no ID for it: then the key is of this run alone. */
	private get execution(): string {
		return this.exchange.context.getExecutionId() ?? '';
	}

	private read(): Memory {
		const own = memories.get(this.key);
		const travelled = contextOf(this.exchange)[this.keyInContext] as Memory | undefined;
		// In queue mode another worker may have gone on with it meanwhile; a retry may bring back what is older.
		return (own && travelled && travelled.writes > own.writes ? travelled : (own ?? travelled)) ?? { failures: 0, writes: 0 };
	}

	private write(change: Partial<Memory>): void {
		const before = this.read();
		const memory = { ...before, ...change, writes: before.writes + 1 };
		memories.delete(this.key);
		memories.set(this.key, memory);
		const [oldest] = memories.keys();
		if (memories.size > MOST_REMEMBERED && oldest !== undefined) memories.delete(oldest);
		contextOf(this.exchange)[this.keyInContext] = memory as unknown as IDataObject;
	}
}

/** The memory of a create with this body and these pictures, as this execution, node, run and item ask for it. */
export async function rememberedFor(exchange: ItemExchange, body: IDataObject, images: FoundImages[]): Promise<Remembered> {
	const pictures: IDataObject = {};
	for (const { field, references } of images) {
		const digests: string[] = [];
		for (const reference of references) digests.push(await digestOf(exchange, reference));
		pictures[field.field] = digests;
	}
	const { context, endpoint } = exchange;
	const fingerprint = fingerprintOf({ path: endpoint.path, ...body, ...pictures }, [endpoint.provider.callbackField]);
	return new Remembered(exchange, deriveExternalId(context, '', fingerprint), keyWithinExecution(context, fingerprint));
}

/** What a picture is, whatever it is called: two files with the same bytes are one. */
async function digestOf({ context }: ItemExchange, reference: ImageReference): Promise<string> {
	if (reference.kind === 'url') return reference.url;
	if (reference.kind === 'path') return reference.path;
	const hash = createHash('sha256');
	if (reference.kind === 'base64') return hash.update(reference.base64).digest('base64url');
	const { binary } = reference;
	if (!binary.id) return hash.update(Buffer.from(binary.data, 'base64')).digest('base64url');
	for await (const chunk of await context.helpers.getBinaryStream(binary.id)) hash.update(chunk as Uint8Array);
	return hash.digest('base64url');
}

/** n8n's own memory of the node within an execution. */
function contextOf({ context }: ItemExchange): Record<string, unknown> {
	const own = context.getContext('node');
	own.tasks = asRecord(own.tasks) as IDataObject;
	return own.tasks as Record<string, unknown>;
}
