import type { StoredImage } from '../core/image-store';
import type { LedgerEntry, TaskStatus } from '../core/ledger';
import type { StoredTask } from '../core/tasks';

/** A submit body that broke no rule. */
export interface Order {
	/** A URL, or a path on the service's machine. */
	imageUrl: string;
	prompt: string;
	keepSize: boolean;
}

/** One task. */
export interface Task extends StoredTask {
	readonly order: Order;
	readonly account: string;
	readonly request: Record<string, unknown>;
	/** The picture to be edited; there once the task has succeeded. */
	image?: StoredImage;
	/** While that picture is being read. */
	reading?: Promise<void>;
}

/** `status` (docs/services/ps-task.md, Statuses); `reviewing` is one that nobody has documented. */
export type PsStatus = 'pending' | 'ai_submitted' | 'processing' | 'completed' | 'failed' | 'reviewing';

/** Its status at a time, in lower case: half of the time before `processing` is `ai_submitted`. */
export function statusAt({ outcome, fate, createdAt, processingAt }: Task, now: number): PsStatus {
	if (outcome) return outcome.status === 'failed' ? 'failed' : 'completed';
	if (fate.fate === 'unknownStatus') return 'reviewing';
	if (now >= processingAt) return 'processing';
	return now < (createdAt + processingAt) / 2 ? 'pending' : 'ai_submitted';
}

/** Its line in the ledger. The price is 1 unit a task: the document knows none. */
export function ledgerEntry(task: Task, now: number): LedgerEntry {
	const { id, resource, account, request, outcome, createdAt, processingAt, endsAt } = task;
	const status: TaskStatus = outcome?.status ?? (now < processingAt ? 'submitted' : 'processing');
	return {
		taskId: id,
		service: 'psTask',
		resource,
		externalTaskId: '',
		account,
		n: 1,
		units: 1,
		status,
		statusMessage: outcome?.message ?? '',
		chargedUnits: status === 'succeed' ? 1 : 0,
		createdAt,
		endsAt: Number.isFinite(endsAt) ? endsAt : null,
		request,
	};
}
