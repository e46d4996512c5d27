import type { StoredImage } from '../core/image-store';
import type { LedgerEntry, TaskStatus } from '../core/ledger';
import type { StoredTask } from '../core/tasks';
import type { Style } from './styles';

/** A paid task: the training of a user model, or a portrait made with one. */
export interface Task extends StoredTask {
	readonly resource: 'userModel' | 'portrait';
	readonly account: string;
	readonly userId: string;
	/** The photos that the model is trained with. */
	readonly photos: readonly StoredImage[];
	/** Of a portrait. */
	readonly style?: Style;
	/** '' if there is none. */
	readonly callbackUrl: string;
	readonly request: Record<string, unknown>;
}

/** Values of `state` (docs/services/aliyun-portrait.md, Task states); 9 is one that nobody has documented. */
export type State = 1 | 2 | 3 | 4 | 5 | 9;

const states: Record<TaskStatus, State> = { submitted: 1, processing: 2, succeed: 3, partial: 4, failed: 5 };
const words: Record<State, string> = {
	1: 'waiting',
	2: 'running',
	3: 'succeeded',
	4: 'partly succeeded',
	5: 'failed',
	9: 'unknown',
};

/** Pictures of a portrait task, as in the document's sample, and of one that ended with state 4: our choice. */
const pictures = { succeed: 3, partial: 2 };

/** Its state at a time. */
export function stateAt(task: Task, now: number): State {
	return !task.outcome && task.fate.fate === 'unknownStatus' ? 9 : states[statusAt(task, now)];
}

/** A state with its meaning, for messages. */
export function spelled(state: State): string {
	return `state ${state} (${words[state]})`;
}

/** How many pictures it has by now. */
export function pictureCount({ resource, outcome, fate }: Task): number {
	if (resource === 'userModel' || !outcome || outcome.status === 'failed') return 0;
	return fate.pictures ?? pictures[outcome.status];
}

/** Its line in the ledger. The price is 1 unit a task: nobody knows the real one. */
export function ledgerEntry(task: Task, now: number): LedgerEntry {
	const { id, resource, account, userId, request, outcome, createdAt, endsAt } = task;
	return {
		taskId: id,
		service: 'aliyunPortrait',
		resource,
		externalTaskId: '',
		account,
		n: resource === 'portrait' ? pictures.succeed : 0,
		units: 1,
		status: statusAt(task, now),
		statusMessage: outcome?.message ?? '',
		chargedUnits: outcome && outcome.status !== 'failed' ? 1 : 0,
		createdAt,
		endsAt: Number.isFinite(endsAt) ? endsAt : null,
		request,
		userId,
	};
}

function statusAt({ outcome, processingAt }: Task, now: number): TaskStatus {
	return outcome?.status ?? (now < processingAt ? 'submitted' : 'processing');
}
