import {
	NodeApiError,
	type IDataObject,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';

import type { ItemExchange, Lost, Outcome } from './exchange';
import type { Refusal, TaskProvider } from './provider';

/** What is known about the paid work behind an error. */
export type TaskState = 'not-created' | 'may-exist' | 'created';

/** The facts every error carries (contract.md, "Errors"). */
export interface Facts {
	code?: string | number;
	httpStatus?: number;
	requestId?: string;
	taskId?: string;
	externalTaskId?: string;
	taskState: TaskState;
	retryable: boolean;
	hint: string;
	/** What was made on the way to the task that failed, by the names it has in the task object. */
	madeBefore?: IDataObject;
}

/** An error of ours, with its facts as properties. */
export type TaskError = NodeApiError & Facts;

/** A failure as the engine tells it: what happened, what to change, and the facts. */
export interface Failure extends Omit<Facts, 'hint'> {
	/** What happened, naming the user's value. */
	message: string;
	/** What to change. */
	hint: string;
	/** Index of the input item. */
	itemIndex: number;
}

/** Longest value of the user's that a message repeats, in characters: images and prompts are longer. */
const LONGEST_QUOTE = 60;

/** A value for a message, quoted and cut, with base64, query strings and passwords in URLs left out. */
export function quote(value: unknown): string {
	const text = typeof value === 'string' ? value : JSON.stringify(value) ?? String(value);
	const bare = text
		.replace(/^(data:[^,]{0,40},).*$/s, '$1…')
		.replace(/^(https?:\/\/)[^/?#\s]*@/i, '$1')
		.replace(/^(https?:\/\/[^?#\s]*)[?#].*$/s, '$1?…')
		.replace(/^(?!https?:).*$/s, (words) => words.replace(/([\w+/-]{12})[\w+/-]{52,}=*/g, '$1…'));
	return `"${bare.length > LONGEST_QUOTE ? `${bare.slice(0, LONGEST_QUOTE)}…` : bare}"`;
}

/**
 * The user's input cannot be used; nothing was sent. n8n's declarative routing wraps every thrown error but a
 * NodeApiError, and the facts would be lost: so this is one, under the name of a NodeOperationError.
 */
export function inputError(node: INode, itemIndex: number, message: string, hint: string): TaskError {
	const error = new NodeApiError(node, {}, { message, description: hint, itemIndex });
	error.name = 'NodeOperationError';
	return withFacts(error, { message, hint, itemIndex, taskState: 'not-created', retryable: false });
}

/** Throws the inputError of an item. */
export function refuseInput({ context, itemIndex }: ItemExchange, message: string, hint: string): never {
	throw inputError(context.getNode(), itemIndex, message, hint);
}

/** Something failed between us and the provider, or at the provider. */
export function taskError(node: INode, failure: Failure): TaskError {
	const { message, hint, itemIndex, httpStatus } = failure;
	const error = new NodeApiError(
		node,
		{},
		{ message, description: describe(failure), itemIndex, httpCode: String(httpStatus ?? failure.code ?? '') },
	);
	return withFacts(error, { ...failure, hint });
}

/** What an error about one request needs besides the answer; `what` was asked for, as in "refused …". */
export type RequestFacts = Pick<Failure, 'taskState' | 'taskId' | 'externalTaskId'> & { what: string };

/** The error for a request that brought nothing usable: refused, lost, or answered with nothing that can be read. */
export function outcomeError(exchange: ItemExchange, outcome: Outcome, facts: RequestFacts): TaskError {
	const node = exchange.context.getNode();
	const { provider } = exchange.endpoint;
	const { what, ...known } = { ...facts, itemIndex: exchange.itemIndex };
	if ('lost' in outcome) return taskError(node, lostFailure(provider, hostOf(exchange), what, outcome.lost, known));
	const refusal = outcome.verdict.ok ? undefined : outcome.verdict.refusal;
	return taskError(node, refusedFailure(provider, what, refusal ?? UNREADABLE, known));
}

/** Stands for an answer that reports success but lacks what it must hold. */
const UNREADABLE: Refusal = {
	httpStatus: 200,
	reason: '',
	cause: 'the answer does not hold what it should',
	hint: 'Check the base URL of the credential: another service may be answering.',
	resend: 'ambiguous',
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

type Known = Pick<Failure, 'itemIndex' | 'taskState' | 'taskId' | 'externalTaskId'>;

function refusedFailure(provider: TaskProvider, what: string, refusal: Refusal, known: Known): Failure {
	const { code, httpStatus, requestId, reason, resend, meaning } = refusal;
	// Of a create the same words mean something else.
	const ofTask = known.taskId !== undefined && (meaning === 'notFound' || meaning === 'notListed');
	const { cause, hint } = ofTask ? UNKNOWN_TASK[meaning] : refusal;
	const label = code === undefined ? `HTTP ${httpStatus}` : `code ${code}`;
	const said = reason && reason.toLowerCase() !== cause.toLowerCase() ? `: ${reason}` : '';
	return {
		...known,
		message: `${provider.name} refused ${what} (${label}): ${cause}${said}`,
		hint: isLostCreate(known) ? mayExistHint(provider, known) : hint,
		code,
		httpStatus,
		requestId,
		// A new signature has been tried already: the same key and clock will be refused again.
		retryable: resend === 'later' || resend === 'noRoom' || resend === 'ambiguous',
	};
}

function lostFailure(provider: TaskProvider, host: string, what: string, lost: Lost, known: Known): Failure {
	const { kind, reason } = lost;
	const { name } = provider;
	return {
		...known,
		message:
			kind === 'unsent' ? `${name} could not be reached at ${host}: ${reason}` : `No answer from ${name} about ${what}: ${reason}`,
		hint:
			isLostCreate(known)
				? mayExistHint(provider, known)
				: 'Check the network, the proxy and the region or base URL of the credential, then run the node again.',
		retryable: !lost.final,
	};
}

/** Host and port alone: a base URL may carry a secret in its path or user part. */
function hostOf({ declared }: ItemExchange): string {
	const url = String(declared.options.baseURL ?? '');
	return /^https?:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? `${quote(url)}, which is no URL`;
}

/** A read knows the ID that it asked for; to send it to the operation Get would lead in a circle. */
function isLostCreate({ taskState, taskId }: Known): boolean {
	return taskState === 'may-exist' && taskId === undefined;
}

function mayExistHint({ afterLostCreate }: TaskProvider, known: Known): string {
	const how = afterLostCreate ?? 'Before you create it again, look it up with the operation Get.';
	return `The task may exist and may be charged. ${how} ${idText(known)}`.trim();
}

/** The item that stands for a failure when On Error is set to continue (contract.md, "Errors"). */
export function errorItem(error: TaskError, itemIndex: number, keysOfMessageOnly: boolean): INodeExecutionData {
	// 1.123 routes to the error output only what has the keys `error` and `message`.
	const json: IDataObject = keysOfMessageOnly
		? { error: error.message, message: [error.message, error.description].filter(Boolean).join(' — ') }
		: { error: error.message, details: factsOf(error) as unknown as IDataObject };
	return { json, pairedItem: { item: itemIndex } };
}

/** The facts an error carries, without absent ones. */
export function factsOf(error: TaskError): Facts {
	const { code, httpStatus, requestId, taskId, externalTaskId, taskState, retryable, hint } = error;
	const facts = { code, httpStatus, requestId, taskId, externalTaskId, taskState, retryable, hint, ...error.madeBefore };
	return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as Facts;
}

/** True for the errors made here; everything else is a bug of ours or of n8n. */
export function isTaskError(error: unknown): error is TaskError {
	return error instanceof Error && 'taskState' in error && 'hint' in error;
}

/**
 * Tells what was made on the way to a failure, so that nothing paid is lost: `facts` join those of the error item under
 * the names of the task object, `text` says the same in words.
 */
export function withMadeBefore(error: TaskError, facts: IDataObject, text: string): TaskError {
	const told = `Already there, to be used again: ${text}.`;
	error.description = [error.description, told].filter(Boolean).join(' ');
	return Object.assign(error, { madeBefore: facts, hint: `${error.hint} ${told}` });
}

/** "Task ID: …, external task ID: …", or an empty text. */
export function idText(ids: { taskId?: string; externalTaskId?: string }): string {
	return [
		ids.taskId && `Task ID: ${ids.taskId}`,
		ids.externalTaskId && `external task ID: ${ids.externalTaskId}`,
	]
		.filter(Boolean)
		.join(', ');
}

function describe(failure: Failure): string {
	const ids = idText(failure);
	const request = failure.requestId ? `Request ID: ${failure.requestId}.` : '';
	return [failure.hint, ids && !failure.hint.includes(ids) ? `${ids}.` : '', request].filter(Boolean).join(' ');
}

function withFacts(error: NodeApiError, failure: Failure): TaskError {
	const { code, httpStatus, requestId, taskId, externalTaskId, taskState, retryable, hint, message } = failure;
	// n8n replaces texts in which it finds a network code; ours say more.
	error.message = message;
	return Object.assign(error, { code, httpStatus, requestId, taskId, externalTaskId, taskState, retryable, hint });
}
