import { isBinaryValue, NodeApiError, type IDataObject, type INode, type INodeExecutionData } from 'n8n-workflow';

/** What is known about the paid work behind an error. */
export type TaskState = 'not-created' | 'may-exist' | 'created';

/** The facts every error carries, as properties and as the editor's error data. */
export interface Facts {
	code?: string | number;
	httpStatus?: number;
	requestId?: string;
	taskId?: string;
	externalTaskId?: string;
	taskState: TaskState;
	retryable: boolean;
	hint: string;
}

/** A failure as the engine tells it. */
export interface Failure extends Facts {
	/** What happened, naming the user's value and field. Without IDs and network codes: n8n rewords such messages. */
	message: string;
	/** What to change, when it is more than `hint`. */
	description?: string;
	/** Index of the input item. */
	itemIndex: number;
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

/** Something failed between us and the service, or at the service. */
export function taskError(node: INode, failure: Failure): TaskError {
	const { message, itemIndex, httpStatus, code } = failure;
	const description = failure.description ?? failure.hint;
	const httpCode = String(httpStatus ?? code ?? '');
	const error = new NodeApiError(node, {}, { message, description, itemIndex, httpCode });
	// n8n replaces texts in which it finds a network code; ours say more.
	error.message = message;
	return withFacts(Object.assign(error, factsIn(failure), { facts: {} }), {});
}

/**
 * The user's input cannot be used; nothing was sent. n8n's declarative routing wraps every thrown error but a
 * NodeApiError, and the facts would be lost: so this is one, under the name of a NodeOperationError.
 */
export function inputError(node: INode, itemIndex: number, message: string, hint: string): TaskError {
	const error = taskError(node, { message, hint, itemIndex, taskState: 'not-created', retryable: false });
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

function factsIn(failure: Facts): Facts & IDataObject {
	const known = NAMES.map((name) => [name, failure[name]]).filter(([, value]) => value !== undefined);
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
			? // 1.x routes to the error output only what has no other keys, so the IDs are in the text.
				{ error: error.message, message: [error.message, error.description, idText(error)].filter(Boolean).join(' — ') }
			: { error: error.message, details: factsOf(error) };
	return { json, pairedItem: { item: itemIndex } };
}

/** "Task ID: …, external task ID: …", or an empty text. */
export function idText({ taskId, externalTaskId }: { taskId?: string; externalTaskId?: string }): string {
	const parts = [taskId && `Task ID: ${taskId}`, externalTaskId && `external task ID: ${externalTaskId}`];
	return parts.filter(Boolean).join(', ');
}
