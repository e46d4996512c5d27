import { isBinaryValue, NodeApiError, type IDataObject, type INode, type INodeExecutionData } from 'n8n-workflow';

import { clip, cut, LONGEST_HEADLINE, LONGEST_ID, said, sentencesWithin, withoutCodes } from '../util/text';

/** What is known about the paid work behind an error. */
export type TaskState = 'not-created' | 'may-exist' | 'created';

/** The facts every error carries, as properties and as the editor's error data. */
export interface Facts {
	/** What the service, or the network, calls it. */
	code?: string | number;
	httpStatus?: number;
	requestId?: string;
	taskId?: string;
	externalTaskId?: string;
	taskState: TaskState;
	retryable: boolean;
	/** The next step, in at most 300 characters; the error's description too. */
	hint: string;
}

/** A failure as the engine tells it. */
export interface Failure extends Facts {
	/** What happened, in the user's words and with the user's value and field; at most 90 characters, no IDs, no codes. */
	headline: string;
	/** What the service says of it, in its own words; it stands behind the headline. */
	said?: string;
	/** Index of the input item. */
	itemIndex: number;
	/** What else is known, by its name in the error data. */
	more?: IDataObject;
}

/** An error of ours, with its facts as properties. */
export interface TaskError extends NodeApiError, Facts {
	/** What was made on the way to the failure, by the names of the task object. */
	facts: IDataObject;
}

const NAMES = [
	'code',
	'httpStatus',
	'requestId',
	'taskId',
	'externalTaskId',
	'taskState',
	'retryable',
	'hint',
] as const;

/** Longest message, which is the headline and what the service says, and longest description, in characters. */
const LONGEST_MESSAGE = 300;
const LONGEST_DESCRIPTION = 300;

/** Shorter IDs may stand in any word, in characters. */
const SHORTEST_ID = 8;

/** Something failed between us and the service, or at the service. The one place in which texts of errors are composed. */
export function taskError(node: INode, failure: Failure): TaskError {
	const { itemIndex, httpStatus, more = {} } = failure;
	const known = { ...failure, hint: sentencesWithin(failure.hint, LONGEST_DESCRIPTION) };
	const message = forReader(node, messageOf(failure), known);
	const error = new NodeApiError(
		node,
		{},
		{ message, description: known.hint, itemIndex, httpCode: String(httpStatus ?? '') },
	);
	// n8n has a text of its own for some HTTP statuses; ours say more.
	error.message = message;
	return withFacts(Object.assign(error, factsIn(known), { facts: {} }), more);
}

/** Headline and what the service says, as they may be shown. */
function messageOf({ headline, said: words = '', taskId, externalTaskId, requestId }: Failure): string {
	const head = clip(withoutCodes(headline), LONGEST_HEADLINE);
	const ids = [taskId, externalTaskId, requestId].filter((id) => id !== undefined && id.length >= SHORTEST_ID);
	const bare = ids.reduce<string>((text, id = '') => text.split(id).join('…'), withoutCodes(said(words)).trim());
	return bare === '' ? head : clip(`${head}: ${bare}`, LONGEST_MESSAGE);
}

/** Agents see nothing of an error but its message: in their tools it ends with the ID of what is paid, or may be. */
function forReader(node: INode, message: string, { taskState, taskId, externalTaskId }: Facts): string {
	const id = idSentence({ taskId, externalTaskId });
	if (!isToolNode(node) || taskState === 'not-created' || id === '') return message;
	return withSentence(message, id);
}

/** "Task ID 123.", or that of the external ID where there is no other; an empty text without both. */
function idSentence({ taskId, externalTaskId }: Pick<Facts, 'taskId' | 'externalTaskId'>): string {
	if (taskId !== undefined) return `Task ID ${cut(taskId, LONGEST_ID)}.`;
	return externalTaskId === undefined ? '' : `External task ID ${cut(externalTaskId, LONGEST_ID)}.`;
}

function withSentence(text: string, sentence: string): string {
	return `${text}${/[.!?…]$/.test(text) ? '' : '.'} ${sentence}`;
}

/** Whether a node is the tool of an agent: n8n makes such a type of every node that can be one. */
export function isToolNode({ type }: Pick<INode, 'type'>): boolean {
	return type.endsWith('Tool');
}

/** Tells an agent of a paid task that came before the one that failed; everybody else finds it in the error data. */
export function tellEarlierTask(error: TaskError, node: INode, taskId: string): TaskError {
	if (isToolNode(node) && error.taskState === 'not-created')
		error.message = withSentence(error.message, `An earlier step is paid. ${idSentence({ taskId })}`);
	return error;
}

/** Adds the sentences about other tasks behind the next step, which gives way to them where both are too long. */
export function describeAlso(error: TaskError, also: string): TaskError {
	const own = error.description ?? '';
	const room = LONGEST_DESCRIPTION - also.length - 1;
	error.description = [own === '' ? '' : sentencesWithin(own, room), also].filter(Boolean).join(' ');
	return error;
}

/** What may be known of an input that cannot be used. */
export type InputFacts = Pick<Failure, 'said' | 'httpStatus' | 'more'>;

/**
 * The user's input cannot be used; nothing was sent. n8n's declarative routing wraps every thrown error but a
 * NodeApiError, and the facts would be lost: so this is one, under the name of a NodeOperationError. `known` has n8n's own
 * words about it, and facts.
 */
export function inputError(
	node: INode,
	itemIndex: number,
	headline: string,
	hint: string,
	known: InputFacts = {},
): TaskError {
	const error = taskError(node, { ...known, headline, hint, itemIndex, taskState: 'not-created', retryable: false });
	error.name = 'NodeOperationError';
	return error;
}

/** Adds what was made on the way, so that nothing paid is lost, to the error and to what the editor shows of it. */
export function withFacts(error: TaskError, facts: IDataObject): TaskError {
	Object.assign(error.facts, facts);
	error.context.data = factsOf(error);
	return error;
}

/** The facts an error carries, without absent ones. */
export function factsOf(error: TaskError): IDataObject {
	return { ...factsIn(error), ...error.facts };
}

function factsIn(facts: Facts): Facts & IDataObject {
	const known = NAMES.map((name) => [name, facts[name]]).filter(([, value]) => value !== undefined);
	return Object.fromEntries(known) as Facts & IDataObject;
}

/** True for the errors made here; everything else is a bug of ours or of n8n. */
export function isTaskError(error: unknown): error is TaskError {
	return error instanceof NodeApiError && 'taskState' in error && 'facts' in error;
}

/** isBinaryValue came with n8n 2. Its error output takes an item with `details`; that of 1.x does not. */
const HOST_IS_N8N_1 = typeof isBinaryValue !== 'function';

/** The item that stands for a failure when On Error is set to continue; `onError` is the node's setting. */
export function errorItem(error: TaskError, itemIndex: number, onError: INode['onError']): INodeExecutionData {
	const json: IDataObject =
		HOST_IS_N8N_1 && onError === 'continueErrorOutput'
			? // 1.x routes to the error output only what has no other keys, so IDs and verdict are in the text.
				{
					error: error.message,
					message: [error.message, error.description, verdictText(error)].filter(Boolean).join(' — '),
				}
			: { error: error.message, details: factsOf(error) };
	return { json, pairedItem: { item: itemIndex } };
}

/** "Task ID: …, external task ID: …, taskState: created, retryable: false": what a workflow needs to go on after a failure. */
function verdictText(error: TaskError): string {
	const { taskState, retryable } = factsOf(error);
	return [idText(error), `taskState: ${taskState}`, `retryable: ${retryable}`].filter(Boolean).join(', ');
}

/** "Task ID: …, external task ID: …", or an empty text. */
export function idText({ taskId, externalTaskId }: { taskId?: string; externalTaskId?: string }): string {
	const parts = [taskId && `Task ID: ${taskId}`, externalTaskId && `external task ID: ${externalTaskId}`];
	return parts.filter(Boolean).join(', ');
}
