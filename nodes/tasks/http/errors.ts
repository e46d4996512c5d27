import type { ItemContext } from '../item/context';
import { taskError, type Failure, type TaskError } from '../model/errors';
import type { Endpoint, Refusal, Service } from '../model/service';
import { cut, hostOf, lengthInWords, said, withoutCodes } from '../util/text';
import type { Outcome } from './client';
import type { Lost } from './network';

/** What an error about one request needs besides the answer; `what` was asked for, as in "refused …". */
export type RequestFacts = Pick<Failure, 'taskState' | 'taskId' | 'externalTaskId'> & { what: string };

type Known = Omit<RequestFacts, 'what'> & Pick<Failure, 'itemIndex'>;

/** Longest code that a message repeats, in characters: what is longer is no code. */
const LONGEST_CODE = 60;

/** Stands for an answer that reports success but lacks what it must hold. */
const UNREADABLE: Refusal = {
	httpStatus: 200,
	reason: '',
	cause: 'the answer does not hold what it should',
	hint: 'Check the base URL of the credential: another service may be answering.',
	retry: 'ambiguous',
};

/** What an unknown task means, whatever code it comes with. */
const UNKNOWN_TASK = {
	notFound: {
		cause: 'the task is unknown',
		hint: 'Check the ID, the resource, and that the credential is of the account and region that made the task.',
	},
	notListed: {
		cause: 'no task with this external ID is among the newest of the list',
		hint: 'Ask with the task ID: older tasks of this resource cannot be found by their external ID.',
	},
};

/** The error for a request that brought nothing usable: refused, lost, or answered with nothing that can be read. */
export async function outcomeError(
	item: ItemContext,
	{ service }: Pick<Endpoint, 'service'>,
	outcome: Outcome,
	{ what, ...facts }: RequestFacts,
): Promise<TaskError> {
	const known: Known = { ...facts, itemIndex: item.itemIndex };
	const failure =
		'lost' in outcome
			? await lostFailure(item, service, outcome.lost, known)
			: refusedFailure(service, what, outcome.verdict.ok ? UNREADABLE : outcome.verdict.refusal, known);
	return taskError(item.node, failure);
}

function refusedFailure(service: Service, what: string, refusal: Refusal, known: Known): Failure {
	const { code, httpStatus, requestId, retry, meaning } = refusal;
	if (meaning === 'mayBeUnknown' && known.taskId !== undefined && known.taskState !== 'created')
		return inDoubt(service, refusal, known);
	// Of a create the same words mean something else.
	const ofTask = known.taskId !== undefined && (meaning === 'notFound' || meaning === 'notListed');
	const { cause, hint } = ofTask ? UNKNOWN_TASK[meaning] : refusal;
	const label = code === undefined ? `HTTP ${httpStatus}` : `code ${cut(said(String(code)), LONGEST_CODE)}`;
	const reason = said(refusal.reason);
	const repeated = reason === '' || reason.toLowerCase() === cause.toLowerCase();
	return {
		...known,
		message: `${service.name} refused ${what} (${label}): ${cause}${repeated ? '' : `: ${reason}`}`,
		hint: isLostCreate(known) ? mayExistHint(service) : `${said(hint)}${pauseAskedFor(refusal)}`,
		code,
		httpStatus,
		requestId,
		// A new signature has been tried already: the same key and clock will be refused again.
		retryable: retry === 'later' || retry === 'noSlot' || retry === 'ambiguous',
	};
}

/** The service says the same of an unknown task and of a breakdown. */
function inDoubt({ name }: Service, { code, httpStatus, requestId, reason, hint }: Refusal, known: Known): Failure {
	const saidReason = said(reason);
	return {
		...known,
		message: `${name} does not know task ${withoutCodes(cut(said(known.taskId ?? ''), LONGEST_CODE))}, or is broken`,
		hint: `${said(hint)}${saidReason && ` It says: ${saidReason}`}`,
		code,
		httpStatus,
		requestId,
		retryable: true,
	};
}

function pauseAskedFor({ retryAfterMs }: Refusal): string {
	return retryAfterMs ? ` The service asks for a pause of ${lengthInWords(retryAfterMs)}.` : '';
}

async function lostFailure(item: ItemContext, service: Service, lost: Lost, known: Known): Promise<Failure> {
	const { reason, code, final, hint } = lost;
	const why = code ? `${reason} (${code})` : reason;
	const advice =
		hint ??
		(isLostCreate(known)
			? mayExistHint(service)
			: 'Check the network, the proxy and the region or base URL of the credential, then run the node again.');
	return {
		...known,
		message: await lostMessage(item, service, lost, known),
		// Words of our own that are a whole sentence have no code.
		description: hint && !code ? hint : `${why.charAt(0).toUpperCase()}${why.slice(1)}. ${advice}`,
		hint: advice,
		retryable: !final,
	};
}

async function lostMessage(
	item: ItemContext,
	service: Service,
	{ kind, reason, final, code }: Lost,
	known: Known,
): Promise<string> {
	if (kind === 'unsent' && final && !code) return reason;
	if (kind === 'unsent') {
		const { baseUrl } = await item.account(service.connection);
		return `${service.name} could not be reached at ${hostOf(baseUrl)}: ${reason}`;
	}
	const meaning = isLostCreate(known) ? ': the task may have been created' : `: ${reason}`;
	return `No answer from ${service.name}${meaning}`;
}

/** A read knows the ID that it asked for; to send it to the operation Get would lead in a circle. */
function isLostCreate({ taskState, taskId }: Known): boolean {
	return taskState === 'may-exist' && taskId === undefined;
}

/** What to do after a create whose answer is lost. */
export function mayExistHint({ afterLostCreate }: Service): string {
	const how = afterLostCreate ?? 'Get the task by its external task ID (Error details) before you create it again.';
	return `The task may exist and may be charged. ${how}`;
}
