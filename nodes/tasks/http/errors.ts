import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { taskError, type Failure, type TaskError } from '../model/errors';
import type { Endpoint, Refusal, Service } from '../model/service';
import { capitalized, holding, hostOf, lengthInWords, said } from '../util/text';
import type { Outcome } from './client';
import { PROXY_SETTINGS, type Lost } from './network';

/** What an error about one request needs besides the answer; `what` was asked for, as in "refused to make the image". */
export type RequestFacts = Pick<Failure, 'taskState' | 'taskId' | 'externalTaskId'> & { what: string };

type Known = Omit<RequestFacts, 'what'> & Pick<Failure, 'itemIndex'>;

/** Stands for an answer that reports success but lacks what it must hold. */
const UNREADABLE: Refusal = {
	httpStatus: 200,
	reason: '',
	cause: 'the answer cannot be used',
	hint: 'Check the base URL of the credential: another service may be answering.',
	retry: 'ambiguous',
};

/** What an unknown task means, whatever code it comes with; the headline follows the name of the service. */
const UNKNOWN_TASK = {
	notFound: {
		headline: 'does not know the task',
		hint: 'Check the ID, the resource, and that the credential is of the account and region that made the task.',
	},
	notListed: {
		headline: 'does not show the task among the newest of its list',
		hint: 'Ask with the task ID: older tasks of this resource cannot be found by their external ID.',
	},
	mayBeUnknown: { headline: 'does not know the task, or is broken', hint: undefined },
};

/** The error for a request that brought nothing usable: refused, lost, or answered with nothing that can be read. */
export async function outcomeError(
	item: ItemContext,
	{ service, adviceOn }: Pick<Endpoint, 'service' | 'adviceOn'>,
	outcome: Outcome,
	{ what, ...facts }: RequestFacts,
): Promise<TaskError> {
	const known: Known = { ...facts, itemIndex: item.itemIndex };
	if ('lost' in outcome) {
		const { baseUrl } = outcome.lost.isSilent ? await item.account(service.connection) : { baseUrl: '' };
		return taskError(item.node, lostFailure(service, outcome.lost, known, hostOf(baseUrl)));
	}
	const refusal = outcome.verdict.ok ? UNREADABLE : outcome.verdict.refusal;
	return taskError(item.node, refusedFailure(service, what, { ...refusal, ...advice(refusal, adviceOn) }, known));
}

function advice(refusal: Refusal, adviceOn: Endpoint['adviceOn']): Pick<Refusal, 'hint'> {
	return { hint: adviceOn?.(refusal) ?? refusal.hint };
}

function refusedFailure(service: Service, what: string, refusal: Refusal, known: Known): Failure {
	const { code, httpStatus, requestId, retry } = refusal;
	return {
		...known,
		...refusalTexts(service, what, refusal, known),
		said: ownWords(refusal),
		code: typeof code === 'string' ? said(code) : code,
		httpStatus,
		requestId,
		// A new signature has been tried already: the same key and clock will be refused again.
		retryable: retry === 'later' || retry === 'noSlot' || retry === 'ambiguous',
	};
}

/** What the service says of a refusal, unless the cause says the same. */
function ownWords({ reason, cause }: Refusal): string {
	const words = said(reason);
	return words.toLowerCase() === cause.toLowerCase() ? '' : words;
}

type Texts = Pick<Failure, 'headline' | 'hint' | 'more'>;

function refusalTexts(service: Service, what: string, refusal: Refusal, known: Known): Texts {
	const { name } = service;
	const { cause, retry, meaning } = refusal;
	const hint = `${said(refusal.hint)}${pauseAskedFor(refusal)}`;
	const ofTask = unknownTask(refusal, known);
	if (ofTask) return { headline: `${name} ${ofTask.headline}`, hint: ofTask.hint ?? hint };
	if (meaning === 'duplicate' && known.taskState === 'created')
		return { headline: `${name} has the task already, but does not show it now`, hint: GET_IT };
	if (isLostCreate(known) && retry === 'ambiguous')
		return lostCreate(service, [cause, ownWords(refusal)].filter(Boolean).join(': '), 'No usable answer');
	const verb = retry === 'ambiguous' ? 'failed' : 'refused';
	return {
		headline: holding(what, (part) => `${name} ${verb} ${part}: ${cause}`),
		hint: isLostCreate(known) ? `An earlier try may have made the task. ${mayExistHint(service)}` : hint,
	};
}

/** What the service says of the task that was asked for. Of a create the same words mean something else. */
function unknownTask({ meaning }: Refusal, { taskId, taskState }: Known) {
	if (taskId === undefined || meaning === undefined || meaning === 'duplicate') return undefined;
	return meaning === 'mayBeUnknown' && taskState === 'created' ? undefined : UNKNOWN_TASK[meaning];
}

function pauseAskedFor({ retryAfterMs }: Refusal): string {
	return retryAfterMs ? ` The service asks for a pause of ${lengthInWords(retryAfterMs)}.` : '';
}

function lostFailure(service: Service, lost: Lost, known: Known, host: string): Failure {
	const { reason, code, final } = lost;
	const texts = isLostCreate(known) ? lostCreate(service, reason) : lostTexts(service, lost, known, host);
	return { ...known, ...texts, code, retryable: !final };
}

function lostTexts({ name, connection }: Service, lost: Lost, { taskState }: Known, host: string): Texts {
	const { kind, reason, isSilent, silentProxy, isStopped, isSentence, hint } = lost;
	const { addressFields } = connection;
	const more = { reason };
	if (isStopped) return { headline: 'The execution was stopped', hint: afterStop(taskState) };
	if (isSentence) return { headline: reason, hint: hint ?? 'Correct this, then run the node again.' };
	if (silentProxy !== undefined) {
		const headline = holding(silentProxy, (part) => `Nothing answers at the proxy ${part}`);
		return { headline, hint: `${capitalized(reason)}. Check the proxy: ${PROXY_SETTINGS}.`, more };
	}
	const step = `Check the network, the proxy and ${addressFields} of the credential, then run the node again.`;
	if (isSilent) {
		const headline = holding(host, (part) => `Nothing answers at ${part}. Check ${addressFields}.`);
		return { headline, hint: `${capitalized(reason)}. ${hint ?? step}`, more };
	}
	const headline = `${kind === 'unsent' ? 'No connection to' : 'No answer from'} ${name}: ${reason}`;
	return { headline, hint: hint ?? step, more };
}

function afterStop(taskState: Failure['taskState']): string {
	return taskState === 'not-created'
		? 'No task was created. Run the node again when you want to go on.'
		: 'The task goes on and may be charged. Wait for Completion brings its result, by its ID (Error details).';
}

/** A read knows the ID that it asked for; to send it to the operation Get would lead in a circle. */
function isLostCreate({ taskState, taskId }: Known): boolean {
	return taskState === 'may-exist' && taskId === undefined;
}

/** What is said of a create whose answer is lost, or of no use; `reason` says why. */
function lostCreate(service: Service, reason: string, came = 'No answer'): Texts {
	const more: IDataObject = { reason };
	return {
		headline: `${came} from ${service.name}: the task may have been created`,
		hint: mayExistHint(service),
		more,
	};
}

const GET_IT = 'Get the task by its external task ID (Error details) before you create it again.';

/** The next step after a create whose answer is lost. */
export function mayExistHint({ afterLostCreate = GET_IT }: Service): string {
	return afterLostCreate;
}
