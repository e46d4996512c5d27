import type { Task } from '../../model/task';
import type { Warn } from '../../n8n/webhookCall';
import { Allowance } from '../../util/allowance';
import { Recent } from '../../util/recent';
import type { Verdict } from './verify';

/**
 * Unsigned callbacks of one node that may prove false before others are turned away, and how many a minute come back.
 * One that starts the workflow costs nothing, so a busy account does not reach this with fewer than so many at once.
 */
const MOST_FALSE = 300;
const FALSE_PER_MINUTE = 60;

/** ms for which a task that the service did not know is not asked for again; of such tasks so many are remembered. */
const UNKNOWN_MS = 60_000;
const KEPT_UNKNOWN = 1_000;

/** Unsigned callbacks of a process that may be verified at once: each one holds its request in memory until then. */
const MOST_UNDER_WAY = 1_000;

/** Nodes kept in the process. */
const KEPT_NODES = 1_000;

const TOO_MANY = 'Too many callbacks are being verified; try again later';
const UNKNOWN = 'The task was not known a moment ago; try again later';

let underWay = 0;

/**
 * The unsigned callbacks of a node. Anybody may send them, so what they cost is limited: what is not looked into is to be
 * answered with 503, so that an honest sender comes again.
 */
export class UnsignedCallbacks {
	private readonly allowance = new Allowance(MOST_FALSE, FALSE_PER_MINUTE);
	private readonly asking = new Map<string, Promise<Verdict>>();
	/** Until when, in ms since the epoch. */
	private readonly unknown = new Recent<number>(KEPT_UNKNOWN);
	private turnedAway = 0;

	/** Why a callback is turned away; undefined when `ask` may be called at once. `now` in ms since the epoch. */
	refuses(told: Task, now: number): string | undefined {
		const claim = claimOf(told);
		if (underWay >= MOST_UNDER_WAY) return this.away(TOO_MANY);
		if (this.asking.has(claim)) return undefined;
		if ((this.unknown.get(claim) ?? 0) > now) return this.away(UNKNOWN);
		return this.allowance.take(now) ? undefined : this.away(TOO_MANY);
	}

	/** Says how many were turned away, as often as `warn` writes such a line. */
	report(service: string, warn: Warn): void {
		if (this.turnedAway === 0) return;
		const why = `they tell of nothing that ${service} confirms, or too many came at once`;
		const help = 'With a Webhook Secret in the credential signed callbacks are always taken.';
		const text = `Unsigned callbacks turned away since the last such line: ${this.turnedAway}; ${why}. ${help}`;
		if (warn('turned away', text)) this.turnedAway = 0;
	}

	/** What `verify` gives; callbacks at the same moment that tell the same of a task share one verification. */
	async ask(told: Task, now: () => number, verify: () => Promise<Verdict>): Promise<Verdict> {
		const claim = claimOf(told);
		underWay += 1;
		try {
			const shared = this.asking.get(claim);
			if (shared) return await shared;
			const asked = verify().finally(() => this.asking.delete(claim));
			this.asking.set(claim, asked);
			const verdict = await asked;
			if (verdict === 'unknown') this.unknown.set(claim, now() + UNKNOWN_MS);
			return verdict;
		} finally {
			underWay -= 1;
		}
	}

	/** A callback was true: it does not count. */
	wasTrue(): void {
		this.allowance.giveBack();
	}

	private away(why: string): string {
		this.turnedAway += 1;
		return why;
	}
}

const nodes = new Recent<UnsignedCallbacks>(KEPT_NODES);

/** What this process knows of the unsigned callbacks of a node. */
export function unsignedCallbacks(node: string): UnsignedCallbacks {
	return nodes.ensure(node, () => new UnsignedCallbacks());
}

/** A later status of the same task is another claim: an early callback must not hide the end. */
function claimOf({ taskId, status }: Task): string {
	return `${taskId} ${status}`;
}
