import { obeyed } from '../http/client';
import type { Refusal } from '../model/service';
import { systemClock, type Clock } from '../util/clock';
import { Recent } from '../util/recent';

/** The place of one task, held from before its create until its end is known. */
export interface Lease {
	/** Slots the service counts for the task. */
	weight: number;
	/** The create is no longer on its way. */
	answered: boolean;
	/** The service has accepted the task. */
	accepted: boolean;
}

/** What a task needs, and how long it waits. */
export interface SlotRequest {
	/** Slots the service counts for the task. */
	weight: number;
	/** The user's own limit of tasks at once; 0 = none. */
	mostTasks: number;
	/** When the wait began, in ms since the epoch. */
	from: number;
	/** ms without progress after which it is given up. */
	patienceMs: number;
	/** True after a refusal. */
	again: boolean;
}

interface Waiter {
	weight: number;
	/** The user's own limit of tasks at once; 0 = none. */
	mostTasks: number;
	lease?: Lease;
	/** Aborted when there is something new for the waiter. */
	call: AbortController;
}

/** Creates of an account on their way at once, so that a refusal stops the others in time. */
const CREATES_AT_ONCE = 4;

/** The first pause after a refusal that none of our own tasks explains, in ms, and the longest one. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How long after a refusal one more than fitted is tried, in ms: others may have left room since. */
const PROBE_AFTER_MS = 20_000;

/**
 * How many tasks an account may run at once, learnt from refusals and shared by all executions of the process
 * (ARCHITECTURE.md, Waiting, reading, limits). A refusal tells how much fits. The next create goes when one of our own tasks has
 * ended; where none runs, after a growing pause; and from time to time one more than fitted is tried.
 */
export class Slots {
	private readonly leases = new Set<Lease>();
	/** Waiters in line: those that were refused come first. */
	private readonly refused = new Set<Waiter>();
	private readonly line = new Set<Waiter>();
	/** Creates on their way. */
	private pending = 0;
	/** Slots of all leases, and of the tasks that the service has accepted. */
	private taken = 0;
	private running = 0;
	/** Slots that fitted when the provider refused; unknown at first. */
	private ceiling = Infinity;
	private refusals = 0;
	private closedUntil = 0;
	private probeAt = 0;
	/** The last refusal, until a task is accepted again. */
	private lastRefusal?: Refusal;
	/** When a task was accepted or has ended, in ms since the epoch. */
	private progressAt = 0;

	constructor(private readonly clock: Clock) {}

	/**
	 * Waits for a slot, in line, or at its head after a refusal (`again`). Gives undefined when `signal` is aborted, or
	 * when there was no progress for `patienceMs`: no task of the account was accepted or has ended, since `from`.
	 */
	async acquire(request: SlotRequest, signal?: AbortSignal): Promise<Lease | undefined> {
		const { weight, mostTasks, from, patienceMs, again } = request;
		const waiter: Waiter = { weight, mostTasks, call: new AbortController() };
		const line = again ? this.refused : this.line;
		line.add(waiter);
		const stop = () => waiter.call.abort();
		signal?.addEventListener('abort', stop);
		for (;;) {
			// One instant for both: between two, a pause may end that neither then waits for.
			const now = this.clock.now();
			this.admit(now);
			const left = Math.max(from, this.progressAt) + patienceMs - now;
			if (waiter.lease || signal?.aborted || left <= 0) break;
			waiter.call = new AbortController();
			await this.clock.pause(Math.min(this.untilChance(now), left), waiter.call.signal);
		}
		signal?.removeEventListener('abort', stop);
		line.delete(waiter);
		return waiter.lease;
	}

	/** The create is not on its way any more, though its task may still have to be found out about. */
	answer(lease: Lease): void {
		this.markAnswered(lease);
		this.admit();
	}

	/** The service has accepted the task. */
	accept(lease: Lease): void {
		this.markAnswered(lease);
		if (!lease.accepted && this.leases.has(lease)) this.running += lease.weight;
		lease.accepted = true;
		this.refusals = 0;
		this.lastRefusal = undefined;
		this.progressAt = this.clock.now();
		// More fits than was known: look for still more.
		if (this.running > this.ceiling) {
			this.ceiling = this.running;
			this.probeAt = this.clock.now();
		}
		this.admit();
	}

	/** Why nothing of the account is accepted at present; undefined when the last create was. */
	get whyNot(): Refusal | undefined {
		return this.lastRefusal;
	}

	/** Whether a create waits for the end of a task, and not for the answer to another create or for a pause to pass. */
	get isWanted(): boolean {
		const { pending, closedUntil, refused, line } = this;
		return refused.size + line.size > 0 && pending < CREATES_AT_ONCE && this.clock.now() >= closedUntil;
	}

	/** The service has no slot left: what runs of ours is what fits. A pause it asks for wins over ours. */
	refuse(lease: Lease, refusal?: Refusal): void {
		this.drop(lease);
		this.countRefusal(refusal);
		this.ceiling = this.running;
		this.probeAt = this.clock.now() + PROBE_AFTER_MS;
		// With tasks of ours running, the end of one is the sign to go on.
		if (refusal?.retryAfterMs !== undefined || this.running === 0) this.close(refusal);
		this.admit();
	}

	/** The service wants fewer requests; tasks have nothing to do with it. */
	slowDown(lease: Lease, refusal?: Refusal): void {
		this.drop(lease);
		this.countRefusal(refusal);
		this.close(refusal);
	}

	/** The task has ended, or nobody watches it any more. */
	release(lease: Lease): void {
		if (!this.drop(lease)) return;
		if (lease.accepted) this.progressAt = this.clock.now();
		this.admit();
	}

	private admit(now = this.clock.now()): void {
		for (const line of [this.refused, this.line]) {
			for (const waiter of line) {
				// Who has reached a limit of his own does not hold up those behind him.
				if (waiter.mostTasks > 0 && this.leases.size >= waiter.mostTasks) continue;
				if (!this.hasSlot(waiter.weight, now)) return;
				waiter.lease = this.newLease(waiter.weight);
				line.delete(waiter);
				waiter.call.abort();
			}
		}
	}

	private newLease(weight: number): Lease {
		const lease: Lease = { weight, answered: false, accepted: false };
		this.leases.add(lease);
		this.pending += 1;
		this.taken += weight;
		return lease;
	}

	/** The create of a lease is not on its way any more. */
	private markAnswered(lease: Lease): void {
		if (!lease.answered) this.pending -= 1;
		lease.answered = true;
	}

	/** Takes a lease back; false when that was done before. */
	private drop(lease: Lease): boolean {
		if (!this.leases.delete(lease)) return false;
		this.markAnswered(lease);
		this.taken -= lease.weight;
		if (lease.accepted) this.running -= lease.weight;
		return true;
	}

	private hasSlot(weight: number, now: number): boolean {
		const { taken, running } = this;
		if (now < this.closedUntil || this.pending >= CREATES_AT_ONCE) return false;
		if (taken === 0 || taken + weight <= this.ceiling) return true;
		// A probe is one task beyond what fitted, with nothing else on its way.
		const probe = now >= this.probeAt && taken === running && taken <= this.ceiling;
		if (probe) this.probeAt = now + PROBE_AFTER_MS;
		return probe;
	}

	private untilChance(now: number): number {
		if (now < this.closedUntil) return this.closedUntil - now;
		return this.probeAt > now ? this.probeAt - now : LONGEST_PAUSE_MS;
	}

	/** What was sent before the pause began tells nothing new. */
	private countRefusal(refusal?: Refusal): void {
		this.lastRefusal = refusal;
		if (this.refusals === 0 || this.clock.now() >= this.closedUntil) this.refusals += 1;
	}

	private close(refusal?: Refusal): void {
		const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.refusals - 1));
		const askedMs = refusal?.retryAfterMs;
		const pause = askedMs === undefined ? full / 2 + (full / 2) * this.clock.random() : obeyed(askedMs);
		this.closedUntil = Math.max(this.closedUntil, this.clock.now() + pause);
		// Each waits for its end by himself: who is the first in line may be stopped meanwhile.
		for (const waiter of [...this.refused, ...this.line]) waiter.call.abort();
	}
}

/** Accounts whose slots are kept in this process. */
const MOST_ACCOUNTS = 1_000;

const accounts = new Recent<Slots>(MOST_ACCOUNTS);

/** The slots of an account in this process. */
export function slotsOf(account: string, clock: Clock = systemClock): Slots {
	return accounts.ensure(account, () => new Slots(clock));
}
