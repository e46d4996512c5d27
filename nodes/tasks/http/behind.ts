import type { ItemContext } from '../item/context';
import type { Endpoint } from '../model/service';
import { isBehind, type Task, type TaskReply } from '../model/task';
import type { Outcome } from './client';
import { readTask } from './taskApi';

/** Pauses before a task is read again while the answer is behind what the service has told itself, in ms. */
const PAUSES_MS = [1_000, 2_000, 4_000];

/**
 * Reads a task that the service itself has told of, and again for some seconds while the answer is older than that
 * (isBehind). Gives the last answer, which may still be behind, or the outcome when there is no task in it. No pause goes
 * beyond `deadline` (ms since the epoch). `onBehind` is called before the first pause: somebody may be waiting.
 */
export async function readUpTo(
	item: ItemContext,
	endpoint: Endpoint,
	told: Task,
	deadline?: number,
	onBehind: () => void = () => undefined,
): Promise<TaskReply | Outcome> {
	const { clock, signal } = item;
	let found = await readTask(item, endpoint, told.taskId, deadline);
	for (const pause of PAUSES_MS) {
		if (!('task' in found) || !isBehind(endpoint, found.task, told)) break;
		if (clock.now() + pause >= (deadline ?? Infinity)) break;
		onBehind();
		await clock.pause(pause, signal);
		if (signal?.aborted) break;
		found = await readTask(item, endpoint, told.taskId, deadline);
	}
	return found;
}
