import type { INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { systemClock, type Clock } from '../clock';
import type { DirectService } from '../direct';
import type { ItemExchange } from '../exchange';
import { exchangeOutside } from '../callbacks/outside';
import type { TaskEndpoint } from '../provider';

/** Longest time for one poll in ms; n8n's durable poller gives one up after 45 s. */
const LONGEST_POLL_MS = 40_000;

/** Part of n8n's own budget that requests may use; the rest is for the answers on their way. */
const PART_OF_BUDGET = 0.8;

/** Longest time for one request, and shortest, in ms: the last one of a poll gets what is left of it. */
const LONGEST_REQUEST_MS = 30_000;
const SHORTEST_REQUEST_MS = 1_000;

/** One call of a trigger's poll(). */
export interface Poll {
	context: IPollFunctions;
	service: DirectService;
	clock: Clock;
	/** ms since the epoch; no request and no pause begins after it. */
	deadline: number;
}

/** What a polling trigger does when n8n asks it: items, or null when there is nothing to report. */
export type PollWork = (poll: Poll) => Promise<INodeExecutionData[][] | null>;

/** Nodes whose poll is running, by workflow and node. */
const running = new Set<string>();

/**
 * A node's `poll`. n8n does not wait for a slow poll before it begins the next one; two at once would report the same
 * things, so the second leaves them to the first.
 */
export function polling(service: DirectService, work: PollWork, clock: Clock = systemClock) {
	return async function (this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const poll: Poll = { context: this, service, clock, deadline: clock.now() + budgetMs(this) };
		if (isManual(poll)) return await work(poll);
		const key = `${this.getWorkflow().id}/${this.getNode().id}`;
		if (running.has(key)) return null;
		running.add(key);
		try {
			return await work(poll);
		} finally {
			running.delete(key);
		}
	};
}

/** True for "Fetch Test Event": n8n saves nothing of such a poll. */
export function isManual({ context }: Poll): boolean {
	return context.getMode() === 'manual';
}

/** The exchange with one endpoint, so that a poll reads as an operation does: same retries, verdicts and errors. */
export async function pollExchange({ context, service, clock, deadline }: Poll, endpoint: TaskEndpoint): Promise<ItemExchange> {
	const exchange = await exchangeOutside(context, endpoint, service);
	const getNodeParameter = (name: string, fallback?: unknown) =>
		name === 'requestOptions' ? { timeout: requestMs(deadline - clock.now()) } : context.getNodeParameter(name, fallback);
	return { ...exchange, clock, context: Object.create(exchange.context, { getNodeParameter: { value: getNodeParameter } }) as ItemExchange['context'] };
}

function requestMs(left: number): number {
	return Math.max(SHORTEST_REQUEST_MS, Math.min(LONGEST_REQUEST_MS, left));
}

function budgetMs(context: IPollFunctions): number {
	// Known since n8n-workflow 2.37.
	const { getPollBudgetMs } = context as Partial<IPollFunctions>;
	const budget = typeof getPollBudgetMs === 'function' ? Number(getPollBudgetMs.call(context)) : Number.NaN;
	return budget > 0 ? Math.min(LONGEST_POLL_MS, budget * PART_OF_BUDGET) : LONGEST_POLL_MS;
}

/** A line in n8n's log that names the node: a trigger has no items to carry a warning. */
export function warn(context: IPollFunctions, text: string): void {
	context.logger.warn(`Trigger "${context.getNode().name}" of workflow "${context.getWorkflow().name ?? ''}" ${text}`);
}

/** What went wrong, for the log. */
export function textOf(problem: unknown): string {
	return problem instanceof Error ? problem.message : String(problem);
}
