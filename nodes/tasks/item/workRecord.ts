import { createHash, randomUUID } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import type { Task } from '../model/task';
import { asRecord, asText } from '../util/parse';
import { Recent } from '../util/recent';
import type { Host } from './host';

/** What one piece of paid work became. Plain JSON of about 100 bytes: n8n keeps it with the execution. */
interface Entry extends IDataObject {
	/** The accepted task. */
	taskId?: string;
	/** What only the answer to the create told. */
	facts?: IDataObject;
	/** An external ID of the user's that this work has sent, and when, in ms since the epoch. */
	ownId?: string;
	since?: number;
	/** What stands for the images at the service, once they are there: each list as `packed` writes it. */
	uploads?: string[];
	/** Tasks of this very work that have failed. */
	failures?: number;
	/** The execution in which a create was lost, and how. */
	lostIn?: string;
	lost?: LostCreate;
	/** Times it was written, to tell the newer of two. */
	writes: number;
}

/** How a create was lost, so that a later try can say it: what its error said. */
export interface LostCreate extends IDataObject {
	message: string;
	description?: string;
	code?: string | number;
	httpStatus?: number;
	requestId?: string;
}

/** Entries kept in n8n's memory of a node, and in this process for all nodes. */
const MOST_PER_NODE = 10_000;
const MOST_IN_PROCESS = 20_000;

/** Entries forgotten together: to find the oldest takes a look at all. */
const FORGOTTEN_AT_ONCE = 1_000;

/** Tasks bought for one work while they fail: as many as with an idempotency key. */
const MOST_FAILURES = 4;

/** Key in n8n's memory of the node. */
const KEY = 'work';

/** Characters of a hash: 192 bits, far from any collision. */
export const HASH_CHARACTERS = 32;

const entries = new Recent<Entry>(MOST_IN_PROCESS);

/** Works that are being done, by their keys. */
const turns = new Map<string, Promise<unknown>>();

/** What of n8n tells which work this is. */
export type WorkHost = Pick<Host, 'node' | 'execution' | 'memory' | 'evaluate'>;

/**
 * The record of the paid work of one run of a node: which work it is, and what it became (ARCHITECTURE.md, Money rules).
 * Kept in the process and in n8n's memory of the node, which is saved with a failed execution and handed to its retry.
 */
export class WorkRecords {
	/** The same for an execution and all its retries. */
	readonly token: string;
	private readonly run: string;

	constructor(private readonly host: WorkHost) {
		const { record } = this;
		this.token = asText(record?.token) ?? executionToken(host);
		if (record) record.token = this.token;
		this.run = isTool(host) ? 'tool' : String(runIndexOf(host));
	}

	/** The record of an item's work. `fingerprint` is that of the request. */
	of(itemIndex: number, fingerprint: string): WorkRecord {
		return new WorkRecord(this, this.placeOf(itemIndex, fingerprint), this.host.execution.executionId ?? '');
	}

	/** An external ID for an item's work, and for no other: the same work asked for again gets the same one. */
	externalId(itemIndex: number, fingerprint: string): string {
		return hashOf([this.token, this.placeOf(itemIndex, fingerprint)]);
	}

	read(place: string): Entry {
		const own = entries.get(this.token + place);
		const kept = asRecord(asRecord(this.record?.runs)[this.run])[place] as Entry | undefined;
		// In queue mode another worker may have gone on with it meanwhile; a retry may bring back what is older.
		return (own && kept && kept.writes > own.writes ? kept : (own ?? kept)) ?? { writes: 0 };
	}

	write(place: string, change: Partial<Entry>): void {
		const before = this.read(place);
		const entry: Entry = { ...before, ...change, writes: before.writes + 1 };
		entries.set(this.token + place, entry);
		const { record } = this;
		if (!record) return;
		const bucket = within(within(record, 'runs'), this.run);
		// The size is kept too: a loop runs the node often, and should not count anew each time.
		if (!(place in bucket)) record.size = Number(record.size ?? 0) + 1;
		bucket[place] = entry;
		if (Number(record.size) > MOST_PER_NODE) this.forgetOldest(record);
	}

	/** Runs `work` when nobody else in this process is at it: a second call is to find what the first has made. */
	async alone<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
		const key = this.token + place;
		const before = turns.get(key);
		const turn = (async () => {
			await before?.catch(() => undefined);
			return await work();
		})();
		turns.set(key, turn);
		try {
			return await turn;
		} finally {
			if (turns.get(key) === turn) turns.delete(key);
		}
	}

	/** Finished runs go first, the oldest before others; then the oldest entries of this run. */
	private forgetOldest(record: IDataObject): void {
		const runs = within(record, 'runs');
		let surplus = Number(record.size) - MOST_PER_NODE + FORGOTTEN_AT_ONCE;
		record.size = Number(record.size) - surplus;
		for (const run of Object.keys(runs)) {
			if (surplus <= 0 || run === this.run) continue;
			surplus -= Object.keys(within(runs, run)).length;
			delete runs[run];
		}
		// A run may have had more than that.
		if (surplus < 0) record.size += surplus;
		const bucket = within(runs, this.run);
		for (const place of Object.keys(bucket).slice(0, Math.max(0, surplus))) delete bucket[place];
	}

	/** n8n's memory of the node, as far as it is ours; undefined where there is no execution. */
	private get record(): IDataObject | undefined {
		const memory = this.host.memory();
		return memory && within(memory, KEY);
	}

	/** An agent calls a tool in any order, so run and item say nothing about which work it is. */
	private placeOf(itemIndex: number, fingerprint: string): string {
		const { node } = this.host;
		return hashOf(isTool(this.host) ? [node.id, fingerprint] : [node.id, this.run, itemIndex, fingerprint]);
	}
}

/** The record of one item's work. */
export class WorkRecord {
	constructor(
		private readonly records: WorkRecords,
		private readonly place: string,
		private readonly executionId: string,
	) {}

	/** The task that this work became; undefined when there is none, or when it has failed. */
	get task(): { taskId: string; facts: IDataObject } | undefined {
		const { taskId, facts = {} } = this.entry;
		return taskId === undefined ? undefined : { taskId, facts };
	}

	/** What stands for the images at the service, when they are there. */
	get uploads(): string[][] | undefined {
		return this.entry.uploads?.map(unpacked);
	}

	/**
	 * A create that was lost earlier in this very execution. n8n's Retry On Fail knows nothing of the risk; who retries
	 * from the Executions list, in a new execution, has read of it.
	 */
	get lost(): LostCreate | undefined {
		const { lostIn, lost } = this.entry;
		return lostIn === this.executionId ? lost : undefined;
	}

	/** When this work sent an external ID of the user's, in ms since the epoch; undefined when it did not. */
	sentAt(ownId: string): number | undefined {
		const { ownId: known, since } = this.entry;
		return known === ownId ? since : undefined;
	}

	keepUploads(uploads: string[][]): void {
		this.records.write(this.place, { uploads: uploads.map(packed) });
	}

	/** The task that was accepted, with what only the answer told. What a failed one before had told is no longer true. */
	keep({ taskId }: Task, facts: IDataObject): void {
		const known = Object.keys(facts).length > 0 ? facts : undefined;
		this.records.write(this.place, { taskId, lostIn: undefined, lost: undefined, facts: known });
	}

	/** A create under an ID of the user's that was accepted, or that may have been. */
	keepOwnId(ownId: string, since: number): void {
		this.records.write(this.place, { ownId, since });
	}

	lose(lost: LostCreate): void {
		this.records.write(this.place, { lostIn: this.executionId, lost });
	}

	/** The task has failed: another one may be bought, but not for ever. */
	fail(): void {
		const { taskId, failures = 0 } = this.entry;
		this.records.write(this.place, { failures: failures + 1, taskId: failures < MOST_FAILURES ? undefined : taskId });
	}

	async alone<Result>(work: () => Promise<Result>): Promise<Result> {
		return await this.records.alone(this.place, work);
	}

	private get entry(): Entry {
		return this.records.read(this.place);
	}
}

/** Paths with their common folder written once: twenty paths of an upload would be more than all the rest. */
function packed(paths: string[]): string {
	const [first = ''] = paths;
	const folder = first.slice(0, first.lastIndexOf('/') + 1);
	const isCommon = paths.every((path) => path.startsWith(folder));
	return (isCommon ? [folder, ...paths.map((path) => path.slice(folder.length))] : ['', ...paths]).join('\n');
}

function unpacked(text: string): string[] {
	const [folder = '', ...names] = text.split('\n');
	return names.map((name) => folder + name);
}

/** The object under a key; what is none is replaced by an empty one. */
function within(parent: IDataObject, key: string): IDataObject {
	const inner = asRecord(parent[key]) as IDataObject;
	parent[key] = inner;
	return inner;
}

function isTool({ node }: WorkHost): boolean {
	return node.type.endsWith('Tool');
}

/**
 * n8n 2.x keeps the signature of the resume URL when an execution is retried, although the retry has another ID. Without
 * it: instance, workflow and execution. Without an execution each call is a work of its own.
 */
function executionToken({ execution, evaluate }: WorkHost): string {
	const { executionId, instanceId, workflowId } = execution;
	if (!executionId) return randomUUID();
	const resumeUrl = String(evaluate('{{ $execution.resumeUrl }}') ?? '');
	const query = resumeUrl.slice(resumeUrl.indexOf('?') + 1);
	const signature = resumeUrl.includes('?') ? new URLSearchParams(query).get('signature') : null;
	// Hashed, since the signature is a secret of n8n's: who has it can resume the execution.
	return hashOf(signature ? [signature] : [instanceId, workflowId, executionId]);
}

function runIndexOf(host: WorkHost): number {
	const index = Number(host.evaluate('{{ $runIndex }}') ?? 0);
	return index > 0 && isFirstRunRecovered(host) ? index - 1 : index;
}

/**
 * After a crash n8n puts one run in the place of those that a node had: with an item that says so, or without data. When
 * such an execution is retried from its trigger, the node's run 1 is what run 0 was.
 */
function isFirstRunRecovered({ node, evaluate }: WorkHost): boolean {
	const first = `$items(${nameInExpression(node)}, 0, 0)`;
	const isRecovered = `${first}[0]?.json?.isArtificialRecoveredEventItem === true`;
	return evaluate(`{{ (() => { try { return ${isRecovered} } catch { return true } })() }}`) === true;
}

/** The node's name as a text within an expression, which braces would end. */
export function nameInExpression({ name }: { name: string }): string {
	return JSON.stringify(name).replace(/[{}]/g, (brace) => `\\u00${brace.charCodeAt(0).toString(16)}`);
}

function hashOf(parts: unknown[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, HASH_CHARACTERS);
}

/** A hash of a request body without the ignored fields. Images count by their content or by their URL. */
export function fingerprintOf(body: Record<string, unknown>, ignored: Array<string | undefined>): string {
	const hash = createHash('sha256');
	feed(hash, body, new Set(ignored));
	return hash.digest('base64url');
}

/** Feeds a value in a fixed order of keys, so that equal bodies have equal hashes. */
function feed(hash: ReturnType<typeof createHash>, value: unknown, ignored: Set<string | undefined>): void {
	if (Array.isArray(value)) {
		hash.update('[');
		for (const part of value) feed(hash, part, new Set());
		hash.update(']');
	} else if (typeof value === 'object' && value !== null) {
		hash.update('{');
		for (const [key, part] of Object.entries(value).sort(byName)) {
			if (ignored.has(key) || part === undefined) continue;
			hash.update(`${key.length}:${key}`);
			feed(hash, part, new Set());
		}
		hash.update('}');
	} else {
		const text = JSON.stringify(value) ?? 'null';
		// In two parts: of an image of 10 MB, one text would be a copy.
		hash.update(`${text.length}:`).update(text);
	}
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
	return one < other ? -1 : 1;
}
