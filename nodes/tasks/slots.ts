import { systemClock, type Clock } from './clock';

/** Room for one task, held from before its create until its end is known. */
export interface Lease {
	/** Slots the provider counts for the task. */
	weight: number;
	/** The create is no longer on its way. */
	answered: boolean;
	/** The provider has taken the task. */
	accepted: boolean;
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
 * (architecture.md, "Concurrency"). A refusal tells how much fits. The next create goes when one of our own tasks has
 * ended; where none runs, after a growing pause; and from time to time one more than fitted is tried.
 */
export class Slots {
	private readonly leases = new Set<Lease>();
	private readonly queue: Waiter[] = [];
	/** Slots that fitted when the provider refused; unknown at first. */
	private ceiling = Infinity;
	private refusals = 0;
	private closedUntil = 0;
	private probeAt = 0;

	constructor(private readonly clock: Clock) {}

	/**
	 * Waits for room, in line, or at its head after a refusal (`again`). Gives undefined when `signal` is aborted or
	 * `deadline` (ms since the epoch) passes first.
	 */
	async take(
		request: { weight: number; mostTasks: number; deadline: number; again: boolean },
		signal?: AbortSignal,
	): Promise<Lease | undefined> {
		const { weight, mostTasks, deadline, again } = request;
		const waiter: Waiter = { weight, mostTasks, call: new AbortController() };
		if (again) this.queue.unshift(waiter);
		else this.queue.push(waiter);
		const stop = () => waiter.call.abort();
		signal?.addEventListener('abort', stop);
		for (;;) {
			// One instant for both: between two, a pause may end that neither then waits for.
			const now = this.clock.now();
			this.admit(now);
			const left = deadline - now;
			if (waiter.lease || signal?.aborted || left <= 0) break;
			waiter.call = new AbortController();
			await this.clock.pause(Math.min(this.untilChance(now), left), waiter.call.signal);
		}
		signal?.removeEventListener('abort', stop);
		if (!waiter.lease) this.queue.splice(this.queue.indexOf(waiter), 1);
		return waiter.lease;
	}

	/** The create is not on its way any more, though its task may still have to be found out about. */
	answer(lease: Lease): void {
		lease.answered = true;
		this.admit();
	}

	/** The provider has taken the task. */
	accept(lease: Lease): void {
		lease.answered = true;
		lease.accepted = true;
		this.refusals = 0;
		// More fits than was known: look for still more.
		if (this.running > this.ceiling) {
			this.ceiling = this.running;
			this.probeAt = this.clock.now();
		}
		this.admit();
	}

	/** The provider has no room: what runs of ours is what fits. A pause it asks for (ms) wins over ours. */
	refuse(lease: Lease, retryAfterMs?: number): void {
		this.leases.delete(lease);
		this.countRefusal();
		this.ceiling = this.running;
		this.probeAt = this.clock.now() + PROBE_AFTER_MS;
		// With tasks of ours running, the end of one is the sign to go on.
		if (retryAfterMs !== undefined || this.running === 0) this.close(retryAfterMs);
		this.admit();
	}

	/** The provider wants fewer requests; tasks have nothing to do with it. */
	slowDown(lease: Lease, retryAfterMs?: number): void {
		this.leases.delete(lease);
		this.countRefusal();
		this.close(retryAfterMs);
	}

	/** The task has ended, or nobody watches it any more. */
	release(lease: Lease): void {
		if (this.leases.delete(lease)) this.admit();
	}

	/** Slots of the tasks that the provider has taken. */
	private get running(): number {
		return sum([...this.leases].filter(({ accepted }) => accepted));
	}

	private admit(now = this.clock.now()): void {
		for (const waiter of [...this.queue]) {
			// Who has reached a limit of his own does not hold up those behind him.
			if (waiter.mostTasks > 0 && this.leases.size >= waiter.mostTasks) continue;
			if (!this.hasRoom(waiter.weight, now)) return;
			waiter.lease = { weight: waiter.weight, answered: false, accepted: false };
			this.leases.add(waiter.lease);
			this.queue.splice(this.queue.indexOf(waiter), 1);
			waiter.call.abort();
		}
	}

	private hasRoom(weight: number, now: number): boolean {
		const pending = [...this.leases].filter(({ answered }) => !answered).length;
		if (now < this.closedUntil || pending >= CREATES_AT_ONCE) return false;
		const taken = sum([...this.leases]);
		if (taken === 0 || taken + weight <= this.ceiling) return true;
		// A probe is one task beyond what fitted, with nothing else on its way.
		const probe = now >= this.probeAt && taken === this.running && taken <= this.ceiling;
		if (probe) this.probeAt = now + PROBE_AFTER_MS;
		return probe;
	}

	private untilChance(now: number): number {
		if (now < this.closedUntil) return this.closedUntil - now;
		return this.probeAt > now ? this.probeAt - now : LONGEST_PAUSE_MS;
	}

	/** What was sent before the pause began tells nothing new. */
	private countRefusal(): void {
		if (this.refusals === 0 || this.clock.now() >= this.closedUntil) this.refusals += 1;
	}

	private close(retryAfterMs?: number): void {
		const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.refusals - 1));
		const pause = retryAfterMs ?? full / 2 + (full / 2) * this.clock.random();
		this.closedUntil = Math.max(this.closedUntil, this.clock.now() + pause);
		// Each waits for its end by himself: who is the first in line may be stopped meanwhile.
		for (const waiter of this.queue) waiter.call.abort();
	}
}

const accounts = new Map<string, Slots>();

/** The slots of an account in this process. */
export function slotsOf(account: string, clock: Clock = systemClock): Slots {
	const known = accounts.get(account) ?? new Slots(clock);
	accounts.set(account, known);
	return known;
}

function sum(leases: Lease[]): number {
	return leases.reduce((total, { weight }) => total + weight, 0);
}
