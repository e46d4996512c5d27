import { deepCopy, type IDataObject, type INodeExecutionData } from 'n8n-workflow';

import { refusedByUs } from '../../http/network';
import type { ItemContext } from '../../item/context';
import { inputError } from '../../model/errors';
import type { Service } from '../../model/service';
import { pollFunction, type PollCall, type PollFunction } from '../../n8n/pollCall';
import { systemClock, type Clock } from '../../util/clock';
import { Recent } from '../../util/recent';
import { shortHash } from './seenIds';

/** Longest time for one poll in ms; n8n's durable poller gives one up after 45 s. */
const LONGEST_POLL_MS = 40_000;

/** Part of n8n's own budget that requests may use; the rest is for the answers on their way. */
const PART_OF_BUDGET = 0.8;

/** Longest time for one request, and shortest, in ms: the last one of a poll gets what is left of it. */
const LONGEST_REQUEST_MS = 30_000;
const SHORTEST_REQUEST_MS = 1_000;

/** One call of a trigger's poll(). */
export interface Poll {
	/** In it the services are asked. */
	item: ItemContext;
	/** True for "Fetch Test Event": n8n saves nothing of such a poll. */
	isManual: boolean;
	/** ms since the epoch; no request and no pause begins after it. */
	deadline: number;
	/** What n8n keeps for the node between polls. */
	memory(): IDataObject;
	/** Writes a line into n8n's log that names the node. */
	warn(text: string): void;
}

/** What a polling trigger does when n8n asks it: items, or null when there is nothing to report. */
export type PollWork = (poll: Poll) => Promise<INodeExecutionData[][] | null>;

/** Nodes whose poll is running, by their keys. */
const running = new Set<string>();

/** Nodes whose memory is kept in this process. */
const MOST_NODES = 1_000;

/** What the last poll of a node has left, by the node's key and settings. */
const memories = new Recent<IDataObject>(MOST_NODES);

/** Key in the memory of a node: when it was polled last, in ms since the epoch, to tell the newer of two memories. */
const POLLED_AT = 'polledAt';

/**
 * A node's poll(). n8n does not wait for a slow poll before it begins the next one; two at once would report the same
 * things, so the second leaves them to the first.
 */
export function polling(work: PollWork, clock: Clock = systemClock): PollFunction {
	return pollFunction(async (call) => {
		const poll = pollOf(call, clock);
		if (call.isManual) return await work(poll);
		if (running.has(call.key)) return null;
		running.add(call.key);
		try {
			recall(call);
			return await work(poll);
		} finally {
			keep(call, clock.now());
			running.delete(call.key);
		}
	});
}

/**
 * A workflow that is imported while it is active is registered twice, each time with a copy of its own of what n8n keeps:
 * both would report the same things. So the process remembers what any of them has left.
 */
function recall({ settingsKey, memory }: PollCall): void {
	const own = memory();
	const known = memories.get(settingsKey);
	if (!known || polledAt(known) <= polledAt(own)) return;
	for (const key of Object.keys(own)) if (!(key in known)) delete own[key];
	Object.assign(own, deepCopy(known));
}

function keep({ settingsKey, memory }: PollCall, now: number): void {
	const own = memory();
	own[POLLED_AT] = Math.max(now, polledAt(own) + 1);
	// A copy: n8n watches what it keeps for changes.
	memories.set(settingsKey, deepCopy(own));
}

function polledAt(memory: IDataObject): number {
	return Number(memory[POLLED_AT] ?? 0) || 0;
}

/**
 * A short mark of the account that a service is asked with, for what is kept between polls: nothing of the credential
 * can be read from it. Throws a TaskError about the credential.
 */
export async function accountMark({ account, node }: ItemContext, { connection }: Service): Promise<string> {
	try {
		return shortHash((await account(connection)).key);
	} catch (error) {
		const { reason, hint } = refusedByUs(error);
		throw inputError(node, 0, reason, hint ?? 'Correct the credential of the trigger.');
	}
}

function pollOf({ isManual, budgetMs = Infinity, memory, item, warn }: PollCall, clock: Clock): Poll {
	const deadline = clock.now() + Math.min(LONGEST_POLL_MS, budgetMs * PART_OF_BUDGET);
	const limited: ItemContext = {
		...item(clock),
		get requestTimeoutMs() {
			return Math.max(SHORTEST_REQUEST_MS, Math.min(LONGEST_REQUEST_MS, deadline - clock.now()));
		},
	};
	return { item: limited, isManual, deadline, memory, warn };
}
