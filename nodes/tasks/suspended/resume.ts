import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { DirectService } from '../direct';
import { lookForEnds } from './ends';
import type { TaskReply } from '../exchange';
import { parseJson } from '../json';
import { exchangeOutside } from '../callbacks/outside';
import type { TaskEndpoint } from '../provider';
import { endedItems, readSuspension, tasksOf, type Suspension } from './suspension';
import type { Task } from '../task';
import { answer, rawBody } from '../callbacks/webhookRequest';

/** A service that calls back, as the node needs to know it. */
export interface CallingService extends DirectService {
	endpoints: TaskEndpoint[];
	/** The task that a callback tells of; undefined when it tells of none. */
	readCallback(body: unknown, resource: string): Task | undefined;
	/** True for a service that does not document what it sends: then a call that tells of nothing known counts too. */
	takesAnyCall?: boolean;
}

/** A call that tells of a task of ours, or one that tells nothing, which anybody may send. */
type Nudge = 'known' | 'anonymous';

/** What this process knows of a sleeping execution. Another one may know nothing of it. */
interface Waking {
	/** A callback is being looked into. */
	busy: boolean;
	/** What has come since the last look, or nothing. */
	asked?: Nudge;
	/** When the service was asked last, in ms since the epoch. */
	lookedAt?: number;
	/** When it was woken, in ms since the epoch. */
	wokenAt?: number;
	/** Tasks seen to have ended, by their ID: each is asked for once. */
	ended: Map<string, TaskReply>;
}

/** ms after which an execution that was woken, but still sleeps, may be woken again. n8n takes far less to begin. */
const WOKEN_MS = 60_000;

/** What a caller is told. */
const TAKEN = 'Webhook call received';

/** Sleeping executions known; the oldest are forgotten first. */
const MOST_KNOWN = 1_000;

const known = new Map<string, Waking>();

/**
 * `webhook()` of a node that has suspended its execution. A callback is a nudge: what it tells is read again from the
 * service. When all tasks have ended, the execution goes on with their items, once, however many callbacks come at the same
 * moment (n8n 1.x would go on once for each); otherwise it sleeps on. Never throws: n8n would go on with an empty item.
 */
export async function resumeOnCallback(context: IWebhookFunctions, service: CallingService): Promise<IWebhookResponseData> {
	try {
		const suspension = readSuspension(context);
		if (!suspension) return answer(context, 404, 'Nothing waits here');
		const body = await rawBody(context);
		const nudge = nudgeOf(parseJson(body?.toString('utf8') ?? ''), suspension, service);
		return nudge ? await lookInto(context, suspension, service, nudge) : {};
	} catch (error) {
		context.logger.warn(`${context.getNode().name}: a callback was lost. ${error instanceof Error ? error.message : String(error)}`);
		const { headersSent } = context.getResponseObject();
		return headersSent ? { noWebhookResponse: true } : answer(context, 500, 'The callback cannot be taken now; the log of n8n says why');
	}
}

/** Why it is worth asking the service, if it is: a call about a task of ours that does not say that it is still running. */
function nudgeOf(body: unknown, { items, resource }: Suspension, service: CallingService): Nudge | undefined {
	const told = service.readCallback(body, resource);
	if (!told || !tasksOf(items).some(({ task }) => task.taskId === told.taskId)) return service.takesAnyCall ? 'anonymous' : undefined;
	return told.status === 'submitted' || told.status === 'processing' ? undefined : 'known';
}

/** Lets one callback at a time look for the ends; who comes meanwhile makes it look once more. */
async function lookInto(
	context: IWebhookFunctions,
	suspension: Suspension,
	service: CallingService,
	nudge: Nudge,
): Promise<IWebhookResponseData> {
	const waking = wakingOf(suspension.id);
	if (waking.wokenAt !== undefined && Date.now() - waking.wokenAt < WOKEN_MS) return {};
	if (waking.asked !== 'known') waking.asked = nudge;
	if (waking.busy) return {};
	waking.busy = true;
	try {
		for (;;) {
			const response = await wake(context, suspension, service, waking);
			// Whoever has come since the last look was told to rely on us, up to this very moment.
			if (response.workflowData || waking.asked === undefined) return response;
		}
	} finally {
		waking.busy = false;
	}
}

async function wake(
	context: IWebhookFunctions,
	{ items, resource }: Suspension,
	service: CallingService,
	waking: Waking,
): Promise<IWebhookResponseData> {
	const endpoint = service.endpoints.find((each) => each.resource === resource);
	if (!endpoint) {
		waking.asked = undefined;
		return answer(context, 404, 'Nothing waits here');
	}
	const exchange = await exchangeOutside(context, endpoint, service);
	const awaited = tasksOf(items).map(({ task, output }) => ({ taskId: task.taskId, wholeReply: !output.simplify }));
	let answered: IWebhookResponseData | undefined = context.getResponseObject().headersSent ? { noWebhookResponse: true } : undefined;
	let seen: Awaited<ReturnType<typeof lookForEnds>> = 'running';
	while (waking.asked !== undefined && seen !== 'all') {
		// What anybody may send must not make requests by the dozen where each may be billed.
		const pause = waking.asked === 'anonymous' ? pauseBeforeLook(endpoint, waking) : 0;
		if (pause > 0) answered ??= answer(context, 200, TAKEN);
		if (pause > 0) await exchange.clock.pause(pause);
		waking.asked = undefined;
		waking.lookedAt = Date.now();
		seen = await lookForEnds(exchange, awaited, waking.ended);
	}
	// A service that tries again may find its own API in order by then.
	if (seen === 'unread') return answered ?? answer(context, 503, 'The task could not be read; try again later');
	if (seen === 'running') return answered ?? {};
	waking.wokenAt = Date.now();
	// The pictures may take longer than the service waits for an answer.
	answered ??= answer(context, 200, TAKEN);
	const [ended] = await Promise.allSettled([endedItems(items, waking.ended, (itemIndex) => ({ ...exchange, itemIndex }))]);
	waking.ended.clear();
	if (ended.status === 'fulfilled') return { ...answered, workflowData: [ended.value] };
	waking.wokenAt = undefined;
	throw ended.reason;
}

function pauseBeforeLook({ waiting }: TaskEndpoint, { lookedAt = 0 }: Waking): number {
	return Math.max(0, lookedAt + (waiting?.shortestIntervalMs ?? 0) - Date.now());
}

function wakingOf(id: string): Waking {
	const waking = known.get(id) ?? { busy: false, ended: new Map<string, TaskReply>() };
	known.set(id, waking);
	const [oldest] = known.keys();
	if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
	return waking;
}
