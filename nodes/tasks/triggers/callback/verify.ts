import { readUpTo } from '../../http/behind';
import { isUnknown, unreadTask } from '../../http/taskApi';
import type { ItemContext } from '../../item/context';
import type { Endpoint } from '../../model/service';
import { isBehind, withWarning, type Task } from '../../model/task';
import type { Callback } from './request';

/** Tells the user by n8n's log; once a minute for each kind. */
export type Warn = (kind: string, text: string) => void;

/** Callbacks of a process that may be verified at once before others are turned away. */
const MOST_UNDER_WAY = 1_000;

let underWay = 0;

/** True while one more callback can be verified: each one holds its request in memory until then. */
export function hasRoom(): boolean {
	return underWay < MOST_UNDER_WAY;
}

/**
 * Asks the service about the task of a callback, whose sender is known only if it is signed. Gives the task as it is,
 * or undefined when nothing proves what the callback tells; `warn` is told why. What is signed counts without an answer
 * too.
 */
export async function verify(
	item: ItemContext,
	endpoint: Endpoint,
	callback: Callback,
	warn: Warn,
): Promise<Task | undefined> {
	underWay += 1;
	try {
		return await ask(item, endpoint, callback, warn);
	} finally {
		underWay -= 1;
	}
}

async function ask(
	item: ItemContext,
	endpoint: Endpoint,
	{ task: told, signature }: Callback,
	warn: Warn,
): Promise<Task | undefined> {
	const found = await readUpTo(item, endpoint, told);
	const { taskId } = told;
	if ('task' in found) {
		const { task } = found;
		if (!isBehind(task, told)) return task;
		if (signature === 'valid') return told;
		const { name } = endpoint.service;
		warn(
			'behind',
			`An unsigned callback says that task ${taskId} has ended, but ${name} says ${task.status}: not taken.`,
		);
		return undefined;
	}
	if (isUnknown(found)) {
		const whose = 'which the account of the credential does not have under this resource';
		warn('unknown', `A callback tells of task ${taskId}, ${whose}: not taken.`);
		return undefined;
	}
	const { message } = await unreadTask(item, endpoint, found, taskId);
	if (signature === 'valid') {
		return withWarning(told, `As the signed callback tells it, since the task could not be read. ${message}`);
	}
	// Each of them: whoever was waiting for the task finds its ID here.
	warn(`unread ${taskId}`, `The callback of task ${taskId} could not be verified: not taken. ${message}`);
	return undefined;
}
