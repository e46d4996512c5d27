import { outcomeError } from '../tasks/errors';
import { read, refusalOf, taskIn, type ItemExchange, type Outcome } from '../tasks/exchange';
import { Gate } from '../tasks/gate';
import { requestFor } from '../tasks/read';
import { withWarning, type Task } from '../tasks/task';
import { isBehind } from './callback';
import type { Callback } from './callbackRequest';

/** Tells the user by n8n's log; once a minute for each kind. */
export type Warn = (kind: string, text: string) => void;

/** Reads at once for the callbacks of a process, and callbacks that may be under way before others are turned away. */
const READS_AT_ONCE = 10;
const MOST_UNDER_WAY = 1_000;

/** Pauses before the task is read again when Kling's answer is behind its own callback, in ms. */
const BEHIND_MS = [1_000, 2_000, 4_000];

const gate = new Gate(READS_AT_ONCE);
let underWay = 0;

/** True while one more callback can be verified: each one holds its request in memory until then. */
export function hasRoom(): boolean {
	return underWay < MOST_UNDER_WAY;
}

/**
 * Asks Kling about the task of a callback, whose sender is known only if it is signed. Gives the task as it is, or
 * undefined when nothing proves what the callback tells; `warn` is told why. What is signed counts without an answer too.
 */
export async function verify(exchange: ItemExchange, callback: Callback, warn: Warn): Promise<Task | undefined> {
	underWay += 1;
	try {
		return await ask(exchange, callback, warn);
	} finally {
		underWay -= 1;
	}
}

async function ask(exchange: ItemExchange, { task: told, signature }: Callback, warn: Warn): Promise<Task | undefined> {
	const outcome = await readUntil(exchange, told);
	const task = taskIn(exchange, outcome, told.taskId)?.task;
	if (task && !isBehind(task, told)) return task;
	if (task) {
		if (signature === 'valid') return told;
		warn('behind', `An unsigned callback says that task ${told.taskId} has ended, but Kling says ${task.status}: not taken.`);
		return undefined;
	}
	if (refusalOf(outcome)?.meaning === 'notFound') {
		warn('unknown', `A callback tells of task ${told.taskId}, which the account of the credential does not have under this resource: not taken.`);
		return undefined;
	}
	const { message } = outcomeError(exchange, outcome, { what: `task ${told.taskId}`, taskState: 'may-exist', taskId: told.taskId });
	if (signature === 'valid') return withWarning(told, `As the signed callback tells it, since the task could not be read. ${message}`);
	// Each of them: whoever was waiting for the task finds its ID here.
	warn(`unread ${told.taskId}`, `The callback of task ${told.taskId} could not be verified: not taken. ${message}`);
	return undefined;
}

/** Reads the task, and again for some seconds while the answer is older than the callback. */
async function readUntil(exchange: ItemExchange, told: Task): Promise<Outcome> {
	const pauses = [...BEHIND_MS];
	for (;;) {
		const outcome = (await gate.pass(async () => await read(exchange, requestFor(exchange, told.taskId)))) as Outcome;
		const task = taskIn(exchange, outcome, told.taskId)?.task;
		const pause = pauses.shift();
		if (!task || !isBehind(task, told) || pause === undefined) return outcome;
		await exchange.clock.pause(pause, exchange.signal);
	}
}
