import type { FateRule } from '../fates';
import type { LedgerEntry, TaskStatus } from '../ledger';
import type { Life } from '../lifecycle';
import type { StoredImage } from '../pixels/image-store';
import type { Input } from './inputs';
import type { Order, Resource } from './rules';

/** Units per picture, and per call for ai-multi-shot (provider-apis.md 2.7). */
const prices: Record<Resource, number> = { 'multi-image2image': 16, expand: 8, 'ai-multi-shot': 20 };

/** The pictures of a task. They are all `stored` once it has succeeded. */
export interface Inputs {
	subjects: Input[];
	scene?: Input;
	style?: Input;
}

/** One task. Its status follows from the time and from its outcome. */
export interface Task extends Life {
	readonly id: string;
	readonly account: string;
	readonly order: Omit<Order, 'images'>;
	readonly request: Record<string, unknown>;
	readonly fate: FateRule;
	inputs: Inputs;
	/** While its pictures are being fetched. */
	fetching?: Promise<void>;
}

/** Price in units if it succeeds. */
export function unitsOf({ order }: Task): number {
	return prices[order.resource] * order.n;
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

/** True if reads do not show it. */
export function isHidden({ fate }: Task): boolean {
	return fate.fate === 'vanishes';
}

/** The stored pictures of a task that has succeeded. */
export function storedOf(input: Input): StoredImage {
	if ('url' in input) throw new Error(`Not fetched: ${input.url}`);
	return input.stored;
}

/** Its line in the ledger. */
export function ledgerEntry(task: Task, now: number): LedgerEntry {
	const { id, order, account, outcome } = task;
	const units = unitsOf(task);
	return {
		taskId: id,
		service: 'kling',
		resource: order.resource,
		externalTaskId: order.externalTaskId,
		account,
		n: order.n,
		units,
		status: statusAt(task, now),
		statusMessage: outcome?.message ?? '',
		chargedUnits: outcome?.status === 'succeed' ? units : 0,
		createdAt: task.createdAt,
		endsAt: Number.isFinite(task.endsAt) ? task.endsAt : null,
		request: task.request,
	};
}
