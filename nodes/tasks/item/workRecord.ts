import type { IDataObject } from 'n8n-workflow';

import type { Task } from '../model/task';
import { asRecord, asText } from '../util/parse';
import { Recent } from '../util/recent';
import { executionToken, hashOf, isTool, runIndexOf, type WorkHost } from './workIdentity';

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

/** How a create was lost, so that a later try can say it. */
export interface LostCreate extends IDataObject {
	/** In words. */
	reason: string;
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

const entries = new Recent<Entry>(MOST_IN_PROCESS);

/** What an agent's calls of one execution may cost, by their work in units, and the limit that holds for them. */
export interface Plan extends IDataObject {
	units: Record<string, number>;
	limit: number;
}

/** All units of a plan. */
export function costOf({ units }: Plan): number {
	return Object.values(units).reduce((sum, one) => sum + one, 0);
}

/** Executions whose plans are kept in this process: a tool may have no memory of n8n's. */
const MOST_PLANS = 1_000;

const plans = new Recent<Plan>(MOST_PLANS);

/** Works that are being done, by their keys. */
const turns = new Map<string, Promise<unknown>>();

/**
 * The record of the paid work of one run of a node: which work it is, and what it became (ARCHITECTURE.md, Money rules).
 * Kept in the process and in n8n's memory of the node, which is saved with a failed execution and handed to its retry.
 */
export class WorkRecords {
	/** The same for an execution and all its retries. */
	readonly token: string;
	/** Whether the execution was started by hand, or the one that it retries. */
	readonly isManual: boolean;
	private readonly run: string;

	constructor(private readonly host: WorkHost) {
		const { record } = this;
		this.token = asText(record?.token) ?? executionToken(host);
		if (record) record.token = this.token;
		this.isManual = host.execution.isManual || record?.isManual === true;
		if (record && this.isManual) record.isManual = true;
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

	/** The same for this work in every execution of the workflow, within a period. */
	sharedId(itemIndex: number, fingerprint: string, period: number): string {
		const { instanceId, workflowId } = this.host.execution;
		return hashOf(['shared', instanceId, workflowId, period, this.placeOf(itemIndex, fingerprint)]);
	}

	/**
	 * What an agent's calls of this execution may cost together, in units, with this one; equal calls count once. Only what
	 * stays within the limit, the smallest that any of the calls has set, is remembered.
	 */
	planned(fingerprint: string, units: number, limit: number): Plan {
		const key = this.token + this.host.node.id;
		const before = plans.get(key) ?? (asRecord(this.record?.plan) as Partial<Plan>);
		const plan = {
			units: { ...before.units, [this.placeOf(0, fingerprint)]: units },
			limit: Math.min(before.limit ?? Infinity, limit),
		};
		const kept = costOf(plan) <= plan.limit ? plan : { units: before.units ?? {}, limit: plan.limit };
		plans.set(key, kept);
		if (this.record) this.record.plan = kept;
		return plan;
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
