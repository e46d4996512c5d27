import type { INodeExecutionData, IWebhookResponseData } from 'n8n-workflow';

import { accountOf } from '../http/account';
import type { Endpoint, ReadKind } from '../model/service';
import type { Task, TaskReply } from '../model/task';
import { warnFor, webhookFunction, type WebhookCall, type WebhookFunction } from '../n8n/webhookCall';
import { jsonIn, type Refused } from '../n8n/webhookRequest';
import { Allowance } from '../util/allowance';
import type { Clock } from '../util/clock';
import { Recent } from '../util/recent';
import { textOfError } from '../util/text';
import { lookForEnds } from './ends';
import { endedItems, readSuspension, tasksOf, type Suspension } from './state';

/** A service that calls back, as the node needs to know it. */
export interface CallingService {
	endpoints: Endpoint[];
	/** The task that a callback tells of; undefined when it tells of none. */
	readCallback(body: unknown, kind: ReadKind): Task | undefined;
	/** True for a service that does not document what it sends: then a call that tells of nothing known counts too. */
	takesAnyCall?: boolean;
}

/** Why it is worth asking the service: a callback about a task of ours, or one that tells nothing, which anybody may send. */
type Nudge = { told: Task } | 'anonymous';

/** What this process knows of a suspended execution. Another one may know nothing of it. */
interface Waiting {
	/** A callback is being looked into. */
	isBusy: boolean;
	/** What has come since the last look, or nothing. */
	asked?: Nudge;
	/** When the service was asked last, in ms since the epoch. */
	lookedAt?: number;
	/** When it was resumed, in ms since the epoch. */
	resumedAt?: number;
	/** The looks that callbacks about its tasks may still cost. */
	looks: Allowance;
	/** Tasks seen to have ended, by their ID: each is asked for once. */
	ended: Map<string, TaskReply>;
}

/** ms after which an execution that was resumed, but is still suspended, may be resumed again. n8n takes far less to begin. */
const RESUMED_MS = 60_000;

/**
 * Looks that callbacks about the tasks of an execution may cost without delay: an honest service calls once or a few times
 * at the end of each task. Whoever repeats a callback waits then, and one look serves all who wait.
 */
const LOOKS_PER_TASK = 3;
const MORE_LOOKS = 7;
const LOOKS_PER_MINUTE = 6;

/** Shortest time between two looks that nothing but anonymous calls ask for, in ms. */
const ANONYMOUS_LOOK_MS = 30_000;

/** What a caller is told. */
const TAKEN = 'Webhook call received';

/** Suspended executions known; the oldest are forgotten first. */
const MOST_KNOWN = 1_000;

const known = new Recent<Waiting>(MOST_KNOWN);

/** `webhook()` of a node that has suspended its execution. */
export function resumeOnCallback(service: CallingService): WebhookFunction {
	return webhookFunction(async (call) => await resumeByCallback(call, service));
}

/**
 * Takes one callback. It is a nudge: what it tells is read again from the service. When all tasks have ended, the
 * execution goes on with their items, once, however many callbacks come at the same moment (n8n 1.x would go on once for
 * each); otherwise it stays suspended. Never throws: n8n would go on with an empty item.
 */
export async function resumeByCallback(call: WebhookCall, service: CallingService): Promise<IWebhookResponseData> {
	try {
		return await takeCallback(call, service);
	} catch (error) {
		warnFor(call)('lost', `a callback was lost. ${textOfError(error)}`);
		if (call.isAnswered()) return { noWebhookResponse: true };
		return call.answer(500, 'The callback cannot be taken now; the log of n8n says why');
	}
}

async function takeCallback(call: WebhookCall, service: CallingService): Promise<IWebhookResponseData> {
	const suspension = readSuspension(call.item);
	const endpoint = service.endpoints.find(({ resource }) => resource === suspension?.resource);
	if (!suspension || !endpoint) return call.answer(404, 'Nothing waits here');
	const nudge = nudgeOf(await call.body(), suspension, endpoint, service);
	if (nudge === undefined) return {};
	if (nudge !== 'anonymous' && 'status' in nudge) return call.answer(nudge.status, nudge.message);
	return await lookInto({ call, endpoint, suspension }, nudge);
}

/**
 * What a call asks for: a look, if it is about a task of ours and does not say that it is still running, or comes from a
 * service that may send anything; nothing; or to be refused.
 */
function nudgeOf(
	body: Buffer | Refused,
	suspension: Suspension,
	endpoint: Endpoint,
	service: CallingService,
): Nudge | Refused | undefined {
	const read = Buffer.isBuffer(body) ? jsonIn(body) : body;
	const isUnread = 'status' in read;
	if (isUnread && (read.status === 413 || !service.takesAnyCall)) return read;
	const told = isUnread ? undefined : service.readCallback(read.json, endpoint);
	const isOurs = tasksOf(suspension.items).some(({ task }) => task.taskId === told?.taskId);
	if (told && isOurs) return told.status === 'submitted' || told.status === 'processing' ? undefined : { told };
	if (service.takesAnyCall) return 'anonymous';
	return told ? undefined : { status: 400, message: 'The body tells of no task' };
}

/** A callback, and what it was sent to. */
interface Callback {
	call: WebhookCall;
	endpoint: Endpoint;
	suspension: Suspension;
}

/** Lets one callback at a time look for the ends; who comes meanwhile makes it look once more. */
async function lookInto(callback: Callback, nudge: Nudge): Promise<IWebhookResponseData> {
	const { clock } = callback.call.item;
	const { id, items } = callback.suspension;
	const waiting = known.ensure(id, () => newlyKnown(items.length));
	if (waiting.resumedAt !== undefined && clock.now() - waiting.resumedAt < RESUMED_MS) return {};
	if (waiting.asked === undefined || nudge !== 'anonymous') waiting.asked = nudge;
	if (waiting.isBusy) return {};
	waiting.isBusy = true;
	try {
		for (;;) {
			const response = await resume(callback, waiting);
			// Whoever has come since the last look was told to rely on us, up to this very moment.
			if (response.workflowData || waiting.asked === undefined) return response;
		}
	} finally {
		waiting.isBusy = false;
	}
}

function newlyKnown(tasks: number): Waiting {
	const looks = new Allowance(MORE_LOOKS + tasks * LOOKS_PER_TASK, LOOKS_PER_MINUTE);
	return { isBusy: false, looks, ended: new Map() };
}

async function resume({ call, endpoint, suspension }: Callback, waiting: Waiting): Promise<IWebhookResponseData> {
	const { item } = call;
	const { items } = suspension;
	// A mistake in the credential is for the log: trying again would not mend it.
	await accountOf(item, endpoint.service);
	const awaited = tasksOf(items).map(({ task, output }) => ({ taskId: task.taskId, wholeReply: !output.simplify }));
	let answered: IWebhookResponseData | undefined = call.isAnswered() ? { noWebhookResponse: true } : undefined;
	// The service waits for an answer, and what follows may take longer than it waits.
	const answerNow = () => void (answered ??= call.answer(200, TAKEN));
	let seen: Awaited<ReturnType<typeof lookForEnds>> = 'running';
	while (waiting.asked !== undefined && seen !== 'all') {
		// What anybody may send must not make requests by the dozen: each may be billed.
		const pause = pauseBeforeLook(item.clock, waiting);
		if (pause > 0) answerNow();
		if (pause > 0) await item.clock.pause(pause);
		const told = waiting.asked === 'anonymous' ? undefined : { task: waiting.asked.told, onBehind: answerNow };
		waiting.asked = undefined;
		waiting.lookedAt = item.clock.now();
		seen = await lookForEnds(item, endpoint, awaited, waiting.ended, told);
	}
	// A service that tries again may find its own API in order by then.
	if (seen === 'unread') return answered ?? call.answer(503, 'The task could not be read; try again later');
	if (seen === 'running') return answered ?? {};
	waiting.resumedAt = item.clock.now();
	answerNow();
	let ended: INodeExecutionData[] | undefined;
	try {
		ended = await endedItems(items, endpoint, waiting.ended, () => item);
	} finally {
		if (ended) waiting.ended.clear();
		else waiting.resumedAt = undefined;
	}
	return { noWebhookResponse: true, workflowData: [ended] };
}

/** ms until the look that is asked for may begin. */
function pauseBeforeLook(clock: Clock, { asked, looks, lookedAt = 0 }: Waiting): number {
	if (asked !== 'anonymous') return looks.reserve(clock.now());
	return Math.max(0, lookedAt + ANONYMOUS_LOOK_MS - clock.now());
}
