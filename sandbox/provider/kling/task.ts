import type { LedgerEntry, TaskStatus } from '../core/ledger';
import type { StoredTask } from '../core/tasks';
import type { Input } from './inputs';
import type { Payment } from './purses';
import type { Order, Resource } from './resource';

/** What a create brings along, once its fields are in order. */
export interface Accepted {
	account: string;
	kind: Resource;
	order: Order<unknown>;
	/** The pictures by the field they stood in. They are all `stored` once the task has succeeded. */
	inputs: ReadonlyMap<string, Input>;
	/** The create body without the pictures' bytes. */
	request: Record<string, unknown>;
}

/** One task. Its status follows from the time and from its outcome. */
export interface Task extends StoredTask, Accepted {
	/** While its pictures are being fetched. */
	fetching?: Promise<void>;
	/** Once it has ended and was charged. */
	payment?: Payment;
}

/** Price in units of an image pack if it succeeds with all that was ordered. */
export function unitsOf({ kind, order }: Pick<Task, 'kind' | 'order'>): number {
	return kind.price(order).units * order.n;
}

/** Slots until it ends. */
export function slotsOf({ slots, n }: Order<unknown>): number {
	return slots ?? n;
}

/** Its status at a time. */
export function statusAt(task: Task, now: number): TaskStatus {
	return task.outcome?.status ?? (now < task.processingAt ? 'submitted' : 'processing');
}

/** When its status last changed. */
export function updatedAt(task: Task, now: number): number {
	if (task.outcome) return task.outcome.at;
	return now < task.processingAt ? task.createdAt : task.processingAt;
}

/** Its line in the ledger. */
export function ledgerEntry(task: Task, now: number): LedgerEntry {
	const { id, resource, order, account, outcome } = task;
	return {
		taskId: id,
		service: 'kling',
		resource,
		externalTaskId: order.externalTaskId,
		account,
		n: order.n,
		units: unitsOf(task),
		status: statusAt(task, now),
		statusMessage: outcome?.message ?? '',
		chargedUnits: task.payment?.imageUnits ?? 0,
		createdAt: task.createdAt,
		endsAt: Number.isFinite(task.endsAt) ? task.endsAt : null,
		request: task.request,
	};
}
