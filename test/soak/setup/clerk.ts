import { setTimeout as sleep } from 'node:timers/promises';
import { isOpen } from '../../../sandbox/n8n/execution';
import { runningOn } from '../../queue/setup/queue-mode';
import { accountOf, hasArrived, isCutOff, isUnsure, nextNodes } from './accounts';
import type { Account } from './books';
import { dataOf, rowsOf, type Row } from './executions';
import { DEADLINE_MS, type Way, type WayName } from './ways';
import type { World } from './world';

/** How often an order is tried at most, the first time included. */
const MOST_TRIES = 6;
/** Of those, after errors that no kill has caused. */
const MOST_ERRORS = 2;
/** How often n8n is asked for the retry of an execution, when it begins none. */
const MOST_ASKED = 3;
const EVERY_MS = 10_000;
/**
 * What has crashed is left alone for so long, in ms. When a worker is started again n8n marks as crashed what that worker
 * had put to sleep, also while another one is bringing it to its end (docs/scaling.md, When a worker is killed).
 */
const SETTLED_MS = 30_000;
/** After this long without anything new nothing more is to come, in ms, but for what sleeps until its deadline. */
const STILL_MS = 75_000;

/** A workflow with what its executions mean. */
export type Kind = Pick<Way, 'name' | 'keyless' | 'end'>;

/** What users do: they look at the list of executions, and retry what has crashed or failed. */
export class Clerk {
	private readonly asking = new Set<string>();
	/** When an execution was first seen to have ended badly, by ID and status. */
	private readonly seen = new Map<string, number>();
	/** How often a retry was asked for, by execution. */
	private readonly asked = new Map<string, number>();
	/** Executions that nobody was at any more. */
	readonly stopped = new Set<string>();
	/** What n8n has said where it began no retry. */
	readonly refusals: string[] = [];
	private readonly kinds: Map<string, Kind>;

	/** `kinds` by the ID of the workflow. */
	constructor(
		private readonly world: World,
		kinds: Map<string, Kind>,
	) {
		this.kinds = kinds;
	}

	async rows(): Promise<Row[]> {
		return await rowsOf(this.world, [...this.kinds.keys()]);
	}

	/** Retries what there is to be retried, now and then, until the signal. */
	async work(signal: AbortSignal): Promise<void> {
		while (!signal.aborted) {
			await this.retry(await this.rows());
			await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
		}
	}

	/**
	 * Resolves when nothing runs, sleeps or waits to be retried, and `isDone` says that all has arrived; or when nothing
	 * changes any more.
	 */
	async quiet(isDone: (rows: Row[]) => Promise<boolean>): Promise<Row[]> {
		let before = '';
		let changedAt = Date.now();
		for (;;) {
			const rows = await this.rows();
			const retried = await this.retry(rows);
			const open = rows.filter(isOpen);
			if (open.length === 0 && retried === 0 && (await isDone(rows))) return rows;
			const now = JSON.stringify([open, rows.length, await this.running()]);
			if (now !== before) changedAt = Date.now();
			before = now;
			const stillMs = Date.now() - changedAt;
			const sleepMs = open.some(({ status }) => status === 'waiting') ? DEADLINE_MS : 0;
			if (stillMs > STILL_MS && (await this.stopLost(open))) changedAt = Date.now();
			else if (stillMs > STILL_MS + sleepMs) return rows;
			await sleep(2_000);
		}
	}

	/** How many executions the workers are at. */
	private async running(): Promise<number> {
		const each = await Promise.all(this.world.queue.workers.map(runningOn));
		return each.reduce((sum, one) => sum + one, 0);
	}

	/**
	 * What a worker had only just taken when it was killed stays as it was, Queued or Running. Stop makes it something that
	 * can be retried (docs/scaling.md, When a worker is killed). False if there is none.
	 */
	private async stopLost(open: Row[]): Promise<boolean> {
		const lost = open.filter(({ id, status }) => status !== 'waiting' && !this.stopped.has(id));
		if (lost.length === 0 || (await this.running()) > 0) return false;
		for (const { id } of lost) {
			this.stopped.add(id);
			await this.world.n8n.stopExecution(id);
		}
		return true;
	}

	/** What the executions have done with tasks, by way. */
	async accounts(rows: Row[]): Promise<Array<Account & { way: WayName }>> {
		const byId = new Map(rows.map((row) => [row.id, row]));
		const accounts: Array<Account & { way: WayName }> = [];
		for await (const [id, data] of dataOf(this.world, [...byId.keys()])) {
			const { status, workflowId } = byId.get(id)!;
			const kind = this.kinds.get(workflowId)!;
			accounts.push({ ...accountOf(id, status, data, kind), way: kind.name });
		}
		return accounts;
	}

	/**
	 * The executions whose data mention an order, or that are one of these (IDs) or a retry of one, with what each of their
	 * nodes has said of these tasks, where they stood, and the error.
	 */
	async mentions(rows: Row[], order: string, taskIds: string[], ids: string[]): Promise<unknown[]> {
		const byId = new Map(rows.map((row) => [row.id, row]));
		const found: unknown[] = [];
		const isIts = (id: string) => {
			for (let one = byId.get(id); one; one = byId.get(one.retryOf)) if (ids.includes(one.id)) return true;
			return false;
		};
		for await (const [id, data] of dataOf(this.world, [...byId.keys()])) {
			const { runData, error } = data.resultData;
			if (!isIts(id) && !new RegExp(`${order}(?!\\d)`).test(JSON.stringify(runData))) continue;
			const ran = Object.entries(runData).map(([name, runs]) => {
				const text = JSON.stringify(runs);
				const named = taskIds.filter((taskId) => text.includes(taskId));
				return [name, runs.map(({ executionStatus }) => executionStatus), named, text.slice(0, 1_000)];
			});
			const why = error && { message: error.message, description: error.description, context: error.context };
			const stood = nextNodes(data).map(({ name, disabled }) => (disabled ? `${name} (disabled)` : name));
			found.push({ ...byId.get(id), ran, stood, why });
		}
		return found;
	}

	/** Gives how many retries were begun, or will be. */
	private async retry(rows: Row[]): Promise<number> {
		const retried = new Set(rows.map(({ retryOf }) => retryOf));
		const byId = new Map(rows.map((row) => [row.id, row]));
		const bad = rows.filter((row) => !retried.has(row.id) && this.isWorthIt(row, byId));
		const candidates = bad.filter((row) => this.hasSettled(row));
		const chosen: string[] = [];
		for await (const [id, data] of dataOf(
			this.world,
			candidates.map(({ id }) => id),
		)) {
			const row = byId.get(id)!;
			const kind = this.kinds.get(row.workflowId)!;
			if (!isCutOff(row.status, data, kind) && !isUnsure(data, kind) && !hasArrived(row.status, data, kind))
				chosen.push(id);
		}
		for (const id of chosen) void this.ask(id);
		return chosen.length + bad.length - candidates.length;
	}

	private hasSettled({ id, status }: Row): boolean {
		const key = `${id} ${status}`;
		const since = this.seen.get(key) ?? Date.now();
		this.seen.set(key, since);
		return status !== 'crashed' || Date.now() - since >= SETTLED_MS;
	}

	/** n8n answers when the retry has ended, which may be never: the list tells what has become of it. */
	private async ask(id: string): Promise<void> {
		this.asked.set(id, (this.asked.get(id) ?? 0) + 1);
		this.asking.add(id);
		await this.world.n8n.retryExecution(id).catch((error: Error) => this.refusals.push(`#${id}: ${error.message}`));
		this.asking.delete(id);
	}

	private isWorthIt(row: Row, byId: Map<string, Row>): boolean {
		const { id, status, mode } = row;
		if ((this.asked.get(id) ?? 0) >= MOST_ASKED || this.asking.has(id)) return false;
		const isStopped = status === 'canceled' && this.stopped.has(id);
		if (status !== 'crashed' && status !== 'error' && !isStopped) return false;
		if (status === 'error' && mode === 'trigger') return false; // a poll that failed is followed by another
		const tries: Row[] = [];
		for (let one: Row | undefined = row; one; one = byId.get(one.retryOf)) tries.push(one);
		const errors = tries.filter((one) => one.status === 'error').length;
		return tries.length < MOST_TRIES && errors < MOST_ERRORS;
	}
}
